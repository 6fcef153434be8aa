// The answer to a form: large buttons, without a signal too, changed until the deadline. What was not taken stays to be put right.

import { html, nothing, Screen } from "../screen.js";
import { state as network } from "../data/sync.js";
import { dayOfWeek } from "../read/days.js";
import { answer, answerId, inWords, isClosed, missing, MOST_PEOPLE, nameOf, readAnswers, VOTES } from "../read/forms.js";
import { stamp } from "../read/notices.js";
import { say } from "../say.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { words } from "../words/words.js";
import { field, radios } from "./choice.js";

/** @typedef {import("../types").FormSaid} FormSaid */
/** @typedef {import("../types").FormQuestion} FormQuestion */
/** @typedef {import("../types").NoticeRecord & {form: import("../types").FormShape}} Asking */
/** @typedef {Asking & Partial<import("../read/notices.js").Card>} Shown */

const w = words.forms;

class FormBox extends Screen {
  /** The notice that asks. @type {Shown | null} */
  notice = null;
  /** @type {import("../read/forms.js").Target | null} */
  target = null;
  /** From paper, by an officer or leader. */
  entered = false;
  /** Several are asked here: each says whose it is. */
  named = false;
  /** @type {import("../read/forms.js").Known} */
  known = { answer: null, waiting: false, refused: null };
  /** What is being chosen; null: nothing is. @type {FormSaid | null} */
  draft = null;
  /** @type {Record<string, string>} */
  errors = {};

  /** @override */
  async load() {
    if (!this.notice || !this.target) return;
    const found = (await readAnswers()).get(answerId(this.notice.notice, this.target.whose));
    this.known = found ?? { answer: null, waiting: false, refused: null };
  }

  get key() {
    return `form-${this.target?.whose}`;
  }

  /** @param {Partial<FormSaid>} part */
  set(part) {
    this.draft = { ...this.chosen, ...part };
    this.errors = {};
    this.draw();
  }

  /** @returns {FormSaid} */
  get chosen() {
    const before = this.draft ?? this.known.refused ?? this.known.answer;
    return { answers: before?.answers ?? {}, people: before?.people ?? null, letter: before?.letter ?? null };
  }

  /** @param {Event} event */
  async send(event) {
    event.preventDefault();
    const { notice, target } = this;
    if (!notice || !target) return;
    const said = this.chosen;
    this.errors = missing(notice.form, said);
    const [wrong] = Object.keys(this.errors);
    this.draw();
    if (wrong) return this.focusOn(`[data-question="${wrong}"]`);
    await answer(notice, target, said, this.entered);
    // Whoever has answered has read.
    if (!this.entered && notice.seals) await stamp(notice, notice.seals.filter((s) => s.home.household === target.household));
    this.draft = null;
    say(this.entered ? w.entered(target.name) : w.pressed);
    await this.refresh();
    await this.focusOn(".answered");
    this.dispatchEvent(new CustomEvent("k-answered", { bubbles: true }));
  }

  async edit() {
    this.draft = this.chosen;
    this.draw();
    await this.focusOn("form");
  }

  async stop() {
    this.draft = null;
    this.draw();
    await this.focusOn(".answered");
  }

  /** @override */
  view() {
    const { notice, target } = this;
    if (!notice || !target) return nothing;
    const { form } = notice;
    const closed = isClosed(notice);
    const open = !closed && (this.draft !== null || !this.known.answer || this.known.refused !== null);
    return html`<section class="card form" aria-labelledby=${this.key}>
      <h3 id=${this.key}>${this.named ? w.whose(target.name) : w.heading[form.kind]}</h3>
      ${this.known.refused && !closed ? html`<p class="corrected">${w.refused}</p>` : nothing}
      ${this.known.answer && !open ? this.answered(form, this.known.answer, closed) : nothing}
      ${closed && !this.known.answer ? html`<p>${w.closedNothing}</p>` : nothing}
      ${closed && this.known.refused ? html`<p class="sub">${w.refused}</p>${this.lines(form, this.known.refused)}` : nothing}
      ${open ? this.fields(notice) : nothing}
    </section>`;
  }

  /** @param {Asking["form"]} form @param {FormSaid} said */
  lines(form, said) {
    return html`<dl class="said-lines">${inWords(form, said).map(([question, choice]) => html`<div><dt>${question}</dt><dd>${choice}</dd></div>`)}</dl>`;
  }

  /** @param {Asking["form"]} form @param {import("../types").FormAnswer} a @param {boolean} closed */
  answered(form, a, closed) {
    const where = this.known.waiting ? (network.trouble ? w.waiting : w.sending) : w.arrived;
    const by = a.how === "paper" ? w.byPaper(a.by?.name ?? "") : a.by ? w.by(a.by.name) : "";
    return html`<div class="answered" tabindex="-1">
        <p><b>${w.answered}</b></p>
        ${a.again ? html`<p class="corrected"><b>${w.again}</b></p>` : nothing}
        ${a.hidden ? html`<p>${w.hiddenHere}</p>` : this.lines(form, a)}
        ${a.place === "given" && form.places !== null ? html`<p><b>${w.given}</b></p>` : nothing}
        ${a.place === "waiting" ? html`<p><b>${w.inLine(a.line ?? 1)}</b></p>` : nothing}
        <p class="sub">${by}${a.proxy ? w.byProxy : ""}${where}</p>
      </div>
      ${closed ? html`<p>${w.closed}</p>` : html`<button class="btn plain" @click=${() => this.edit()}>${w.change}</button>`}`;
  }

