// What is kept, who sees names, whom to ask. Shown at enrolment too.

import { html, nothing, Screen } from "../screen.js";
import { agree, readConsent } from "../read/consent.js";
import { readMe } from "../read/me.js";
import { askKeeps, readKeeps } from "../read/keeps.js";
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
    <p><a class="more" href="/privacy">${w.more}</a></p>`;
}

/** Kinds of which the same people are told names, together. */
function kindsByReaders() {
  /** @type {Map<string, {kinds: string[], readers: (typeof NAMED_TO)[string]}>} */
  const groups = new Map();
  for (const [kind, readers] of Object.entries(NAMED_TO)) {
    const group = groups.get(readers.join()) ?? { kinds: [], readers };
    group.kinds.push(kind);
    groups.set(readers.join(), group);
  }
  return [...groups.values()];
}

class Privacy extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {Awaited<ReturnType<typeof readConsent>>} */
  consent = null;
  /** @type {Record<string, number> | null} */
  keeps = null;

  /** @override */
  async load() {
    this.me = await readMe();
    this.consent = this.me && (await readConsent(this.me));
    this.keeps = await readKeeps();
  }

  /** How long things are kept is this house's own choice: asked for, and kept as it last said. @override */
  async arrived() {
    this.keeps = (await askKeeps().catch(() => null)) ?? this.keeps;
    this.draw();
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
      ${kindsByReaders().map(({ kinds, readers }) => html`<h3>${kinds.map((kind) => w.named.kinds[kind]).join(words.dot)}</h3>
        <p>${readers.length > 0 ? w.named.to(readers) : w.named.nobody}</p>`)}
      <p>${w.named.looks}</p>
      ${this.me ? html`<p><a class="btn plain" href="/looks">${words.looks.link}</a></p>` : nothing}
      ${w.sections.map(({ title, points }) => html`<h2>${title}</h2><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>`)}
      <h2>${w.kept.title}</h2>
      ${this.keeps ? this.kept(this.keeps) : html`<p>${w.kept.unknown}</p>`}
      ${this.me ? html`<k-my-records></k-my-records>` : nothing}
    </div>`;
  }

  /** @param {Record<string, number>} keeps */
  kept(keeps) {
    const shown = Object.entries(w.kept.what).filter(([what]) => what in keeps);
    return html`<ul>${shown.map(([what, name]) => html`<li>${name}${words.colon}${w.kept.days(keeps[what] ?? 0)}</li>`)}</ul>
      <p>${w.kept.ledgers}</p>`;
  }

  newer() {
    return html`<section class="card"><h2>${w.newer}</h2>
      <ul>${words.consent.ja.map((point) => html`<li>${point}</li>`)}</ul>
      <p class="sub">${w.version(words.consent.version)}</p>
      <button class="btn" @click=${() => this.agree()}>${w.agree}</button></section>`;
  }
}

customElements.define("k-privacy", Privacy);
