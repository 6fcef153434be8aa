// Notices on LINE: what the server knows of it, the six digits that tie it to this person, and the way out.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { time } from "../read/days.js";
import { words } from "../words/words.js";

/** @typedef {{account: string | null, state: "none" | "live" | "off" | "blocked"}} Line */
/** @typedef {{code: string, expiresAt: string, account: string, link: string}} Code */

const w = words.line;
const PATH = "/api/v1/me/line";
/** Where no town here is on LINE, nothing is asked. */
const offered = document.querySelector("meta[name=kairan-line]") !== null;

class LineBox extends Screen {
  /** @type {Line | null} */
  line = null;
  /** @type {Code | null} */
  code = null;
  asking = false;
  trouble = "";
  /** People go to LINE and come back. */
  #back = () => void (this.code && document.visibilityState === "visible" && this.look());

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#back);
  }

  /** @override */
  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#back);
    super.disconnectedCallback();
  }

  /** Without a signal there is nothing to say of LINE. @override */
  async arrived() {
    if (!offered) return;
    try {
      this.line = await call("GET", PATH);
    } catch {
      return;
    }
    this.draw();
  }

  /** @param {() => Promise<void>} work */
  async try(work) {
    try {
      await work();
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : ".line-state");
  }

  look() {
    return this.try(async () => {
      this.line = await call("GET", PATH);
      if (this.line?.state === "live") this.code = null;
    });
  }

  begin() {
    return this.try(async () => {
      this.code = await call("POST", PATH);
    });
  }

  /** @param {boolean} on */
  turn(on) {
    return this.try(async () => {
      await call("PUT", "/api/v1/me/preferences", { channels: { line: on } });
      this.line = await call("GET", PATH);
    });
  }

  unlink() {
    this.asking = false;
    return this.try(async () => {
      await call("DELETE", PATH);
      this.code = null;
      this.line = await call("GET", PATH);
    });
  }

  /** @param {boolean} asking */
  async ask(asking) {
    this.asking = asking;
    this.draw();
    await this.focusOn(asking ? ".confirm button" : ".line-state");
  }

  /** @override */
  view() {
    const { line } = this;
    if (!line?.account) return nothing;
    return html`<section class="card">
      <h2>${w.title}</h2>
      <p class="line-state" tabindex="-1">${w.state[line.state]}</p>
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${line.state === "none" ? this.way() : this.tied(line)}
    </section>`;
  }

  way() {
    const { code } = this;
    if (!code) return html`<button class="btn" @click=${() => this.begin()}>${w.begin}</button>`;
    return html`<ol>
        <li>${w.open(code.account)}</li>
        <li>${w.send}</li>
        <li>${w.back}</li>
      </ol>
      <p class="carry"><span>${w.code}</span><b>${code.code}</b><span class="sub">${w.until(time(code.expiresAt))}</span></p>
      <p><a class="btn" href=${code.link} target="_blank" rel="noopener">${w.link}</a></p>
      <button class="btn plain" @click=${() => this.look()}>${w.look}</button>`;
  }

  /** @param {Line} line */
  tied(line) {
    if (this.asking) {
      return html`<div class="confirm"><p>${w.unlinkSure}</p><p class="two">
        <button class="btn danger" @click=${() => this.unlink()}>${w.unlink}</button>
        <button class="btn plain" @click=${() => this.ask(false)}>${words.keep}</button></p></div>`;
    }
    return html`${line.state === "off" ? html`<button class="btn" @click=${() => this.turn(true)}>${w.on}</button>` : nothing}
      <button class="btn plain" @click=${() => this.ask(true)}>${w.unlink}</button>`;
  }
}

customElements.define("k-line", LineBox);
