// One home: who lives there, and "what has changed?", each answer a screen of its own; a lost phone and a new slip at once.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { associationOfHome } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { readBlocks, readHousehold } from "../read/people.js";
import { look } from "../read/looks.js";
import { makeSlips } from "../read/slips.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").HouseholdOfList} Household */
/** @typedef {import("../types").PersonOfList} Person */

const w = words.life;
const DEEDS = /** @type {const} */ (["join", "out", "move", "split", "merge", "death", "street"]);

class Home extends Screen {
  association = "";
  /** @type {Household | undefined} */
  home = undefined;
  block = "";
  loaded = false;
  asking = "";
  trouble = "";
  /** Whose phone was stopped a moment ago. @type {Person | null} */
  without = null;

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await associationOfHome(me, this.params[0] ?? "");
    const [blocks, home] = await Promise.all([readBlocks(this.association), readHousehold(this.association, this.params[0] ?? "")]);
    this.home = home;
    this.block = blocks.find((b) => b.id === home?.block)?.name ?? "";
    this.loaded = true;
    if (!home) return;
    this.titled(w.titleOf(home.name));
    look([home.block]);
  }

  /** @param {Person} person @param {string} device */
  async lost(person, device) {
    this.asking = "";
    try {
      await call("DELETE", `/api/v1/associations/${this.association}/devices/${device}`);
      await run();
      this.trouble = "";
      this.without = person;
      say(words.people.revoked(person.name));
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    await this.focusOn(this.without ? "#again" : ".problem");
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
    await this.focusOn(what ? ".confirm button" : "#phones");
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    const { home } = this;
    if (!home) return html`<p class="empty">${w.gone}</p>`;
    const split = home.people.length > 1;
    return html`<p class="sub">${this.block} ${words.reach.doorNumber(home.walk)} ${home.street}</p>
      <p>${home.people.map((p) => p.name).join(words.comma) || w.empty}</p>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <h2 class="title">${w.what}</h2>
      <ul class="cards">${DEEDS.filter((deed) => (deed === "split" ? split : deed === "death" ? home.people.length > 0 : true)).map((deed) => html`<li><a class="card" href="/people/home/${home.id}/${deed}"><span class="title">${w.deeds[deed].name}</span><span class="sub">${w.deeds[deed].hint}</span></a></li>`)}
        ${home.people.length > 0 ? html`<li><a class="card" href="/family/paper/${home.id}"><span class="title">${words.family.paper}</span><span class="sub">${words.family.paperHint}</span></a></li>` : nothing}</ul>
      ${home.people.length > 0 ? this.phones(home) : nothing}`;
  }

  /** @param {Household} home */
  phones({ people }) {
    const having = people.filter((p) => p.devices.length > 0);
    return html`<h2 class="title" id="phones" tabindex="-1">${w.lost}</h2>
      ${this.without ? html`<div class="card"><p id="again" tabindex="-1">${w.lostDone(this.without.name)}</p>${this.slipButton(this.without)}</div>` : nothing}
      ${having.length === 0 ? html`<p class="sub">${w.noPhones}</p>` : nothing}
      <ul class="rows">${having.flatMap((p) => p.devices.map((d) => html`<li><p class="who"><b>${p.name}</b><span class="sub">${words.people.device(d.name, d.number)}</span></p>${this.stop(p, d)}</li>`))}</ul>
      <h2 class="title">${w.slip}</h2><p class="sub">${w.slipHint}</p>
      <ul class="rows">${people.map((p) => html`<li><p class="who"><b>${p.name}</b><span class="sub">${p.devices.length > 0 ? "" : words.people.slipStates[p.slip]}</span></p>${this.slipButton(p)}</li>`)}</ul>`;
  }

  /** @param {Person} p @param {Person["devices"][number]} d */
  stop(p, d) {
    const { revoke, revokeSure } = words.people;
    if (this.asking !== d.id) return html`<button class="btn small plain" @click=${() => this.ask(d.id)}>${revoke}<span class="hidden">${p.name} ${d.name}</span></button>`;
    return html`<div class="confirm"><p>${revokeSure(p.name, d.name)}</p><p class="two">
      <button class="btn small danger" @click=${() => this.lost(p, d.id)}>${revoke}</button><button data-back class="btn small plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }

  /** @param {Person} p */
  slipButton(p) {
    return html`<button class="btn small plain" @click=${() => this.slip(p)}>${p.slip === "open" ? words.people.slipAgain : words.people.slip}<span class="hidden">${p.name}</span></button>`;
  }
}

customElements.define("k-home", Home);
