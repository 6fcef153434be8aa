// How to put Kairan on an iPhone's Home Screen: the installed app has its own storage, so the enrolment is carried over once
// by a six-digit number.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { time } from "../read/days.js";
import { words } from "../words/words.js";

const w = words.homescreen;

const share = html`<svg class="step-icon" viewBox="0 0 32 40" aria-hidden="true"><path d="M16 2v22M8 10l8-8 8 8M10 16H4v22h24V16h-6" /></svg>`;
const add = html`<svg class="step-icon" viewBox="0 0 32 40" aria-hidden="true"><rect x="3" y="7" width="26" height="26" rx="6" /><path d="M16 13v14M9 20h14" /></svg>`;
const icon = html`<svg class="step-icon" viewBox="0 0 32 40" aria-hidden="true"><rect x="3" y="7" width="26" height="26" rx="6" /><rect x="9" y="13" width="14" height="14" /><rect x="13" y="17" width="6" height="6" /></svg>`;

class HomeScreen extends Screen {
  code = "";
  until = "";
  trouble = "";

  async carry() {
    try {
      const { code, expiresAt } = await call("POST", "/api/v1/me/carry");
      this.code = code;
      this.until = expiresAt;
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : ".carry");
  }

  /** @override */
  view() {
    return html`<section class="card">
      <h2>${w.title}</h2>
      <p>${w.why}</p>
      <ol class="steps">
        <li>${share}<span>${w.share}</span></li>
        <li>${add}<span>${w.add}</span></li>
        <li>${icon}<span>${w.open}</span></li>
      </ol>
      ${this.code ? html`<p class="carry" tabindex="-1"><span>${w.code}</span><b>${this.code}</b><span class="sub">${w.until(time(this.until))}</span></p>` : html`<button class="btn" @click=${() => this.carry()}>${w.button}</button>`}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
    </section>`;
  }
}

customElements.define("k-homescreen", HomeScreen);
