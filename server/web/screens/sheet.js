// 紙で回す: a large sheet of A4 for each block, with the list of the homes that are on paper now. Made by the server as it is printed.

import { html, nothing, Screen } from "../screen.js";
import { sentenceOf } from "../data/api.js";
import { all } from "../data/store.js";
import { radios } from "../parts/choice.js";
import { markdown } from "../parts/markdown.js";
import { drawn, square } from "../parts/squares.js";
import { day, dayOfWeek } from "../read/days.js";
import { look } from "../read/looks.js";
import { officerOf, readAssociations, readMe } from "../read/me.js";
import { marked } from "../read/marks.js";
import { readCard } from "../read/notices.js";
import { readLedger } from "../read/reach.js";
import { readOneSent } from "../read/sent.js";
import { printSheets } from "../read/sheets.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").PrintedSheet} PrintedSheet */
/** @typedef {{title: string, body: string, from: string, at: string, deadline: string | null, files: string[], association: string}} Text */

const w = words.sheet;
const ALL = "all";

class Sheet extends Screen {
  notice = "";
  /** @type {Text | null} */
  text = null;
  /** @type {import("../read/reach.js").BlockReach[]} */
  blocks = [];
  /** Whom to hand it to, by block. @type {Map<string, string>} */
  leaders = new Map();
  /** @type {PrintedSheet[]} */
  sheets = [];
  whose = ALL;
  busy = false;
  incomplete = false;
  trouble = "";
  loaded = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    const card = await readCard(this.notice, me);
    const sent = card ? null : await readOneSent(this.notice);
    const said = card ?? sent;
    const from = card?.from ?? sent?.author;
    const name = said ? (await readAssociations(me)).get(said.association ?? "")?.name : "";
    this.text = said && {
      title: marked(said),
      body: said.body,
      from: from?.title || from?.name || "",
      at: said.publishedAt ?? "",
      deadline: said.deadline,
      files: said.files.map((f) => f.name),
      association: name ?? (await all("associations")).map(({ d }) => /** @type {any} */ (d).name)[0] ?? "",
    };
    this.blocks = (await readLedger(this.notice, me))?.blocks ?? [];
    const seats = (await all("seats")).map(({ d }) => /** @type {any} */ (d)).filter((s) => s.role === "block-leader");
    this.leaders = new Map(seats.map((s) => [s.block, s.holders.join(words.comma)]));
    if (officerOf(me).length === 0 && this.blocks.length === 1) this.whose = this.blocks[0]?.block ?? ALL;
    this.loaded = true;
  }

  async make() {
    this.busy = true;
    this.draw();
    try {
      this.sheets = await printSheets(this.notice, this.whose === ALL ? "" : this.whose);
      this.trouble = "";
      look(this.sheets.map(({ block }) => block), this.notice);
    } catch (error) {
      this.sheets = [];
      this.trouble = sentenceOf(error);
    }
    this.busy = false;
    this.draw();
    await this.focusOn(this.trouble ? ".problem" : "#sheets");
  }

  async print() {
    this.busy = true;
    this.draw();
    this.incomplete = !(await drawn(this));
    this.busy = false;
    this.draw();
    if (!this.incomplete) print();
  }

  /** @override */
  view() {
    const { text } = this;
    if (!text || this.blocks.length === 0) return html`<p class="empty">${this.loaded ? words.reach.unknown : ""}</p>`;
    return html`<div class="screen-only">
        <h2 class="title">${text.title}</h2>
        <p>${w.intro}</p>
        ${this.blocks.length > 1 ? this.chooser() : nothing}
        ${this.trouble ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing}
        <button class="btn" ?disabled=${this.busy} @click=${() => this.make()}>${w.make}</button>
      </div>
      ${this.sheets.length > 0 ? this.made(text) : nothing}`;
  }

  chooser() {
    const options = [{ value: ALL, label: w.all }, ...this.blocks.map((b) => ({ value: b.block, label: b.name }))];
    return radios("whose", w.whose, options, this.whose, (value) => {
      this.whose = value;
      this.draw();
    });
  }

  /** @param {Text} text */
  made(text) {
    const homes = this.sheets.reduce((sum, s) => sum + s.homes.length, 0);
    return html`<section aria-labelledby="sheets"><div class="screen-only">
        <h3 id="sheets" tabindex="-1">${w.made(this.sheets.length, homes)}</h3>
        <button class="btn" ?disabled=${this.busy} @click=${() => this.print()}>${this.busy ? words.slips.preparing : w.print}</button>
        ${this.incomplete ? html`<p class="problem" role="alert" tabindex="-1">${w.noSquares}</p>` : nothing}
        ${text.files.length > 0 ? html`<p class="sub">${w.files(text.files.join(words.comma))}</p>` : nothing}
      </div>
      <div class="papers">${this.sheets.map((s) => this.paper(s, text))}</div></section>`;
  }

  /** @param {PrintedSheet} s @param {Text} text */
  paper(s, text) {
    return html`<article class="paper">
      <div class="paper-head"><div>
          <p>${w.head(text.association, s.blockName)}</p>
          <h4>${text.title}</h4>
          <p>${words.notice.from(day(text.at), text.from)}${text.deadline ? html`<br /><b>${w.due(dayOfWeek(text.deadline))}</b>` : nothing}</p>
        </div>
        <div class="paper-code">${square(s.url, w.qr(s.blockName))}<b>${s.code}</b><span>${w.number(s.number)}</span></div></div>
      <div class="paper-text">${markdown(text.body)}</div>
      ${text.files.length > 0 ? html`<p>${w.attached(text.files.join(words.comma))}</p>` : nothing}
      <table><caption>${w.list(s.blockName, s.homes.length)}</caption>
        <thead><tr><th scope="col">${w.place}</th><th scope="col">${w.name}</th><th scope="col">${w.tick}</th></tr></thead>
        <tbody>${s.homes.map((h, place) => html`<tr><td>${place + 1}</td><td>${w.to(h.name)}</td><td><span class="tick"></span></td></tr>`)}</tbody></table>
      <p>${w.pass(this.leaders.get(s.block) ?? "")}</p>
    </article>`;
  }
}

customElements.define("k-sheet", Sheet);
