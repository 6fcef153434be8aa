// One notice of ours: held (with the seconds left to take it back), out, taken back. Where it goes, and what can be done now.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { forecast } from "../parts/forecast.js";
import { formPreview } from "../parts/form-preview.js";
import { markdown } from "../parts/markdown.js";
import { placeOf, PLACES } from "../read/alarm.js";
import { dayOfWeek, dayTime } from "../read/days.js";
import { marked } from "../read/marks.js";
import { writeAgain } from "../read/again.js";
import { readOneSent } from "../read/sent.js";
import { hasBegun } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Notice} Notice */

const w = words.sentOne;

class SentOne extends Screen {
  /** @type {Notice | null} */
  notice = null;
  /** Not on this phone, but in the association's records. @type {Notice | null} */
  older = null;
  trouble = "";
  asking = false;
  loaded = false;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  clock;

  /** @override */
  async load() {
    this.notice = (await readOneSent(this.params[0] ?? "")) ?? this.older;
    this.loaded = true;
  }

  /** @override */
  async arrived() {
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 1000);
    if (this.notice) return;
    this.older = await call("GET", `/api/v1/notices/${this.params[0]}`).catch(() => null);
    await this.refresh();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.clock);
  }

  get secondsLeft() {
    const until = this.notice?.state === "held" ? this.notice.heldUntil : null;
    return until ? Math.ceil((Date.parse(until) - Date.now()) / 1000) : 0;
  }

  /** Shows each second; when the hold is over, asks what became of it until it is out. */
  tick() {
    if (this.notice?.state !== "held") return;
    const left = this.secondsLeft;
    if (left <= 0 && left % 3 === 0) run();
    this.draw();
  }

  /** @param {"undo" | "withdraw" | "publish" | "insist"} what */
  async act(what) {
    this.asking = false;
    const thrown = what === "withdraw" && this.notice?.state === "draft";
    try {
      const seen = what === "publish" ? { baseRevision: this.notice?.revision } : {};
      await call("POST", `/api/v1/notices/${this.params[0]}/${what}`, seen);
      await run();
      this.trouble = "";
      if (thrown) go("/sent");
      say(thrown ? words.city.thrown : w.done[what]);
      if (thrown) return;
    } catch (error) {
      this.trouble = sentenceOf(error);
      await run(); // what somebody else has made of it
    }
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : "h2");
  }

  /** @param {Notice} notice */
  async again(notice) {
    if (await hasBegun()) return say(words.strips.begun);
    await writeAgain(notice);
    go("/write");
  }

  /** @param {boolean} on */
  async confirm(on) {
    this.asking = on;
    this.draw();
    await this.focusOn(on ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    const n = this.notice;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!n) return html`${trouble}<p class="empty">${this.loaded ? w.missing : ""}</p>`;
    return html`<p class="kind"><b>${n.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${words.kinds[n.kind]}${words.dot}${words.sent.states[n.state]}</b>${n.deadline ? html`<span class="due">${words.list.due(dayOfWeek(n.deadline))}</span>` : nothing}</p>
      <h2 class="title" tabindex="-1">${marked(n)}</h2>
      ${trouble} ${this.stateBox(n)} ${this.forecast(n)}
      <details class="card" ?open=${n.state === "draft"}><summary>${w.text}</summary><div class="text">${markdown(n.body)}</div>${formPreview(n.form)}</details>
      ${this.actions(n)}
      ${n.state === "held" || n.kind in PLACES ? nothing : html`<div class="actions"><button class="btn plain" @click=${() => this.again(n)}>${words.finding.again}</button></div>`}`;
  }

  /** @param {Notice} n */
  stateBox(n) {
    if (n.state === "held") {
      const left = Math.max(0, this.secondsLeft);
      return html`<section class="card hold">
        <p>${left > 0 ? w.held : w.going}</p>
        ${left > 0 ? html`<p class="countdown" aria-hidden="true">${w.seconds(left)}</p><button class="btn" @click=${() => this.act("undo")}>${w.undo}</button>` : nothing}
      </section>`;
    }
    if (n.asks) return html`<section class="card hold"><p><b>${w.asks}</b></p><p>${n.asks.sentence}</p><button class="btn" @click=${() => this.act("insist")}>${w.insist}</button></section>`;
    const at = n.state === "withdrawn" ? n.withdrawnAt : n.state === "published" ? n.publishedAt : n.createdAt;
    return html`<p>${w.states[n.state](at ? dayTime(at) : "")}</p>`;
  }

  /** @param {Notice} n */
  forecast({ forecast: f }) {
    return f ? forecast(f) : nothing;
  }

  /** @param {Notice} n */
  actions({ id, kind, state, circular, form }) {
    // An alarm is neither published nor corrected like a letter: the page of its kind knows what can be done with it.
    if (kind in PLACES) return html`<div class="actions">${this.older ? nothing : html`<a class="btn" href=${placeOf({ id, kind })}>${w.ofItsKind}</a>`}${state === "published" ? html`<a class="btn plain" href="/reach/${id}">${words.titles.reach}</a><a class="btn plain" href="/sent/${id}/report">${words.titles.report}</a>` : nothing}</div>`;
    if (state === "draft") return html`<div class="actions"><button class="btn" @click=${() => this.act("publish")}>${w.publish}</button><a class="btn plain" href="/correct/${id}">${w.edit}</a>
      ${this.asking ? this.sureToThrow() : html`<button class="btn plain" @click=${() => this.confirm(true)}>${words.city.throwAway}</button>`}</div>`;
    if (state !== "published") return nothing;
    return html`<div class="actions"><a class="btn" href="/reach/${id}">${words.titles.reach}</a>${form ? html`<a class="btn plain" href="/forms/${id}">${words.forms.results}</a>` : nothing}<a class="btn plain" href="/sent/${id}/report">${words.titles.report}</a>${circular ? nothing : html`<a class="btn plain" href="/correct/${id}">${w.correct}</a>`}
      ${this.asking ? this.sure() : html`<button class="btn plain" @click=${() => this.confirm(true)}>${w.withdraw}</button>`}</div>`;
  }

  sureToThrow() {
    return html`<div class="confirm"><p>${words.city.throwSure}</p><p class="two">
      <button class="btn danger" @click=${() => this.act("withdraw")}>${words.city.throwAway}</button><button data-back class="btn plain" @click=${() => this.confirm(false)}>${words.keep}</button></p></div>`;
  }

  sure() {
    return html`<div class="confirm"><p>${w.withdrawSure}</p><p class="two">
      <button class="btn danger" @click=${() => this.act("withdraw")}>${w.withdraw}</button>
      <button data-back class="btn plain" @click=${() => this.confirm(false)}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-sent-one", SentOne);
