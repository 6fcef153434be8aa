// 届いた警報, for those who work for the city: what came in from outside, what became of it, and what goes out by itself.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { field } from "../parts/choice.js";
import { sureToLeave } from "../parts/leaving.js";
import { cityId } from "../read/circulars.js";
import { dayTime } from "../read/days.js";
import { isClerk, readMe, worksForCity } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").AlertOfOthers} Alert */
/** @typedef {import("../types").AlertRule} Rule */
/** @typedef {"urgency" | "severity" | "certainty"} Grade */

const w = words.alerts;
/** @type {Grade[]} */
const GRADES = ["urgency", "severity", "certainty"];

/** @param {Grade} grade @param {string} value */
const level = (grade, value) => w.levels[grade][value] ?? w.unsaid;

class Alerts extends Screen {
  clerk = true;
  writes = false;
  city = "";
  /** @type {Alert[] | null} */
  alerts = null;
  /** @type {Rule[]} */
  rules = [];
  /** @type {string[]} */
  senders = [];
  /** Which rule is about to be switched on. */
  asking = "";
  writing = false;
  /** What was typed is about to be thrown away. */
  leaving = false;
  /** What stood in the form as it was opened. */
  begun = "";
  said = { sender: "", event: "", urgency: "Immediate", severity: "Severe", certainty: "Likely" };
  error = "";
  trouble = "";
  busy = false;

  /** @override */
  async load() {
    const me = await readMe();
    this.clerk = Boolean(me && worksForCity(me));
    this.writes = Boolean(me && isClerk(me));
    if (this.clerk) this.city = await cityId();
  }

  get path() {
    return `/api/v1/cities/${this.city}/alerts`;
  }

  /** @override */
  async arrived() {
    if (this.clerk && this.city) await this.try(() => Promise.resolve());
  }

