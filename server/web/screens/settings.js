// Settings: being told, what still waits to be sent, my phones, leaving.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { entries } from "../data/outbox.js";
import { isApple, isInstalled } from "../data/push.js";
import { signOut } from "../data/session.js";
import { run } from "../data/sync.js";
import { deviceNumber } from "../parts/number.js";
import { day, dayTime } from "../read/days.js";
import { readConsent } from "../read/consent.js";
import { readDevices, readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import "../parts/address-box.js";
import "../parts/homescreen.js";
import "../parts/line-box.js";
import "../parts/passkey-box.js";
import "../parts/preferences.js";
import "../parts/push-box.js";

/** @typedef {import("../types").OwnDevice} OwnDevice */

const w = words.settings;

class Settings extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {import("../types").OutboxEntry[]} */
  waiting = [];
  /** @type {OwnDevice[]} */
  devices = [];
  /** @type {Awaited<ReturnType<typeof readConsent>>} */
  consent = null;
  trouble = "";
  asking = "";

  /** @override */
  async load() {
    this.me = await readMe();
    this.waiting = (await entries()).filter((e) => e.state === "waiting");
    this.consent = this.me && (await readConsent(this.me));
    this.devices = this.me ? await readDevices(this.me) : [];
  }

  /** @param {string} id */
  async ask(id) {
    this.asking = id;
    this.draw();
    await this.focusOn(".confirm button");
  }

  /** @param {OwnDevice} device */
  async drop(device) {
    this.asking = "";
    try {
      if (device.current) await signOut(device.id);
      else await call("DELETE", `/api/v1/me/devices/${device.id}`);
      await run();
      this.trouble = "";
      say(w.removed(device.name));
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @override */
  view() {
    const { me } = this;
    if (!me) return nothing;
    return html`<section class="card">
        <h2>${me.person.name}</h2>
        ${me.homes.map((h) => html`<p>${words.enrol.home(h.associationName, h.blockName, h.householdName)}</p>`)}
        ${me.acts.map((h) => html`<p>${words.family.of(h.forWhom)}</p>`)}
        ${me.seats.map((s) => html`<p class="sub">${w.seat(s.title)}</p>`)} ${me.coming.map((s) => html`<p class="sub">${words.handover.coming(day(s.begins ?? ""), s.title)}</p>`)} ${deviceNumber(me.device.number)}
      </section>
      <section class="card"><h2>${w.letters}</h2><p>${w.lettersHow}</p></section>
      <k-push></k-push>
      <k-line></k-line>
      <k-address></k-address>
      <k-passkeys></k-passkeys>
      <k-preferences></k-preferences>
      <section class="card"><h2>${words.family.title}</h2><p>${words.family.settings}</p><p><a class="btn plain" href="/family">${words.family.link}</a></p></section>
      ${isApple() && !isInstalled() ? html`<k-homescreen></k-homescreen>` : nothing}
      ${this.outbox()} ${this.phones(me)}
      <section class="card"><h2>${words.privacy.link}</h2>
        <p>${this.consent?.agreed ? words.privacy.agreedOn(this.consent.agreed.version, day(this.consent.agreed.at)) : nothing} ${this.consent?.open ? words.privacy.notAgreed : nothing}</p>
        <p>${words.looks.settings}</p><p><a class="btn plain" href="/looks">${words.looks.link}</a></p></section>`;
  }

  outbox() {
    return html`<section class="card">
      <h2>${w.outbox}</h2>
      ${this.waiting.length === 0 ? html`<p>${w.outboxEmpty}</p>` : html`<ul>${this.waiting.map((e) => html`<li>${w.entry(e.t, dayTime(e.at))}</li>`)}</ul>`}
      <p class="two">${this.waiting.length > 0 ? html`<a class="btn plain" href="/ask">${words.bundles.askTitle}</a>` : nothing}<a class="btn plain" href="/carry">${words.bundles.carryTitle}</a></p>
    </section>`;
  }

  /** @param {import("../types").Me} me */
  phones(me) {
    const own = this.devices.find((d) => d.current) ?? { ...me.device, usedWeek: "", current: true };
    const others = this.devices.filter((d) => !d.current);
    return html`<section class="card">
        <h2>${w.devices}</h2>
        ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
        ${others.length === 0 && !this.trouble ? html`<p>${w.noOther}</p>` : nothing}
        <ul class="rows">${others.map((d) => html`<li><p><b>${w.device(d.name, d.number)}</b><span class="sub">${w.seen(day(d.usedWeek))}</span></p>${this.removal(d, w.remove, w.removeSure(d.name))}</li>`)}</ul>
      </section>
      <section class="card"><h2>${w.leave}</h2><p>${this.waiting.length > 0 ? w.leaveWaiting(this.waiting.length) : w.leaveHow}</p>${this.removal(own, w.leaveButton, w.leaveSure)}</section>`;
  }

  /** @param {OwnDevice} device @param {string} label @param {string} sure */
  removal(device, label, sure) {
    if (this.asking !== device.id) return html`<button class="btn plain" @click=${() => this.ask(device.id)}>${label}</button>`;
    return html`<div class="confirm"><p>${sure}</p><p class="two">
      <button class="btn danger" @click=${() => this.drop(device)}>${label}</button>
      <button class="btn plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-settings", Settings);
