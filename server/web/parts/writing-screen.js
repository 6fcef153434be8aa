// What writing is for an association and for the city alike: kept at every stroke, checked, shown as it will be read, one press.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { giveUpAll } from "../data/uploads.js";
import { dayOfWeek } from "../read/days.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { radios } from "./choice.js";
import { formPreview } from "./form-preview.js";
import { markdown } from "./markdown.js";
import { firstWrong } from "./writing-fields.js";

/** @typedef {import("../read/writing.js").Draft} Draft */
/** @typedef {import("../read/writing.js").Errors} Errors */
/** @typedef {import("../read/circulars.js").CityDraft} CityDraft */

const w = words.write;

/** @template {Draft | CityDraft} D */
export class WritingScreen extends Screen {
  /** @type {D | null} */
  draft = null;
  /** @type {Errors} */
  errors = {};
  previewing = false;
  busy = false;
  trouble = "";
  notYours = words.notOfficer;
  /** Said once it is thrown away. */
  discarded = w.discarded;

  /** @param {D} _draft @returns {Errors} empty when it may go */
  wrongIn(_draft) {
    return {};
  }

  /** On this phone; null: nothing is being written any more. @param {D | null} _draft @returns {Promise<void>} */
  async keep(_draft) {}

  /** @param {D} draft @returns {D} another one, empty, in its place */
  empty(draft) {
    return draft;
  }

  /** @param {D} _draft @param {boolean} _out or kept, for whoever holds the seats @returns {Promise<void>} */
  async leave(_draft, _out) {}

  /** @param {D} _draft @returns {unknown} */
  form(_draft) {
    return nothing;
  }

  /** The server has said no. @param {unknown} _error @param {D} _draft @returns {Promise<boolean>} whether the screen says why itself, in `aside` */
  async refused(_error, _draft) {
    return false;
  }

  /** Above what is written. @param {D} _draft @returns {unknown} */
  aside(_draft) {
    return nothing;
  }

  /** Instead of the form, where there is nothing to write on. @returns {unknown} */
  missing() {
    return html`<p class="empty">${this.notYours}</p>`;
  }

  /** Whom it would reach. @param {D} _draft @returns {unknown} */
  reaching(_draft) {
    return nothing;
  }

  /** @param {Partial<D>} change */
  set(change) {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    for (const name of Object.keys(change)) delete this.errors[/** @type {keyof Errors} */ (name)];
    this.keep(this.draft);
    this.draw();
  }

  /** @param {Event} event */
  async preview(event) {
    event.preventDefault();
    if (!this.draft) return;
    this.errors = this.wrongIn(this.draft);
    const wrong = firstWrong(this.errors);
    this.previewing = !wrong;
    this.draw();
    await this.focusOn(wrong ? `#${wrong}` : "h2");
    if (wrong) return;
    scrollTo(0, 0);
    await this.arrived();
  }

  async back() {
    this.previewing = false;
    this.draw();
    await this.focusOn("#title");
  }

  /** @param {boolean} out */
  async publish(out) {
    if (!this.draft || this.busy) return;
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await this.leave(this.draft, out);
    } catch (error) {
      this.trouble = (await this.refused(error, this.draft)) ? "" : sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  async discard() {
    if (!this.draft) return;
    await giveUpAll(this.draft.id);
    await this.keep(null);
    this.draft = this.empty(this.draft);
    this.errors = {};
    await this.refresh();
    say(this.discarded);
    await this.focusOn("input");
  }

  /** @override */
  view() {
    if (!this.draft) return this.missing();
    return html`${this.aside(this.draft)}${this.previewing ? this.check(this.draft) : this.form(this.draft)}`;
  }

  /** @param {D} draft */
  kinds({ kind }) {
    const options = /** @type {const} */ (["circular", "notice"]).map((value) => ({ value, label: words.kinds[value], hint: w.kindHints[value] }));
    return radios("kind", w.kind, options, /** @type {"circular"} */ (kind), (chosen) => this.set(/** @type {Partial<D>} */ ({ kind: chosen })));
  }

  /** @param {D} draft */
  urgencies({ urgency }) {
    const options = /** @type {const} */ (["ordinary", "urgent"]).map((value) => ({ value, label: words.urgencies[value], hint: w.urgencyHints[value] }));
    return radios("urgency", w.urgency, options, /** @type {"urgent"} */ (urgency), (chosen) => this.set(/** @type {Partial<D>} */ ({ urgency: chosen })));
  }

  /** As it will be read. @param {D} draft */
  check(draft) {
    const said = this.saying();
    return html`<p>${said.intro}</p>
      <article class="card">
        <p class="kind"><b>${draft.urgency === "urgent" ? html`<span class="chip">${words.urgencies.urgent}</span> ` : nothing}${words.kinds[draft.kind]}</b>${draft.deadline ? html`<span class="due">${words.list.due(dayOfWeek(draft.deadline))}</span>` : nothing}</p>
        <h2 class="title" tabindex="-1">${draft.title}</h2>
        <div class="text">${markdown(draft.body)}</div>
        ${draft.files.map((f) => html`<p class="file"><b>${f.name}</b><span class="sub">${words.file.about(f.type, f.size)}</span></p>`)}
      </article>
      ${formPreview(draft.form)}
      ${this.reaching(draft)}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <div class="foot">
        <button class="btn" ?disabled=${this.busy || !said.ready} @click=${() => this.publish(true)}>${this.busy ? said.busy : said.send}</button>
        <button data-back class="btn plain" ?disabled=${this.busy} @click=${() => this.back()}>${said.change}</button>
      </div>
      <button class="btn plain" ?disabled=${this.busy} @click=${() => this.publish(false)}>${said.keep}</button>`;
  }

  /** What stands around it, and whether the press is there yet. */
  saying() {
    return { intro: w.checkIntro, send: w.publish, busy: w.busy, change: w.change, keep: words.finding.keep, ready: true };
  }
}
