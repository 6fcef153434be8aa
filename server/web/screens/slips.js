// The sheet of slips: eight to a page of A4, each for one person, with the code large and three short steps.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { all } from "../data/store.js";
import { radios } from "../parts/choice.js";
import { drawn, square } from "../parts/squares.js";
import { worksFor } from "../read/hats.js";
import { readAssociations, readMe } from "../read/me.js";
import { makeSlips, slips, slipsOf } from "../read/slips.js";
import { words } from "../words/words.js";

const w = words.slips;
const ALL = "all";

class Slips extends Screen {
  association = "";
  /** @type {Map<string, {name: string, contact: string}>} */
  associations = new Map();
  contact = "";
  /** @type {{id: string, d: import("../types").Block}[]} */
  blocks = [];
  whose = ALL;
  busy = false;
  preparing = false;
  incomplete = false;
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.association = await worksFor(me);
    this.associations = await readAssociations(me);
    this.contact = me.city.contact;
    /** @type {{id: string, d: import("../types").Block}[]} */
    const blocks = await all("blocks");
    this.blocks = blocks.filter(({ d }) => d.association === this.association).sort((a, b) => a.d.position - b.d.position);
  }

  async make() {
    this.busy = true;
    this.draw();
    try {
      this.incomplete = false;
      await makeSlips(this.association, this.whose === ALL ? { all: true } : { block: this.whose });
      this.trouble = "";
    } catch (error) {
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : "#sheet");
  }

  /** A slip without its square is of no use to anybody: waits until each has been fetched. */
  async print() {
    this.preparing = true;
    this.draw();
    this.incomplete = !(await drawn(this));
    this.preparing = false;
    this.draw();
    if (!this.incomplete) print();
  }

  /** @override */
  view() {
    if (!this.association) return slips().length > 0 ? this.sheet() : html`<p class="empty">${words.notOfficer}</p>`;
    return html`${slips().length > 0 ? this.sheet() : nothing}
      <div class="screen-only">
        ${slips().length > 0 ? html`<h2>${w.another}</h2>` : nothing}
        <p>${w.intro}</p>
        ${radios("whose", w.whose, [{ value: ALL, label: w.all }, ...this.blocks.map(({ id, d }) => ({ value: id, label: d.name }))], this.whose, (value) => {
          this.whose = value;
          this.draw();
        })}
        <p class="due">${w.warning}</p>
        ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
        <button class="btn" ?disabled=${this.busy} @click=${() => this.make()}>${this.busy ? w.busy : w.make}</button>
      </div>`;
  }

  sheet() {
    return html`<section class="sheet" aria-labelledby="sheet">
      <h2 id="sheet" tabindex="-1" class="screen-only">${w.made(slips().length)}</h2>
      <div class="screen-only"><p>${w.once}</p><button class="btn" ?disabled=${this.preparing} @click=${() => this.print()}>${this.preparing ? w.preparing : w.print}</button>
        ${this.incomplete ? html`<p class="problem" role="alert" tabindex="-1">${w.noSquares}</p>` : nothing}</div>
      <div class="slips">${slips().map((s) => this.slip(s))}</div>
    </section>`;
  }

  /** @param {import("../types").Ticket} s */
  slip({ name, block, code, url }) {
    const of = slipsOf(this.associations);
    return html`<article class="slip">
      <div class="slip-text">
        <p class="sub">${of.name} ${block}</p>
        <h3>${w.to(name)}</h3>
        <ol>${w.steps.map((step) => html`<li>${step}</li>`)}</ol>
        </div>
      ${square(url, w.qr(name))}
      <p class="slip-code"><span class="sub">${w.code}</span> <b>${code.split("-").map((part, place) => (place ? html`-<wbr />${part}` : part))}</b></p>
      <p class="slip-wide sub">${w.byHand(new URL(url, location.origin).host)}<br />${w.consent(words.consent.version)}<br />${of.contact || this.contact}</p>
    </article>`;
  }
}

customElements.define("k-slips", Slips);
