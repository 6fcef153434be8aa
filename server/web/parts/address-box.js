// One's own mail, in the settings: how it stands, on and off; an address asked for, confirmed by the digits mailed there.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { say } from "../say.js";
import { field } from "./choice.js";
import { words } from "../words/words.js";

/** @typedef {{state: "none" | "live" | "stopped" | "failing" | "resting", topics: string[]}} Mail */

const w = words.address;
const PATH = "/api/v1/me/mail";

class AddressBox extends Screen {
  /** @type {"closed" | "address" | "code"} */
  step = "closed";
  email = "";
  code = "";
  error = "";
  /** @type {Mail | null} */
  mail = null;
  trouble = "";

  /** Without a signal nothing is said of it. @override */
  async arrived() {
    this.mail = await call("GET", PATH).catch(() => null);
    this.draw();
  }

  /** @param {boolean} on */
  async receive(on) {
    try {
      await call("PUT", "/api/v1/me/preferences", { channels: { mail: on } });
      this.mail = await call("GET", PATH);
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : ".mail-state");
  }

  /** @param {AddressBox["step"]} step @param {string} focus */
  async turn(step, focus) {
    this.step = step;
    this.error = "";
    this.draw();
    await this.focusOn(focus);
  }

  /** @param {SubmitEvent} event @param {string} focus @param {() => Promise<void>} work */
  async send(event, focus, work) {
    event.preventDefault();
    try {
      await work();
    } catch (error) {
      this.error = sentenceOf(error);
      this.draw();
      await this.focusOn(focus);
    }
  }

  /** @param {SubmitEvent} event */
  ask(event) {
    return this.send(event, "#own-mail", async () => {
      await call("POST", "/api/v1/me/addresses", { email: this.email });
      await this.turn("code", "#own-code");
    });
  }

  /** @param {SubmitEvent} event */
  confirm(event) {
    return this.send(event, "#own-code", async () => {
      await call("POST", "/api/v1/me/addresses/confirm", { email: this.email, code: this.code });
      this.code = "";
      say(w.kept(this.email));
      await this.arrived();
      await this.turn("closed", "button");
    });
  }

  /** @override */
  view() {
    return html`<section class="card"><h2>${w.title}</h2>${this.mail ? this.standing(this.mail) : nothing}${this.body()}</section>`;
  }

  /** @param {Mail} mail */
  standing({ state, topics }) {
    if (state === "none") return nothing;
    const again = state === "stopped" || topics.length > 0;
    return html`<p class="mail-state" tabindex="-1">${w.state[state]}</p>
      ${topics.length > 0 ? html`<p>${w.topics(topics.map((t) => words.topics[/** @type {keyof typeof words.topics} */ (t)]).join(words.comma))}</p>` : nothing}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${again ? html`<button class="btn" @click=${() => this.receive(true)}>${state === "stopped" ? w.on : w.all}</button>` : nothing}
      ${state === "live" ? html`<button class="btn plain" @click=${() => this.receive(false)}>${w.off}</button>` : nothing}`;
  }

  body() {
    if (this.step === "closed") return html`<p>${w.how}</p><button class="btn plain" @click=${() => this.turn("address", "#own-mail")}>${w.open}</button>`;
    const isCode = this.step === "code";
    const id = isCode ? "own-code" : "own-mail";
    const set = (/** @type {string} */ text) => (isCode ? (this.code = text) : (this.email = text.trim()));
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) =>
      html`<input id=${id} class=${isCode ? "code" : ""} type=${isCode ? "text" : "email"} inputmode=${isCode ? "numeric" : "email"} .value=${isCode ? this.code : this.email}
        @input=${(/** @type {InputEvent} */ e) => set(/** @type {HTMLInputElement} */ (e.target).value)} autocomplete=${isCode ? "one-time-code" : "email"}
        required aria-describedby=${described} aria-invalid=${invalid} />`;
    const submit = (/** @type {SubmitEvent} */ e) => (isCode ? this.confirm(e) : this.ask(e));
    return html`<form novalidate @submit=${submit}>
        ${field({ id, label: isCode ? w.code : w.address, hint: isCode ? w.sent(this.email) + w.codeHint : "", error: this.error }, input)}
        <button class="btn">${isCode ? w.confirm : w.ask}</button>
      </form>
      <button class="btn plain" @click=${() => this.turn("closed", "button")}>${w.stop}</button>`;
  }
}

customElements.define("k-address", AddressBox);
