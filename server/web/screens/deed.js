// One thing that has changed in a home: who, where to; then what follows from it, in sentences; then one press.

import { html, nothing } from "../screen.js";
import { newId } from "../data/ids.js";
import { checkbox, field, radios } from "../parts/choice.js";
import { LifeScreen } from "../parts/life-screen.js";
import { placeFields } from "../parts/place.js";
import { askNeighbours } from "../read/life.js";
import { look } from "../read/looks.js";
import { associationOfHome } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { readHousehold } from "../read/people.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").HouseholdOfList} Household */
/** @typedef {"out" | "move" | "split" | "merge" | "death" | "street"} What */

const w = words.life;
const AWAY = "";
/** What needs the other homes. @type {Set<What>} */
const AMONG_OTHERS = new Set(["move", "split", "merge"]);

class Deed extends LifeScreen {
  /** @type {What} */
  what = "out";
  /** @type {Household | undefined} */
  home = undefined;
  /** @type {import("../types").Person[]} */
  neighbours = [];
  /** A second press of the same form makes no second home. */
  newHome = newId();
  /** @type {Set<string>} */
  people = new Set();
  all = true;
  /** @type {import("../parts/place.js").Place} */
  place = { block: "", walk: null };
  name = "";
  street = "";
  to = AWAY;
  into = "";

  /** @override @param {boolean} first */
  async read(first) {
    const me = await readMe();
    this.association ||= await associationOfHome(me, this.params[0] ?? "");
    this.what = /** @type {What} */ (this.params[1]);
    [this.home] = await Promise.all([readHousehold(this.association, this.params[0] ?? ""), this.readPlaces(first || !AMONG_OTHERS.has(this.what))]);
    const { home, blocks } = this;
    // To put two homes together, those of every block are named.
    if (home) look(this.what === "merge" ? blocks.map(({ id }) => id) : [home.block]);
    if (!first || !home) return;
    this.titled(w.deeds[this.what].name);
    this.street = home.street;
    if (this.what === "split") this.place = { block: home.block, walk: home.walk + 1 };
  }

  /** @override */
  async arrived() {
    if (AMONG_OTHERS.has(this.what)) return this.refresh();
    if (this.what !== "out" || !this.association || this.neighbours.length > 0) return;
    this.neighbours = await askNeighbours(this.association).catch(() => []);
    this.draw();
  }

  /** @override @returns {import("../read/life.js").Deed} */
  deed() {
    const path = `/api/v1/households/${this.home?.id}`;
    const { block, walk } = this.place;
    const people = [...this.people];
    switch (this.what) {
      case "out":
        return { method: "POST", path: `${path}/move-out`, body: { ...(this.all ? {} : { people }), ...(this.to && { to: this.to }) } };
      case "split":
        return { method: "POST", path: `${path}/split`, body: { id: this.newHome, people, name: this.name, street: this.street, block, walk } };
      case "merge":
        return { method: "POST", path: `${path}/merge`, body: { into: this.into } };
      case "death":
        return { method: "POST", path: `${path}/death`, body: { person: people[0] } };
      case "street":
        return { method: "PATCH", path, body: { street: this.street } };
      default:
        return { method: "PATCH", path, body: { block, walk: walk ?? this.last(block) } };
    }
  }

  /** @param {string} block @returns {number} the place behind all others of the block */
  last(block) {
    const homes = this.blocks.find((b) => b.id === block)?.households ?? [];
    return 1 + Math.max(0, ...homes.filter((h) => h.id !== this.home?.id).map((h) => h.walk));
  }

  /** @override */
  missing() {
    const chooses = this.what === "split" || this.what === "death" || (this.what === "out" && !this.all);
    if (chooses && this.people.size === 0) return w.missing.people;
    if (this.what === "merge" && !this.into) return w.missing.into;
    if ((this.what === "move" || this.what === "split") && !this.place.block) return w.missing.block;
    return this.what === "split" && !this.name.trim() ? w.missing.name : "";
  }

  /** @override */
  outcome() {
    return { path: "/people", said: w.done(this.home?.name ?? "") };
  }

