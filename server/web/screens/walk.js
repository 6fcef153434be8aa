// 回る家: the doors left, in walking order, with what was said at each. Works in the street without a signal.

import { html, nothing, Screen } from "../screen.js";
import { all } from "../data/store.js";
import { field } from "../parts/choice.js";
import { dayTime } from "../read/days.js";
import { look } from "../read/looks.js";
import { readMe } from "../read/me.js";
import { marked } from "../read/marks.js";
import { readCard } from "../read/notices.js";
import { readLedger, takeBack, visit } from "../read/reach.js";
import { readOneSent } from "../read/sent.js";
import { say } from "../say.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/reach.js").Door} Door */
/** @typedef {import("../read/reach.js").Ledger} Ledger */

const w = words.walk;

class Walk extends Screen {
  notice = "";
  heading = "";
  /** @type {Ledger | null} */
  ledger = null;
  block = "";
  /** @type {Map<string, string>} */
  blockNames = new Map();
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    this.ledger = await readLedger(this.notice, me);
    this.blockNames = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {import("../types").Block} */ (d).name]));
    const blocks = this.ledger?.blocks ?? [];
    this.block = this.params[1] || (blocks.length === 1 ? (blocks[0]?.block ?? "") : "");
    const kept = (await readCard(this.notice, me)) ?? (await readOneSent(this.notice));
    this.heading = kept ? marked(kept) : "";
    this.loaded = true;
    if (this.ledger?.hasRows && this.block) look([this.block], this.notice);
  }

  here() {
    return (this.ledger?.doors ?? []).filter((d) => d.block === this.block);
  }

  left() {
    return this.here().filter((d) => d.grade !== "stamped");
  }

  /** @param {Door} door @param {import("../types").VisitKind} kind */
  async press(door, kind) {
    const doors = this.left();
    const next = doors[doors.findIndex((d) => d.household === door.household) + 1];
    await visit(this.notice, door.household, kind);
    say(w.pressed[kind](door.name));
    await this.refresh();
    // The pressed row leaves the list; the thumb goes on to the next door.
    await this.focusOn(kind === "not-home" ? `#door-${door.household}` : next ? `#door-${next.household}` : "#doors");
  }

  /** @param {Door} door */
  async undo(door) {
    if (!door.visit) return;
    await takeBack(door.visit);
    say(w.tookBack(door.name));
    await this.refresh();
    await this.focusOn(`#door-${door.household}`);
  }

  /** @override */
  view() {
    const { ledger } = this;
    if (!ledger) return html`<p class="empty">${this.loaded ? words.reach.unknown : ""}</p>`;
    if (!ledger.hasRows) return html`<p class="empty">${words.reach.countsOnly}</p>`;
    return html`<h2 class="title">${this.heading}</h2>
      ${ledger.blocks.length > 1 ? this.chooser(ledger) : nothing}
      ${this.block ? html`${this.doors()} ${this.recorded()}` : html`<p class="sub">${w.chooseBlock}</p>`}
      <div class="actions"><a class="btn plain" href="/sheet/${this.notice}">${words.titles.sheet}</a>
        <a class="btn plain" href="/back/${this.notice}">${words.titles.back}</a></div>`;
  }

  /** @param {Ledger} ledger */
  chooser({ blocks, doors }) {
    const left = (/** @type {string} */ block) => doors.filter((d) => d.block === block && d.grade !== "stamped").length;
    // In place: whoever goes through the blocks with the arrow keys stays at the box.
    const choose = (/** @type {Event} */ e) => {
      this.params = [this.notice, /** @type {HTMLSelectElement} */ (e.target).value];
      history.replaceState(null, "", `/walk/${this.params.join("/")}`);
      this.refresh();
    };
    return field({ id: "block", label: w.block }, () => html`<select id="block" @change=${choose}>
      ${this.block ? nothing : html`<option value="" selected>${words.people.choose}</option>`}
      ${blocks.map((b) => html`<option value=${b.block} ?selected=${b.block === this.block}>${w.ofBlock(b.name, left(b.block))}</option>`)}
    </select>`);
  }

  doors() {
    const left = this.left();
    const name = this.ledger?.blocks.find((b) => b.block === this.block)?.name ?? "";
    const waiting = this.here().filter((d) => d.waiting).length;
    return html`<section><h3 id="doors" tabindex="-1">${left.length > 0 ? w.left(name, left.length) : w.done(name)}</h3>
      ${waiting > 0 ? html`<p class="sub">${w.waiting(waiting)}</p>` : nothing}
      <ol class="doors">${repeat(left, (d) => d.household, (d) => this.door(d))}</ol></section>`;
  }

  /** @param {Door} d */
  door(d) {
    return html`<li class="card" id="door-${d.household}" tabindex="-1">
      <p class="who"><b>${words.reach.doorNumber(d.walk)} ${d.name}</b><span class="sub">${d.paper ? words.reach.paperHousehold : words.grades[d.grade]}</span></p>
      ${d.street ? html`<p class="sub">${d.street}</p>` : nothing}
      ${d.gone ? html`<p class="due">${w.gone}</p>` : nothing}
      ${d.nowIn ? html`<p class="due">${w.nowIn(this.blockNames.get(d.nowIn) ?? "")}</p>` : nothing}
      ${d.residualAt && !d.gone ? html`<p class="due">${w.residual}</p>` : d.doorAt && !d.gone ? html`<p class="due">${w.atTheDoor}</p>` : nothing}
      ${d.wasOut ? html`<p class="due">${w.wasOut(dayTime(d.wasOut))}</p>` : nothing}
      <p class="two">
        <button class="btn" @click=${() => this.press(d, "told")}>${w.told}<span class="hidden">${d.name}</span></button>
        <button class="btn plain" @click=${() => this.press(d, "not-home")}>${w.notHome}<span class="hidden">${d.name}</span></button>
        ${d.paper ? html`<button class="btn plain" @click=${() => this.press(d, "paper")}>${w.paper}<span class="hidden">${d.name}</span></button>` : nothing}
        ${d.visit?.own && d.wasOut ? html`<button class="btn small plain" @click=${() => this.undo(d)}>${w.undoNotHome}<span class="hidden">${d.name}</span></button>` : nothing}
      </p>
    </li>`;
  }

  /** What this person has recorded here: a slip of the thumb can be taken back. */
  recorded() {
    const mine = this.here().filter((d) => d.grade === "stamped" && d.visit?.own && d.visit.visit.kind === d.how);
    if (mine.length === 0) return nothing;
    return html`<section><h3>${w.recorded(mine.length)}</h3><ul class="rows">${repeat(mine, (d) => d.household, (d) => html`<li>
      <p class="who"><b>${words.reach.doorNumber(d.walk)} ${d.name}</b><span class="sub">${w.was(d.how === "paper" ? w.paper : w.told, dayTime(d.visit?.visit.at ?? ""))}</span></p>
      <button class="btn small plain" @click=${() => this.undo(d)}>${w.undo}<span class="hidden">${d.name}</span></button></li>`)}</ul></section>`;
  }
}

customElements.define("k-walk", Walk);
