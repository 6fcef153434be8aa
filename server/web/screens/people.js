// The list of households: who has a phone, whose slip is still open; mark paper, stop a lost phone; the way to what has changed.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { meta } from "../data/store.js";
import { run } from "../data/sync.js";
import { hasFewOfficers } from "../read/handover.js";
import { look } from "../read/looks.js";
import { worksFor } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { day, dayTime } from "../read/days.js";
import { readChanges } from "../read/life.js";
import { readPeople } from "../read/people.js";
import { makeSlips } from "../read/slips.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").HouseholdOfList} Household */
/** @typedef {import("../types").PersonOfList} Person */

const w = words.people;

class People extends Screen {
  association = "";
  /** @type {import("../read/people.js").BlockOfList[]} */
  blocks = [];
  synced = false;
  changes = 0;
  trouble = "";
  asking = "";
  officer = true;
  few = false;
  /** Are the closed blocks filled, so that a search in the page finds names in them? It takes longer than all else here. */
  filled = false;

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await worksFor(me);
    this.officer = this.association !== "";
    const read = Promise.all([readPeople(this.association), me ? readChanges(me) : [], meta("syncedAt"), hasFewOfficers(this.association)]);
    const [blocks, changes, syncedAt, few] = await read;
    [this.blocks, this.changes, this.synced, this.few] = [blocks, changes.length, Boolean(syncedAt), few];
  }

  /** @override */
  arrived() {
    if (!this.filled) requestAnimationFrame(() => setTimeout(() => this.fill()));
  }

  fill() {
    this.filled = true;
    this.draw();
  }

  /** Does it, and waits until the list here says so. @param {() => Promise<unknown>} work @param {string} sentence */
  async try(work, sentence) {
    this.asking = "";
    try {
      await work();
      await run();
      this.trouble = "";
      if (sentence) say(sentence);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @param {string} household @param {object} change @param {string} sentence */
  change(household, change, sentence) {
    return this.try(() => call("PATCH", `/api/v1/households/${household}`, change), sentence);
  }

  /** @param {Person} person */
  async slip(person) {
    try {
      await makeSlips(this.association, { people: [person.id] });
      go("/slips");
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @param {string} what */
  async ask(what) {
    this.asking = what;
    this.draw();
    await this.focusOn(".confirm button");
  }

  /** @override */
  view() {
    if (!this.officer) return html`<p class="empty">${words.notOfficer}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (this.blocks.length === 0) return html`<p class="empty">${this.synced ? w.nobody : w.loading}</p>`;
    return html`${trouble}
      ${this.few ? html`<p class="due" role="note">${words.handover.fewNow}</p>` : nothing}
      ${this.changes > 0 ? html`<p><a class="btn plain" href="/people/changes">${words.life.changes.link(this.changes)}</a></p>` : nothing}
      <details class="card"><summary><b>${w.menu}</b></summary>
        ${this.menu().map(([href, text]) => html`<p><a class="btn plain" href=${href}>${text}</a></p>`)}
      </details>
      ${this.blocks.map((block) => this.block(block))}`;
  }

  /** @returns {[string, string][]} what else there is to do with the list */
  menu() {
    /** @type {[string, string][]} */
    const changes = this.changes > 0 ? [] : [["/people/changes", words.life.changes.link(0)]];
    return [
      ["/people/unreachable", words.titles.unreachable],
      ["/slips", w.slips],
      ["/people/new", words.life.moveIn],
      ...changes,
      ["/handover", words.titles.handover],
      ["/handover/sheet", words.recoverySheet.link],
    ];
  }

  /** @param {import("../read/people.js").BlockOfList} block */
  block({ id, name, households }) {
    const joined = households.filter((h) => h.people.some((p) => p.devices.length > 0)).length;
    const opened = (/** @type {Event} */ e) => /** @type {HTMLDetailsElement} */ (e.target).open && look([id]);
    return html`<details class="card block" ?open=${this.blocks.length === 1} @toggle=${opened}>
      <summary><b>${name}</b> <span class="sub">${w.joined(joined, households.length)}</span></summary>
      <ul class="rows">${this.filled || this.blocks.length === 1 ? households.map((h) => this.household(h)) : nothing}</ul>
    </details>`;
  }

  /** @param {Household} h */
  household(h) {
    return html`<li>
      <p class="who"><b>${words.reach.doorNumber(h.walk)} ${h.name}</b>${h.paper ? html`<span class="chip">${h.paperByItself ? w.paperByItself : w.paper}</span>` : nothing}</p>
      ${h.people.map((p) => this.person(p))}
      <details><summary>${w.change(h.name)}</summary>
        <button class="btn small plain" @click=${() => this.change(h.id, { paper: !h.paper }, h.paper ? w.paperOffDone(h.name) : w.paperOnDone(h.name))}>${h.paper ? w.paperOff : w.paperOn}</button>
        <a class="btn small plain" href="/people/home/${h.id}">${words.life.what}<span class="hidden">${h.name}</span></a>
      </details>
    </li>`;
  }

  /** @param {Person} p */
  person(p) {
    const phones = p.devices.length > 0;
    return html`<div class="person">
      <p>${p.name} <span class="sub">${phones ? "" : w.slipStates[p.slip]}</span></p>
      ${p.devices.map((d) => html`<p class="sub">${w.device(d.name, d.number)} ${w.seen(day(d.usedWeek))}</p>${this.confirmable(`d${d.id}`, w.revoke, w.revokeSure(p.name, d.name), () => this.try(() => call("DELETE", `/api/v1/associations/${this.association}/devices/${d.id}`), w.revoked(p.name)))}`)}
      ${this.erasure(p)}
      ${p.slip === "open" ? this.confirmable(`s${p.id}`, w.slipAgain, w.slipAgainSure(p.name), () => this.slip(p)) : html`<button class="btn small plain" @click=${() => this.slip(p)}>${w.slip}<span class="hidden">${p.name}</span></button>`}
    </div>`;
  }

  /** @param {Person} p */
  erasure(p) {
    const path = `/api/v1/associations/${this.association}/people/${p.id}/erasure`;
    const w = words.records;
    if (p.erasedAt) return html`<p class="due">${w.on(dayTime(p.erasedAt))}</p>
      <button class="btn small plain" @click=${() => this.try(() => call("DELETE", path), w.keptOf(p.name))}>${w.keep}<span class="hidden">${p.name}</span></button>`;
    const ask = () => this.try(() => call("POST", path, { confirm: true }), w.asked(p.name));
    return html`<details><summary>${w.whose(p.name)}</summary>${this.confirmable(`e${p.id}`, w.eraseButton, w.askedSure(p.name), ask)}</details>`;
  }

  /** @param {string} key @param {string} label @param {string} sure @param {() => void} act */
  confirmable(key, label, sure, act) {
    if (this.asking !== key) return html`<button class="btn small plain" @click=${() => this.ask(key)}>${label}</button>`;
    return html`<div class="confirm"><p>${sure}</p><p class="two">
      <button class="btn small danger" @click=${act}>${label}</button><button data-back class="btn small plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-people", People);
