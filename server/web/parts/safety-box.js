// ご無事ですか: four large buttons, one press, also without a signal. What was said stands below and can be said anew.

import { html, nothing, Screen } from "../screen.js";
import { state as network } from "../data/sync.js";
import { dayTime } from "../read/days.js";
import { readMe } from "../read/me.js";
import { answer, readHomes } from "../read/safety.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { field, radios } from "./choice.js";

/** @typedef {import("../read/safety.js").Home} Home */
/** @typedef {import("../types").SafetyState} State */

const w = words.safety;
/** @type {State[]} */
const STATES = ["safe", "need-help", "family-safe", "at-shelter"];

class SafetyBox extends Screen {
  notice = "";
  closedAt = "";
  /** @type {Home[]} */
  homes = [];
  /** @type {import("../types").Me | null} */
  me = null;
  note = "";
  place = "";
  /** Of whom, by home; "": whoever presses, or the first of a home one speaks for. @type {Record<string, string>} */
  whom = {};

  /** @override */
  async load() {
    this.me = await readMe();
    this.homes = this.me ? await readHomes(this.notice, this.me) : [];
  }

  /** Of whom a press speaks that is not of everybody. @param {Home} home */
  subject({ household, forWhom, people }) {
    if (this.whom[household]) return this.whom[household];
    if (!forWhom) return this.me?.person.id ?? "";
    return (people.find((p) => p.name === forWhom) ?? (people.length === 1 ? people[0] : undefined))?.id ?? "";
  }

  /** @param {Home} home @param {State} state */
  async press(home, state) {
    const person = state === "family-safe" ? "" : this.subject(home);
    const instead = person ? [home.said[person], home.said[home.household]] : Object.values(home.said);
    await answer(this.notice, home.household, state, { person, note: this.note.trim(), place: this.place.trim(), instead });
    this.note = this.place = "";
    say(w.pressed);
    await this.refresh();
    await this.focusOn(`#said-${home.household}`);
  }

  /** @override */
  view() {
    return html`${this.closedAt ? html`<p class="due">${w.closed(dayTime(this.closedAt))}</p>` : nothing}
      ${this.homes.map((home) => this.home(home))}`;
  }

  /** @param {Home} home */
  home(home) {
    const answered = Object.keys(home.said).length > 0;
    return html`<section class="card safety" aria-label=${home.forWhom ? words.family.of(home.forWhom) : home.name}>
      <p><b>${home.forWhom ? w.askFor(home.forWhom) : w.ask}</b></p>
      ${this.homes.length > 1 && !home.forWhom ? html`<p class="sub">${home.name}</p>` : nothing}
      <div class="actions">${STATES.map((state) => html`<button class="btn ${state === "need-help" ? "danger" : ""}" @click=${() => this.press(home, state)}>${w.states[state]}</button>`)}</div>
      ${answered ? this.said(home) : nothing}
      ${this.more(home)}
    </section>`;
  }

  /** @param {Home} home */
  said(home) {
    const names = new Map([[home.household, w.whole], ...home.people.map((p) => /** @type {const} */ ([p.id, p.name]))]);
    return html`<div id="said-${home.household}" tabindex="-1"><ul class="rows">${Object.entries(home.said).map(([subject, said]) => html`<li>
        <p><b>${w.said(names.get(subject) ?? "", w.states[said.state], dayTime(said.at))}</b></p>
        ${said.place || said.note ? html`<p>${[said.place, said.note].filter(Boolean).join(words.dot)}</p>` : nothing}
        <p class="sub">${said.by?.id === this.me?.person.id ? "" : w.by(said.by?.name ?? "", said.how)}${said.waiting ? (network.trouble ? w.waits : w.sending) : w.arrived}</p>
      </li>`)}</ul><p class="sub">${w.change}</p></div>`;
  }

  /** @param {Home} home */
  more(home) {
    const id = home.household;
    const choices = home.people.map((p) => ({ value: p.id, label: p.name }));
    const choose = (/** @type {string} */ whom) => {
      this.whom = { ...this.whom, [id]: whom };
      this.draw();
    };
    const typed = (/** @type {Event} */ e) => /** @type {HTMLInputElement} */ (e.target).value;
    return html`<details><summary>${w.more}</summary>
      ${choices.length > 1 ? radios(`whom-${id}`, w.whom, choices, this.subject(home), choose) : nothing}
      ${field({ id: `place-${id}`, label: w.place }, () => html`<input id="place-${id}" maxlength="100" .value=${this.place} @input=${(/** @type {Event} */ e) => { this.place = typed(e); }} />`)}
      ${field({ id: `note-${id}`, label: w.note, hint: w.noteHint }, (described) => html`<textarea id="note-${id}" rows="2" maxlength="200" aria-describedby=${described} .value=${this.note} @input=${(/** @type {Event} */ e) => { this.note = typed(e); }}></textarea>`)}
    </details>`;
  }
}

customElements.define("k-safety-box", SafetyBox);
