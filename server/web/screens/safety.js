// 安否の一覧: who needs help, who is missing in the order of the walk, who is safe. For leaders at the door, officers, and the city.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { get } from "../data/store.js";
import { run } from "../data/sync.js";
import { field } from "../parts/choice.js";
import { saveTable } from "../parts/save.js";
import { dayTime } from "../read/days.js";
import { look } from "../read/looks.js";
import { isClerk, officerOf, readMe, worksForCity } from "../read/me.js";
import { visit } from "../read/reach.js";
import { answer } from "../read/safety.js";
import { COLUMNS, countsOf, readBoard, readCity } from "../read/safety-boards.js";
import { say } from "../say.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/safety-boards.js").Door} Door */
/** @typedef {import("../types").SafetyRow} Row */
/** @typedef {import("../types").SafetyCity} City */

const w = words.safety;

class Safety extends Screen {
  notice = "";
  block = "";
  /** @type {Awaited<ReturnType<typeof readBoard>>} */
  board = null;
  /** @type {City | null} */
  city = null;
  mayClose = false;
  asking = false;
  said = "";
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    this.city = worksForCity(me) ? await readCity(this.notice) : null;
    this.board = await readBoard(this.notice, me);
    const blocks = this.board?.blocks ?? [];
    this.block = this.params[1] || (blocks.length === 1 ? (blocks[0]?.id ?? "") : "");
    this.mayClose = !(this.city ?? this.board)?.closedAt && (await this.isOurs(me));
    this.loaded = true;
    look(this.named(), this.notice);
  }

  /** Whoever sent it ends it: the city's own no association. @param {import("../types").Me} me */
  async isOurs(me) {
    const sent = /** @type {import("../types").Alarm | undefined} */ (await get("sent", this.notice));
    if (!sent) return false;
    return sent.association === null ? isClerk(me) : officerOf(me).includes(sent.association);
  }

  /** Blocks of which a home stands here by its name. */
  named() {
    if (this.city) return this.city.needHelp.map((row) => row.block);
    return this.here().filter((door) => this.block || door.column !== "missing").map((door) => door.block);
  }

  here() {
    return (this.board?.doors ?? []).filter((d) => !this.block || d.block === this.block);
  }

  /** @param {Door} door @param {"family-safe" | "need-help" | "not-home"} heard */
  async press(door, heard) {
    const left = this.here().filter((d) => d.column === "missing");
    const next = left[left.findIndex((d) => d.household === door.household) + 1];
    if (heard === "not-home") await visit(this.notice, door.household, heard);
    else await answer(this.notice, door.household, heard, { instead: [door.whole, ...door.people.map((p) => p.said)] });
    say(w.toldAtDoor(door.name));
    await this.refresh();
    await this.focusOn(heard === "not-home" ? `#door-${door.household}` : next ? `#door-${next.household}` : "#missing");
  }

  async close() {
    this.asking = false;
    try {
      await call("POST", `/api/v1/notices/${this.notice}/close`, {});
      await run();
      this.said = w.closed2;
    } catch (error) {
      this.said = sentenceOf(error);
    }
    await this.refresh();
    await this.focusOn(".said");
  }

  /** @param {"utf-8" | "cp932"} encoding */
  async save(encoding) {
    try {
      this.said = await saveTable(w.file, `/api/v1/notices/${this.notice}/safety.csv?encoding=${encoding}`);
    } catch (error) {
      this.said = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(".said");
  }

  /** @override */
  view() {
    const shown = this.city ?? this.board;
    if (!shown) return html`<p class="empty">${this.loaded ? w.unknown : ""}</p>`;
    return html`<h2 class="title" tabindex="-1">${shown.title}</h2>
      ${shown.closedAt ? html`<p class="due">${w.closed(dayTime(shown.closedAt))}</p>` : nothing}
      ${this.city ? this.whole(this.city) : this.blocks()}
      ${this.said ? html`<p class="said" tabindex="-1">${this.said}</p>` : nothing}
      ${this.ending()}`;
  }

  /** @param {{households: Record<string, number>, people: Record<string, number>}} counts */
  counts({ households, people }) {
    return html`<ul class="rows">${COLUMNS.map((c) => html`<li><p class=${c === "needHelp" && households[c] ? "due" : ""}>${w.counts(c, households[c] ?? 0, people[c] ?? 0)}</p></li>`)}</ul>`;
  }

  /** @param {City} city */
  whole(city) {
    return html`${this.counts(city)}
      ${city.needHelp.length > 0 ? html`<section><h3>${w.whereToGo}</h3><ul class="doors">${city.needHelp.map((row) => this.known(row, w.where(this.nameOf(city, row.association), row.blockName)))}</ul>${city.needHelpMore ? html`<p>${w.moreHelp(city.needHelpMore)}</p>` : nothing}</section>` : nothing}
      <section><h3>${w.associations}</h3>${city.associations.map((line) => html`<details class="card"><summary>${line.name}${words.colon}${w.counts("needHelp", line.households.needHelp, line.people.needHelp)}${words.dot}${w.counts("missing", line.households.missing, line.people.missing)}</summary>${this.counts(line)}</details>`)}</section>`;
  }

  /** @param {City} city @param {string} id */
  nameOf(city, id) {
    return city.associations.find((a) => a.association === id)?.name ?? "";
  }

  blocks() {
    const { board } = this;
    if (!board) return nothing;
    const doors = this.here();
    const of = (/** @type {import("../types").SafetyColumn} */ column) => doors.filter((d) => d.column === column);
    const [help, missing, rest] = [of("needHelp"), of("missing"), [...of("atShelter"), ...of("safe")]];
    return html`${board.blocks.length > 1 ? this.chooser(board.blocks, board.doors) : nothing} ${this.counts(countsOf(doors))}
      ${help.length > 0 ? html`<section><h3>${w.needHelp(help.length)}</h3><ul class="doors">${repeat(help, (d) => d.household, (d) => this.known(d))}</ul></section>` : nothing}
      <section><h3 id="missing" tabindex="-1">${w.missing(missing.length)}</h3>
        ${this.block ? html`<ol class="doors">${repeat(missing, (d) => d.household, (d) => this.door(d))}</ol>` : html`<p class="sub">${w.chooseBlock}</p>`}</section>
      ${rest.length > 0 ? html`<details class="card"><summary>${w.known(rest.length)}</summary><ul class="doors">${repeat(rest, (d) => d.household, (d) => this.known(d))}</ul></details>` : nothing}`;
  }

  /** @param {{id: string, name: string}[]} blocks @param {Door[]} doors */
  chooser(blocks, doors) {
    const left = (/** @type {string} */ block) => doors.filter((d) => d.block === block && d.column === "missing").length;
    const choose = (/** @type {Event} */ e) => {
      this.params = [this.notice, /** @type {HTMLSelectElement} */ (e.target).value];
      history.replaceState(null, "", `/safety/${this.params.filter(Boolean).join("/")}`);
      this.refresh();
    };
    return field({ id: "block", label: w.block }, () => html`<select id="block" @change=${choose}>
      <option value="" ?selected=${!this.block}>${words.people.choose}</option>
      ${blocks.map((b) => html`<option value=${b.id} ?selected=${b.id === this.block}>${w.ofBlock(b.name, left(b.id))}</option>`)}</select>`);
  }

  /** @param {Door} d */
  door(d) {
    const hidden = html`<span class="hidden">${d.name}</span>`;
    return html`<li class="card" id="door-${d.household}" tabindex="-1">
      <p class="who"><b>${words.reach.doorNumber(d.walk)} ${d.name}</b><span class="sub">${d.paper ? words.reach.paperHousehold : ""}</span></p>
      ${this.now(d)} ${d.notHomeAt ? html`<p class="due">${w.wasOut(dayTime(d.notHomeAt))}</p>` : nothing} ${this.people(d)}
      <p class="two">
        <button class="btn" @click=${() => this.press(d, "family-safe")}>${w.atDoor.safe}${hidden}</button>
        <button class="btn danger" @click=${() => this.press(d, "need-help")}>${w.atDoor.needHelp}${hidden}</button>
        <button class="btn plain" @click=${() => this.press(d, "not-home")}>${w.atDoor.notHome}${hidden}</button>
      </p></li>`;
  }

  /** Where its people are by now, if not there. @param {Row} row */
  now({ livesIn, gone }) {
    if (livesIn) return html`<p class="due">${w.livesIn(livesIn.name, livesIn.blockName, words.reach.doorNumber(livesIn.walk))}</p>`;
    return gone ? html`<p class="due">${w.gone}</p>` : nothing;
  }

  /** @param {Row & {waiting?: boolean}} row @param {string} [where] */
  known(row, where = "") {
    return html`<li class="card"><p class="who"><b>${where} ${row.name}</b><span class="sub">${w.columns[row.column]}</span></p>
      ${this.now(row)} ${row.late ? html`<p class="due">${w.late}</p>` : nothing} ${this.people(row)}
      ${row.waiting ? html`<p class="sub">${w.waits}</p>` : nothing}</li>`;
  }

  /** @param {Row} row */
  people({ whole, people }) {
    const all = [...(whole ? [{ id: "", name: w.whole, said: whole }] : []), ...people];
    return all.map(({ name, said }) => said
      ? html`<p>${w.said(name, w.states[said.state], dayTime(said.at))}${said.place || said.note ? html`<br />${[said.place, said.note].filter(Boolean).join(words.dot)}` : nothing}<br /><span class="sub">${w.by(said.by?.name ?? "", said.how)}</span></p>`
      : whole ? nothing : html`<p class="sub">${w.unanswered(name)}</p>`);
  }

  ending() {
    return html`<details class="card"><summary>${w.list}</summary><p class="actions">
        <button class="btn plain" @click=${() => this.save("utf-8")}>${w.utf8}</button>
        <button class="btn plain" @click=${() => this.save("cp932")}>${w.cp932}</button></p></details>
      ${this.mayClose ? this.closing() : nothing}`;
  }

  /** @param {boolean} on */
  async confirm(on) {
    this.asking = on;
    this.draw();
    await this.focusOn(on ? ".confirm button" : "h2");
  }

  closing() {
    if (!this.asking) return html`<div class="actions"><button class="btn plain" @click=${() => this.confirm(true)}>${w.close}</button></div>`;
    return html`<div class="confirm"><p>${w.closeSure}</p><p class="two"><button class="btn danger" @click=${() => this.close()}>${w.close}</button>
      <button data-back class="btn plain" @click=${() => this.confirm(false)}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-safety", Safety);
