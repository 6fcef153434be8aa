// Enrolment: a code from a slip or a QR, one press, no password. What is kept and who sees it is said before the press.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { isApple, isInstalled } from "../data/push.js";
import { enrol, forgetWhy, leftBecause } from "../data/session.js";
import { run } from "../data/sync.js";
import { readCode } from "../parts/code.js";
import { field } from "../parts/choice.js";
import { deviceNumber } from "../parts/number.js";
import { readMe } from "../read/me.js";
import { privacyText } from "./privacy.js";
import { words } from "../words/words.js";
import { deviceName } from "../parts/device-name.js";
import "../parts/homescreen.js";
import "../parts/mail-door.js";
import "../parts/passkey-door.js";
import "../parts/push-box.js";

const w = words.enrol;

class Enrol extends Screen {
  // The code of a QR stays in the fragment: it reaches no server log. A press, not the visit, enrols.
  typed = location.hash.slice(1);
  scanned = readCode(this.typed) !== null;
  error = "";
  busy = false;
  /** @type {import("../types").Me | null} */
  me = null;
  came = false;

  /** Who somebody is has come with the enrolment; where they live comes with the first page. @override */
  async load() {
    if (this.came) this.me = await readMe();
  }

  /** @param {SubmitEvent} event */
  async send(event) {
    event.preventDefault();
    const proof = readCode(this.typed);
    this.error = proof ? "" : w.unreadable;
    if (proof) await this.enrol(proof);
    this.draw();
    await this.focusOn(this.me ? "h2" : "#code");
  }

  /** @param {NonNullable<ReturnType<typeof readCode>>} proof */
  async enrol(proof) {
    this.busy = true;
    this.draw();
    try {
      await enrol(proof, deviceName());
      await this.welcome();
    } catch (error) {
      this.error = sentenceOf(error);
    }
    this.busy = false;
  }

  /** They are in, by whichever way. */
  async welcome() {
    forgetWhy();
    history.replaceState(null, "", "/enrol");
    this.came = true;
    this.me = await readMe();
    run();
  }

  async cameByItself() {
    await this.welcome();
    this.draw();
    await this.focusOn("h2");
  }

  /** @override */
  view() {
    return this.me ? this.done(this.me) : this.form();
  }

  form() {
    const left = leftBecause();
    const input = (/** @type {string} */ described, /** @type {string} */ invalid) =>
      html`<input id="code" class="code" .value=${this.typed} @input=${(/** @type {InputEvent} */ e) => (this.typed = /** @type {HTMLInputElement} */ (e.target).value)}
        autocomplete="off" autocapitalize="characters" spellcheck="false" required aria-describedby=${described} aria-invalid=${invalid} />`;
    return html`${left ? html`<p class="strip">${w.left[left]}</p>` : nothing}
      <p>${this.scanned ? w.scanned : w.intro}</p>
      <form class="card" novalidate @submit=${(/** @type {SubmitEvent} */ e) => this.send(e)}>
        ${field({ id: "code", label: w.code, hint: w.hint, error: this.error }, input)}
        <p class="sub">${words.privacy.agreeing}</p>
        <button class="btn" ?disabled=${this.busy}>${this.busy ? w.busy : w.button}</button>
      </form>
      ${isApple() && isInstalled() ? html`<p class="card">${w.carryHere}</p>` : nothing}
      ${this.scanned ? nothing : html`<div @k-came=${() => this.cameByItself()}><k-mail-door></k-mail-door><k-passkey-door></k-passkey-door></div>`}
      <section class="card">${privacyText()}</section>`;
  }

  /** @param {import("../types").Me} me */
  done(me) {
    const [home] = me.homes;
    return html`<section class="card">
        <h2 tabindex="-1">${w.welcome(me.person.name)}</h2>
        ${home ? html`<p>${w.home(home.associationName, home.blockName, home.householdName)}</p>` : nothing}
        ${deviceNumber(me.device.number)}
        <p class="sub">${w.numberHint}</p>
        <p class="sub">${w.notYou}</p>
      </section>
      ${isApple() && !isInstalled() ? html`<k-homescreen></k-homescreen>` : html`<k-push></k-push>`}
      <div class="actions"><a class="btn" href="/">${w.start}</a></div>`;
  }
}

customElements.define("k-enrol", Enrol);