  /** @override */
  gone() {
    return this.home ? "" : w.gone;
  }

  /** @override @param {import("../types").Follows} follows */
  named({ people }) {
    return { home: this.home?.name ?? "", people: people.map((p) => p.name), to: this.whereTo() };
  }

  /** @override */
  intro() {
    return html`<h2 class="title">${w.titleOf(this.home?.name ?? "")}</h2><p>${w.deeds[this.what].intro}</p>`;
  }

  whereTo() {
    if (this.what === "merge") return this.blocks.flatMap((b) => b.households).find((h) => h.id === this.into)?.name ?? "";
    if (this.what === "split") return this.name;
    if (this.what === "street") return this.street;
    if (this.what === "out") return this.neighbours.find((n) => n.id === this.to)?.name ?? "";
    return this.blocks.find((b) => b.id === this.place.block)?.name ?? "";
  }

  /** @override */
  fields() {
    return this.home ? this.asked(this.home) : nothing;
  }

  /** @param {Household} home */
  asked(home) {
    const place = (/** @type {string} */ but) => placeFields(this.blocks, this.place, but, (chosen) => this.set(() => (this.place = chosen)));
    switch (this.what) {
      case "out":
        return html`${home.people.length > 1 ? radios("all", w.who, [{ value: "all", label: w.everybody }, { value: "some", label: w.some }], this.all ? "all" : "some", (v) => this.set(() => (this.all = v === "all"))) : nothing}
          ${this.all ? nothing : this.choosing(home)} ${this.neighbours.length > 0 ? this.destination() : nothing}`;
      case "death":
        return radios("person", w.whoDied, home.people.map((p) => ({ value: p.id, label: p.name })), [...this.people][0] ?? "", (v) => this.set(() => (this.people = new Set([v]))));
      case "split":
        return html`${this.choosing(home)} ${this.line("name", w.name, w.nameHint)} ${place("")} ${this.line("street", w.street, "")}`;
      case "merge":
        return this.other(home);
      case "street":
        return this.line("street", w.street, "");
      default:
        return place(home.id);
    }
  }

  /** @param {() => void} change */
  set(change) {
    change();
    this.draw();
  }

  /** @param {Household} home */
  choosing({ people }) {
    return html`<fieldset><legend>${w.who}</legend>${people.map((p) => checkbox(p.name, this.people.has(p.id), (on) => this.set(() => (on ? this.people.add(p.id) : this.people.delete(p.id)))))}</fieldset>`;
  }

  /** @param {"name" | "street"} which @param {string} label @param {string} hint */
  line(which, label, hint) {
    return field({ id: which, label, hint }, (described) => html`<input id=${which} autocomplete="off" maxlength="200" .value=${this[which]} aria-describedby=${described} @input=${(/** @type {Event} */ e) => (this[which] = /** @type {HTMLInputElement} */ (e.target).value)} />`);
  }

  destination() {
    const choose = (/** @type {Event} */ e) => this.set(() => (this.to = /** @type {HTMLSelectElement} */ (e.target).value));
    return field({ id: "to", label: w.to, hint: w.toHint }, (described) => html`<select id="to" aria-describedby=${described} @change=${choose}><option value=${AWAY}>${w.away}</option>${this.neighbours.map((n) => html`<option value=${n.id} ?selected=${n.id === this.to}>${n.name}</option>`)}</select>`);
  }

  /** @param {Household} home */
  other(home) {
    const choose = (/** @type {Event} */ e) => this.set(() => (this.into = /** @type {HTMLSelectElement} */ (e.target).value));
    return field({ id: "into", label: w.into }, () => html`<select id="into" @change=${choose}><option value="">${words.people.choose}</option>
      ${this.blocks.map((b) => html`<optgroup label=${b.name}>${b.households.filter((h) => h.id !== home.id).map((h) => html`<option value=${h.id} ?selected=${h.id === this.into}>${words.reach.doorNumber(h.walk)}${h.name}</option>`)}</optgroup>`)}</select>`);
  }
}

customElements.define("k-deed", Deed);
