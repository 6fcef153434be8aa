// Correcting what is out, or changing what was taken back. Who is told again is the writer's choice; by default nobody.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf, Trouble } from "../data/api.js";
import { newId } from "../data/ids.js";
import { run } from "../data/sync.js";
import { checkbox, radios } from "../parts/choice.js";
import { forecast } from "../parts/forecast.js";
import { askFor, gone, lookAgain, meanwhile } from "../parts/meanwhile.js";
import { firstWrong, writingFields } from "../parts/writing-fields.js";
import { dayTime, endOfDay, tokyoDay } from "../read/days.js";
import { askForecast, ofAudience, readForecast } from "../read/forecast.js";
import { readOneSent } from "../read/sent.js";
import { check, hasBegun, keep } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Notice} Notice */
/** @typedef {"none" | "unstamped" | "all"} Resend */

const w = words.correct;

class Correct extends Screen {
  /** @type {Notice | null} */
  notice = null;
  /** @type {import("../read/writing.js").Draft | null} */
  draft = null;
  touched = false;
  /** @type {import("../read/writing.js").Errors} */
  errors = {};
  /** @type {Resend} */
  resend = "none";
  /** Whom it would reach again. @type {import("../read/forecast.js").Foreseen | null} */
  foreseen = null;
  askAgain = false;
  /** What the form asks no more has answers: they are lost only if the writer says so. */
  losing = false;
  dropAnswers = false;
  /** What somebody else has made of it meanwhile. @type {import("../parts/meanwhile.js").There | null} */
  there = null;
  /** What became of it, where it is not on this phone; null: nobody knows. @type {Notice | null} */
  became = null;
  asked = false;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    // The newest revision, or the correction would be refused as made to an older one. Never over what is being typed.
    const newest = await readOneSent(this.params[0] ?? "");
    if (!this.touched) this.show(newest);
    if (this.draft) this.foreseen ??= await readForecast(this.draft.association);
  }

  /** @param {Notice | null} newest */
  show(newest) {
    if ((newest?.revision ?? 0) >= (this.notice?.revision ?? 0)) return this.fill(newest);
    if (newest) return;
    this.notice = this.draft = null;
    this.ask();
  }

  /** It is not on this phone, or not any more. */
  async ask() {
    this.became = await askFor(this.params[0] ?? "").catch(() => null);
    if (this.became?.state === "draft" && !this.touched) this.fill(this.became);
    this.asked = true;
    this.draw();
  }

  /** @override */
  async arrived() {
    if (!this.notice) await this.ask();
    if (!this.draft || this.notice?.state !== "published") return;
    this.foreseen = await askForecast(this.draft).catch(() => this.foreseen);
    this.draw();
  }

  /** @param {Notice | null} n */
  fill(n) {
    if (!n) return;
    this.notice = n;
    const deadline = n.deadline ? tokyoDay(n.deadline) : "";
    const { id, association, kind, topic, title, body, urgency, files, form = null } = n;
    this.draft = { id, association, kind, topic, title, body, urgency, files, form, deadline, to: n.audience === "all" ? "all" : "blocks", blocks: n.audience === "all" ? [] : n.audience.blocks };
  }

  /** @param {Event} event */
  async send(event) {
    event.preventDefault();
    if (!this.draft || !this.notice || this.busy) return;
    this.errors = check(this.draft);
    // A deadline that has passed meanwhile may stay as it was.
    if (this.notice.deadline && tokyoDay(this.notice.deadline) === this.draft.deadline) delete this.errors.deadline;
    const wrong = firstWrong(this.errors);
    this.busy = !wrong;
    this.draw();
    if (wrong) await this.focusOn(`#${wrong}`);
    else await this.patch(this.notice, this.draft);
  }

  /** @param {Notice} notice @param {import("../read/writing.js").Draft} draft */
  async patch(notice, { title, body, topic, deadline, files, form = null }) {
    const change = { title: title.trim(), body, topic, deadline: deadline ? endOfDay(deadline) : null, files: files.map(({ sha256, name }) => ({ sha256, name })) };
    const asks = JSON.stringify(form) === JSON.stringify(notice.form ?? null) ? {} : { form, dropAnswers: this.dropAnswers };
    try {
      const how = { baseRevision: notice.revision, resend: this.resend, askAgain: this.askAgain };
      await call("PATCH", `/api/v1/notices/${notice.id}`, { ...how, ...change, ...asks });
      await run();
      go(`/sent/${notice.id}`);
      say(w.done);
    } catch (error) {
      this.there = await lookAgain(error, notice.id, notice);
      // Who presses again has seen it.
      if (this.there?.state === notice.state) this.notice = { ...notice, revision: this.there.revision };
      this.trouble = this.there ? "" : sentenceOf(error);
      this.losing = error instanceof Trouble && error.slug === "option-has-answers";
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @param {import("../parts/meanwhile.js").There} there */
  async take(there) {
    this.there = null;
    this.touched = false;
    this.fill(/** @type {Notice} */ (there));
    this.draw();
    await this.focusOn("#title");
  }

  /** @param {import("../read/writing.js").Draft} draft */
  async anew(draft) {
    if (await hasBegun()) return say(words.strips.begun);
    await keep({ ...draft, id: newId() });
    go("/write");
  }

  /** @param {import("../read/writing.js").Draft} draft @param {Notice} notice */
  aside(draft, { state }) {
    const { there } = this;
    if (!there) return nothing;
    return meanwhile(there, { was: state, page: `/sent/${there.id}`, take: () => this.take(there), anew: () => this.anew(draft) });
  }

  /** @param {Partial<import("../read/writing.js").Draft>} change */
  set(change) {
    this.touched = true;
    if (this.draft) this.draft = { ...this.draft, ...change };
    for (const name of Object.keys(change)) delete this.errors[/** @type {keyof typeof this.errors} */ (name)];
    this.draw();
  }

  /** @override */
  view() {
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    const ways = { page: `/sent/${this.params[0]}`, list: "/sent" };
    if (!this.draft || !this.notice) return !this.asked ? nothing : gone(this.became, ways);
    if (!this.touched && !["draft", "published"].includes(this.notice.state)) return gone(this.notice, ways);
    const out = this.notice.state === "published";
    return html`${this.aside(this.draft, this.notice)}<form novalidate @submit=${(/** @type {Event} */ e) => this.send(e)}>
      ${writingFields(this.draft, this.errors, (change) => this.set(change))} ${out ? this.choices() : nothing} ${trouble}
      ${this.losing ? checkbox(words.forms.drop, this.dropAnswers, (on) => {
        this.dropAnswers = on;
        this.draw();
      }) : nothing}
      <button class="btn" ?disabled=${this.busy}>${out ? w.button : w.save}</button>
      <a class="btn plain" href="/sent/${this.notice.id}">${words.keep}</a>
    </form>`;
  }

  /** @param {import("../read/forecast.js").Foreseen} foreseen @param {import("../read/writing.js").Draft} draft */
  reach(foreseen, draft) {
    const estimate = foreseen.at === "";
    const at = estimate ? words.forecast.estimate : words.forecast.at(dayTime(foreseen.at));
    return forecast(ofAudience(foreseen, draft), { estimate, note: this.resend === "unstamped" ? `${w.unstampedOnly} ${at}` : at });
  }

  choices() {
    const options = /** @type {const} */ (["none", "unstamped", "all"]).filter((v) => v !== "unstamped" || this.notice?.kind === "circular");
    const choose = (/** @type {Resend} */ value) => {
      this.resend = value;
      this.draw();
    };
    return html`${radios("resend", w.resend, options.map((value) => ({ value, label: w.resends[value] })), this.resend, choose)}
      ${this.resend !== "none" && this.foreseen && this.draft ? this.reach(this.foreseen, this.draft) : nothing}
      ${this.notice?.kind === "circular" ? checkbox(w.askAgain, this.askAgain, (on) => {
        this.askAgain = on;
        this.draw();
      }) : nothing}`;
  }
}

customElements.define("k-correct", Correct);
