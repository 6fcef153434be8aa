// The way in without paper: eight digits by mail. It says the same whether the address is known or not.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { signInByMail } from "../data/session.js";
import { field } from "./choice.js";
import { deviceName } from "./device-name.js";
import { words } from "../words/words.js";

const w = words.mailDoor;

class MailDoor extends Screen {
  /** @type {"closed" | "address" | "code" | "people"} */
  step = "closed";
  email = "";
  code = "";
  error = "";
  busy = false;
  /** @type {import("../types").Person[]} */
  people = [];

  /** @param {MailDoor["step"]} step @param {string} focus */
  async turn(step, focus) {
    this.step = step;
    this.error = "";
    this.draw();
    await this.focusOn(focus);
  }

  /** @param {() => Promise<void>} work @param {string} focus where to look if it fails */
  async try(work, focus) {
    this.busy = true;
    this.draw();
    try {
      await work();
    } catch (error) {
      this.error = sentenceOf(error);
      this.busy = false;
      this.draw();
      await this.focusOn(focus);
    }
    this.busy = false;
    this.draw();
  }

  /** @param {SubmitEvent} event */
  ask(event) {
    event.preventDefault();
    return this.try(async () => {
      await call("POST", "/api/v1/sign-in", { email: this.email });
      this.busy = false;
      await this.turn("code", "#mailed-code");
    }, "#mail");
  }

  /** @param {SubmitEvent | null} event @param {string} [personId] */
  confirm(event, personId) {
    event?.preventDefault();
    const proof = { email: this.email, code: this.code, ...(personId && { personId }) };
    return this.try(async () => {
      this.people = await signInByMail(proof, deviceName());
      this.busy = false;
      if (this.people.length > 0) await this.turn("people", ".who button");
      else this.dispatchEvent(new CustomEvent("k-came", { bubbles: true }));
    }, "#mailed-code");
  }

  /** @override */
  view() {
    return html`<section class="card"><h2>${w.title}</h2>${this.body()}</section>`;
  }

  body() {
    if (this.step === "address") return this.address();
    if (this.step === "code") return this.digits();
    if (this.step === "people") return this.who();
    return html`<p>${w.intro}</p><button class="btn plain" @click=${() => this.turn("address", "#mail")}>${w.open}</button>`;
  }

  address() {
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) =>
      html`<input id="mail" type="email" .value=${this.email} @input=${(/** @type {InputEvent} */ e) => (this.email = /** @type {HTMLInputElement} */ (e.target).value.trim())}
        autocomplete="email" required aria-describedby=${described} aria-invalid=${invalid} />`;
    return html`<form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.ask(e)}>
      ${field({ id: "mail", label: w.address, hint: w.addressHint, error: this.error }, input)}
      <button class="btn" ?disabled=${this.busy}>${w.ask}</button>
    </form>`;
  }

  digits() {
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) =>
      html`<input id="mailed-code" class="code" .value=${this.code} @input=${(/** @type {InputEvent} */ e) => (this.code = /** @type {HTMLInputElement} */ (e.target).value)}
        inputmode="numeric" autocomplete="one-time-code" required aria-describedby=${described} aria-invalid=${invalid} />`;
    return html`<form novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.confirm(e)}>
        ${field({ id: "mailed-code", label: w.code, hint: w.sent(this.email) + w.codeHint, error: this.error }, input)}
        <button class="btn" ?disabled=${this.busy}>${w.come}</button>
      </form>
      <button class="btn plain" @click=${() => this.turn("address", "#mail")}>${w.again}</button>`;
  }

  who() {
    return html`<p>${w.who}</p>
      ${this.error ? html`<p class="problem" role="alert" tabindex="-1">${this.error}</p>` : nothing}
      <ul class="rows who">${this.people.map((p) => html`<li><button class="btn plain" ?disabled=${this.busy} @click=${() => this.confirm(null, p.id)}>${w.i(p.name)}</button></li>`)}</ul>`;
  }
}

customElements.define("k-mail-door", MailDoor);
