// 転入: a home that is new in the association; or one that another association of the city has sent on.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { newId } from "../data/ids.js";
import { checkbox, field } from "../parts/choice.js";
import { foreseen, sentencesOf } from "../parts/foreseen.js";
import { newcomers, nobody, written } from "../parts/newcomers.js";
import { placeFields } from "../parts/place.js";
import { doIt, foresee, readArrival } from "../read/life.js";
import { worksFor } from "../read/hats.js";
import { readMe } from "../read/me.js";
import { readPeople } from "../read/people.js";
import { go } from "../router.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

const w = words.life;

class MoveIn extends Screen {
  association = "";
  /** @type {import("../read/people.js").BlockOfList[]} */
  blocks = [];
  /** @type {import("../types").LifeChange | undefined} */
  arrival = undefined;
  loaded = false;
  newHome = newId();
  people = [nobody()];
  name = "";
  street = "";
  paper = false;
  /** @type {import("../parts/place.js").Place} */
  place = { block: "", walk: null };
  /** @type {import("../types").Follows | null} */
  follows = null;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    if (me && this.params[0]) this.arrival = await readArrival(me, this.params[0]);
    // Whom another association has sent was sent to one of ours.
    this.association ||= this.arrival?.association ?? (await worksFor(me));
    this.blocks = await readPeople(this.association);
    if (!this.loaded && this.arrival) this.name = this.arrival.household?.name ?? "";
    this.loaded = true;
  }

  /** @returns {import("../read/life.js").Deed} */
  deed() {
    const { newHome: id, name, street, paper, place, arrival } = this;
    // The home's own id keeps a second press from making anybody twice.
    const people = written(this.people).map(({ id: _, ...said }) => said);
    const who = arrival ? { arrival: arrival.change } : { people };
    return { method: "POST", path: `/api/v1/associations/${this.association}/households`, body: { id, name, street, paper, ...place, ...who } };
  }

  /** @param {SubmitEvent} event */
  async look(event) {
    event.preventDefault();
    this.trouble = this.place.block ? "" : w.missing.block;
    if (!this.trouble) await this.asking(async () => (this.follows = await foresee(this.deed())));
    this.draw();
    await this.focusOn(this.follows ? "#foreseen" : ".problem");
  }

  async press() {
    await this.asking(async () => {
      await doIt(this.deed());
      go("/people");
      say(w.movedIn(this.called()));
    });
    this.draw();
    if (this.trouble) await this.focusOn(".problem");
  }

  called() {
    return this.name.trim() || this.people[0]?.name.trim() || "";
  }

  /** @param {() => Promise<unknown>} work */
  async asking(work) {
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await work();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
  }

  async change() {
    this.follows = null;
    this.trouble = "";
    this.draw();
    await this.focusOn("form input");
  }

  async another() {
    this.people = [...this.people, nobody()];
    this.draw();
    await this.focusOn(`#name-${this.people.length - 1}`);
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    if (!this.association) return html`<p class="empty">${words.notOfficer}</p>`;
    if (this.params[0] && !this.arrival) return html`<p class="empty">${w.noArrival}</p>`;
    const { follows, busy, trouble } = this;
    if (follows) {
      const names = this.arrival ? this.arrival.people.map((p) => p.name) : this.people.map((p) => p.name.trim()).filter(Boolean);
      const to = this.blocks.find((b) => b.id === this.place.block)?.name ?? "";
      const sentences = sentencesOf(follows, { home: this.called(), people: names, to });
      return foreseen({ sentences, busy, trouble, press: () => this.press(), change: () => this.change() });
    }
    return html`<p>${this.arrival ? w.arrivalIntro(this.arrival.fromAssociation?.name ?? "", this.arrival.people.map((p) => p.name)) : w.moveInIntro}</p>
      <form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.look(e)}>
        ${this.arrival ? nothing : newcomers(this.people, () => this.another())}
        ${this.line("name", w.name, w.nameEmpty)} ${this.line("street", w.street, "")}
        ${placeFields(this.blocks, this.place, "", (place) => {
          this.place = place;
          this.draw();
        })}
        ${checkbox(w.paper, this.paper, (on) => {
          this.paper = on;
          this.draw();
        })}
        ${trouble ? html`<p class="problem" role="alert" tabindex="-1">${trouble}</p>` : nothing}
        <button class="btn" ?disabled=${busy}>${busy ? w.busy : w.look}</button>
      </form>`;
  }

  /** @param {"name" | "street"} which @param {string} label @param {string} hint */
  line(which, label, hint) {
    return field({ id: which, label, hint }, (described) => html`<input id=${which} autocomplete="off" maxlength="200" .value=${this[which]} aria-describedby=${described} @input=${(/** @type {Event} */ e) => (this[which] = /** @type {HTMLInputElement} */ (e.target).value)} />`);
  }
}

customElements.define("k-move-in", MoveIn);
