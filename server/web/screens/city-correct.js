// 送った回覧の文を直す: a clerk writes title and text anew; it waits for a second person, and what is out stays as it is meanwhile.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { run } from "../data/sync.js";
import { field } from "../parts/choice.js";
import { readOneOfCity } from "../read/circulars.js";
import { isClerk, readMe } from "../read/me.js";
import { check } from "../read/writing.js";
import { say } from "../say.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").CityCircular} CityCircular */

const w = words.cityCorrect;

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

class CityCorrect extends Screen {
  /** As it was when the writing began. @type {CityCircular | null} */
  circular = null;
  title_ = "";
  body = "";
  may = true;
  loaded = false;
  busy = false;
  trouble = "";
  /** @type {import("../read/writing.js").Errors} */
  errors = {};

  /** @override */
  async load() {
    const me = await readMe();
    this.may = Boolean(me && isClerk(me));
    if (this.circular) return; // never over what is being typed
    this.circular = await readOneOfCity(this.params[0] ?? "");
    this.loaded = true;
    this.title_ = this.circular?.title ?? "";
    this.body = this.circular?.body ?? "";
  }

  /** @param {{title_: string} | {body: string}} change */
  set(change) {
    Object.assign(this, change, { trouble: "", errors: {} });
    this.draw();
  }

  /** @param {Event} event @param {CityCircular} circular */
  async send(event, { circular, revision, title, body }) {
    event.preventDefault();
    if (this.busy) return;
    this.errors = check({ .../** @type {any} */ ({}), title: this.title_, body: this.body, deadline: "", to: "all", blocks: [] });
    const wrong = "title" in this.errors ? "#title" : "body" in this.errors ? "#body" : "";
    const changed = this.title_.trim() !== title || this.body !== body;
    this.trouble = !wrong && !changed ? w.same : "";
    this.busy = !wrong && changed;
    this.draw();
    if (!this.busy) return this.focusOn(wrong || ".problem");
    try {
      await callProved("PATCH", `/api/v1/notices/${circular}`, { baseRevision: revision, title: this.title_.trim(), body: this.body });
      await run();
      go(`/city/${circular}`);
      say(w.done);
    } catch (error) {
      this.trouble = sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(".problem");
    }
  }

  /** @override */
  view() {
    const { circular } = this;
    if (!this.may) return html`<p class="empty">${words.city.notClerk}</p>`;
    if (circular?.state !== "published") return html`<p class="empty">${this.loaded ? w.notOut : ""}</p>`;
    return html`<form novalidate @submit=${(/** @type {Event} */ e) => this.send(e, circular)}>
      <p>${w.intro}</p>
      ${field({ id: "title", label: words.write.title, error: this.errors.title ?? "" }, (described, invalid) =>
        html`<input id="title" maxlength="200" .value=${live(this.title_)} @input=${(/** @type {Event} */ e) => this.set({ title_: valueOf(e) })} aria-describedby=${described} aria-invalid=${invalid} />`)}
      ${field({ id: "body", label: words.write.body, hint: words.write.bodyHint, error: this.errors.body ?? "" }, (described, invalid) =>
        html`<textarea id="body" rows="10" .value=${live(this.body)} @input=${(/** @type {Event} */ e) => this.set({ body: valueOf(e) })} aria-describedby=${described} aria-invalid=${invalid}></textarea>`)}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <button class="btn" ?disabled=${this.busy}>${this.busy ? words.city.busy : w.ask}</button>
      <a class="btn plain" href="/city/${circular.circular}">${words.keep}</a>
    </form>`;
  }
}

customElements.define("k-city-correct", CityCorrect);
