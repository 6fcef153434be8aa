// 送った結果: per channel what left, what waits and what failed, each with its reason; then the homes to be helped.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { strip } from "../parts/bar.js";
import { dayTime } from "../read/days.js";
import { marked } from "../read/marks.js";
import { lookAtHomes } from "../read/looks.js";
import { askReport, byFate, FATES, fateOf, readReport } from "../read/report.js";
import { readOneSent } from "../read/sent.js";
import { words } from "../words/words.js";

const w = words.report;
const AGAIN_MS = 5_000;
const MANY = 10_000; // messages: of a whole city it is asked a sixth as often

/** Colours of the ledger that mean the same here. @type {Record<import("../read/report.js").Fate, string>} */
const colours = { sent: "handedOver", waiting: "planned", unknown: "onThePhone", skipped: "onPaper", failed: "noChannel" };

class Report extends Screen {
  notice = "";
  heading = "";
  /** @type {import("../read/report.js").Told | null} */
  told = null;
  trouble = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  clock;

  /** @override */
  async load() {
    this.notice = this.params[0] ?? "";
    const sent = await readOneSent(this.notice);
    this.heading = sent ? marked(sent) : "";
    this.told = await readReport(this.notice);
    this.noteLook();
  }

  noteLook() {
    const homes = new Set(this.told?.report.rows.map((r) => r.household));
    if (homes.size > 0) lookAtHomes(({ household }) => homes.has(household), this.notice);
  }

  /** Asks, and again while something still waits. @override */
  async arrived() {
    clearTimeout(this.clock);
    try {
      this.told = await askReport(this.notice);
      this.trouble = "";
      this.noteLook();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    if (this.isConnected && this.told && byFate(this.told.report.states).waiting > 0) this.clock = setTimeout(() => this.arrived(), this.told.report.total > MANY ? 6 * AGAIN_MS : AGAIN_MS);
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.clock);
  }

  /** @override */
  view() {
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!this.told) return html`<h2 class="title">${this.heading}</h2>${trouble || html`<p class="empty">${w.loading}</p>`}`;
    const { at, report } = this.told;
    return html`<h2 class="title">${this.heading}</h2>${trouble}
      <p class="sub">${w.at(dayTime(at))}</p>
      ${report.total === 0 ? html`<p class="empty">${w.none}</p>` : report.channels.map((c) => this.channel(c))}
      ${report.rows.length > 0 ? this.homes(report.rows) : nothing}`;
  }

  /** @param {import("../types").ReportChannel} channel */
  channel({ channel, total, states, reasons }) {
    const counts = byFate(states);
    const shown = FATES.filter((fate) => counts[fate] > 0);
    const label = w.bar(total, shown.map((fate) => `${w.fates[fate]}${w.letters(counts[fate])}`).join(words.comma));
    return html`<section class="card"><h3>${w.channel(w.channels[channel] ?? channel, total)}</h3>
      ${strip(shown.map((fate) => [colours[fate], counts[fate]]), total, label)}
      <dl class="legend">${shown.map((fate) => html`<div><dt class=${colours[fate]}>${w.fates[fate]}</dt><dd>${w.letters(counts[fate])}</dd></div>`)}</dl>
      ${reasons.length > 0 ? html`<p class="sub">${w.why}</p><ul class="sub">${reasons.map(({ state, reason, deliveries }) => html`<li>${w.fates[fateOf(state)]}${words.colon}${reason}${w.count(deliveries)}</li>`)}</ul>` : nothing}
    </section>`;
  }

  /** @param {import("../types").ReportRow[]} rows */
  homes(rows) {
    return html`<section><h3>${w.homes(new Set(rows.map((r) => r.household)).size)}</h3>
      <p class="sub">${w.homesHow}</p>
      <ul class="rows">${rows.map((r) => html`<li><p class="who"><b>${r.name}</b><span class="sub">${w.channels[r.channel] ?? r.channel}</span></p><p class="sub">${r.reason}</p></li>`)}</ul>
      <div class="actions"><a class="btn" href="/reach/${this.notice}">${words.titles.reach}</a></div>
    </section>`;
  }
}

customElements.define("k-report", Report);