  /** Does it, and has everything anew. @param {() => Promise<unknown>} work */
  async try(work) {
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await work();
      const { alerts, rules, sources } = await call("GET", this.path);
      this.alerts = alerts;
      this.rules = rules;
      this.senders = sources.flatMap((/** @type {{senders: string[]}} */ each) => each.senders);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @param {string} rule */
  async ask(rule) {
    this.asking = rule;
    this.draw();
    await this.focusOn(rule ? ".confirm button" : "#rules");
  }

  /** @param {Rule} rule @param {boolean} active */
  async turn(rule, active) {
    const path = `${this.path}/rules/${rule.id}`;
    await this.try(() => (active ? callProved("PUT", path, { active }) : call("PUT", path, { active })));
    this.asking = "";
    if (!this.trouble) say(active ? w.switchedOn : w.switchedOff);
    this.draw();
  }

  /** @param {Rule} rule */
  async end(rule) {
    await this.try(() => call("DELETE", `${this.path}/rules/${rule.id}`));
    if (!this.trouble) say(w.ended);
  }

  async write() {
    this.writing = true;
    this.said = { ...this.said, sender: this.said.sender || (this.senders[0] ?? ""), event: "" };
    this.begun = JSON.stringify(this.said);
    this.draw();
    await this.focusOn("#sender");
  }

  /** @param {Event} event */
  async save(event) {
    event.preventDefault();
    this.error = this.said.event.trim() ? "" : w.eventMissing;
    this.draw();
    if (this.error) return this.focusOn("#event");
    await this.try(() => callProved("POST", `${this.path}/rules`, { ...this.said, event: this.said.event.trim() }));
    if (this.trouble) return;
    this.writing = false;
    say(w.saved);
    this.draw();
    await this.focusOn("#rules");
  }

  /** @override */
  view() {
    if (!this.clerk) return html`<p class="empty">${words.lanes.notClerk}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!this.alerts) return this.trouble ? trouble : html`<p class="empty">${w.loading}</p>`;
    return html`${trouble}${this.ofAlerts(this.alerts)}${this.ofRules()}`;
  }

  /** @param {Alert[]} alerts */
  ofAlerts(alerts) {
    if (alerts.length === 0) return html`<p class="empty">${this.senders.length > 0 ? w.none : w.noSource}</p>`;
    return html`<h2 class="title" tabindex="-1">${w.heading(alerts.length)}</h2>
      <ul class="cards">${alerts.map((alert) => this.alert(alert))}</ul>`;
  }

  /** @param {Alert} alert */
  alert(alert) {
    const grades = GRADES.map((grade) => level(grade, alert[grade]));
    return html`<li class="card ${alert.became === "draft" && alert.noticeState === "draft" ? "new" : ""}">
      <p class="kind"><b>${w.became[alert.became]}</b></p>
      <h3>${alert.title}</h3>
      <p class="sub">${w.from(alert.source, dayTime(alert.receivedAt))}</p>
      <p class="sub">${grades.join(words.comma)}</p>
      ${alert.areas.length > 0 ? html`<p class="sub">${w.areas(alert.areas)}</p>` : nothing}
      ${alert.expiresAt ? html`<p class="sub">${w.until(dayTime(alert.expiresAt))}</p>` : nothing}
      ${alert.sentence ? html`<p>${alert.sentence}</p>` : nothing}
      ${alert.notice && alert.became !== "ended" ? html`<a class="btn plain" href=${alert.status === "Exercise" ? `/exercise/${alert.notice}` : `/alarm/${alert.notice}`}>${w.open}</a>` : nothing}
    </li>`;
  }

  ofRules() {
    return html`<h2 id="rules" tabindex="-1">${w.rules}</h2>
      <p>${w.rulesHow}</p>
      ${this.rules.length > 0 ? html`<ul class="cards">${this.rules.map((rule) => this.rule(rule))}</ul>` : html`<p class="empty">${w.noRules}</p>`}
      ${this.senders.length === 0 || !this.writes ? nothing : this.writing ? this.form() : html`<button class="btn plain" @click=${() => this.write()}>${w.write}</button>`}`;
  }

  /** @param {Rule} rule */
  rule(rule) {
    const grades = GRADES.map((grade) => level(grade, rule[grade]));
    return html`<li class="card ${rule.active ? "new" : ""}">
      <p class="kind"><b>${rule.active ? w.active : w.inactive}</b></p>
      <h3>${w.rule(rule.event, rule.sender)}</h3>
      <p>${w.grades(grades[0] ?? "", grades[1] ?? "", grades[2] ?? "")}</p>
      <p>${rule.audience === "all" ? w.all : w.some}</p>
      <p class="sub">${w.writtenBy(rule.writtenBy)}${rule.switchedBy ? w.switchedBy(rule.switchedBy) : nothing}</p>
      ${this.asking === rule.id ? this.sure(rule) : this.switches(rule)}
    </li>`;
  }

  /** @param {Rule} rule */
  switches(rule) {
    const end = html`<button class="btn plain" ?disabled=${this.busy} @click=${() => this.end(rule)}>${w.end}</button>`;
    if (rule.active) return html`<p class="two"><button class="btn" ?disabled=${this.busy} @click=${() => this.turn(rule, false)}>${w.off}</button>${end}</p>`;
    if (rule.own) return html`<p>${w.own}</p>${end}`;
    return html`<p class="two"><button class="btn" @click=${() => this.ask(rule.id)}>${w.on}</button>${end}</p>`;
  }

  /** @param {Rule} rule */
  sure(rule) {
    return html`<div class="confirm"><p>${w.sure}</p>
      <p class="two"><button class="btn" ?disabled=${this.busy} @click=${() => this.turn(rule, true)}>${w.on}</button>
        <button data-back class="btn plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }

  form() {
    const set = (/** @type {keyof typeof this.said} */ name) => (/** @type {Event} */ e) => (this.said[name] = /** @type {HTMLInputElement} */ (e.target).value);
    const sender = () => html`<select id="sender" @change=${set("sender")}>${this.senders.map((each) => html`<option value=${each} ?selected=${each === this.said.sender}>${each}</option>`)}</select>`;
    const event = (/** @type {string} */ described, /** @type {string} */ invalid) => html`<input id="event" required .value=${this.said.event} @input=${set("event")} aria-describedby=${described} aria-invalid=${invalid} />`;
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.save(e)}>
      ${field({ id: "sender", label: w.sender }, sender)}
      ${field({ id: "event", label: w.event, hint: w.eventHint, error: this.error }, event)}
      ${GRADES.map((grade) => field({ id: grade, label: w[grade] }, () => this.levels(grade, set(grade))))}
      ${this.leaving
        ? sureToLeave(() => this.stopWriting(), () => this.goOn())
        : html`<p class="two"><button class="btn" ?disabled=${this.busy}>${w.save}</button>
        <button data-back class="btn plain" type="button" @click=${() => this.stop()}>${words.keep}</button></p>`}</form>`;
  }

  /** @param {Grade} grade @param {(e: Event) => void} set */
  levels(grade, set) {
    return html`<select id=${grade} @change=${set}>${Object.entries(w.levels[grade]).map(([value, label]) => html`<option value=${value} ?selected=${value === this.said[grade]}>${label}</option>`)}</select>`;
  }

  /** Nothing that was typed goes unasked. */
  async stop() {
    if (JSON.stringify(this.said) === this.begun) return this.stopWriting();
    this.leaving = true;
    this.draw();
    await this.focusOn(".confirm [data-back]");
  }

  async goOn() {
    this.leaving = false;
    this.draw();
    await this.focusOn("#event");
  }

  async stopWriting() {
    this.writing = false;
    this.leaving = false;
    this.error = "";
    this.draw();
    await this.focusOn("#rules");
  }
}

customElements.define("k-alerts", Alerts);
