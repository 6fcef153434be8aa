// How far each circular has come: for leaders and officers, from what is on the phone.

import { html, nothing, Screen } from "../screen.js";
import { bar } from "../parts/bar.js";
import { day } from "../read/days.js";
import { readHats } from "../read/hats.js";
import { officerOf, readMe } from "../read/me.js";
import { readChanges } from "../read/life.js";
import { marked } from "../read/marks.js";
import { readCards, STAMPED } from "../read/notices.js";
import { readLedgers } from "../read/reach.js";
import { readSent } from "../read/sent.js";
import { words } from "../words/words.js";

const w = words.reach;

/** `ledger` null: sent a moment ago, not counted yet.
 * `of`: the association, for officers of two.
 * @typedef {{id: string, title: string, at: string, of: string, ledger: import("../read/reach.js").Ledger | null}} Line */

class Reaches extends Screen {
  /** @type {Line[]} */
  lines = [];
  loaded = false;
  changes = 0;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    const [cards, sent, wearing, ledgers, changes] = await Promise.all([readCards(me), Promise.all(officerOf(me).map(readSent)), readHats(me), readLedgers(me), readChanges(me)]);
    const titles = new Map(cards.map((c) => [c.notice, { title: marked(c), at: c.publishedAt, kind: c.kind }]));
    // Officers also see circulars that went to other blocks than their own.
    for (const n of sent.flat()) if (n.state === "published") titles.set(n.id, { title: marked(n), at: n.publishedAt ?? n.createdAt, kind: n.kind });
    const hats = new Map(wearing.map((hat) => [hat.id, hat.name]));
    const of = new Map(sent.flat().map((n) => [n.id, hats.get(n.association) ?? ""]));
    const stamped = [...titles].filter(([, { kind }]) => STAMPED.has(kind));
    const lines = stamped.map(([id, { title, at }]) => ({ id, title, at, of: of.get(id) ?? "", ledger: ledgers.get(id) ?? null }));
    this.changes = changes.length;
    this.lines = lines.sort((a, b) => b.at.localeCompare(a.at));
    this.loaded = true;
  }

  /** @override */
  view() {
    const told = this.changes > 0 ? html`<p><a class="btn plain" href="/people/changes">${words.life.changes.link(this.changes)}</a></p>` : nothing;
    if (this.lines.length === 0) return html`${told}<p class="empty">${this.loaded ? w.none : ""}</p>`;
    return html`${told}<p><a class="btn plain" href="/back">${words.titles.back}</a></p><ul class="cards">${this.lines.map(({ id, title, at, of, ledger }) => html`<li><a class="card" href="/reach/${id}">
      <span class="kind"><b>${ledger ? w.readOf(ledger.grades.stamped, ledger.households) : w.counting}</b><span>${day(at)}</span></span>
      <span class="title">${title}</span>
      ${of ? html`<span class="sub">${of}</span>` : nothing}
      ${ledger ? bar(ledger.grades, ledger.households) : nothing}
      ${ledger && ledger.residual > 0 ? html`<span class="due">${w.residualOf(ledger.residual)}</span>` : nothing}
    </a></li>`)}</ul>`;
  }
}

customElements.define("k-reaches", Reaches);
