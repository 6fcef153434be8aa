// A second person: what waits before it goes to the whole city, whom it would reach, approve or give back.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { run } from "../data/sync.js";
import { attachments } from "../parts/attachment.js";
import { band } from "../parts/alarm.js";
import { strip } from "../parts/bar.js";
import { burden } from "../parts/burden.js";
import { field } from "../parts/choice.js";
import { formPreview } from "../parts/form-preview.js";
import { markdown } from "../parts/markdown.js";
import { readApprovals } from "../read/approvals.js";
import { askLoad, chosenOf, whomOf } from "../read/circulars.js";
import { dayOfWeek, dayTime } from "../read/days.js";
import { lookOf, marked } from "../read/marks.js";
import { readMe, worksForCity } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Approval} Approval */
/** @typedef {"approve" | "refuse" | "recall"} Act */

const w = words.approvals;
const c = words.cityCorrect;

/** Does it come on top of what associations got this month? An alarm waits for no number, and a correction adds none. @param {Approval} a */
const adds = (a) => !lookOf(a) && !a.before;

class Approvals extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {Approval[]} */
  awaiting = [];
  /** @type {Approval[]} */
  decided = [];
  /** Which notice is about to be decided, and how. @type {{notice: string, act: Act} | null} */
  asking = null;
  reason = "";
  trouble = "";
  busy = false;
  /** The card before the reader has just gone. */
  lost = false;
  /** What each association got this month. @type {import("../types").LoadOfAssociation[] | null} */
  load_ = null;
  counting = false;
  /** It was asked for in vain. */
  offline = false;
  loaded = false;

  /** @override */
  async load() {
    this.me = await readMe();
    ({ awaiting: this.awaiting, decided: this.decided } = await readApprovals());
    if (!this.busy) this.overtaken();
    // The first of them came while the page was open.
    if (this.loaded && !this.load_ && !this.offline) this.arrived();
    this.loaded = true;
  }

  /** What was about to be decided is decided: said at the top, for its card is gone. */
  overtaken() {
    const { asking } = this;
    if (!asking || this.awaiting.some(({ notice }) => notice === asking.notice)) return;
    this.trouble ||= w.overtaken;
    this.asking = null;
    this.lost = true;
  }

  /** @override */
  draw() {
    super.draw();
    if (this.lost) this.focusOn(".problem");
    this.lost = false;
  }

  /** @override */
  async arrived() {
    if (this.counting || !this.awaiting.some(adds)) return;
    this.counting = true;
    this.load_ = await askLoad().catch(() => this.load_);
    this.counting = false;
    this.offline = !this.load_;
    this.draw();
  }

  /** The numbers, once more. */
  async lookAgain() {
    this.offline = false;
    this.draw();
    await this.arrived();
    await this.focusOn("h2");
  }

  /** @param {Approval} a @param {Act | null} act */
  async ask(a, act) {
    this.asking = act && { notice: a.notice, act };
    this.trouble = "";
    this.draw();
    await this.focusOn(act === "refuse" ? "#reason" : act ? ".confirm button" : "h2");
  }

  /** @param {Approval} a @param {Act} act */
  async decide(a, act) {
    this.busy = true;
    this.draw();
    try {
      const path = `/api/v1/notices/${a.notice}/${act}`;
      const seen = { baseRevision: a.revision };
      const meant = { ...seen, kind: a.kind };
      if (act === "approve") await callProved("POST", path, meant);
      else await call("POST", path, act === "refuse" ? { ...seen, reason: this.reason } : undefined);
      this.asking = null;
      this.reason = "";
      this.trouble = "";
      say((a.before ? c.press : w.done)[act]);
      await run();
    } catch (error) {
      this.trouble = sentenceOf(error);
      await run(); // somebody else may have been first
    }
    this.busy = false;
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : "h2");
  }

  /** @override */
  view() {
    const { me } = this;
    if (!me) return nothing;
    if (!worksForCity(me)) return html`<p class="empty">${words.lanes.notClerk}</p>`;
    return html`<h2 class="title" tabindex="-1">${this.awaiting.length > 0 ? w.heading(this.awaiting.length) : w.none}</h2>
      ${this.trouble && !this.asking ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${this.awaiting.length > 0 ? nothing : html`<p class="empty">${w.noneHow}</p>`}
      ${this.awaiting.map((a) => this.waiting(a, me))}
      ${this.decided.length > 0 ? html`<h2>${w.decided}</h2><ul class="cards">${this.decided.map((a) => this.past(a))}</ul>` : nothing}`;
  }

  /** @param {Approval} a @param {import("../types").Me} me */
  waiting(a, me) {
    const own = a.asked.id === me.person.id;
    const isClerk = me.seats.some((s) => s.role === "clerk");
    return html`<article class="card new">${band(a)}
      <p class="kind"><span>${own ? w.state.own : w.state.awaiting}</span>${a.deadline ? html`<span class="due">${words.list.due(dayOfWeek(a.deadline))}</span>` : nothing}</p>
      <h3 class="title">${lookOf(a) ? nothing : `${words.kinds[a.kind]}${words.colon}`}${marked(a)}</h3>
      <p class="sub">${w.asked(a.asked.title, a.asked.name, dayTime(a.asked.at))}</p>
      ${a.before ? html`<p><b>${c.mark}</b></p>` : nothing}
      <div class="text">${markdown(a.body)}</div>
      ${formPreview(a.form)}
      ${a.before ? html`<details class="card"><summary>${c.before}</summary><h4>${a.before.title}</h4><div class="text">${markdown(a.before.body)}</div></details>` : nothing}
      ${attachments(a.files)}
      ${a.publishAt ? html`<p><b>${w.goesOut(dayTime(a.publishAt))}</b></p>` : nothing}
      ${this.reach(a)}
      ${adds(a) ? burden(this.load_ && chosenOf(whomOf(a.audience), this.load_), this.offline, () => this.lookAgain(), a.title) : nothing}
      ${this.trouble && this.asking?.notice === a.notice ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${this.asking?.notice === a.notice ? this.sure(a, this.asking.act) : this.choices(a, own, isClerk)}
    </article>`;
  }

  /** @param {Approval} a */
  reach({ forecast: f, audience }) {
    if (!f) return html`<p class="sub">${w.counting}</p>`;
    /** @type {[string, string, number][]} */
    const parts = [
      ["onThePhone", words.forecast.withChannel, f.withChannel],
      ["onPaper", words.forecast.paper, f.paper],
      ["noChannel", words.forecast.withoutChannel, f.withoutChannel],
    ];
    const shown = parts.filter(([, , n]) => n > 0);
    return html`<h4>${w.whom(audience === "all", f.associations, f.households, f.people)}</h4>
      ${strip(shown.map(([colour, , n]) => [colour, n]), f.households, words.forecast.bar(shown.map(([, label, n]) => `${label}${words.households(n)}`).join(words.comma)))}
      <dl class="legend">${shown.map(([colour, label, n]) => html`<div><dt class=${colour}>${label}</dt><dd>${words.households(n)}</dd></div>`)}</dl>`;
  }

  /** @param {Approval} a @param {boolean} own @param {boolean} isClerk */
  choices(a, own, isClerk) {
    const recall = html`<button class="btn plain" @click=${() => this.ask(a, "recall")}>${w.recall}</button>`;
    if (own) return html`<p>${a.before ? c.own : w.own}</p>${recall}`;
    return html`<p class="two"><button class="btn" ?disabled=${!a.forecast || (adds(a) && !this.load_)} @click=${() => this.ask(a, "approve")}>${a.before ? c.approve : w.approve}</button>
        <button class="btn plain" @click=${() => this.ask(a, "refuse")}>${w.refuse}</button></p>
      ${isClerk ? recall : nothing}`;
  }

  /** @param {Approval} a @param {Act} act */
  sure(a, act) {
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) =>
      html`<textarea id="reason" rows="3" required .value=${this.reason} @input=${(/** @type {InputEvent} */ e) => (this.reason = /** @type {HTMLTextAreaElement} */ (e.target).value)} aria-describedby=${described} aria-invalid=${invalid}></textarea>`;
    return html`<div class="confirm">
      ${act === "refuse" ? field({ id: "reason", label: w.reason, hint: w.reasonHint }, input) : html`<p>${this.sentence(a, act)}</p>`}
      <p class="two"><button class="btn" ?disabled=${this.busy} @click=${() => this.decide(a, act)}>${w.press[act]}</button>
        <button data-back class="btn plain" @click=${() => this.ask(a, null)}>${words.keep}</button></p></div>`;
  }

  /** @param {Approval} a @param {"approve" | "recall"} act */
  sentence(a, act) {
    if (a.before) return act === "approve" ? c.sure : c.recallSure;
    return w.sure[act](a.forecast?.households ?? 0);
  }

  /** @param {Approval} a */
  past(a) {
    return html`<li class="card">
      <p class="kind"><b>${marked(a)}</b><span>${a.before && a.state === "approved" ? c.approved : w.state[a.state]}</span></p>
      <p class="sub">${w.asked(a.asked.title, a.asked.name, dayTime(a.asked.at))}</p>
      ${a.decided ? html`<p class="sub">${w.by(a.decided.name, dayTime(a.decided.at))}</p>` : nothing}
      ${a.reason ? html`<p>${w.why}${words.colon}${a.reason}</p>` : nothing}
    </li>`;
  }
}

customElements.define("k-approvals", Approvals);
