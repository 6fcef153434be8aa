// One circular of the city, for officers: read it, pass it on with a note and a deadline of one's own, or say it is not for us.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf, Trouble } from "../data/api.js";
import { press } from "../data/outbox.js";
import { run } from "../data/sync.js";
import { attachments } from "../parts/attachment.js";
import { field } from "../parts/choice.js";
import { forecast } from "../parts/forecast.js";
import { formPreview } from "../parts/form-preview.js";
import { markdown } from "../parts/markdown.js";
import { checkReply, isOpen, isOver, readPassagesOf } from "../read/circulars.js";
import { dayOfWeek, dayTime, endOfDay, tokyoDay } from "../read/days.js";
import { askForecast, readForecast } from "../read/forecast.js";
import { officerOf, readAssociations, readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Passage & {pending: boolean}} Passage */
/** @typedef {{cover: string, deadline: string, reason: string}} Reply */

const w = words.circulars;

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

class Circular extends Screen {
  /** @type {Passage[]} */
  passages = [];
  /** @type {Map<string, {name: string}>} */
  names = new Map();
  /** Whom each association would reach with it. @type {Map<string, import("../read/forecast.js").Foreseen>} */
  foreseen = new Map();
  /** What is being written, for each association: neither note goes out with the other. @type {Map<string, Reply>} */
  replies = new Map();
  /** The association that is saying why not. */
  declining = "";
  /** Why the last press came to nothing, and whose it was. */
  error = "";
  refused = "";
  busy = false;
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    this.names = me ? await readAssociations(me) : new Map();
    this.passages = await readPassagesOf(this.params[0] ?? "", me ? officerOf(me) : []);
    for (const { association } of this.passages) if (!this.replies.has(association)) this.replies.set(association, { cover: "", deadline: "", reason: "" });
    for (const { association } of this.open) if (!this.foreseen.has(association)) this.foreseen.set(association, await readForecast(association));
    this.loaded = true;
  }

  get open() {
    return this.passages.filter((passage) => isOpen(passage) && !passage.pending);
  }

  /** @param {string} association @returns {Reply} */
  reply(association) {
    return this.replies.get(association) ?? { cover: "", deadline: "", reason: "" };
  }

  /** May it be answered here? What was just refused stays before its author, with the words that were typed. @param {Passage} passage */
  answers(passage) {
    return !passage.pending && (isOpen(passage) || (this.refused === passage.association && passage.state !== "forwarded"));
  }

  /** How things stand now; without a signal what was known last stays before the reader. @override */
  async arrived() {
    for (const passage of this.open) {
      const { association, topic, urgency } = passage;
      const answer = await askForecast({ association, topic, urgency: urgency === "urgent" ? "urgent" : "ordinary", deadline: passage.deadline ? tokyoDay(passage.deadline) : "" }).catch(() => null);
      if (answer) this.foreseen.set(association, answer);
    }
    this.draw();
  }

  /** @param {Passage} passage @param {"forward" | "decline"} act */
  async answer(passage, act) {
    if (this.busy) return;
    const { cover, reason } = this.reply(passage.association);
    this.refused = passage.association;
    this.error = checkReply(cover, reason, act === "decline");
    if (this.error) {
      this.draw();
      return this.focusOn(".problem");
    }
    this.busy = true;
    this.draw();
    try {
      await this.send(passage, act);
      this.declining = this.refused = "";
    } catch (error) {
      this.error = sentenceOf(error);
    }
    this.busy = false;
    await this.refresh();
    await this.focusOn(this.error ? ".problem" : "h2");
  }

  /** @param {Passage} passage @param {"forward" | "decline"} act */
  async send({ circular, association }, act) {
    const { cover, deadline, reason } = this.reply(association);
    const said = act === "forward" ? { cover, deadline: deadline ? endOfDay(deadline) : null } : { reason };
    try {
      await call("POST", `/api/v1/notices/${circular}/${act}`, { association, ...said });
      await run();
      say(act === "forward" ? w.forwarded : w.declined);
    } catch (error) {
      if (!(error instanceof Trouble) || error.kind === "problem") throw error;
      await press("passages", `${circular}.${association}`, { act, ...said });
      say(w.waits);
    }
  }

  /** @param {string} association */
  async why(association) {
    this.declining = association;
    this.error = this.refused = "";
    this.draw();
    await this.focusOn(association ? `#reason-${association}` : "h2");
  }

  /** @override */
  view() {
    const [first] = this.passages;
    if (!first) return html`<p class="empty">${this.loaded ? w.missing : ""}</p>`;
    return html`<p class="kind"><b>${first.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${w.from(first.city, dayTime(first.receivedAt))}</b>${first.deadline ? html`<span class="due">${words.list.due(dayOfWeek(first.deadline))}</span>` : nothing}</p>
      <h2 class="title" tabindex="-1">${first.title}</h2>
      <div class="text">${markdown(first.body)}</div>
      ${formPreview(first.form)}
      ${attachments(first.files)}
      ${this.passages.map((passage) => this.passage(passage))}`;
  }

  /** @param {Passage} passage */
  passage(passage) {
    const name = this.passages.length > 1 ? html`<h3>${this.names.get(passage.association)?.name}</h3>` : nothing;
    return html`<section class="card">${name}${this.state(passage)}
      ${this.error && this.refused === passage.association ? html`<p class="problem" role="alert" tabindex="-1" id="reply-error">${this.error}</p>` : nothing}
      ${this.answers(passage) ? this.form(passage) : nothing}</section>`;
  }

  /** @param {Passage} passage */
  state(passage) {
    if (passage.circularState === "withdrawn") return html`<p><b>${w.withdrawn}</b></p>`;
    if (passage.pending) return html`<p><b>${w.waits}</b></p>`;
    const over = passage.state === "received" && isOver(passage);
    return html`<p><b>${over ? w.over : w.states[passage.state]}</b></p>
      ${passage.decidedAt ? html`<p class="sub">${w.decided(dayTime(passage.decidedAt), passage.by ?? "")}</p>` : nothing}
      ${passage.reason ? html`<p class="sub">${w.because(passage.reason)}</p>` : nothing}
      ${passage.state === "forwarded" && passage.notice ? html`<p><a class="btn plain" href="/reach/${passage.notice}">${w.reach}</a></p>` : nothing}`;
  }

  /** @param {Passage} passage */
  form(passage) {
    const { association } = passage;
    if (this.declining === association) return this.declineForm(passage);
    const reply = this.reply(association);
    const [cover, own] = [`cover-${association}`, `own-deadline-${association}`];
    const until = passage.deadline ? dayOfWeek(passage.deadline) : "";
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => { e.preventDefault(); this.answer(passage, "forward"); }}>
      ${field({ id: cover, label: w.cover, hint: w.coverHint }, (described) =>
        html`<textarea id=${cover} rows="3" .value=${reply.cover} @input=${(/** @type {Event} */ e) => { reply.cover = valueOf(e); }} aria-describedby=${described}></textarea>`)}
      ${field({ id: own, label: w.deadline, hint: w.deadlineHint(until) }, (described) =>
        html`<input id=${own} type="date" min=${tokyoDay(new Date())} max=${passage.deadline ? tokyoDay(new Date(passage.deadline)) : ""} .value=${reply.deadline} @input=${(/** @type {Event} */ e) => { reply.deadline = valueOf(e); }} aria-describedby=${described} />`)}
      ${this.reach(passage)}
      <div class="actions">
        <button class="btn" ?disabled=${this.busy}>${this.busy ? w.busy : passage.state === "declined" ? w.thought : w.forward}</button>
        ${passage.state === "received" ? html`<button type="button" class="btn plain" ?disabled=${this.busy} @click=${() => this.why(passage.association)}>${w.decline}</button>` : nothing}
      </div>
    </form>`;
  }

  /** @param {Passage} passage */
  reach({ association }) {
    const found = this.foreseen.get(association);
    if (!found) return nothing;
    const estimate = found.at === "";
    const of = this.passages.length > 1 ? (this.names.get(association)?.name ?? "") : "";
    return forecast(found.forecast, { of, estimate, note: estimate ? words.forecast.estimate : words.forecast.at(dayTime(found.at)) });
  }

  /** @param {Passage} passage */
  declineForm(passage) {
    const reply = this.reply(passage.association);
    const id = `reason-${passage.association}`;
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => { e.preventDefault(); this.answer(passage, "decline"); }}>
      ${field({ id, label: w.declineWhy, hint: w.declineHint }, (described) =>
        html`<textarea id=${id} rows="3" .value=${reply.reason} @input=${(/** @type {Event} */ e) => { reply.reason = valueOf(e); }} aria-describedby=${described}></textarea>`)}
      <div class="actions">
        <button class="btn" ?disabled=${this.busy}>${this.busy ? w.busy : w.declineSure}</button>
        <button data-back type="button" class="btn plain" @click=${() => this.why("")}>${words.keep}</button>
      </div>
    </form>`;
  }
}

customElements.define("k-circular", Circular);
