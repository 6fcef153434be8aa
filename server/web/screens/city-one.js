// One circular of the city: what became of it in all, and in each association; taken back, or withdrawn.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { get } from "../data/store.js";
import { run } from "../data/sync.js";
import { alarmNumbers } from "../parts/alarm-numbers.js";
import { attachments } from "../parts/attachment.js";
import { burden } from "../parts/burden.js";
import { formPreview } from "../parts/form-preview.js";
import { formSums } from "../parts/form-sums.js";
import { saveTable } from "../parts/save.js";
import { markdown } from "../parts/markdown.js";
import { askLoad, askReach, chosenOf, readOneOfCity, whomOf } from "../read/circulars.js";
import { writeAgainForCity } from "../read/again.js";
import { dayOfWeek, dayTime } from "../read/days.js";
import { isClerk, readMe, worksForCity } from "../read/me.js";
import { hasBegun } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").CityCircular} CityCircular */
/** @typedef {import("../types").CircularRow} Row */

const w = words.city;

class CityOne extends Screen {
  /** @type {CityCircular | null} */
  circular = null;
  /** @type {Row[] | null} */
  rows = null;
  /** What all associations have answered. @type {import("../types").FormStands | null} */
  stands = null;
  works = true;
  writes = false;
  asking = false;
  /** Of a draft: whom it would reach. @type {import("../read/circulars.js").Numbers | null} */
  numbers = null;
  /** What its associations got this month. @type {import("../types").LoadOfAssociation[] | null} */
  load_ = null;
  /** One of them was asked for in vain. */
  offline = false;
  /** Why it was given back. @type {import("../types").Approval | null} */
  back = null;
  /** A correction waits for a second person. */
  correcting = false;
  loaded = false;
  trouble = "";
  said = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.works = Boolean(me && worksForCity(me));
    this.writes = Boolean(me && isClerk(me));
    const before = this.basis;
    this.circular = await readOneOfCity(this.params[0] ?? "");
    const asked = await get("approvals", this.params[0] ?? "");
    this.correcting = Boolean(asked?.state === "awaiting" && asked.before);
    this.back = asked?.state === "refused" && this.circular?.state === "draft" ? asked : null;
    if (this.loaded && before !== this.basis) this.arrived();
    this.loaded = true;
  }

  /** What the numbers on this page hang on. */
  get basis() {
    const { counts, state, audience } = this.circular ?? {};
    return JSON.stringify([counts, state, audience]);
  }

  /** The associations, as they stand now: too many for a phone to hold. @override */
  async arrived() {
    if (this.writes && this.circular?.state === "draft") {
      const whom = whomOf(this.circular.audience);
      this.numbers = await askReach(whom, "ordinary").catch(() => null);
      this.load_ = await askLoad().then((load) => chosenOf(whom, load)).catch(() => null);
      this.offline = !this.numbers || !this.load_;
      this.draw();
    }
    if (!this.works || !this.circular || this.circular.counts.associations === 0) return;
    const answer = await call("GET", `/api/v1/notices/${this.params[0]}/circulations`).catch(() => null);
    this.rows = answer?.rows ?? this.rows;
    if (this.circular.form && this.writes) this.stands = await call("GET", `/api/v1/notices/${this.params[0]}/form/city`).catch(() => this.stands);
    this.draw();
  }

  /** The numbers, once more. */
  async lookAgain() {
    this.offline = false;
    this.draw();
    await this.arrived();
    await this.focusOn("h2");
  }

  /** @param {"undo" | "withdraw" | "publish"} what @param {string} done @param {string} to where one goes on, if nothing is left here */
  async act(what, done, to = "") {
    this.asking = false;
    try {
      const ask = what === "undo" ? call : callProved;
      await ask("POST", `/api/v1/notices/${this.params[0]}/${what}`, what === "publish" ? { baseRevision: this.circular?.revision } : {});
      await run();
      this.trouble = "";
      if (to) go(to);
      say(done);
      if (to) return;
    } catch (error) {
      this.trouble = sentenceOf(error);
      await run(); // what somebody else has made of it
    }
    await this.refresh();
    await this.arrived();
    await this.focusOn(this.trouble ? ".problem" : "h2");
  }

  /** @param {"utf-8" | "cp932"} encoding */
  async save(encoding) {
    try {
      this.said = await saveTable(w.file, `/api/v1/notices/${this.params[0]}/circulations.csv?encoding=${encoding}`);
      this.trouble = "";
    } catch (error) {
      this.said = "";
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(this.said ? ".said" : "h2");
  }

  /** @param {CityCircular} circular */
  async again(circular) {
    if (await hasBegun("writingForCity")) return say(words.strips.begun);
    await writeAgainForCity(circular);
    go("/city/write");
  }

  /** @param {boolean} on */
  async confirm(on) {
    this.asking = on;
    this.draw();
    await this.focusOn(on ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    const { circular } = this;
    if (!this.works) return html`<p class="empty">${w.notClerk}</p>`;
    if (!circular) return html`<p class="empty">${this.loaded ? w.missing : ""}</p>`;
    const { counts } = circular;
    return html`<p class="kind"><b>${circular.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${words.kinds[circular.kind]}${words.dot}${w.states[circular.state]}</b>${circular.deadline ? html`<span class="due">${words.list.due(dayOfWeek(circular.deadline))}</span>` : nothing}</p>
      <h2 class="title" tabindex="-1">${circular.title}</h2>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${counts.associations > 0 ? html`<section class="card"><p><b>${w.associations(counts.associations)}</b></p><p>${w.counts(counts)}</p><p>${w.homes(counts)}</p></section>` : nothing}
      ${this.back ? html`<section class="card hold"><p><b>${words.alarm.draft.back(this.back.decided?.name ?? "", this.back.decided ? dayTime(this.back.decided.at) : "")}</b></p><p>${this.back.reason}</p></section>` : nothing}
      <details class="card" ?open=${circular.state === "draft"}><summary>${w.text}</summary><div class="text">${markdown(circular.body)}</div>${formPreview(circular.form)}</details>
      ${attachments(circular.files)}
      ${this.stands?.counts ? html`<section class="card"><h3>${words.forms.city}</h3>${formSums(this.stands.form, this.stands.counts)}</section>` : nothing}
      ${this.writes ? this.actions(circular) : nothing}
      ${this.writes && circular.publishedAt ? html`<div class="actions"><button class="btn plain" @click=${() => this.again(circular)}>${words.finding.again}</button></div>` : nothing} ${counts.associations > 0 ? this.table() : nothing}`;
  }

  /** @param {CityCircular} circular */
  actions({ state }) {
    if (state === "draft") return this.draft();
    if (state === "awaiting") return html`<div class="actions"><a class="btn plain" href="/approvals">${w.waits}</a></div>`;
    if (state === "held" || state === "scheduled") return html`<div class="actions"><button class="btn" @click=${() => this.act("undo", w.undone)}>${w.undo}</button></div>`;
    if (state !== "published") return nothing;
    const text = this.correcting ? html`<a class="btn plain" href="/approvals">${words.cityCorrect.waits}</a>` : html`<a class="btn plain" href="/city/${this.params[0]}/correct">${words.cityCorrect.link}</a>`;
    if (!this.asking) return html`<div class="actions">${text}<button class="btn plain" @click=${() => this.confirm(true)}>${w.withdraw}</button></div>`;
    return html`<div class="confirm"><p>${w.withdrawSure}</p><p class="two">
      <button class="btn danger" @click=${() => this.act("withdraw", w.withdrawnDone)}>${w.withdraw}</button>
      <button data-back class="btn plain" @click=${() => this.confirm(false)}>${words.keep}</button></p></div>`;
  }

  draft() {
    return html`${alarmNumbers(this.numbers, { waits: this.offline ? w.noNumbers : w.counting })}
      ${burden(this.load_, this.offline, () => this.lookAgain())}
      ${this.asking
        ? html`<div class="confirm"><p>${w.throwSure}</p><p class="two"><button class="btn danger" @click=${() => this.act("withdraw", w.thrown, "/city")}>${w.throwAway}</button>
          <button data-back class="btn plain" @click=${() => this.confirm(false)}>${words.keep}</button></p></div>`
        : html`<div class="actions"><button class="btn" ?disabled=${!this.numbers || !this.load_} @click=${() => this.act("publish", w.published)}>${w.publish}</button>
          <a class="btn plain" href="/city/${this.params[0]}/write">${w.edit}</a><button class="btn plain" @click=${() => this.confirm(true)}>${w.throwAway}</button></div>`}`;
  }

  table() {
    const { rows } = this;
    if (!rows) return html`<p class="empty">${w.rowsOffline}</p>`;
    return html`<h2 class="title">${w.rows}</h2>
      <ul class="rows">${rows.map((row) => this.row(row))}</ul>
      <details class="card"><summary>${words.table.title}</summary>
        ${this.said ? html`<p class="said" role="status" tabindex="-1">${this.said}</p>` : nothing}
        <p class="actions">
          <button class="btn plain" @click=${() => this.save("utf-8")}>${w.csv}</button>
          <button class="btn plain" @click=${() => this.save("cp932")}>${w.csvOld}</button></p></details>`;
  }

  /** @param {Row} row */
  row({ name, district, state, by, reason, households, grades }) {
    const c = w.columns;
    const delivered = grades.handedOver + grades.onThePhone + grades.stamped;
    return html`<li>
      <p class="kind"><b>${name}</b><span class=${state === "received" ? "due" : ""}>${w.rowStates[state]}</span></p>
      ${district ? html`<p class="sub">${district}</p>` : nothing}
      ${state === "forwarded" ? html`<p>${words.households(households)}${words.colon}${c.delivered} ${delivered}${words.dot}${c.stamped} ${grades.stamped}</p>` : nothing}
      ${reason ? html`<p class="sub">${words.circulars.because(reason)}${by ? `（${by}）` : ""}</p>` : nothing}
    </li>`;
  }
}

customElements.define("k-city-one", CityOne);
