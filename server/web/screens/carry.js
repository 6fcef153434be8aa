// となりの人の分を届ける: reads a neighbour's bundle by the camera, keeps it, and hands it in where there is a signal.

import { html, nothing, Screen } from "../screen.js";
import { carried, keep } from "../data/bundles/carrying.js";
import { read } from "../data/bundles/envelope.js";
import { Frames } from "../data/bundles/frames.js";
import { readPhoto, watch } from "../parts/camera.js";
import { field } from "../parts/choice.js";
import { dayTime } from "../read/days.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../data/bundles/carrying.js").Carried} Carried */

const w = words.bundles.carry;

class Carry extends Screen {
  /** @type {Carried[]} */
  held = [];
  open = false;
  trouble = "";
  /** Put together over several photographs, too. */
  frames = new Frames();
  /** @type {() => void} */
  #close = () => {};

  /** @override */
  async load() {
    this.held = await carried();
  }

  async look() {
    this.trouble = "";
    this.open = true;
    this.draw();
    const video = /** @type {HTMLVideoElement} */ (this.querySelector("video"));
    const close = await watch(video, (text) => this.see(text));
    if (typeof close === "string") {
      this.open = false;
      this.trouble = close === "refused" ? w.refusedCamera : w.noCamera;
      this.draw();
      return this.focusOn(".problem");
    }
    this.#close = close;
    if (!this.open || !this.isConnected) close();
  }

  close() {
    this.#close();
    this.open = false;
    this.draw();
  }

  /** @override */
  disconnectedCallback() {
    this.#close();
    super.disconnectedCallback();
  }

  /** @param {string} text @returns {Promise<boolean>} whether there is nothing more to be read */
  async see(text) {
    const whole = await this.frames.add(text);
    if (typeof whole !== "string") await this.take(whole);
    else this.trouble = whole === "more" ? "" : w.wrong(whole);
    this.draw();
    return typeof whole !== "string";
  }

  /** @param {Uint8Array<ArrayBuffer>} bundle */
  async take(bundle) {
    const became = await keep(bundle);
    const said = read(bundle);
    this.open = false;
    this.trouble = became === "kept" ? "" : w.wrong(became);
    if (became === "kept" && typeof said !== "string") say(w.kept(said.count));
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : "#held");
  }

  /** @param {Event & {target: HTMLInputElement}} event */
  async photo({ target }) {
    for (const file of target.files ?? []) {
      const text = await readPhoto(file);
      if (text) await this.see(text);
      else this.trouble = w.noCode;
    }
    target.value = "";
    this.draw();
    if (this.trouble) await this.focusOn(".problem");
  }

  /** @override */
  view() {
    return html`<p>${w.how}</p>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${this.open ? this.viewfinder() : html`<p><button class="btn" @click=${() => this.look()}>${w.camera}</button></p>`}
      ${this.frames.read > 0 ? html`<p role="status">${w.progress(this.frames.read, this.frames.total)}</p>` : nothing}
      ${field({ id: "photo", label: w.photo, hint: w.photoHint }, (described) => html`<input id="photo" type="file" accept="image/*" multiple aria-describedby=${described} @change=${(/** @type {any} */ e) => this.photo(e)} />`)}
      <p class="sub">${w.private}</p>
      <section><h2 id="held" tabindex="-1">${w.heading}</h2>
        ${this.held.length === 0 ? html`<p class="empty">${w.empty}</p>` : html`<ul class="rows">${this.held.map(one)}</ul>`}</section>`;
  }

  viewfinder() {
    return html`<p role="status">${w.looking}</p>
      <video class="viewfinder" playsinline muted autoplay aria-label=${w.looking}></video>
      <p><button class="btn plain" @click=${() => this.close()}>${w.close}</button></p>`;
  }
}

/** @param {Carried} c */
function one(c) {
  return html`<li><p><b>${w.one(dayTime(new Date(c.at).toISOString()), c.count)}</b></p><p>${w.state[c.state]} ${c.sentence}</p>
    ${c.state === "waiting" ? html`<p class="sub">${w.until(dayTime(new Date(c.expires).toISOString()))}</p>` : nothing}</li>`;
}

customElements.define("k-carry", Carry);
