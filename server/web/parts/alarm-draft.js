// An emergency, drill or safety check that lies ready, from an alert, given back or recalled: whom it would reach, its one press,
// its words put right, or thrown away. It is sent by saying its kind, by who may speak for whom it is from.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { get } from "../data/store.js";
import { run } from "../data/sync.js";
import { askNumbers, readAlarm, speakersOf } from "../read/alarm.js";
import { whomOf } from "../read/circulars.js";
import { dayTime } from "../read/days.js";
import { foreseenFor } from "../read/forecast.js";
import { readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { alarmForm } from "./alarm-form.js";
import { alarmPress } from "./alarm-press.js";
import { audienceOf, forWhom, readPlaces } from "./alarm-whom.js";
import { saidBy, wrongWords } from "./alarm-words.js";
import { askFor, lookAgain } from "./meanwhile.js";

/** @typedef {import("../types").Alarm} Alarm */
/** @typedef {import("../read/alarm.js").Said} Said */
/** @typedef {"" | "writing" | "throwing"} Doing */

const w = words.alarm.draft;
const COUNTED_WITHIN_MS = 5_000; // no alarm waits longer for a number

export class AlarmDraft extends Screen {
  /** Its id. */
  of = "";
  /** It is no draft any more, and nothing of its writer's is here. */
  left = () => {};
  /** @type {Alarm | null} */
  notice = null;
  /** Why it was given back. @type {import("../types").Approval | null} */
  approval = null;
  /** May the reader send it? */
  ours = false;
  /** @type {import("../read/alarm.js").Numbers | null} */
  numbers = null;
  /** Of an association, for the blocks it is for. @type {import("../types").Forecast | null} */
  homes = null;
  /** Is it known whom it would reach, or that it cannot be known now? Until then nothing can be pressed. */
  counted = false;
  counts = 0;
  countedFor = "";
  /** @type {import("./alarm-whom.js").For} */
  whom = { to: "all", chosen: [] };
  /** @type {import("./alarm-whom.js").Places} */
  places = { blocks: [], load: null };
  /** @type {Doing} */
  doing = "";
  /** @type {Said} */
  said = {};
  /** Of the draft as the writer has it before them, whatever comes in meanwhile. */
  revision = 0;
  begun = "";
  /** What somebody else has made of it since. @type {import("./meanwhile.js").There | null} */
  there = null;
  /** What was typed is about to be thrown away. */
  leaving = false;
  /** @type {Record<string, string>} what is wrong, by field */
  wrong = {};
  trouble = "";
  busy = false;

  /** @override */
  async load() {
    const me = await readMe();
    const now = await readAlarm(this.of);
    if (this.unsaved && now?.state !== "draft") this.overtaken();
    else {
      this.notice = now;
      if (this.over) this.there = null; // it is a draft once more
    }
    this.approval = (await get("approvals", this.of)) ?? null;
    this.ours = (me ? await speakersOf(me) : []).some((s) => s.association === this.notice?.association);
    // Another may have said meanwhile that it is for somebody else.
    if (this.notice && this.counts > 0 && JSON.stringify(this.notice.audience) !== this.countedFor) this.count(this.notice);
  }

  /** @override */
  async arrived() {
    if (!this.notice || !this.ours) return;
    await Promise.all([this.count(this.notice), this.read(this.notice)]);
  }

  /** @param {Alarm} notice */
  async read(notice) {
    this.places = await readPlaces(notice);
    this.draw();
  }

  /** Whom it would reach, as it is for now. @param {Alarm} notice */
  async count(notice) {
    const count = (this.counts += 1);
    this.countedFor = JSON.stringify(notice.audience);
    Object.assign(this, { homes: null, numbers: null, counted: false });
    this.draw();
    const late = new Promise((done) => setTimeout(() => done(null), COUNTED_WITHIN_MS));
    const asked = notice.association ? foreseenFor(notice, notice.association) : askNumbers(/** @type {any} */ (notice.kind), { association: null, name: "" }, whomOf(/** @type {any} */ (notice.audience))).catch(() => null);
    const found = await Promise.race([asked, late]);
    if (count !== this.counts) return;
    Object.assign(this, { counted: true, [notice.association ? "homes" : "numbers"]: found });
    this.draw();
  }

  /** @param {Doing} doing @param {string} focus */
  async turn(doing, focus) {
    if (doing === "writing" && this.notice) this.open(this.notice);
    Object.assign(this, { doing, trouble: "", wrong: {}, there: null, leaving: false });
    this.draw();
    await this.focusOn(focus);
  }

  /** @param {Alarm} n */
  open(n) {
    Object.assign(this, { said: structuredClone(saidBy(n)), whom: forWhom(n), revision: n.revision });
    this.begun = this.typed;
  }

  get typed() {
    return JSON.stringify([this.said, this.whom]);
  }

  get unsaved() {
    return this.doing === "writing" && this.typed !== this.begun;
  }

  /** A colleague has sent it, or thrown it away: what was typed stays, until its writer lets it go. */
  async overtaken() {
    if (this.over) return;
    this.there = await askFor(this.of).catch(() => this.there);
    this.draw();
  }

  get over() {
    return this.there !== null && this.there.state !== "draft";
  }

  /** @param {Alarm} there in the place of what was typed */
  async take(there) {
    this.open(there);
    Object.assign(this, { there: null, trouble: "", wrong: {} });
    this.draw();
    await this.focusOn("#title-ja");
  }

  /** Nothing that was typed goes unasked. */
  async stop() {
    if (!this.unsaved) return this.turn("", "button:not([disabled])");
    this.leaving = true;
    this.draw();
    await this.focusOn(".confirm [data-back]");
  }

  /** What was typed is given up. */
  async leave() {
    if (!this.over) return this.turn("", "button:not([disabled])");
    Object.assign(this, { doing: "", there: null, leaving: false });
    this.left();
  }

  async goOn() {
    this.leaving = false;
    this.draw();
    await this.focusOn("#title-ja");
  }

  /** @param {() => Promise<unknown>} press @param {(made: any) => string} done @param {string} to where one goes on, if nothing is left here */
  async act(press, done, to = "") {
    if (this.busy) return;
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      const made = await press();
      this.doing = "";
      await run();
      if (to) go(to);
      say(done(made));
      if (to) return;
    } catch (error) {
      this.trouble = this.there ? "" : sentenceOf(error);
      if (!this.doing) await run(); // what somebody else has made of it
    }
    this.busy = false;
    this.draw();
    await this.focusOn(this.trouble || this.there ? ".problem" : "button:not([disabled])");
  }

  /** @param {Alarm} n */
  send({ id, kind, revision }) {
    return this.act(() => callProved("POST", `/api/v1/notices/${id}/send`, { kind, baseRevision: revision }), (made) => (made.state === "awaiting" ? words.alarm.write.asked : words.alarm.write.sent[/** @type {"emergency"} */ (kind)]));
  }

  /** @param {Alarm} n */
  discard({ id, kind }) {
    return this.act(() => call("POST", `/api/v1/notices/${id}/withdraw`, {}), () => w.discarded, kind === "exercise" ? "/exercise" : "/alarm");
  }

  /** @param {Event} event @param {Alarm} n */
  async save(event, { id, refersTo }) {
    event.preventDefault();
    this.there = null;
    this.wrong = wrongWords(this.said);
    if (this.whom.to !== "all" && this.whom.chosen.length === 0) this.wrong["whom"] = words.city.chooseOne;
    const [first] = Object.keys(this.wrong);
    this.draw();
    if (first) return this.focusOn(`#${first}`);
    const { ja, ...translations } = this.said;
    const audience = refersTo ? {} : { audience: audienceOf(this.whom) };
    const change = { baseRevision: this.revision, ...ja, ...(Object.keys(translations).length > 0 ? { translations } : {}), ...audience };
    await this.act(() => call("PATCH", `/api/v1/notices/${id}`, change).catch((error) => this.refused(error, id)), () => w.saved);
  }

  /** Who presses again has seen what is there. @param {unknown} error @param {string} id @returns {Promise<never>} */
  async refused(error, id) {
    this.there = await lookAgain(error, id, { revision: this.revision, state: "draft" });
    if (this.there?.state === "draft") this.revision = this.there.revision;
    throw error;
  }

  /** @param {import("./alarm-whom.js").For} whom */
  choose(whom) {
    this.whom = whom;
    delete this.wrong["whom"];
    this.draw();
  }

  /** @override */
  view() {
    const n = this.notice;
    if (!n) return nothing;
    const back = this.approval?.state === "refused" ? this.approval : null;
    return html`${back ? html`<section class="card hold"><p><b>${w.back(back.decided?.name ?? "", back.decided ? dayTime(back.decided.at) : "")}</b></p><p>${back.reason}</p></section>` : nothing}
      ${this.over ? nothing : html`<p class="says">${w.waits}</p>`}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${this.ours ? (this.doing === "writing" ? alarmForm(this, n) : alarmPress(this, n)) : nothing}`;
  }
}

customElements.define("k-alarm-draft", AlarmDraft);
