// What is stored of me: given to me as a file, or erased, after a week in which it can be taken back.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { get } from "../data/store.js";
import { run } from "../data/sync.js";
import { dayTime } from "../read/days.js";
import { readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { save } from "./save.js";

const w = words.records;
const ERASURE = "/api/v1/me/erasure";

class MyRecords extends Screen {
  /** When it will be done; "" where it was not asked for. */
  erasedAt = "";
  officer = false;
  asking = false;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    /** @type {{at: string} | undefined} */
    const erasure = me ? await get("erasures", me.person.id) : undefined;
    this.erasedAt = erasure?.at ?? "";
    this.officer = Boolean(me && me.seats.length > 0);
  }

  /** @param {() => Promise<unknown>} work @param {string} sentence */
  async try(work, sentence) {
    this.busy = true;
    this.draw();
    try {
      await work();
      this.trouble = "";
      this.asking = false;
      say(sentence);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    await this.refresh();
    if (this.trouble) await this.focusOn(".problem");
  }

  async receive() {
    await this.try(async () => save("kairan-my-data.json", await call("GET", "/api/v1/me/export")), w.exported);
    if (this.trouble) await this.focusOn(".problem");
  }

  async erase() {
    await this.try(async () => {
      await call("POST", ERASURE, { confirm: true });
      await run();
    }, w.eraseAsked);
    await this.focusOn(this.trouble ? ".problem" : "#erasure");
  }

  async keep() {
    await this.try(async () => {
      await call("DELETE", ERASURE);
      await run();
    }, w.kept);
    await this.focusOn(this.trouble ? ".problem" : "#erasure");
  }

  /** @param {boolean} asking */
  async ask(asking) {
    this.asking = asking;
    this.draw();
    await this.focusOn(asking ? ".confirm button" : "#erasure");
  }

  /** @override */
  view() {
    return html`${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <section class="card"><h2>${w.export}</h2><p>${w.exportHow}</p>
        <button class="btn" ?disabled=${this.busy} @click=${() => this.receive()}>${w.exportButton}</button></section>
      <section class="card"><h2 id="erasure" tabindex="-1">${w.erase}</h2>${this.erasedAt ? this.waiting() : this.erasing()}</section>`;
  }

  waiting() {
    return html`<p class="due">${w.eraseOn(dayTime(this.erasedAt))}</p>
      <button class="btn" ?disabled=${this.busy} @click=${() => this.keep()}>${w.keep}</button>`;
  }

  erasing() {
    if (this.officer) return html`<p>${w.eraseSeat}</p>`;
    return html`<ul>${w.eraseHow.map((line) => html`<li>${line}</li>`)}</ul>
      ${this.asking
        ? html`<div class="confirm"><p>${w.eraseSure}</p><p class="two">
            <button class="btn danger" ?disabled=${this.busy} @click=${() => this.erase()}>${w.eraseButton}</button>
            <button data-back class="btn plain" @click=${() => this.ask(false)}>${words.keep}</button></p></div>`
        : html`<button class="btn plain" @click=${() => this.ask(true)}>${w.eraseButton}</button>`}`;
  }
}

customElements.define("k-my-records", MyRecords);
