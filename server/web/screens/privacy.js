// What is kept, who sees names, whom to ask. Shown at enrolment too.

import { html, Screen } from "../screen.js";
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
  /** @override */
  view() {
    return html`<div class="text">
      ${w.sections.map(({ title, points }) => html`<h2>${title}</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>`)}
    </div>`;
  }
}

customElements.define("k-privacy", Privacy);
