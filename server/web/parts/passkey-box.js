// Passkeys in the settings of those who work for the city: which there are, one more, one less.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { canHoldPasskeys, makePasskey } from "../data/passkeys.js";
import { day } from "../read/days.js";
import { readMe, worksForCity } from "../read/me.js";
import { deviceName } from "./device-name.js";
import { words } from "../words/words.js";

/** @typedef {{id: string, name: string, createdAt: string, usedAt: string | null}} Passkey */

const w = words.passkeys;
const PATH = "/api/v1/me/passkeys";

class PasskeyBox extends Screen {
  isOfTheCity = false;
  /** @type {Passkey[] | null} null: not known without a signal */
  passkeys = null;
  asking = "";
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.isOfTheCity = me !== null && worksForCity(me);
  }

  /** @override */
  async arrived() {
    if (!this.isOfTheCity) return;
    try {
      this.passkeys = (await call("GET", PATH)).passkeys;
    } catch {
      return;
    }
    this.draw();
  }

  /** @param {() => Promise<unknown>} work */
  async try(work) {
    this.asking = "";
    try {
      await work();
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.arrived();
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : "h2");
  }

  /** @param {string} id */
  async ask(id) {
    this.asking = id;
    this.draw();
    await this.focusOn(id ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    if (!this.isOfTheCity || this.passkeys === null) return nothing;
    return html`<section class="card">
      <h2 tabindex="-1">${w.title}</h2>
      <p>${this.passkeys.length === 0 ? w.none : w.how}</p>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <ul class="rows">${this.passkeys.map((p) => html`<li><p><b>${p.name}</b><span class="sub">${w.made(day(p.createdAt))}</span></p>${this.removal(p)}</li>`)}</ul>
      ${canHoldPasskeys ? html`<button class="btn" @click=${() => this.try(() => makePasskey(deviceName()))}>${w.make}</button>` : html`<p>${w.cannot}</p>`}
    </section>`;
  }

  /** @param {Passkey} passkey */
  removal(passkey) {
    if (this.asking !== passkey.id) return html`<button class="btn plain" @click=${() => this.ask(passkey.id)}>${w.drop}</button>`;
    return html`<div class="confirm"><p>${w.dropSure}</p><p class="two">
      <button class="btn danger" @click=${() => this.try(() => call("DELETE", `${PATH}/${passkey.id}`))}>${w.drop}</button>
      <button class="btn plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-passkeys", PasskeyBox);
