// 町内会の役員, for the city's clerks: which associations have nobody to speak for them, and the way back in.

import { html, nothing, Screen } from "../screen.js";
import { go } from "../moving.js";
import { call, sentenceOf } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { field } from "../parts/choice.js";
import { day } from "../read/days.js";
import { readMe, worksForCity } from "../read/me.js";
import { keepSlips } from "../read/slips.js";
import { words } from "../words/words.js";

/** @typedef {{id: string, name: string, contact: string, officers: number, heardOf: string | null, state: keyof typeof words.orphans.states}} Row */
/** @typedef {Row & {seats: import("../read/handover.js").HeldSeat[]}} One */

const w = words.orphans;

class Orphans extends Screen {
  clerk = true;
  /** @type {Row[] | null} */
  rows = null;
  /** @type {One | null} */
  one = null;
  asking = "";
  named = "";
  error = "";
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.clerk = Boolean(me && worksForCity(me));
  }

  /** @override */
  async arrived() {
    if (!this.clerk) return;
    await this.try(async () => {
      if (this.params[0]) this.one = await call("GET", `/api/v1/associations/${this.params[0]}/recovery`);
      else this.rows = (await call("GET", "/api/v1/operations/associations")).associations;
    });
    if (this.one) this.titled(this.one.name);
  }

  /** @param {() => Promise<void>} work */
  async try(work) {
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      await work();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @param {string} path @param {object} body */
  slip(path, body) {
    return this.try(async () => {
      keepSlips((await callProved("POST", `/api/v1/associations/${this.params[0]}/${path}`, body)).tickets, this.one?.name ?? "");
      go("/slips");
    });
  }

  /** @param {Event} event */
  async appoint(event) {
    event.preventDefault();
    this.error = this.named.trim() ? "" : w.namedMissing;
    if (!this.error) return this.slip("recovery", { person: this.named.trim() });
    this.draw();
    await this.focusOn("#named");
  }

  /** @param {string} id */
  async ask(id) {
    this.asking = id;
    this.draw();
    await this.focusOn(id ? ".confirm button" : "h2");
  }

  /** @override */
  view() {
    if (!this.clerk) return html`<p class="empty">${w.notClerk}</p>`;
    const trouble = this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (this.one) return html`${trouble}${this.ofOne(this.one)}`;
    if (!this.rows) return this.trouble ? trouble : html`<p class="empty">${w.loading}</p>`;
    return html`${trouble}${this.ofAll(this.rows)}`;
  }

  /** @param {Row[]} rows */
  ofAll(rows) {
    if (rows.length === 0) return html`<p class="empty">${w.none}</p>`;
    const [troubled, well] = [rows.filter((r) => r.state !== "well"), rows.filter((r) => r.state === "well")];
    return html`<h2 class="title" tabindex="-1">${w.heading(rows.length, troubled.length)}</h2>
      <ul class="cards">${troubled.map((row) => this.row(row))}</ul>
      ${well.length > 0 ? html`<details><summary>${w.showWell}</summary><ul class="cards">${well.map((row) => this.row(row))}</ul></details>` : nothing}`;
  }

  /** @param {Row} row */
  row({ id, name, state, officers }) {
    return html`<li><a class=${state === "well" ? "card" : "card new"} href="/orphans/${id}">
      <span class="kind"><b>${w.states[state]}</b><span>${w.officers(officers)}</span></span><span class="title">${name}</span></a></li>`;
  }

  /** @param {One} one */
  ofOne({ state, contact, heardOf, seats }) {
    return html`<h2 class="title" tabindex="-1">${w.states[state]}</h2>
      ${w.sentences[state] ? html`<p>${w.sentences[state]}</p>` : nothing}
      <p>${w.contact(contact)}</p>
      ${heardOf ? html`<p class="sub">${w.heardOf(day(heardOf))}</p>` : nothing}
      <ul class="cards">${seats.map((seat) => html`<li class="card">
        ${seat.holders.length === 0 ? html`<p>${w.vacant(seat.title)}</p>` : seat.holders.map((p) => html`<div class="person"><p><b>${w.holder(seat.title, p.name)}</b> <span class="sub">${p.device ? w.withPhone : words.handover.noPhone}</span></p>${this.letIn(p)}</div>`)}
      </li>`)}</ul>
      ${state === "orphaned" || state === "silent" ? this.form() : nothing}`;
  }

  /** @param {import("../types").Person} p */
  letIn({ id, name }) {
    if (this.asking !== id) return html`<button class="btn small plain" @click=${() => this.ask(id)}>${w.slip}<span class="hidden">${name}</span></button>`;
    return html`<div class="confirm"><p>${w.slipSure(name)}</p><p class="two">
      <button class="btn small" ?disabled=${this.busy} @click=${() => this.slip("recovery/slips", { person: id })}>${w.slip}</button><button data-back class="btn small plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }

  form() {
    return html`<form class="card" novalidate @submit=${(/** @type {Event} */ e) => this.appoint(e)}>
      <h3>${w.appoint}</h3><p>${w.appointHow}</p>
      ${field({ id: "named", label: w.named, error: this.error }, (described, invalid) => html`<input id="named" maxlength="60" autocomplete="off" .value=${this.named} @input=${(/** @type {Event} */ e) => {
        this.named = /** @type {HTMLInputElement} */ (e.target).value;
      }} aria-describedby=${described} aria-invalid=${invalid} />`)}
      <button class="btn" ?disabled=${this.busy}>${w.make}</button>
    </form>`;
  }
}

customElements.define("k-orphans", Orphans);
