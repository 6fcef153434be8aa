// 市全体の届き具合: how far a month's circulars have come, in counts alone, for the city's clerks.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { all } from "../data/store.js";
import { bar, legend } from "../parts/bar.js";
import { tokyoDay } from "../read/days.js";
import { readMe, worksForCity } from "../read/me.js";
import { HOWS } from "../read/reach.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").CityReach} CityReach */

const w = words.cityReach;

/** @param {string} month YYYY-MM @param {number} by @returns {string} */
function moved(month, by) {
  const [year, n] = month.split("-").map(Number);
  const at = new Date(Date.UTC(year ?? 2000, (n ?? 1) - 1 + by, 1));
  return at.toISOString().slice(0, 7);
}

/** A home that gets paper is not one nobody can reach. @param {import("../types").Counts} c @returns {import("../types").Grades} */
const grades = ({ grades: g, paper }) => ({ ...g, onPaper: paper, noChannel: g.noChannel - paper });

class CityReachScreen extends Screen {
  clerk = true;
  month = tokyoDay(new Date()).slice(0, 7);
  /** @type {CityReach | null} */
  told = null;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.clerk = Boolean(me && worksForCity(me));
  }

  /** @override */
  async arrived() {
    const [city] = await all("cities");
    if (!this.clerk || !city) return;
    const asked = this.month;
    try {
      const told = await call("GET", `/api/v1/cities/${city.id}/reach?month=${asked}`);
      if (asked === this.month) this.told = told;
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
  }

  /** @param {number} by */
  async turn(by) {
    this.month = moved(this.month, by);
    this.told = null;
    this.draw();
    await this.arrived();
    await this.focusOn("h2");
  }

  /** @override */
  view() {
    if (!this.clerk) return html`<p class="empty">${words.lanes.notClerk}</p>`;
    const [year, month] = this.month.split("-").map(Number);
    return html`<h2 class="title" tabindex="-1">${w.month(year ?? 0, month ?? 0)}</h2>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${this.told ? this.counts(this.told) : html`<p class="sub">${this.trouble ? "" : w.loading}</p>`}
      <p class="two"><button class="btn plain" @click=${() => this.turn(-1)}>${w.before}</button>
        ${this.month < tokyoDay(new Date()).slice(0, 7) ? html`<button class="btn plain" @click=${() => this.turn(1)}>${w.after}</button>` : nothing}</p>`;
  }

  /** @param {CityReach} told */
  counts(told) {
    if (told.households === 0) return html`<p class="empty">${w.none}</p>`;
    const parts = HOWS.filter((how) => told.hows[how] > 0).map((how) => words.reach.how[how](told.hows[how]));
    return html`<p>${w.of(told.circulars, told.households)}</p>
      ${bar(grades(told), told.households)} ${legend(grades(told))}
      ${parts.length > 0 ? html`<p class="sub">${words.reach.proofs(parts.join(words.comma))}${told.proxies > 0 ? words.reach.proxies(told.proxies) : ""}</p>` : nothing}
      <section><h3>${w.associations}</h3><ul class="rows">${told.associations.map((a) => html`<li>
        <p class="who"><b>${a.name}</b><span>${w.read(a.circulars, a.grades.stamped, a.households)}</span></p>
        ${bar(grades(a), a.households)}</li>`)}</ul></section>`;
  }
}

customElements.define("k-city-reach", CityReachScreen);
