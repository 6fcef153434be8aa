// Family and proxies: who speaks for me, for whom I do, asking somebody, taking up a code, the morning's press.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { readCode } from "../parts/code.js";
import { field } from "../parts/choice.js";
import { codeCard, usual, wishFields } from "../parts/proxy-form.js";
import { ending, proxyRow } from "../parts/proxy-row.js";
import { readProxies } from "../read/family.js";
import { readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import "../parts/greeting-box.js";

/** @typedef {import("../types").ProxyRecord} ProxyRecord */

const w = words.family;

class Family extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {ProxyRecord[]} */
  proxies = [];
  wish = usual();
  /** @type {import("../parts/proxy-form.js").Code | null} */
  code = null;
  typed = "";
  asking = "";
  busy = false;
  trouble = { ask: "", take: "", end: "" };

  /** @override */
  async load() {
    this.me = await readMe();
    this.proxies = await readProxies();
  }

  /** @param {"ask" | "take" | "end"} what @param {() => Promise<void>} work @param {string} then where the reader goes on */
  async try(what, work, then) {
    this.busy = true;
    this.draw();
    try {
      await work();
      this.trouble[what] = "";
      await run();
    } catch (error) {
      this.trouble[what] = sentenceOf(error);
    }
    this.busy = false;
    await this.refresh();
    await this.focusOn(this.trouble[what] ? `#${what}-trouble` : then);
  }

  ask() {
    return this.try("ask", async () => {
      const { code, codeUntil } = await call("POST", "/api/v1/me/proxies", this.wish);
      this.code = { code, codeUntil, name: this.wish.name };
      this.wish = usual();
    }, "#proxy-code");
  }

  take() {
    const read = readCode(this.typed);
    return this.try("take", async () => {
      if (!read || !("ticket" in read)) throw new TypeError(w.mistyped);
      await call("POST", "/api/v1/me/proxies/accept", { code: read.ticket });
      this.typed = "";
      say(w.taken);
    }, "#others");
  }

  /** @param {string} proxy */
  end(proxy) {
    this.asking = "";
    return this.try("end", async () => {
      await call("DELETE", `/api/v1/proxies/${proxy}`);
      say(w.ended);
    }, "#mine");
  }

  /** @param {ProxyRecord} p @param {string} name */
  row(p, name) {
    const side = p.represented.id === this.me?.person.id || p.person?.id === this.me?.person.id;
    const home = p.homes.some((h) => this.me?.homes.some((own) => own.household === h.household));
    const ask = async (/** @type {boolean} */ asking) => {
      this.asking = asking ? p.proxy : "";
      this.draw();
      if (asking) await this.focusOn(".confirm .plain");
    };
    const end = side || home ? ending(name, this.asking === p.proxy, ask, () => this.end(p.proxy)) : nothing;
    return proxyRow(p, name, html`${side ? nothing : html`<p class="sub">${w.housemate(p.represented.name)}</p>`}${end}`);
  }

  /** @override */
  view() {
    const { me } = this;
    if (!me) return nothing;
    const others = this.proxies.filter((p) => p.person?.id === me.person.id);
    const mine = this.proxies.filter((p) => !others.includes(p));
    return html`${this.code ? codeCard(this.code, () => this.forget()) : nothing}
      ${this.problem("end")}
      ${me.homes.length > 0 ? html`<h2 id="mine" tabindex="-1">${w.forMe}</h2>${mine.length === 0 ? html`<p>${w.forMeNone}</p>` : mine.map((p) => this.row(p, p.person?.name ?? p.name))}` : nothing}
      <h2 id="others" tabindex="-1">${w.forOthers}</h2>${others.length === 0 ? html`<p>${w.forOthersNone}</p>` : others.map((p) => this.row(p, p.represented.name))}
      ${me.homes.length > 0 && !this.code ? this.form() : nothing}
      ${this.door()}
      <k-greeting-box></k-greeting-box>`;
  }

  async forget() {
    this.code = null;
    this.draw();
    await this.focusOn("#mine");
  }

  /** @param {"ask" | "take" | "end"} what */
  problem(what) {
    return this.trouble[what] ? html`<p class="problem" role="alert" id="${what}-trouble" tabindex="-1">${this.trouble[what]}</p>` : nothing;
  }

  form() {
    return html`<section class="card"><h2>${w.ask}</h2><p>${w.askHow}</p>
      ${wishFields(this.wish, (change) => this.change(change))} ${this.problem("ask")}
      <button class="btn" ?disabled=${this.busy} @click=${() => this.ask()}>${this.busy ? w.busy : w.make}</button></section>`;
  }

  /** @param {Partial<import("../parts/proxy-form.js").Wish>} change */
  change(change) {
    this.wish = { ...this.wish, ...change };
    this.draw();
  }

  door() {
    const input = () => html`<input id="proxy-typed" class="code" .value=${this.typed} autocomplete="off" autocapitalize="characters" spellcheck="false"
      @input=${(/** @type {Event} */ e) => (this.typed = /** @type {HTMLInputElement} */ (e.target).value)} />`;
    return html`<section class="card"><h2>${w.takeUp}</h2><p>${w.takeUpHow}</p>
      ${field({ id: "proxy-typed", label: w.given }, input)} ${this.problem("take")}
      <button class="btn plain" ?disabled=${this.busy} @click=${() => this.take()}>${w.take}</button></section>`;
  }
}

customElements.define("k-family", Family);
