// 市の回覧, for the city's clerks: what was sent, and how far each is.

import { html, nothing, Screen } from "../screen.js";
import { day } from "../read/days.js";
import { readOfCity } from "../read/circulars.js";
import { isClerk, readMe, worksForCity } from "../read/me.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").CityCircular} CityCircular */

const w = words.city;

class City extends Screen {
  /** @type {CityCircular[]} */
  circulars = [];
  works = true;
  writes = false;

  /** @override */
  async load() {
    const me = await readMe();
    this.works = Boolean(me && worksForCity(me));
    this.writes = Boolean(me && isClerk(me));
    this.circulars = await readOfCity();
  }

  /** @override */
  view() {
    if (!this.works) return html`<p class="empty">${w.notClerk}</p>`;
    return html`${this.writes ? html`<p><a class="btn" href="/city/write">${w.write}</a></p>` : nothing}
      <p><a class="btn plain" href="/city/reach">${words.titles.cityReach}</a></p>
      <p><a class="btn plain" href="/city/find">${words.finding.link}</a></p>
      ${this.circulars.length === 0 ? html`<p class="empty">${w.empty}</p>` : nothing}
      <ul class="cards">${this.circulars.map((c) => this.card(c))}</ul>`;
  }

  /** @param {CityCircular} circular */
  card({ circular, title, state, publishedAt, createdAt, counts }) {
    return html`<li><a class="card" href="/city/${circular}">
      <span class="kind"><b>${w.states[state]}</b><span>${day(publishedAt ?? createdAt)}</span></span>
      <span class="title">${title}</span>
      ${counts.associations > 0 ? html`<span class="sub">${w.associations(counts.associations)}${words.colon}${w.counts(counts)}</span>` : nothing}
    </a></li>`;
  }
}

customElements.define("k-city", City);
