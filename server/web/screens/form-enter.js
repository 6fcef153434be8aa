// 紙の回答を書きうつす: what a home on paper answered, entered by whoever went to its door. Works in the street without a signal.

import { html, nothing, Screen } from "../screen.js";
import { all } from "../data/store.js";
import { field } from "../parts/choice.js";
import "../parts/form-box.js";
import { isClosed } from "../read/forms.js";
import { look } from "../read/looks.js";
import { leaderOf, officerOf, readMe } from "../read/me.js";
import { readCard } from "../read/notices.js";
import { readOneSent } from "../read/sent.js";
import { keyed } from "../vendor/lit-html/directives/keyed.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").RosterRecord} Home */

const w = words.forms;

class FormEnter extends Screen {
  /** @type {(import("../types").NoticeRecord & {form: import("../types").FormShape}) | null} */
  notice = null;
  /** @type {Home[]} */
  homes = [];
  household = "";
  person = "";
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    const id = this.params[0] ?? "";
    const kept = (await readCard(id, me)) ?? (await readOneSent(id));
    this.notice = kept?.form ? /** @type {any} */ ({ ...kept, notice: id }) : null;
    const mine = new Map();
    const [officer, leader] = [new Set(officerOf(me)), new Set(leaderOf(me))];
    for (const { d } of await all("roster")) {
      const home = /** @type {Home} */ (d);
      if (home.association === this.notice?.association && (officer.has(home.association) || leader.has(home.block))) mine.set(home.household, home);
    }
    const blocks = new Map((await all("blocks")).map(({ id: block, d }) => [block, /** @type {import("../types").Block} */ (d).position]));
    this.homes = [...mine.values()].sort((a, b) => (blocks.get(a.block) ?? 0) - (blocks.get(b.block) ?? 0) || a.walk - b.walk);
    this.loaded = true;
    if (this.notice) look(this.homes.map((h) => h.block), id);
  }

  /** @param {Event} event @param {"household" | "person"} what */
  async choose(event, what) {
    this[what] = /** @type {HTMLSelectElement} */ (event.target).value;
    if (what === "household") this.person = "";
    this.draw();
  }

  /** @override */
  view() {
    const { notice, homes } = this;
    if (!notice || homes.length === 0) return html`<p class="empty">${this.loaded ? w.notYours : ""}</p>`;
    const home = homes.find((h) => h.household === this.household);
    const back = html`<div class="actions"><a class="btn plain" href="/forms/${notice.notice}">${w.results}</a></div>`;
    if (isClosed(notice)) return html`<h2 class="title">${notice.title}</h2><p>${w.closed}</p>${back}`;
    return html`<h2 class="title">${notice.title}</h2><p class="sub">${w.enterHow}</p>
      ${field({ id: "household", label: w.chooseHome }, () => html`<select id="household" @change=${(/** @type {Event} */ e) => this.choose(e, "household")}>
        <option value="" ?selected=${!home}>${w.pick}</option>
        ${homes.map((h) => html`<option value=${h.household} ?selected=${h.household === this.household}>${words.reach.doorNumber(h.walk)}${h.name}</option>`)}</select>`)}
      ${home && notice.form.per === "person" ? this.people(home) : nothing}
      ${this.box(notice, home)}${back}`;
  }

  /** @param {Home} home */
  people(home) {
    return field({ id: "person", label: w.chooseWho }, () => html`<select id="person" @change=${(/** @type {Event} */ e) => this.choose(e, "person")}>
      <option value="" ?selected=${!this.person}>${w.pick}</option>
      ${home.people.map((p) => html`<option value=${p.id} ?selected=${p.id === this.person}>${p.name}</option>`)}</select>`);
  }

  /** @param {NonNullable<FormEnter["notice"]>} notice @param {Home | undefined} home */
  box(notice, home) {
    if (!home) return nothing;
    const person = home.people.find((p) => p.id === this.person);
    if (notice.form.per === "person" && !person) return nothing;
    const target = { whose: person?.id ?? home.household, household: home.household, name: person?.name ?? home.name };
    // Another home is another box: nothing that was chosen for one may stay for the next.
    return keyed(target.whose, html`<k-form-box .notice=${notice} .target=${target} .entered=${true} .named=${true}></k-form-box>`);
  }
}

customElements.define("k-form-enter", FormEnter);
