// 引き継ぎ: seat by seat the successor, the day, a look at what will change, one press; then what is scheduled, and the way back.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { newId } from "../data/ids.js";
import { run } from "../data/sync.js";
import { field, radios } from "../parts/choice.js";
import { changes, scheduledBox, warnings } from "../parts/handover-box.js";
import { seatCards, successorPicker } from "../parts/successor.js";
import { day, isPast, tokyoDay } from "../read/days.js";
import { begunWish, hasFewOfficers, holdersThen, isChanged, keepWish, nextApril, readScheduled } from "../read/handover.js";
import { look } from "../read/looks.js";
import { worksFor } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { readPeople } from "../read/people.js";
import { makeSlips } from "../read/slips.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/handover.js").HeldSeat} HeldSeat */

const w = words.handover;
const WEEKS = ["0", "2", "4"];

class Handover extends Screen {
  association = "";
  /** @type {import("../read/handover.js").Scheduled | null} */
  scheduled = null;
  /** @type {import("../read/handover.js").Stands | null} */
  stands = null;
  /** @type {import("../read/people.js").BlockOfList[]} */
  blocks = [];
  few = false;
  begins = nextApril();
  weeks = "0";
  /** @type {Map<string, import("../read/handover.js").Slots>} by seat */
  chosen = new Map();
  /** @type {{seat: HeldSeat, place: number, block: string} | null} */
  picking = null;
  /** @type {import("../read/handover.js").Preview | null} */
  preview = null;
  key = newId();
  begun = false;
  busy = false;
  asking = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await worksFor(me);
    this.scheduled = await readScheduled(this.association);
    this.blocks = await readPeople(this.association);
    this.few = await hasFewOfficers(this.association);
    if (!this.begun) Object.assign(this, await begunWish(this.association));
    this.begun = true;
  }

  /** So that a reload loses nothing. */
  keep() {
    const { association, key, begins, weeks, chosen } = this;
    keepWish({ association, key, begins, weeks, chosen });
  }

  /** @override */
  async arrived() {
    if (!this.association) return;
    try {
      this.stands = await call("GET", this.path);
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
  }

  get path() {
    return `/api/v1/associations/${this.association}/handover`;
  }

  get wish() {
    const seats = (this.stands?.seats ?? []).flatMap((seat) => {
      const slots = this.chosen.get(seat.id) ?? [];
      return isChanged(slots) ? [{ seat: seat.id, people: holdersThen(seat, slots) }] : [];
    });
    return { begins: this.begins, overlapWeeks: Number(this.weeks), seats };
  }

  /** @param {() => Promise<void>} work @param {string} focus */
  async try(work, focus) {
    if (this.busy) return;
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await work();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : focus);
  }

  /** @param {Event} event */
  async look(event) {
    event.preventDefault();
    if (isPast(this.begins || "2000-01-01")) this.trouble = w.dayWrong;
    else if (this.wish.seats.length === 0) this.trouble = w.nothing;
    else {
      return this.try(async () => {
        this.preview = await call("POST", `${this.path}?dryRun=true`, this.wish);
      }, "h2");
    }
    this.draw();
    await this.focusOn(".problem");
  }

  decide() {
    return this.try(async () => {
      await call("POST", this.path, { id: this.key, ...this.wish });
      this.start();
      await run();
      this.stands = await call("GET", this.path).catch(() => this.stands);
      say(w.decided(day(this.begins)));
    }, "h2");
  }

  cancel() {
    this.asking = false;
    return this.try(async () => {
      await call("DELETE", this.path);
      await run();
      this.stands = await call("GET", this.path).catch(() => this.stands);
      say(w.cancelled);
    }, "h2");
  }

  start() {
    this.preview = null;
    this.chosen = new Map();
    this.key = newId();
    keepWish(undefined);
  }

  /** @param {string[]} people */
  slips(people) {
    return this.try(async () => {
      await makeSlips(this.association, { people });
      go("/slips");
    }, "h2");
  }

  /** @param {HeldSeat} seat @param {number} place */
  async pick(seat, place) {
    this.turnTo({ seat, place, block: seat.block?.id ?? this.blocks[0]?.id ?? "" });
    this.draw();
    scrollTo(0, 0);
    await this.focusOn("h2");
  }

  /** @param {import("../types").Person | null | undefined} person */
  async take(person) {
    if (!this.picking) return;
    const { seat, place } = this.picking;
    const slots = [...(this.chosen.get(seat.id) ?? [])];
    slots[place] = person;
    this.chosen.set(seat.id, slots);
    this.picking = null;
    this.keep();
    this.draw();
    await this.focusOn(`#s${seat.id}-${place}`);
  }

  /** @param {boolean} on */
  async ask(on) {
    this.asking = on;
    this.draw();
    await this.focusOn(on ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (this.scheduled) {
      const decides = this.stands?.mayDecide ?? false;
      return html`${trouble}${scheduledBox(this.scheduled, this.blocks, { decides, asking: this.asking, ask: (on) => this.ask(on), cancel: () => this.cancel(), slips: (people) => this.slips(people) })}`;
    }
    if (this.picking) return successorPicker(this.picking, this.blocks, { block: (block) => this.picking && this.turn(block), take: (person) => this.take(person), back: () => this.take(this.chosen.get(this.picking?.seat.id ?? "")?.[this.picking?.place ?? 0]) });
    if (!this.stands) return this.trouble ? trouble : html`<p class="empty">${w.loading}</p>`;
    if (!this.stands.mayDecide) return html`<p class="empty">${w.notYours}</p>`;
    return this.preview ? html`${this.changesAhead(this.preview)}${trouble}${this.foot()}` : html`${this.form(this.stands)}`;
  }

  /** @param {string} block */
  turn(block) {
    if (this.picking) this.turnTo({ ...this.picking, block });
    this.draw();
  }

  /** The names of that block come on the screen. @param {{seat: HeldSeat, place: number, block: string}} picking */
  turnTo(picking) {
    this.picking = picking;
    if (picking.block) look([picking.block]);
  }

  /** @param {import("../read/handover.js").Preview} preview */
  changesAhead(preview) {
    return html`<h2 class="title" tabindex="-1">${w.preview(day(preview.begins))}</h2>
      ${changes(preview.seats)}
      <p>${preview.overlapWeeks > 0 ? w.overlapUntil(day(preview.leavesOn)) : w.noOverlap}</p>
      ${warnings(preview.warnings)}`;
  }

  foot() {
    return html`<div class="foot">
      <button class="btn" ?disabled=${this.busy} @click=${() => this.decide()}>${this.busy ? w.deciding : w.decide}</button>
      <button data-back class="btn plain" ?disabled=${this.busy} @click=${() => {
        this.preview = null;
        this.draw();
        this.focusOn("h2");
      }}>${w.change}</button>
    </div>`;
  }

  /** @param {import("../read/handover.js").Stands} stands */
  form({ seats }) {
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.look(e)}>
      ${this.few ? html`<p class="due" role="note">${w.fewNow}</p>` : nothing}
      <p>${w.intro}</p>
      ${field({ id: "begins", label: w.day }, () => html`<input id="begins" type="date" min=${tokyoDay(new Date())} .value=${this.begins} @input=${(/** @type {Event} */ e) => {
        this.begins = /** @type {HTMLInputElement} */ (e.target).value;
        this.keep();
      }} />`)}
      ${radios("weeks", w.overlap, WEEKS.map((value) => ({ value, label: w.together(Number(value)) })), this.weeks, (value) => {
        this.weeks = value;
        this.keep();
        this.draw();
      })}
      <h2 class="title" tabindex="-1">${w.seats}</h2>
      ${seatCards(seats, this.chosen, (seat, place) => this.pick(seat, place))}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <button class="btn" ?disabled=${this.busy}>${this.busy ? w.checking : w.check}</button>
    </form>`;
  }
}

customElements.define("k-handover", Handover);
