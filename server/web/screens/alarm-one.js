// One emergency or drill that was asked for or sent: who is waited for, the way out, how far it has come, what follows.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { get } from "../data/store.js";
import { run } from "../data/sync.js";
import "../parts/alarm-draft.js";
import { alarmNumbers } from "../parts/alarm-numbers.js";
import { band } from "../parts/alarm.js";
import { bar, legend } from "../parts/bar.js";
import { field } from "../parts/choice.js";
import "../parts/city-doors.js";
import { markdown } from "../parts/markdown.js";
import { isOver, placeOf, PLACES, readAlarm, readChainOf } from "../read/alarm.js";
import { dayTime } from "../read/days.js";
import { marked } from "../read/marks.js";
import { readMe } from "../read/me.js";
import { readLedger } from "../read/reach.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Alarm} Alarm */
/** @typedef {import("../types").Approval} Approval */

const w = words.alarm.one;
const AGAIN_S = 10;

class AlarmOne extends Screen {
  /** @type {import("../read/alarm.js").AlarmKind} */
  kind = "emergency";
  /** @type {Alarm | null} */
  notice = null;
  /** @type {Alarm[]} */
  chain = [];
  /** @type {Approval | null} */
  approval = null;
  own = false;
  /** Words of the reader's own for a draft, which stay though a colleague has sent or thrown it away. */
  typing = false;
  /** @type {{households: number, grades: import("../types").Grades} | null} */
  ledger = null;
  /** Of the city's own. @type {import("../types").CityDoors | null} */
  doors = null;
  reason = "";
  asking = "";
  trouble = "";
  busy = false;
  loaded = false;
  ticks = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  clock;

  /** @override */
  async load() {
    const me = await readMe();
    const id = this.params[0] ?? "";
    const before = this.notice?.state;
    const now = await readAlarm(id);
    this.typing = /** @type {import("../parts/alarm-draft.js").AlarmDraft | null} */ (this.querySelector("k-alarm-draft"))?.unsaved ?? false;
    if (now || !this.typing) this.notice = now;
    this.chain = this.notice ? await readChainOf(this.notice) : [];
    this.approval = (await get("approvals", id)) ?? null;
    this.own = this.approval !== null && this.approval.asked.id === me?.person.id;
    this.loaded = true;
    // An association's ledger is on the phone; of a city's it would be too much.
    if (me && this.notice?.association) this.ledger = await readLedger(id, me);
    if (before && before !== this.notice?.state) this.arrived();
  }

