// Being told: the state of web push on this phone in words, and the button that changes it.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { pushState, stopPush, subscribe } from "../data/push.js";
import { meta } from "../data/store.js";
import { words } from "../words/words.js";

const w = words.push;

class PushBox extends Screen {
  /** @type {import("../data/push.js").PushState | null} */
  state = null;
  wanted = false;
  busy = false;
  trouble = "";

  /** @override */
  async load() {
    this.wanted = Boolean(await meta("pushWanted"));
    if (this.state !== "silent") this.state = await pushState();
  }

  /** @param {() => Promise<import("../data/push.js").PushState>} work */
  async try(work) {
    this.busy = true;
    this.trouble = "";
    this.draw();
    try {
      this.state = await work();
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : ".push-state");
  }

  turnOn() {
    return this.try(subscribe);
  }

  turnOff() {
    return this.try(async () => {
      await stopPush();
      return "off";
    });
  }

  /** @override */
  view() {
    if (!this.state) return nothing;
    const stopped = this.state === "off" && this.wanted;
    return html`<section class="card">
      <h2>${w.title}</h2>
      <p class="push-state" tabindex="-1">${stopped ? w.stopped : w.state[this.state]}</p>
      ${this.button()}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
    </section>`;
  }

  button() {
    if (this.busy) return html`<p role="status">${w.asking}</p>`;
    if (this.state === "off") return html`<button class="btn" @click=${() => this.turnOn()}>${w.on}</button>`;
    if (this.state === "silent") return html`<button class="btn plain" @click=${() => this.turnOn()}>${w.again}</button>`;
    if (this.state === "on") return html`<button class="btn plain" @click=${() => this.turnOff()}>${w.off}</button>`;
    return nothing;
  }
}

customElements.define("k-push", PushBox);
