// 送信の様子, for the city's clerks: each destination, what waits there, and in a sentence what is wrong with it.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { dayTime } from "../read/days.js";
import { readMe, worksForCity } from "../read/me.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").LaneOfList} Lane */
/** @typedef {import("../types").CanaryOfList} Canary */

const w = words.lanes;
const AGAIN_MS = 10_000;

/** @param {Lane} lane @returns {keyof typeof w.states} */
function stateOf({ alarm, pausedUntil, troubles }) {
  if (alarm) return "alarm";
  if (pausedUntil) return "shut";
  return troubles > 0 ? "troubled" : "well";
}

class Lanes extends Screen {
  clerk = true;
  /** @type {Lane[] | null} */
  lanes = null;
  /** @type {Canary[]} */
  canaries = [];
  /** @type {import("../types").QuotaOfList[]} */
  quotas = [];
  destinations = 0;
  inTrouble = 0;
  at = "";
  trouble = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  clock;

  /** @override */
  async load() {
    const me = await readMe();
    this.clerk = Boolean(me && worksForCity(me));
  }

  /** @override */
  async arrived() {
    clearTimeout(this.clock);
    if (!this.clerk) return;
    try {
      ({ lanes: this.lanes, canaries: this.canaries, quotas: this.quotas, destinations: this.destinations, inTrouble: this.inTrouble } = await call("GET", "/api/v1/operations/lanes"));
      this.at = new Date().toISOString();
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    if (this.isConnected) this.clock = setTimeout(() => this.arrived(), AGAIN_MS);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.clock);
  }

  /** @override */
  view() {
    if (!this.clerk) return html`<p class="empty">${w.notClerk}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!this.lanes) return this.trouble ? trouble : html`<p class="empty">${w.loading}</p>`;
    return html`${trouble}${this.canaries.length > 0 ? this.ofCanaries() : nothing}${this.quotas.map((quota) => this.ofQuota(quota))}${this.ofLanes(this.lanes)}`;
  }

  ofCanaries() {
    return html`<h2 class="title">${w.canaries}</h2>
      <ul class="cards canaries">${this.canaries.map((canary) => this.canary(canary))}</ul>`;
  }

  /** @param {Canary} canary */
  canary({ channel, state, sentence, seenAt }) {
    const bad = state === "red" || state === "unwatched";
    const work = channel === "work";
    return html`<li class="card ${bad ? "new" : ""}">
      <p class="kind"><b>${work ? w.work : (words.report.channels[channel] ?? channel)}</b><span class=${bad ? "due" : ""}>${(work ? w.ofWork : w.canary)[state]}</span></p>
      <p>${sentence}</p>
      ${seenAt ? html`<p class="sub">${(work ? w.lastInTime : w.seen)(dayTime(seenAt))}</p>` : nothing}
    </li>`;
  }

  /** @param {import("../types").QuotaOfList} quota */
  ofQuota({ channel, left, askedAt, sentence }) {
    return html`<h2 class="title">${w.month(words.report.channels[channel] ?? channel)}</h2>
      <div class="card quota ${left === 0 ? "new" : ""}"><p>${sentence}</p><p class="sub">${w.asked(dayTime(askedAt))}</p></div>`;
  }

  /** @param {Lane[]} lanes */
  ofLanes(lanes) {
    if (lanes.length === 0) return html`<p class="empty">${w.none}</p>`;
    const rest = this.destinations - lanes.length;
    return html`<h2 class="title">${w.heading(this.destinations, this.inTrouble)}</h2>
      <p class="sub">${w.at(dayTime(this.at))}</p>
      <ul class="cards">${lanes.map((lane) => this.lane(lane))}</ul>
      ${rest > 0 ? html`<p>${w.more(rest)}</p>` : nothing}`;
  }

  /** @param {Lane} lane */
  lane(lane) {
    const state = stateOf(lane);
    const waiting = Object.entries(lane.waiting);
    const all = waiting.reduce((sum, [, n]) => sum + n, 0);
    const urgent = waiting.filter(([urgency]) => urgency !== "ordinary").map(([urgency, n]) => w.ofUrgency(words.urgencies[/** @type {keyof typeof words.urgencies} */ (urgency)], n));
    return html`<li class="card ${state === "well" ? "" : "new"}">
      <p class="kind"><b>${words.report.channels[lane.channel] ?? lane.channel}</b><span class=${state === "well" ? "" : "due"}>${w.states[state]}</span></p>
      <h3 class="lane">${lane.lane.replace(/^https:\/\//, "")}</h3>
      <p>${lane.sentence}</p>
      <p class="sub">${[w.waiting(all), ...urgent].join(words.comma)}</p>
      ${all > 0 && lane.oldestDue && Date.parse(lane.oldestDue) < Date.now() ? html`<p class="sub">${w.oldest(dayTime(lane.oldestDue))}</p>` : nothing}
      ${lane.lastOkAt ? html`<p class="sub">${w.lastOk(dayTime(lane.lastOkAt))}</p>` : nothing}
    </li>`;
  }
}

customElements.define("k-lanes", Lanes);
