// 町内会ごとの届き具合: an alarm of the city by association, by block, and door by door where its kind names homes to the
// city. Names are asked for a block at a time and kept nowhere; the server notes each time as a look.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { NAMED_TO } from "../read/naming.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").CityDoors} Answer */
/** @typedef {import("../types").ReachRow} ReachRow */

const w = words.alarm.doors;

class CityDoors extends Screen {
  notice = "";
  kind = "";
  /** @type {Answer["associations"]} */
  #associations = [];
  /** By association. @type {Map<string, Answer["blocks"]>} */
  blocks = new Map();
  /** Of those that are opened, by block. @type {Map<string, ReachRow[]>} */
  rows = new Map();
  trouble = "";

  /** Counted anew every few seconds. @param {Answer["associations"]} counted */
  set associations(counted) {
    this.#associations = counted;
    this.draw();
  }

  /** Each time it is opened: what was read a while ago is not how it stands. @param {"association" | "block"} of @param {string} id @param {Event} e */
  async open(of, id, e) {
    if (!(/** @type {HTMLDetailsElement} */ (e.currentTarget).open)) return;
    try {
      const found = /** @type {Answer} */ (await call("GET", `/api/v1/notices/${this.notice}/reach?${of}=${id}`));
      if (of === "block") this.rows.set(id, found.rows.filter((row) => row.grade !== "stamped"));
      else this.blocks.set(id, found.blocks);
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
  }

  /** @override */
  view() {
    if (this.#associations.length === 0) return nothing;
    const named = (NAMED_TO[this.kind] ?? []).includes("city");
    return html`<section aria-label=${w.title}><h3>${w.title}</h3>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${named ? html`<p class="sub">${w.noted}</p>` : nothing}
      ${this.#associations.map((a) => html`<details class="card" @toggle=${(/** @type {Event} */ e) => this.open("association", a.association, e)}>
        <summary>${a.name}${words.colon}${words.reach.readOf(a.grades.stamped, a.households)}</summary>
        ${(this.blocks.get(a.association) ?? []).map((b) => (named ? this.block(b) : html`<p>${line(b)}</p>`))}</details>`)}</section>`;
  }

  /** @param {Answer["blocks"][number]} b */
  block(b) {
    const rows = this.rows.get(b.block);
    return html`<details @toggle=${(/** @type {Event} */ e) => this.open("block", b.block, e)}><summary>${line(b)}</summary>
      ${rows ? html`<h4>${rows.length > 0 ? w.left(rows.length) : words.reach.everyone}</h4><ol class="rows">${rows.map((row) => html`<li>
        <p class="who"><b>${words.reach.doorNumber(row.walk)} ${row.name}</b><span class="sub">${row.paper ? words.reach.paperHousehold : words.grades[row.grade]}</span></p>
        ${row.residualAt ? html`<p class="due">${words.walk.residual}</p>` : nothing}</li>`)}</ol>` : nothing}</details>`;
  }
}

/** @param {Answer["blocks"][number]} b */
const line = (b) => `${b.name}${words.colon}${words.reach.readOf(b.grades.stamped, b.households)}`;

customElements.define("k-city-doors", CityDoors);
