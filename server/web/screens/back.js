// 紙が戻ってきました: the code on the sheet brings up its list; who put no mark is un-ticked, and one press records the rest.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf, Trouble } from "../data/api.js";
import { all } from "../data/store.js";
import { checkbox, field } from "../parts/choice.js";
import { readSheetCode } from "../parts/code.js";
import { day } from "../read/days.js";
import { look } from "../read/looks.js";
import { officerOf, readMe } from "../read/me.js";
import { marked } from "../read/marks.js";
import { readCards } from "../read/notices.js";
import { readLedger, seesReach, visit } from "../read/reach.js";
import { readSent } from "../read/sent.js";
import { findSheet, readSheets } from "../read/sheets.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").SheetRecord} SheetRecord */

const w = words.returned;

class Back extends Screen {
  /** Only sheets of this notice, "" for any. */
  notice = "";
  may = true;
  /** @type {SheetRecord[]} */
  known = [];
  /** @type {Map<string, string>} */
  titles = new Map();
  /** @type {Map<string, string>} */
  blocks = new Map();
  typed = "";
  trouble = "";
  /** Of another notice than the one this page is for. @type {SheetRecord | null} */
  other = null;
  /** @type {SheetRecord | null} */
  sheet = null;
  /** Households that are told already. @type {Set<string>} */
  stamped = new Set();
  /** @type {Set<string>} */
  without = new Set();

  /** @override */
  async load() {
    const me = await readMe();
    this.may = me !== null && seesReach(me);
    if (!me || !this.may) return;
    this.notice = this.params[0] ?? "";
    this.titles = new Map((await readCards(me)).map((c) => [c.notice, marked(c)]));
    for (const n of (await Promise.all(officerOf(me).map(readSent))).flat()) this.titles.set(n.id, marked(n));
    this.known = (await readSheets()).filter((s) => !this.notice || s.notice === this.notice);
    this.blocks = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {import("../types").Block} */ (d).name]));
    if (this.sheet) look([this.sheet.block], this.sheet.notice);
    const doors = this.sheet ? ((await readLedger(this.sheet.notice, me))?.doors ?? []) : [];
    this.stamped = new Set(doors.filter((d) => d.grade === "stamped").map((d) => d.household));
  }

  /** @override */
  async arrived() {
    // From the QR: the code stands behind the #, which no server sees.
    if (!this.may || !location.hash || this.sheet) return;
    this.typed = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    await this.find();
  }

  async find() {
    const code = readSheetCode(this.typed);
    this.sheet = this.other = null;
    this.without = new Set();
    this.trouble = code ? "" : w.mistyped;
    try {
      if (code) await this.open(await findSheet(code));
    } catch (error) {
      this.trouble = error instanceof Trouble && error.kind === "offline" ? w.offline : sentenceOf(error);
    }
    await this.refresh();
    await this.focusOn(this.sheet || this.other ? "h2" : "#code");
  }

  /** @param {SheetRecord} sheet */
  async open(sheet) {
    if (this.notice && sheet.notice !== this.notice) this.other = sheet;
    else this.sheet = sheet;
  }

  /** @param {SheetRecord} sheet */
  async choose(sheet) {
    this.notice = this.notice && sheet.notice;
    this.params = this.notice ? [sheet.notice] : [];
    this.other = null;
    this.sheet = sheet;
    this.without = new Set();
    this.trouble = "";
    await this.refresh();
    await this.focusOn("h2");
  }

  /** @param {SheetRecord} sheet */
  left(sheet) {
    return sheet.homes.filter((h) => !this.stamped.has(h.household));
  }

  async record() {
    const { sheet } = this;
    if (!sheet) return;
    const ticked = this.left(sheet).filter((h) => !this.without.has(h.household));
    for (const { household } of ticked) await visit(sheet.notice, household, "paper", { sheet: sheet.sheet });
    this.sheet = null;
    this.typed = "";
    say(w.recorded(ticked.length));
    await this.refresh();
    await this.focusOn("#code");
  }

  /** @override */
  view() {
    if (!this.may) return html`<p class="empty">${w.notYours}</p>`;
    if (this.other) return this.another(this.other);
    return this.sheet ? this.list(this.sheet) : this.ask();
  }

  ask() {
    const send = (/** @type {Event} */ e) => {
      e.preventDefault();
      this.find();
    };
    const type = (/** @type {Event} */ e) => {
      this.typed = /** @type {HTMLInputElement} */ (e.target).value;
    };
    return html`<form novalidate @submit=${send}>
        ${field({ id: "code", label: w.code, hint: w.hint, error: this.trouble }, (described, invalid) => html`<input id="code" class="code" autocomplete="off" autocapitalize="characters" spellcheck="false" .value=${this.typed} @input=${type} aria-describedby=${described} aria-invalid=${invalid} />`)}
        <button class="btn">${w.find}</button></form>
      ${this.known.length > 0 ? html`<section><h2>${w.out}</h2><ul class="rows">${this.known.map((s) => html`<li>
        <p class="who"><b>${this.titles.get(s.notice) ?? ""}</b><span class="sub">${w.of(this.blocks.get(s.block) ?? "", s.number, day(s.at))}</span></p>
        <button class="btn small plain" @click=${() => this.choose(s)}>${w.this(s.code)}</button></li>`)}</ul></section>` : html`<p class="sub">${w.none}</p>`}`;
  }

  /** @param {SheetRecord} s */
  another(s) {
    return html`<h2 class="title" tabindex="-1">${w.other(this.titles.get(s.notice) ?? "")}</h2><div class="actions">
      <button class="btn" @click=${() => this.choose(s)}>${w.otherYes}</button>
      <button class="btn plain" @click=${() => this.again()}>${w.again}</button></div>`;
  }

  async again() {
    this.sheet = this.other = null;
    this.typed = this.trouble = "";
    await this.refresh();
    await this.focusOn("#code");
  }

  /** @param {SheetRecord} s */
  list(s) {
    const left = this.left(s);
    const ticked = left.filter((h) => !this.without.has(h.household)).length;
    const tick = (/** @type {string} */ household, /** @type {boolean} */ on) => {
      if (on) this.without.delete(household);
      else this.without.add(household);
      this.draw();
    };
    const told = s.homes.filter((h) => this.stamped.has(h.household));
    return html`<h2 class="title" tabindex="-1">${this.titles.get(s.notice) ?? ""}</h2>
      <p>${w.of(this.blocks.get(s.block) ?? "", s.number, day(s.at))}</p>
      ${left.length > 0 ? html`<fieldset><legend>${w.untick}</legend>${left.map((h) => checkbox(h.name, !this.without.has(h.household), (on) => tick(h.household, on)))}</fieldset>` : html`<p>${w.allTold}</p>`}
      ${told.length > 0 && left.length > 0 ? html`<p class="sub">${w.told(told.map((h) => h.name).join(words.comma))}</p>` : nothing}
      <div class="actions">${ticked > 0 ? html`<button class="btn" @click=${() => this.record()}>${w.record(ticked)}</button>` : nothing}
        <button class="btn plain" @click=${() => this.again()}>${w.again}</button></div>`;
  }
}

customElements.define("k-back", Back);
