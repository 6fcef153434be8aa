// 転入: a home that is new in the association; or one that another association of the city has sent on.

import { html, nothing } from "../screen.js";
import { newId } from "../data/ids.js";
import { checkbox, field } from "../parts/choice.js";
import { LifeScreen } from "../parts/life-screen.js";
import { newcomers, nobody, written } from "../parts/newcomers.js";
import { placeFields } from "../parts/place.js";
import { readArrival } from "../read/life.js";
import { worksFor } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { words } from "../words/words.js";

const w = words.life;

class MoveIn extends LifeScreen {
  /** @type {import("../types").LifeChange | undefined} */
  arrival = undefined;
  newHome = newId();
  people = [nobody()];
  name = "";
  street = "";
  paper = false;
  /** @type {import("../parts/place.js").Place} */
  place = { block: "", walk: null };

  /** @override @param {boolean} first */
  async read(first) {
    const me = await readMe();
    if (me && this.params[0]) this.arrival = await readArrival(me, this.params[0]);
    // Whom another association has sent was sent to one of ours.
    this.association ||= this.arrival?.association ?? (await worksFor(me));
    await this.readPlaces(first);
    if (first && this.arrival) this.name = this.arrival.household?.name ?? "";
  }

  /** @override @returns {import("../read/life.js").Deed} */
  deed() {
    const { newHome: id, name, street, paper, place, arrival } = this;
    // The home's own id keeps a second press from making anybody twice.
    const people = written(this.people).map(({ id: _, ...said }) => said);
    const who = arrival ? { arrival: arrival.change } : { people };
    return { method: "POST", path: `/api/v1/associations/${this.association}/households`, body: { id, name, street, paper, ...place, ...who } };
  }

  /** @override */
  arrived() {
    return this.refresh();
  }

  /** @override */
  missing() {
    return this.place.block ? "" : w.missing.block;
  }

  /** @override */
  outcome() {
    return { path: "/people", said: w.movedIn(this.called()) };
  }

  called() {
    return this.name.trim() || this.people[0]?.name.trim() || "";
  }

  async another() {
    this.people = [...this.people, nobody()];
    this.draw();
    await this.focusOn(`#name-${this.people.length - 1}`);
  }

  /** @override */
  gone() {
    return this.params[0] && !this.arrival ? w.noArrival : "";
  }

  /** @override */
  named() {
    const people = this.arrival ? this.arrival.people.map((p) => p.name) : this.people.map((p) => p.name.trim()).filter(Boolean);
    return { home: this.called(), people, to: this.blocks.find((b) => b.id === this.place.block)?.name ?? "" };
  }

  /** @override */
  intro() {
    return html`<p>${this.arrival ? w.arrivalIntro(this.arrival.fromAssociation?.name ?? "", this.arrival.people.map((p) => p.name)) : w.moveInIntro}</p>`;
  }

  /** @override */
  fields() {
    return html`${this.arrival ? nothing : newcomers(this.people, () => this.another())}
      ${this.line("name", w.name, w.nameEmpty)} ${this.line("street", w.street, "")}
      ${placeFields(this.blocks, this.place, "", (place) => {
        this.place = place;
        this.draw();
      })}
      ${checkbox(w.paper, this.paper, (on) => {
        this.paper = on;
        this.draw();
      })}`;
  }

  /** @param {"name" | "street"} which @param {string} label @param {string} hint */
  line(which, label, hint) {
    return field({ id: which, label, hint }, (described) => html`<input id=${which} autocomplete="off" maxlength="200" .value=${this[which]} aria-describedby=${described} @input=${(/** @type {Event} */ e) => (this[which] = /** @type {HTMLInputElement} */ (e.target).value)} />`);
  }
}

customElements.define("k-move-in", MoveIn);