  /** @param {Asking} notice */
  fields({ form, deadline }) {
    const said = this.chosen;
    const asks = form.kind !== "attendance" || (said.people ?? 0) > 0;
    return html`<form novalidate tabindex="-1" @submit=${(/** @type {Event} */ e) => this.send(e)}>
      <p class="sub">${w.perNote[form.per]}${deadline ? w.until(dayOfWeek(deadline)) : ""}</p>
      ${form.secret ? html`<p class="sub"><b>${w.secretNote}</b></p>` : nothing}
      ${form.kind === "attendance" ? this.attendance(form, said) : nothing}
      ${form.kind === "assembly" ? this.how(said) : nothing}
      ${asks && !said.letter ? form.questions.map((q) => this.question(q, said)) : nothing}
      <button class="btn">${w.send}</button>
      ${this.known.answer ? html`<button type="button" class="btn plain" @click=${() => this.stop()}>${w.keep}</button>` : nothing}
    </form>`;
  }

  /** @param {Asking["form"]} form @param {FormSaid} said */
  attendance(form, said) {
    const chosen = said.people === null ? "" : said.people > 0 ? "come" : "stay";
    const pick = (/** @type {string} */ value) => this.set({ people: value === "come" ? Math.max(1, said.people ?? 1) : 0 });
    const options = [{ value: "come", label: w.come }, { value: "stay", label: w.stay }];
    const many = Array.from({ length: MOST_PEOPLE }, (_, n) => n + 1);
    return html`<div data-question="people" tabindex="-1">${this.problem("people")}
      ${radios(`${this.key}-come`, w.kinds.attendance, options, chosen, pick)}</div>
      ${chosen === "come" && form.per === "household" ? field({ id: `${this.key}-people`, label: w.howMany }, () => html`<select id="${this.key}-people" @change=${(/** @type {Event} */ e) => this.set({ people: Number(/** @type {HTMLSelectElement} */ (e.target).value) })}>
        ${many.map((n) => html`<option value=${n} ?selected=${n === said.people}>${w.people(n)}</option>`)}</select>`) : nothing}`;
  }

  /** A vote of one's own, or a letter. @param {FormSaid} said */
  how({ letter }) {
    const chosen = letter === null ? "vote" : letter === "chair" ? "chair" : "person";
    const options = /** @type {const} */ (["vote", "chair", "person"]).map((value) => ({ value, label: w.hows[value], hint: w.howHints[value] }));
    const pick = (/** @type {string} */ value) => this.set({ letter: value === "vote" ? null : value === "chair" ? "chair" : { name: "" } });
    return html`${radios(`${this.key}-how`, w.how, options, chosen, pick)}
      ${typeof letter === "object" && letter ? field({ id: `${this.key}-to`, label: w.delegate, error: this.errors.letter ?? "" }, (described, invalid) =>
        html`<input id="${this.key}-to" data-question="letter" maxlength="80" autocomplete="off" .value=${live(letter.name)} @input=${(/** @type {Event} */ e) => this.set({ letter: { name: /** @type {HTMLInputElement} */ (e.target).value } })} aria-describedby=${described} aria-invalid=${invalid} />`) : nothing}`;
  }

  /** @param {string} name */
  problem(name) {
    return this.errors[name] ? html`<p class="problem" role="alert" tabindex="-1">${this.errors[name]}</p>` : nothing;
  }

  /** @param {FormQuestion} q @param {FormSaid} said */
  question(q, { answers }) {
    const choose = (/** @type {string | string[]} */ choice) => this.set({ answers: { ...answers, [q.id]: choice } });
    const choice = answers[q.id];
    const name = `${this.key}-${q.id}`;
    if (q.asks === "text")
      return field({ id: name, label: q.text, hint: w.write, error: this.errors[q.id] ?? "" }, (described, invalid) =>
        html`<textarea id=${name} data-question=${q.id} rows="3" .value=${live(typeof choice === "string" ? choice : "")} @input=${(/** @type {Event} */ e) => choose(/** @type {HTMLTextAreaElement} */ (e.target).value)} aria-describedby=${described} aria-invalid=${invalid}></textarea>`);
    if (q.asks === "many") return this.many(q, [choice ?? []].flat(), choose);
    const ids = q.asks === "vote" ? [...VOTES] : q.options.map((o) => o.id);
    return html`<div data-question=${q.id} tabindex="-1">${this.problem(q.id)}
      ${radios(name, q.text, ids.map((id) => ({ value: id, label: nameOf(q, id) })), typeof choice === "string" ? choice : "", choose)}</div>`;
  }

  /** @param {FormQuestion} q @param {string[]} chosen @param {(choice: string[]) => void} choose */
  many(q, chosen, choose) {
    return html`<fieldset data-question=${q.id} tabindex="-1"><legend>${q.text}</legend>${this.problem(q.id)}<p class="sub">${w.chooseMany}</p>
      ${q.options.map((o) => html`<label class="option"><input type="checkbox" .checked=${live(chosen.includes(o.id))} @change=${(/** @type {Event} */ e) => choose(/** @type {HTMLInputElement} */ (e.target).checked ? [...chosen, o.id] : chosen.filter((id) => id !== o.id))} /><span>${o.text}</span></label>`)}
    </fieldset>`;
  }
}

customElements.define("k-form-box", FormBox);
