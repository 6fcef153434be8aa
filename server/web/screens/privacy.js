// What is kept, who sees names, whom to ask. Shown at enrolment too.

import { html, nothing, Screen } from "../screen.js";
import { readMe } from "../read/me.js";
import { NAMED_TO } from "../read/naming.js";
import { words } from "../words/words.js";

const w = words.privacy;

/** Short form, for the enrolment page. */
export function privacyText() {
  return html`<h2>${w.short}</h2>
    <ul>
      ${w.points.map((point) => html`<li>${point}</li>`)}
    </ul>
    <p><a href="/privacy">${w.more}</a></p>`;
}

class Privacy extends Screen {
  enrolled = false;

  /** @override */
  async load() {
    this.enrolled = (await readMe()) !== null;
  }

  /** @override */
  view() {
    return html`<div class="text">
      <h2>${w.named.title}</h2>
      <p>${w.named.how}</p>
      <dl>${Object.entries(NAMED_TO).map(([kind, readers]) => html`<dt>${w.named.kinds[kind]}</dt><dd>${readers.length > 0 ? w.named.to(readers) : w.named.nobody}</dd>`)}</dl>
      <p>${w.named.looks}</p>
      ${this.enrolled ? html`<p><a class="btn plain" href="/looks">${words.looks.link}</a></p>` : nothing}
      ${w.sections.map(({ title, points }) => html`<h2>${title}</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>`)}
    </div>`;
  }
}

customElements.define("k-privacy", Privacy);
