// A screen is a light-DOM custom element: it reads from the store, draws with lit-html, and reads again after each change.

import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import { onChange } from "./data/store.js";

export { html, nothing };

export class Screen extends HTMLElement {
  /** What the route captured. @type {string[]} */
  params = [];
  /** @type {() => void} */
  #stop = () => {};
  /** @type {Promise<void> | null} */
  #reading = null;
  #again = false;
  /** The first drawing. @type {Promise<void>} */
  shown = Promise.resolve();

  connectedCallback() {
    const back = () => this.arrived();
    const stop = onChange(() => this.refresh());
    addEventListener("k-back", back);
    this.#stop = () => {
      stop();
      removeEventListener("k-back", back);
    };
    this.shown = this.refresh();
    this.shown.then(back);
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** Reads what the view needs; from the phone only. */
  async load() {}

  /** After the first drawing, and when the server answers again after a failure: the place to ask the network. @returns {void | Promise<void>} */
  arrived() {}

  /** The reader works for another association from now on; a screen of it is made anew. What must go along is kept. @param {string} _association @returns {Promise<void>} */
  async workFor(_association) {}

  /** The screen itself has chosen for which association one works. */
  hatChanged() {
    this.dispatchEvent(new CustomEvent("k-hat", { bubbles: true }));
  }

  /** @returns {unknown} */
  view() {
    return nothing;
  }

  /** Reads and draws. Changes that come while reading are read once more, not in parallel; the promise covers that too. */
  refresh() {
    this.#again = true;
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read() {
    while (this.#again) {
      this.#again = false;
      await this.load();
    }
    this.#reading = null;
    this.draw();
  }

  draw() {
    if (this.isConnected) render(this.view(), this);
  }

  /** @param {string} text the page's heading, where it depends on what was read */
  titled(text) {
    this.dispatchEvent(new CustomEvent("k-title", { bubbles: true, detail: text }));
  }

  /** Moves the reader to what just appeared. @param {string} selector */
  async focusOn(selector) {
    await Promise.resolve();
    /** @type {HTMLElement | null} */ (this.querySelector(selector))?.focus();
  }
}
