// 名前を見た人: who has looked at the names of my block and when; whose phones hold them anyway.

import { html, nothing, Screen } from "../screen.js";
import { dayTime } from "../read/days.js";
import { readHolders, readLooks } from "../read/looks.js";
import { readMe } from "../read/me.js";
import { words } from "../words/words.js";

const w = words.looks;
const MOST = 100;

class Looks extends Screen {
  /** @type {import("../read/looks.js").LookLine[]} */
  lines = [];
  /** @type {import("../read/looks.js").Holders[]} */
  held = [];
  all = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.lines = await readLooks(me);
    this.held = await readHolders(me);
  }

  /** @override */
  view() {
    return html`<p>${w.intro}</p>
      <section><h2>${w.title}</h2>
        ${this.lines.length === 0 ? html`<p class="empty">${w.nobody}</p>` : html`<ol class="rows">${this.lines.slice(0, this.all ? undefined : MOST).map((line) => this.line(line))}</ol>`}
        ${this.lines.length > MOST && !this.all ? html`<button class="btn plain" @click=${() => this.showAll()}>${w.all(this.lines.length)}</button>` : nothing}
      </section>
      <section class="card"><h2>${w.held}</h2><p>${w.heldHow}</p>
        ${this.held.map(({ name, holders }) => html`<h3>${name}</h3><ul>${holders.map(({ title, names }) => html`<li>${w.holder(title, names)}</li>`)}</ul>`)}
      </section>
      <p class="sub">${w.claim}</p>`;
  }

  showAll() {
    this.all = true;
    this.draw();
  }

  /** @param {import("../read/looks.js").LookLine} line */
  line({ at, name, title, block, heading, waiting }) {
    return html`<li><p class="who"><b>${w.who(title, name)}</b><span class="sub">${dayTime(at)}</span></p>
      <p class="sub">${heading === null ? w.list(block) : w.notice(block, heading)}${waiting ? html` ${w.waiting}` : nothing}</p></li>`;
  }
}

customElements.define("k-looks", Looks);
