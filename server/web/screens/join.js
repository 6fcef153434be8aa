// 家族がふえた: a child is born, a mother moves in. Somebody new lives in a home that is on the list; then the slip.

import { html } from "../screen.js";
import { LifeScreen } from "../parts/life-screen.js";
import { newcomers, nobody, written } from "../parts/newcomers.js";
import { associationOfHome } from "../read/hats.js";
import { look } from "../read/looks.js";
import { readMe } from "../read/me.js";
import { readHousehold } from "../read/people.js";
import { words } from "../words/words.js";

const w = words.life;

class Join extends LifeScreen {
  /** @type {import("../types").HouseholdOfList | undefined} */
  home = undefined;
  people = [nobody()];

  /** @override @param {boolean} first */
  async read(first) {
    const me = await readMe();
    this.association ||= await associationOfHome(me, this.params[0] ?? "");
    this.home = await readHousehold(this.association, this.params[0] ?? "");
    if (this.home) look([this.home.block]);
    if (first) this.titled(w.deeds["join"]?.name ?? "");
  }

  /** @override @returns {import("../read/life.js").Deed} */
  deed() {
    return { method: "POST", path: `/api/v1/households/${this.home?.id}/people`, body: { people: written(this.people) } };
  }

  get names() {
    return written(this.people).map((p) => p.name.trim());
  }

  /** @override */
  outcome() {
    return { path: `/people/home/${this.home?.id}`, said: w.joined(this.names) };
  }

  async another() {
    this.people = [...this.people, nobody()];
    this.draw();
    await this.focusOn(`#name-${this.people.length - 1}`);
  }

  /** @override */
  gone() {
    return this.home ? "" : w.gone;
  }

  /** @override */
  named() {
    return { home: this.home?.name ?? "", people: this.names, to: "" };
  }

  /** @override */
  intro() {
    return html`<h2 class="title">${w.titleOf(this.home?.name ?? "")}</h2><p>${w.deeds["join"]?.intro}</p>`;
  }

  /** @override */
  fields() {
    return newcomers(this.people, () => this.another());
  }
}

customElements.define("k-join", Join);
