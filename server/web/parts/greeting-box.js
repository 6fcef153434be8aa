// Whether one wants to be asked each day: from when on, on a journey, not at all.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { run } from "../data/sync.js";
import { day, tokyoDay } from "../read/days.js";
import { readGreeting, readProxies } from "../read/family.js";
import { readMe } from "../read/me.js";
import { say } from "../say.js";
import { words } from "../words/words.js";
import { field } from "./choice.js";

const w = words.family.greeting;
const TIMES = Array.from({ length: 37 }, (_, n) => `${String(5 + Math.floor(n / 2)).padStart(2, "0")}:${n % 2 ? "30" : "00"}`);

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

class GreetingBox extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {import("../read/family.js").GreetingToday | null} */
  greeting = null;
  heard = false;
  /** What was chosen and not kept yet. @type {{until?: string, awayTo?: string}} */
  chosen = {};
  trouble = "";

  /** @override */
  async load() {
    this.me = await readMe();
    this.greeting = this.me && (await readGreeting(this.me));
    this.heard = (await readProxies()).some((p) => p.represented.id === this.me?.person.id && p.person && p.hearAfter !== null);
  }

  /** @param {string | null} until @param {string | null} awayTo @param {string} done */
  async keep(until, awayTo, done) {
    try {
      await call("PUT", "/api/v1/me/greeting", { until, awayTo });
      await run();
      this.chosen = {};
      this.trouble = "";
      say(done);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : ".greeting-state");
  }

  /** @override */
  view() {
    if (!this.me || this.me.homes.length === 0) return nothing;
    const g = this.greeting;
    return html`<section class="card">
      <h2>${w.title}</h2>
      <p>${w.how}</p>
      <p class="greeting-state" tabindex="-1">${g ? (g.away ? w.awayTo(day(g.awayTo ?? "")) : w.by(g.until)) : w.off}</p>
      ${this.heard ? nothing : html`<p class="sub">${w.nobody}</p>`}
      ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      ${g ? this.on(g) : html`<button class="btn plain" @click=${() => this.keep("10:00", null, w.kept)}>${w.begin}</button>`}
    </section>`;
  }

  /** @param {import("../read/family.js").GreetingToday} g */
  on(g) {
    const until = this.chosen.until ?? g.until;
    const awayTo = this.chosen.awayTo ?? g.awayTo ?? "";
    return html`${field({ id: "greeting-until", label: w.until }, () =>
        html`<select id="greeting-until" @change=${(/** @type {Event} */ e) => (this.chosen.until = valueOf(e))}>
          ${TIMES.map((each) => html`<option value=${each} ?selected=${each === until}>${w.by(each)}</option>`)}</select>`)}
      ${field({ id: "greeting-away", label: w.away }, () =>
        html`<input id="greeting-away" type="date" min=${tokyoDay(new Date())} .value=${awayTo} @change=${(/** @type {Event} */ e) => (this.chosen.awayTo = valueOf(e))} />`)}
      <div class="actions"><button class="btn" @click=${() => this.keep(this.chosen.until ?? g.until, (this.chosen.awayTo ?? g.awayTo ?? "") || null, w.kept)}>${w.keep}</button>
      <button class="btn plain" @click=${() => this.keep(null, null, w.stopped)}>${w.stop}</button></div>`;
  }
}

customElements.define("k-greeting-box", GreetingBox);