  /** @override */
  async arrived() {
    clearInterval(this.clock);
    this.clock = setInterval(() => this.tick(), 1000);
    if (this.notice?.state !== "published" || this.notice.association) return;
    const found = await call("GET", `/api/v1/notices/${this.notice.id}/reach`).catch(() => null);
    if (!found) return;
    const { grades, paper = 0 } = found;
    this.doors = found;
    this.ledger = { households: found.households, grades: { ...grades, onPaper: paper, noChannel: grades.noChannel - paper } };
    this.draw();
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.clock);
  }

  tick() {
    this.ticks += 1;
    if (this.notice?.state === "awaiting") this.draw();
    else if (this.ticks % AGAIN_S === 0) this.arrived();
  }

  /** Until one may go on alone; null: never. */
  get secondsLeft() {
    const at = this.approval?.aloneAt;
    return at ? Math.ceil((Date.parse(at) - Date.now()) / 1000) : null;
  }

  /** @param {"alone" | "recall" | "withdraw" | "insist"} act */
  async act(act) {
    if (this.busy) return;
    this.busy = true;
    this.draw();
    try {
      const path = `/api/v1/notices/${this.params[0]}/${act}`;
      if (act === "alone") await callProved("POST", path, { baseRevision: this.approval?.revision, reason: this.reason });
      else await callProved("POST", path, {});
      this.trouble = "";
      this.asking = "";
      await run();
      say(act === "insist" ? words.sentOne.done.insist : w.done[act]);
    } catch (error) {
      this.trouble = sentenceOf(error);
      await run(); // somebody may have approved meanwhile
    }
    this.busy = false;
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : "h2");
  }

  /** @param {string} what */
  async ask(what) {
    this.asking = what;
    this.draw();
    await this.focusOn(what ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    const n = this.notice;
    if (!n) return html`<p class="empty">${this.loaded ? w.missing : ""}</p>`;
    // Neither is shown, and so neither can be pressed, on the page of the other.
    if (n.kind !== this.kind) return html`<p class="empty">${w.elsewhere}</p>`;
    return html`${band(n)}
      <p class="kind"><b>${words.city.states[n.state]}</b><span>${dayTime(n.publishedAt ?? n.createdAt)}</span></p>
      <h2 class="title" tabindex="-1">${marked(n)}</h2>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${n.state === "draft" || this.typing ? html`<k-alarm-draft .of=${n.id} .left=${() => this.refresh().then(() => this.focusOn("h2"))}></k-alarm-draft>` : nothing}
      ${n.state === "awaiting" && this.approval ? this.waiting(this.approval) : nothing}
      ${this.approval?.alone ? html`<p class="corrected">${w.wentAlone(this.approval.reason ?? "")}</p>` : nothing}
      ${n.asks ? html`<section class="card hold"><p><b>${words.sentOne.asks}</b></p><p>${n.asks.sentence}</p><button class="btn" ?disabled=${this.busy} @click=${() => this.act("insist")}>${words.sentOne.insist}</button></section>` : nothing}
      ${n.state === "published" ? this.reached(n) : nothing}
      <details class="card" ?open=${n.state === "draft" || n.state === "awaiting"}><summary>${words.sentOne.text}</summary><div class="text">${markdown(n.body)}</div></details>
      ${this.chain.length > 1 ? this.history() : nothing}
      ${this.actions(n)}`;
  }

  /** @param {Approval} a */
  waiting(a) {
    return html`<section class="card hold" aria-label=${w.waiting}>
        <p><b>${w.waiting}</b></p>
        <p class="sub">${words.approvals.asked(a.asked.title, a.asked.name, dayTime(a.asked.at))}</p>
        ${this.own ? this.wayOut() : nothing}
        <div class="actions">${this.own ? this.goAlone() : html`<a class="btn" href="/approvals">${w.approve}</a>`}
          ${this.asking === "recall" ? this.sure("recall") : html`<button class="btn plain" @click=${() => this.ask("recall")}>${w.recall}</button>`}</div>
      </section>
      ${alarmNumbers(a.forecast)}`;
  }

  wayOut() {
    const left = this.secondsLeft;
    if (left === null) return html`<p>${w.nobodyAlone}</p>`;
    if (left > 0) return html`<p>${w.soonAlone}</p><p class="countdown" aria-hidden="true">${w.left(Math.floor(left / 60), left % 60)}</p>`;
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) => html`<textarea id="reason" rows="3" required maxlength="500" .value=${this.reason} @input=${(/** @type {InputEvent} */ e) => (this.reason = /** @type {HTMLTextAreaElement} */ (e.target).value)} aria-describedby=${described} aria-invalid=${invalid}></textarea>`;
    return html`<p>${w.alone}</p>${field({ id: "reason", label: w.reason, hint: w.reasonHint }, input)}`;
  }

  goAlone() {
    const left = this.secondsLeft;
    if (left === null || left > 0) return nothing;
    return html`<button class="btn danger" ?disabled=${this.busy} @click=${() => this.act("alone")}>${w.goAlone}</button>`;
  }

  /** @param {Alarm} n */
  reached(n) {
    const { ledger } = this;
    return html`<section class="card" aria-label=${words.titles.reach}>
      ${ledger ? html`<p><b>${w.reached(ledger.households)}</b></p>${bar(ledger.grades, ledger.households)} ${legend(ledger.grades)}` : html`<p class="sub">${w.counting}</p>`}
      ${this.doors && this.doors.ladder.residual > 0 ? html`<p class="corrected">${words.reach.residual(this.doors.ladder.residual)}</p>` : nothing}
      ${n.association ? html`<p><a class="btn plain" href="/reach/${n.id}">${words.titles.reach}</a></p>` : nothing}
    </section>
    ${this.doors ? html`<k-city-doors .notice=${n.id} .kind=${n.kind} .associations=${this.doors.associations}></k-city-doors>` : nothing}`;
  }

  history() {
    return html`<section><h3>${w.chain}</h3><ul class="rows">${this.chain.map((n) => html`<li>
      <p class="kind"><b>${words.city.states[n.state]}</b><span>${dayTime(n.publishedAt ?? n.createdAt)}</span></p>
      ${n.id === this.notice?.id ? html`<b>${marked(n)}</b>` : html`<a href=${placeOf(n)}>${marked(n)}</a>`}</li>`)}</ul></section>`;
  }

  /** @param {Alarm} n */
  actions(n) {
    const first = this.chain.find((each) => !each.refersTo);
    const open = first && n.kind !== "safety-check" && (first.state === "published" || first.state === "expired") && !isOver(this.chain);
    const place = `${PLACES[this.kind]}/${first?.id}`;
    return html`<div class="actions">
      ${n.kind === "safety-check" && n.state === "published" ? html`<a class="btn" href="/safety/${n.id}">${words.safety.boardLink}</a>` : nothing}
      ${open ? html`<a class="btn" href="${place}/update">${w.update}</a><a class="btn plain" href="${place}/all-clear">${w.allClear}</a>` : nothing}
      ${isOver(this.chain) ? html`<p>${w.over}</p>` : nothing}
      ${n.publishedAt ? html`<a class="btn plain" href="/sent/${n.id}/report">${words.titles.report}</a>` : nothing}
      ${n.state === "published" ? (this.asking === "withdraw" ? this.sure("withdraw") : html`<button class="btn plain" @click=${() => this.ask("withdraw")}>${w.withdraw}</button>`) : nothing}
      <a class="btn plain" href=${PLACES[this.kind]}>${w.toList[this.kind]}</a></div>`;
  }

  /** @param {"recall" | "withdraw"} act */
  sure(act) {
    return html`<div class="confirm"><p>${act === "withdraw" && this.kind === "safety-check" ? w.sure.withdrawCheck : w.sure[act]}</p><p class="two"><button class="btn danger" ?disabled=${this.busy} @click=${() => this.act(act)}>${w[act]}</button>
      <button data-back class="btn plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }
}

class ExerciseOne extends AlarmOne {
  /** @type {import("../read/alarm.js").AlarmKind} @override */
  kind = "exercise";
}

class SafetyCheckOne extends AlarmOne {
  /** @type {import("../read/alarm.js").AlarmKind} @override */
  kind = "safety-check";
}

customElements.define("k-alarm-one", AlarmOne);
customElements.define("k-safety-check-one", SafetyCheckOne);
customElements.define("k-exercise-one", ExerciseOne);
