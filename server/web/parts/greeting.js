// The morning's press on the home screen, for those who want it.

import { html, nothing, Screen } from "../screen.js";
import { time, tokyoDay } from "../read/days.js";
import { pressWell, readGreeting } from "../read/family.js";
import { readMe } from "../read/me.js";
import { words } from "../words/words.js";

const w = words.family.greeting;

class GreetingStrip extends Screen {
  /** @type {import("../types").Me | null} */
  me = null;
  /** @type {import("../read/family.js").GreetingToday | null} */
  greeting = null;

  /** @override */
  async load() {
    this.me = await readMe();
    this.greeting = this.me && (await readGreeting(this.me));
  }

  async press() {
    if (this.me) await pressWell(this.me);
    await this.refresh();
    await this.focusOn(".pressed");
  }

  /** @override */
  view() {
    const g = this.greeting;
    if (!g || g.away) return nothing;
    if (g.pressed) return html`<section class="strip" aria-label=${w.title}><p class="pressed" tabindex="-1">${w.pressed(time(g.pressed))}${g.waiting ? w.waits : ""}</p></section>`;
    const over = new Date(`${tokyoDay(new Date())}T${g.until}:00+09:00`) < new Date();
    return html`<section class="strip" aria-label=${w.title}>
      <p><b>${w.title}</b></p><p>${over ? w.over(g.until) : w.ask(g.until)}</p>
      <button class="btn" @click=${() => this.press()}>${w.press}</button></section>`;
  }
}

customElements.define("k-greeting", GreetingStrip);
