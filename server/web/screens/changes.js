// さいきんの変更: what has changed in homes, for officers and block leaders; an officer takes back what was pressed by mistake.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { all } from "../data/store.js";
import { day } from "../read/days.js";
import { readChanges, takeBack } from "../read/life.js";
import { readMe } from "../read/me.js";
import { say } from "../say.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").LifeChange} LifeChange */

const w = words.life.changes;

class Changes extends Screen {
  /** @type {LifeChange[]} */
  changes = [];
  /** @type {Map<string, string>} */
  blocks = new Map();
  loaded = false;
  asking = "";
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    this.changes = me ? await readChanges(me) : [];
    this.blocks = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {import("../types").Block} */ (d).name]));
    this.loaded = true;
  }

  /** @param {string} change */
  async takeBack(change) {
    this.asking = "";
    try {
      await takeBack(change);
      this.trouble = "";
      say(w.done);
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    await this.refresh();
    await this.focusOn(this.trouble ? ".problem" : "#changes");
  }

  /** @param {string} change */
  async ask(change) {
    this.asking = change;
    this.draw();
    await this.focusOn(change ? ".confirm button" : "#changes");
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    return html`${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
      <div id="changes" tabindex="-1">${this.changes.length === 0 ? html`<p class="empty">${w.none}</p>` : nothing}
      <ol class="doors">${repeat(this.changes, (c) => `${c.change}.${c.kind}`, (c) => this.change(c))}</ol></div>`;
  }

  /** @param {LifeChange} c */
  change(c) {
    const people = c.people.map((p) => words.life.person(p.name)).join(words.comma);
    const where = w.from(this.blocks.get(c.block ?? "") ?? "", this.blocks.get(c.to ?? "") ?? "");
    const association = c.toAssociation?.name ?? c.fromAssociation?.name ?? "";
    return html`<li class="card">
      <p class="who"><b>${c.household?.name} ${w.kinds[c.kind]}</b><span class="sub">${w.by(day(c.at), c.by?.name ?? "")}</span></p>
      <p class="sub">${[where, people, association].filter(Boolean).join(words.comma)}</p>
      ${c.other ? html`<p class="sub">${w.other(c.other.name)}</p>` : nothing}
      ${c.seats.length > 0 ? html`<p class="due">${w.seats(c.seats)}</p>` : nothing}
      ${(c.unfilled ?? []).map(({ title, begins }) => html`<p class="due">${w.unfilled(day(begins), title)}</p>`)}
      ${c.undone ? html`<p><b>${w.undone}</b></p>` : this.press(c)}
    </li>`;
  }

  /** @param {LifeChange} c */
  press(c) {
    if (c.kind === "arriving") return html`<a class="btn small" href="/people/new/${c.change}">${w.accept}</a>`;
    if (!c.takeBack || Date.parse(c.takeBack) < Date.now()) return nothing;
    if (this.asking !== c.change) return html`<button class="btn small plain" @click=${() => this.ask(c.change)}>${w.takeBack}<span class="hidden">${c.household?.name} ${w.kinds[c.kind]}</span></button>`;
    return html`<div class="confirm"><p>${w.sure}</p><p class="two"><button class="btn small danger" @click=${() => this.takeBack(c.change)}>${w.takeBack}</button><button data-back class="btn small plain" @click=${() => this.ask("")}>${words.keep}</button></p></div>`;
  }
}

customElements.define("k-changes", Changes);
