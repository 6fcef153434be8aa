// 出したものをさがす: by words and by year, on this phone at once, and in the association's records where there is a signal.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { field } from "../parts/choice.js";
import { placeOf, PLACES } from "../read/alarm.js";
import { cityId } from "../read/circulars.js";
import { day, tokyoDay } from "../read/days.js";
import { addressOf, findHere, isAsked, newestFirst, readAll, sentAt, together, yearAndMonth } from "../read/finding.js";
import { marked } from "../read/marks.js";
import { worksFor } from "../read/hats.js";
import { readMe, worksForCity } from "../read/me.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/finding.js").Found} Found */

const w = words.finding;
const MONTHS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3];

class Find extends Screen {
  association = "";
  /** @type {import("../read/finding.js").Wanted} */
  wanted = { words: "", year: 0, month: 0 };
  /** @type {Found[] | null} */
  found = null;
  oldest = yearAndMonth().year;
  more = false;
  notYours = words.notOfficer;
  asking = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.association ||= await worksFor(me);
    await this.prepare();
  }

  /** How far back this phone knows of any. */
  async prepare() {
    const last = newestFirst(await readAll(this.association)).at(-1);
    if (last) this.oldest = yearAndMonth(new Date(sentAt(last))).year;
  }

  get may() {
    return this.association !== "";
  }

  async place() {
    return `associations/${this.association}`;
  }

  /** @param {Found} n */
  hrefOf({ id }) {
    return `/sent/${id}`;
  }

  /** @param {Partial<import("../read/finding.js").Wanted>} change */
  set(change) {
    this.wanted = { ...this.wanted, ...change };
    if (this.wanted.year === 0) this.wanted.month = 0;
    this.draw();
  }

  /** @param {Event} [event] */
  async find(event) {
    event?.preventDefault();
    const wanted = { ...this.wanted };
    this.trouble = "";
    this.more = false;
    this.found = isAsked(wanted) ? await findHere(this.association, wanted) : null;
    this.asking = this.found !== null;
    this.draw();
    if (!this.found) return;
    await this.focusOn("h2");
    try {
      const answer = await call("GET", addressOf(await this.place(), wanted));
      this.found = together(this.found, answer.notices);
      this.more = answer.more;
    } catch (error) {
      this.trouble = /** @type {{kind?: string}} */ (error).kind === "offline" ? w.here : sentenceOf(error);
    }
    this.asking = false;
    this.draw();
  }

  lastYear() {
    const { year, month } = yearAndMonth();
    this.set({ words: "", year: year - 1, month });
    return this.find();
  }

  /** @override */
  view() {
    if (!this.may) return html`<p class="empty">${this.notYours}</p>`;
    return html`<form role="search" novalidate @submit=${(/** @type {Event} */ e) => this.find(e)}>
        ${field({ id: "words", label: w.label, hint: w.hint }, (described) => html`<input id="words" maxlength="100" enterkeyhint="search" autocomplete="off" .value=${this.wanted.words} @input=${(/** @type {Event} */ e) => this.set({ words: /** @type {HTMLInputElement} */ (e.target).value })} aria-describedby=${described} />`)}
        ${this.choice("year", w.year, w.anyYear, this.years(), w.ofYear)}
        ${this.wanted.year > 0 ? this.choice("month", w.month, w.anyMonth, MONTHS, w.ofMonth) : nothing}
        <button class="btn">${w.find}</button>
        <button type="button" class="btn plain" @click=${() => this.lastYear()}>${w.lastYear(yearAndMonth().month)}</button>
      </form>
      ${this.results()}`;
  }

  years() {
    const { year } = yearAndMonth();
    const first = Math.min(this.oldest, year - 1);
    return Array.from({ length: year - first + 1 }, (_, back) => year - back);
  }

  /** @param {"year" | "month"} name @param {string} label @param {string} any @param {number[]} values @param {(value: number) => string} say */
  choice(name, label, any, values, say) {
    const chosen = this.wanted[name];
    return field({ id: name, label }, () => html`<select id=${name} @change=${(/** @type {Event} */ e) => this.set({ [name]: Number(/** @type {HTMLSelectElement} */ (e.target).value) })}>
      <option value="0" ?selected=${chosen === 0}>${any}</option>
      ${values.map((value) => html`<option value=${value} ?selected=${chosen === value}>${say(value)}</option>`)}
    </select>`);
  }

  results() {
    const { found } = this;
    const note = this.asking ? w.asking : this.trouble;
    if (!found) return html`<p class="empty">${w.begin}</p>`;
    if (found.length === 0) return html`<h2 class="title" tabindex="-1">${w.heading(0)}</h2><p>${note || w.none}</p>`;
    const months = [...new Set(found.map((n) => tokyoDay(sentAt(n)).slice(0, 7)))];
    return html`<h2 class="title" tabindex="-1">${w.heading(found.length)}</h2>
      ${note ? html`<p class="sub">${note}</p>` : nothing}${this.more ? html`<p class="sub">${w.more}</p>` : nothing}
      ${months.map((month) => html`<section aria-label=${this.monthOf(month)}><h3>${this.monthOf(month)}</h3>
        <ul class="cards">${found.filter((n) => tokyoDay(sentAt(n)).startsWith(month)).map((n) => this.card(n))}</ul></section>`)}`;
  }

  /** @param {string} month YYYY-MM */
  monthOf(month) {
    const [year = "", of = ""] = month.split("-");
    return w.monthOf(year, of);
  }

  /** @param {Found} n */
  card(n) {
    return html`<li><a class="card" href=${this.hrefOf(n)}>
      <span class="kind"><b>${words.kinds[n.kind]}${words.dot}${n.state === "awaiting" ? words.city.states.awaiting : words.sent.states[n.state]}</b><span>${day(sentAt(n))}</span></span>
      <span class="title">${marked(n)}</span></a></li>`;
  }
}

/** Of the city hall, for its clerks and approvers. */
class FindOfCity extends Find {
  works = false;
  /** @override */
  notYours = words.city.notClerk;

  /** @override */
  async load() {
    const me = await readMe();
    this.works = Boolean(me && worksForCity(me));
    await this.prepare();
  }

  /** @override */
  get may() {
    return this.works;
  }

  /** @override */
  async place() {
    return `cities/${await cityId()}`;
  }

  /** @override @param {Found} n */
  hrefOf(n) {
    return n.kind in PLACES ? placeOf(n) : `/city/${n.id}`;
  }
}

customElements.define("k-find", Find);
customElements.define("k-find-of-city", FindOfCity);
