// だれに届いたか: one bar in words, then the doors still open, in walking order. Works in the street without a signal.

import { html, nothing, Screen } from "../screen.js";
import { all } from "../data/store.js";
import { bar, legend } from "../parts/bar.js";
import { dayTime } from "../read/days.js";
import { readMe } from "../read/me.js";
import { readCard } from "../read/notices.js";
import { readLedger, visit } from "../read/reach.js";
import { readOneSent } from "../read/sent.js";
import { say } from "../say.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/reach.js").Door} Door */
/** @typedef {import("../read/reach.js").Ledger} Ledger */

const w = words.reach;
const BLOCKS_AT_ONCE = 3;

class Reach extends Screen {
  notice = "";
  heading = "";
  /** @type {Ledger | null} */
  ledger = null;
  loaded = false;
  block = "";
  /** @type {Map<string, string>} */
  blockNames = new Map();

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    this.ledger = await readLedger(this.notice, me);
    this.blockNames = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {import("../types").Block} */ (d).name]));
    const kept = (await readCard(this.notice, me)) ?? (await readOneSent(this.notice));
    this.heading = kept?.title ?? "";
    this.loaded = true;
  }

  /** @param {Door} door @param {import("../types").VisitKind} kind */
  async press(door, kind) {
    const doors = this.open();
    const next = doors[doors.findIndex((d) => d.household === door.household) + 1];
    await visit(this.notice, door.household, kind);
    say(w.pressed[kind](door.name));
    await this.refresh();
    // The pressed row leaves the list; the thumb goes on to the next door.
    await this.focusOn(kind === "not-home" ? `#door-${door.household}` : next ? `#door-${next.household}` : "#doors");
  }

  open() {
    return (this.ledger?.doors ?? []).filter((d) => d.grade !== "stamped" && (!this.block || d.block === this.block));
  }

  /** @override */
  view() {
    const { ledger } = this;
    if (!ledger) return html`<p class="empty">${this.loaded ? w.unknown : ""}</p>`;
    const one = ledger.blocks.length === 1 ? ledger.blocks[0] : null;
    return html`<h2 class="title">${this.heading}</h2>
      <p class="sub">${one ? w.block(one.name, ledger.households) : words.households(ledger.households)}</p>
      ${bar(ledger.grades, ledger.households)} ${legend(ledger.grades)}
      ${one ? nothing : this.blocks(ledger)} ${ledger.hasRows ? this.doors() : html`<p class="sub">${w.countsOnly}</p>`}`;
  }

  /** @param {Ledger} ledger */
  blocks({ blocks, hasRows }) {
    const choose = (/** @type {string} */ block) => {
      this.block = this.block === block ? "" : block;
      this.draw();
      this.focusOn(this.block ? "#doors" : "#blocks");
    };
    const shown = blocks.filter((b) => !this.block || b.block === this.block);
    return html`<section><h3 id="blocks" tabindex="-1">${w.blocks}</h3><ul class="rows">
      ${shown.map((b) => html`<li>
        <p class="who"><b>${b.name}</b><span>${w.readOf(b.grades.stamped, b.households)}</span></p>
        ${bar(b.grades, b.households)}
        ${hasRows ? html`<button class="btn small plain" aria-pressed=${this.block === b.block} @click=${() => choose(b.block)}>${this.block === b.block ? w.allBlocks : w.onlyBlock(b.name)}</button>` : nothing}
      </li>`)}
    </ul></section>`;
  }

  doors() {
    const open = this.open();
    // Two hundred doors are no list to walk: an officer first chooses a block.
    const choose = !this.block && (this.ledger?.blocks.length ?? 0) > BLOCKS_AT_ONCE;
    const waiting = (this.ledger?.doors ?? []).filter((d) => d.waiting).length;
    return html`<section><h3 id="doors" tabindex="-1">${open.length > 0 ? w.open(open.length) : w.everyone}</h3>
      ${waiting > 0 ? html`<p class="sub">${w.waiting(waiting)}</p>` : nothing}
      ${choose && open.length > 0 ? html`<p class="sub">${w.chooseBlock}</p>` : nothing}
      <ol class="doors">${repeat(choose ? [] : open, (d) => d.household, (d) => this.door(d))}</ol></section>`;
  }

  /** @param {Door} d */
  door(d) {
    const names = new Map(this.ledger?.blocks.map((b) => [b.block, b.name]));
    const many = (this.ledger?.blocks.length ?? 0) > 1;
    return html`<li class="card" id="door-${d.household}" tabindex="-1">
      <p class="who"><b>${w.doorNumber(d.walk)} ${d.name}</b><span class="sub">${d.paper ? w.paperHousehold : words.grades[d.grade]}</span></p>
      ${many || d.street ? html`<p class="sub">${many ? names.get(d.block) : ""} ${d.street}</p>` : nothing}
      ${d.gone ? html`<p class="due">${w.gone}</p>` : nothing}
      ${d.nowIn ? html`<p class="due">${w.nowIn(this.blockNames.get(d.nowIn) ?? "")}</p>` : nothing}
      ${d.doorAt && !d.gone ? html`<p class="due">${w.atTheDoor}</p>` : nothing}
      ${d.wasOut ? html`<p class="due">${w.wasOut(dayTime(d.wasOut))}</p>` : nothing}
      <p class="two">
        <button class="btn small" @click=${() => this.press(d, "told")}>${w.told}<span class="hidden">${d.name}</span></button>
        <button class="btn small plain" @click=${() => this.press(d, "not-home")}>${w.notHome}<span class="hidden">${d.name}</span></button>
        <button class="btn small plain" @click=${() => this.press(d, "paper")}>${w.paper}<span class="hidden">${d.name}</span></button>
      </p>
    </li>`;
  }
}

customElements.define("k-reach", Reach);
