// A sheet of A4 for the drawer of the hall: what to do when all officers' phones are gone. From the store alone.

import { html, nothing, Screen } from "../screen.js";
import { all } from "../data/store.js";
import { day } from "../read/days.js";
import { worksFor } from "../read/hats.js";
import { readAssociations, readMe } from "../read/me.js";
import { words } from "../words/words.js";

const w = words.recoverySheet;
const RANKS = ["president", "officer", "block-leader", "helper"];

/** @typedef {{association: string, role: string, title: string, block: string | null, holders: string[]}} SeatRecord */

class RecoverySheet extends Screen {
  association = "";
  name = "";
  contact = "";
  city = { name: "", contact: "" };
  /** @type {{name: string, holders: string[]}[]} */
  seats = [];

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.association = await worksFor(me);
    const own = (await readAssociations(me)).get(this.association);
    this.name = own?.name ?? "";
    this.contact = own?.contact ?? "";
    this.city = me.city;
    const blocks = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {import("../types").Block} */ (d)]));
    const seats = (await all("seats")).map(({ d }) => /** @type {SeatRecord} */ (d)).filter((s) => s.association === this.association);
    const place = (/** @type {SeatRecord} */ s) => RANKS.indexOf(s.role) * 1000 + (blocks.get(s.block ?? "")?.position ?? 0);
    seats.sort((a, b) => place(a) - place(b));
    this.seats = seats.map((s) => ({ name: words.handover.seat(s.title, blocks.get(s.block ?? "")?.name ?? ""), holders: s.holders }));
  }

  /** @override */
  view() {
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    return html`<div class="screen-only"><p>${w.intro}</p><button class="btn" @click=${() => print()}>${w.print}</button></div>
      <article class="drawer-sheet">
        <h2>${w.heading(this.name)}</h2>
        <p>${w.purpose}</p>
        <h3>${w.one}</h3>
        <ol>${w.oneSteps.map((step) => html`<li>${step}</li>`)}</ol>
        <h3>${w.nobody}</h3>
        <ol>${w.nobodySteps(this.city.name).map((step) => html`<li>${step}</li>`)}</ol>
        <p>${w.paper}</p>
        <dl>
          <dt>${w.contact}</dt><dd>${this.city.contact}</dd>
          ${this.contact ? html`<dt>${w.association}</dt><dd>${this.contact}</dd>` : nothing}
        </dl>
        <table>
          <caption>${w.seats}</caption>
          <thead><tr><th scope="col">${w.seat}</th><th scope="col">${w.holder}</th><th scope="col">${w.phone}</th></tr></thead>
          <tbody>${this.seats.flatMap(({ name, holders }) => (holders.length > 0 ? holders : [w.vacant]).map((holder) => html`<tr><th scope="row">${name}</th><td>${holder}</td><td></td></tr>`))}</tbody>
        </table>
        <p class="sub">${w.madeOn(day(new Date().toISOString()))}</p>
      </article>`;
  }
}

customElements.define("k-recovery-sheet", RecoverySheet);
