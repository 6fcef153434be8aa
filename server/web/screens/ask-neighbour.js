// となりの人に頼む: what waits on this phone as QR codes, for the phone of somebody who goes where there is a signal.

import { html, nothing, Screen } from "../screen.js";
import { bundle, carriable } from "../data/bundles/asking.js";
import { able } from "../data/bundles/device-key.js";
import { toFrames } from "../data/bundles/frames.js";
import { all } from "../data/store.js";
import { drawQr, squaresOf } from "../parts/qr-code.js";
import { dayTime } from "../read/days.js";
import { words } from "../words/words.js";

/** @typedef {{by: {name: string}, presses: number, at: string}} Carriage */

const w = words.bundles.ask;
const EVERY_MS = 250;

class AskNeighbour extends Screen {
  waiting = 0;
  count = 0;
  expires = "";
  /** One, or several that are shown in turn. @type {import("../parts/qr-code.js").Squares[]} */
  codes = [];
  place = 0;
  moving = true;
  /** @type {Carriage[]} */
  carriages = [];
  #made = "";
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @override */
  async load() {
    const waiting = await carriable();
    this.waiting = waiting.length;
    const mids = waiting.map((e) => e.mid).join();
    if (mids !== this.#made) await this.make(waiting);
    this.#made = this.codes.length > 0 ? mids : "";
    this.carriages = (await all("carriages")).map(({ d }) => /** @type {Carriage} */ (d)).sort((a, b) => b.at.localeCompare(a.at));
  }

  /** @param {import("../types").OutboxEntry[]} waiting */
  async make(waiting) {
    const made = waiting.length > 0 && able() ? await bundle(waiting) : null;
    this.codes = made ? (await toFrames(made.bytes)).map(squaresOf) : [];
    this.count = made?.count ?? 0;
    this.expires = made ? new Date(made.expires).toISOString() : "";
    this.place = 0;
    this.move(this.codes.length > 1);
  }

  /** @param {boolean} moving */
  move(moving) {
    clearInterval(this.#timer);
    this.moving = moving;
    if (moving) this.#timer = setInterval(() => this.next(), EVERY_MS);
    this.draw();
  }

  next() {
    this.place = (this.place + 1) % this.codes.length;
    this.draw();
  }

  /** @override */
  disconnectedCallback() {
    clearInterval(this.#timer);
    super.disconnectedCallback();
  }

  /** @override */
  draw() {
    super.draw();
    const canvas = this.querySelector("canvas");
    const code = this.codes[this.place];
    if (canvas && code) drawQr(canvas, code, canvas.parentElement?.clientWidth ?? 320);
  }

  /** @override */
  view() {
    return html`${this.bundle()} ${this.carriedBy()}
      <p>${w.carryToo}</p><p><a class="btn plain" href="/carry">${words.bundles.carryTitle}</a></p>`;
  }

  bundle() {
    if (this.waiting === 0) return html`<p class="empty">${w.empty}</p>`;
    if (!able()) return html`<p class="problem">${w.cannot}</p>`;
    if (this.codes.length === 0) return html`<p class="problem">${w.notYet}</p>`;
    return html`<h2>${w.holds(this.count)}</h2>
      <p>${w.show}</p>
      <p class="qr"><canvas role="img" aria-label=${w.label(this.count)}></canvas></p>
      ${this.codes.length > 1 ? this.turning() : nothing}
      <ol>${w.how.map((step) => html`<li>${step}</li>`)}</ol>
      <p>${w.until(dayTime(this.expires))}</p>
      ${this.waiting > this.count ? html`<p>${w.rest(this.waiting - this.count)}</p>` : nothing}
      <p>${w.twice}</p><p class="sub">${w.private}</p>`;
  }

  turning() {
    return html`<p>${w.moving(this.place + 1, this.codes.length)}</p>
      <p class="two"><button class="btn plain" @click=${() => this.move(!this.moving)}>${this.moving ? w.stop : w.move}</button>
      ${this.moving ? nothing : html`<button class="btn plain" @click=${() => this.next()}>${w.next}</button>`}</p>`;
  }

  carriedBy() {
    if (this.carriages.length === 0) return nothing;
    return html`<section class="card"><h2>${w.carriedBy}</h2>
      <ul>${this.carriages.slice(0, 10).map((c) => html`<li>${w.by(dayTime(c.at), c.by.name, c.presses)}</li>`)}</ul></section>`;
  }
}

customElements.define("k-ask-neighbour", AskNeighbour);
