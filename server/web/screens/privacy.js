// What is kept, who sees names, whom to ask. Shown at enrolment too.

import { html, nothing, Screen } from "../screen.js";
import { agree, readConsent } from "../read/consent.js";
import { readMe } from "../read/me.js";
import { NAMED_TO } from "../read/naming.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import "../parts/my-records.js";

const w = words.privacy;

/** Short form, for the enrolment page. */
export function privacyText() {
  return html`<h2>${w.short}</h2>
    <ul>
      ${words.consent.ja.map((point) => html`<li>${point}</li>`)}
    </ul>
    <p class="sub">${w.version(words.consent.version)}</p>
    <p><a href="/privacy">${w.more}</a></p>`;
}

class Privacy extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {Awaited<ReturnType<typeof readConsent>>} */
  consent = null;

  /** @override */
  async load() {
    this.me = await readMe();
    this.consent = this.me && (await readConsent(this.me));
  }

  async agree() {
    if (this.me) await agree(this.me);
    say(w.agreed);
    await this.refresh();
    await this.focusOn("h2");
  }

  /** @override */
  view() {
    return html`<div class="text">
      ${this.consent?.open ? this.newer() : nothing}
      <h2 tabindex="-1">${w.named.title}</h2>
      <p>${w.named.how}</p>
      <dl>${Object.entries(NAMED_TO).map(([kind, readers]) => html`<dt>${w.named.kinds[kind]}</dt><dd>${readers.length > 0 ? w.named.to(readers) : w.named.nobody}</dd>`)}</dl>
      <p>${w.named.looks}</p>
      ${this.me ? html`<p><a class="btn plain" href="/looks">${words.looks.link}</a></p>` : nothing}
      ${w.sections.map(({ title, points }) => html`<h2>${title}</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>`)}
      ${this.me ? html`<k-my-records></k-my-records>` : nothing}
    </div>`;
  }

  newer() {
    return html`<section class="card"><h2>${w.newer}</h2>
      <ul>${words.consent.ja.map((point) => html`<li>${point}</li>`)}</ul>
      <p class="sub">${w.version(words.consent.version)}</p>
      <button class="btn" @click=${() => this.agree()}>${w.agree}</button></section>`;
  }
}

customElements.define("k-privacy", Privacy);
