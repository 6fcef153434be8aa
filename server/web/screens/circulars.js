// 市からの回覧, for officers: what the city sent, what waits for a word, and whether it goes on by itself.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { radios } from "../parts/choice.js";
import { day, dayOfWeek } from "../read/days.js";
import { isOpen, isOver, readPassages } from "../read/circulars.js";
import { officerOf, readAssociations, readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Passage} Passage */

const w = words.circulars;

class Circulars extends Screen {
  /** @type {{id: string, name: string, itself: boolean}[]} */
  associations = [];
  /** @type {Passage[]} */
  passages = [];
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    const mine = me ? officerOf(me) : [];
    const known = me ? await readAssociations(me) : new Map();
    this.associations = mine.map((id) => ({ id, name: known.get(id)?.name ?? "", itself: Boolean(known.get(id)?.forwardsByItself) }));
    this.passages = await readPassages(mine);
  }

  /** @param {string} association @param {boolean} byItself */
  async choose(association, byItself) {
    try {
      await call("PUT", `/api/v1/associations/${association}/circulars`, { byItself });
      await run();
      this.trouble = "";
      say(w.policyKept);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @override */
  view() {
    if (this.associations.length === 0) return html`<p class="empty">${words.notOfficer}</p>`;
    const waiting = this.passages.filter((p) => p.state === "received" && isOpen(p)).length;
    return html`${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <p>${waiting > 0 ? w.waiting(waiting) : w.none}</p>
      ${this.passages.length === 0 ? html`<p class="empty">${w.empty}</p>` : nothing}
      <ul class="cards">${this.passages.map((p) => this.card(p))}</ul>
      ${this.associations.map((a) => this.policy(a))}`;
  }

  /** @param {Passage} passage */
  card(passage) {
    const { circular, title, city, receivedAt, deadline, state, association } = passage;
    const to = this.associations.length > 1 ? this.associations.find(({ id }) => id === association)?.name : "";
    const word = passage.circularState === "withdrawn" ? w.withdrawn : state === "received" && isOver(passage) ? w.over : w.states[state];
    return html`<li><a class="card ${state === "received" && isOpen(passage) ? "new" : ""}" href="/circulars/${circular}">
      <span class="kind"><b>${word}</b>${deadline ? html`<span class="due">${words.list.due(dayOfWeek(deadline))}</span>` : nothing}</span>
      <span class="title">${title}</span>
      <span class="sub">${w.from(city, day(receivedAt))}</span>
      ${to ? html`<span class="sub">${to}</span>` : nothing}
    </a></li>`;
  }

  /** @param {{id: string, name: string, itself: boolean}} association */
  policy({ id, name, itself }) {
    const options = /** @type {const} */ (["officer", "itself"]).map((value) => ({ value, ...w.policies[value] }));
    const legend = this.associations.length > 1 ? `${w.policy}${words.colon}${name}` : w.policy;
    return html`<section class="card">${radios(`policy-${id}`, legend, options, itself ? "itself" : "officer", (value) => this.choose(id, value === "itself"))}</section>`;
  }
}

customElements.define("k-circulars", Circulars);
