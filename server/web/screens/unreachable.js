// 連絡のつかないお宅: block by block, why, and the buttons that mend it: a slip, an address, the paper.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { field } from "../parts/choice.js";
import { dayTime } from "../read/days.js";
import { look } from "../read/looks.js";
import { worksFor } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { askUnreachable, readUnreachable } from "../read/reachability.js";
import { makeSlips } from "../read/slips.js";
import { say } from "../say.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").UnreachableHome} Home */
/** @typedef {Home["people"][number]} Person */

const w = words.unreachable;

/** @param {import("../types").HomeOnPaper} home */
const names = ({ people }) => people.map((p) => p.name).join(words.comma);

class Unreachable extends Screen {
  association = "";
  officer = true;
  /** @type {import("../read/reachability.js").Told | null} */
  told = null;
  trouble = "";
  /** Whose address was refused, and why. */
  refused = { person: "", why: "" };

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await worksFor(me);
    this.officer = this.association !== "";
    if (this.officer) this.told = await readUnreachable(this.association);
    this.noteLook();
  }

  /** @override */
  async arrived() {
    if (!this.officer) return;
    try {
      this.told = await askUnreachable(this.association);
      this.trouble = "";
      this.noteLook();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
  }

  noteLook() {
    const list = this.told?.list;
    if (list) look([...list.homes, ...(list.onPaper ?? [])].map(({ block }) => block));
  }

  /** Does it, and looks who is left. @param {() => Promise<string>} work → what to say */
  async try(work) {
    try {
      const sentence = await work();
      this.refused = { person: "", why: "" };
      await run();
      await this.arrived();
      say(sentence);
      await this.focusOn("h2");
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @param {Home} home */
  paper({ household, name }) {
    return this.try(async () => {
      await call("PATCH", `/api/v1/households/${household}`, { paper: true });
      return words.people.paperOnDone(name);
    });
  }

  /** @param {import("../types").HomeOnPaper} home */
  async slip({ people }) {
    try {
      await makeSlips(this.association, { people: people.map(({ id }) => id) });
      go("/slips");
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @param {SubmitEvent} event @param {Person} person */
  async mail(event, person) {
    event.preventDefault();
    const address = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("address") ?? "").trim();
    try {
      const { state } = await call("PUT", `/api/v1/associations/${this.association}/people/${person.id}/mail`, { address });
      await this.try(async () => (state === "live" ? w.mailDone : w.mailStopped)(person.name));
    } catch (error) {
      this.refused = { person: person.id, why: sentenceOf(error) };
      this.draw();
      await this.focusOn(`#mail-${person.id}`);
    }
  }

  /** @override */
  view() {
    if (!this.officer) return html`<p class="empty">${words.notOfficer}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!this.told) return trouble || html`<p class="empty">${w.loading}</p>`;
    const { at, list } = this.told;
    return html`${trouble}<h2 class="title" tabindex="-1">${list.unreachable > 0 ? w.heading(list.unreachable, list.households) : w.nobody}</h2>
      <p class="sub">${w.at(dayTime(at))}</p>
      ${this.blocks(list.homes).map(([name, homes]) => this.block(name, homes))}
      ${list.unreachable > list.homes.length ? html`<p>${w.more(list.unreachable - list.homes.length)}</p>` : nothing}
      ${this.onPaper(list.onPaper ?? [], list.onPaperCount)}`;
  }

  /** @param {Home[]} homes @returns {[string, Home[]][]} by block, in the order they came */
  blocks(homes) {
    /** @type {Map<string, Home[]>} */
    const blocks = new Map();
    for (const home of homes) blocks.set(home.blockName, [...(blocks.get(home.blockName) ?? []), home]);
    return [...blocks];
  }

  /** @param {string} name @param {Home[]} homes */
  block(name, homes) {
    return html`<section><h3>${w.block(name, homes.length)}</h3>
      <ol class="doors">${repeat(homes, (h) => h.household, (h) => this.home(h))}</ol></section>`;
  }

  /** @param {import("../types").HomeOnPaper[]} homes @param {number} count of all there are */
  onPaper(homes, count = homes.length) {
    if (homes.length === 0) return nothing;
    return html`<section><h3>${w.onPaper(count)}</h3><p>${w.onPaperWhy}</p>
      <ol class="doors">${repeat(homes, (h) => h.household, (h) => html`<li class="card">
        <p class="who"><b>${h.blockName} ${words.reach.doorNumber(h.walk)} ${h.name}</b><span class="sub">${names(h)}</span></p>
        ${this.slipButton(h)}</li>`)}</ol>${count > homes.length ? html`<p>${w.more(count - homes.length)}</p>` : nothing}</section>`;
  }

  /** @param {import("../types").HomeOnPaper} h */
  slipButton(h) {
    const slip = h.people.some((p) => p.slip === "open") ? words.people.slipAgain : words.people.slip;
    return html`<button class="btn small" @click=${() => this.slip(h)}>${slip}<span class="hidden">${h.name}</span></button>`;
  }

  /** @param {Home} h */
  home(h) {
    const helps = (/** @type {string} */ remedy) => h.remedies.includes(remedy);
    return html`<li class="card">
      <p class="who"><b>${words.reach.doorNumber(h.walk)} ${h.name}</b><span class="sub">${names(h)}</span></p>
      <p class="due">${w.why[h.why] ?? h.why}</p>
      ${h.asked ? html`<p>${w.asked}</p>` : nothing}
      ${helps("visit") ? html`<p>${w.visit[h.why] ?? w.ask}</p>` : nothing}
      <p class="two">
        ${helps("slip") ? this.slipButton(h) : nothing}
        ${helps("paper") ? html`<button class="btn small plain" @click=${() => this.paper(h)}>${words.people.paperOn}<span class="hidden">${h.name}</span></button>` : nothing}
      </p>
      ${helps("mail") ? html`<details><summary>${w.mail}<span class="hidden">${h.name}</span></summary>${h.people.map((p) => this.address(p))}</details>` : nothing}
    </li>`;
  }

  /** @param {Person} p */
  address(p) {
    const error = this.refused.person === p.id ? this.refused.why : "";
    return html`<form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.mail(e, p)}>
      ${field({ id: `mail-${p.id}`, label: w.mailOf(p.name), error }, (described, invalid) => html`<input id="mail-${p.id}" name="address" type="email" inputmode="email" autocomplete="off" aria-describedby=${described} aria-invalid=${invalid} />`)}
      <button class="btn small">${w.mailButton}</button>
    </form>`;
  }
}

customElements.define("k-unreachable", Unreachable);
