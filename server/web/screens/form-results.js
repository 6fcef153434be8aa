// 回答の集まり具合: sums from the phone, offline too; who answered, the line that waits and the table where there is a signal.

import { html, nothing, Screen } from "../screen.js";
import { call, sentenceOf } from "../data/api.js";
import { get } from "../data/store.js";
import { formSums } from "../parts/form-sums.js";
import { saveTable } from "../parts/save.js";
import { inWords, isClosed } from "../read/forms.js";
import { lookAtHomes } from "../read/looks.js";
import { readMe } from "../read/me.js";
import { readCard } from "../read/notices.js";
import { seesReach } from "../read/reach.js";
import { readOneSent } from "../read/sent.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").FormRow} FormRow */
/** @typedef {import("../types").FormShape} FormShape */

const w = words.forms;

class FormResults extends Screen {
  notice = "";
  heading = "";
  /** @type {FormShape | null} */
  form = null;
  /** @type {import("../types").FormCounts | null} */
  counts = null;
  closed = false;
  /** As the server said last. @type {FormRow[] | null} */
  rows = null;
  mine = false;
  loaded = false;
  said = "";
  trouble = "";

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    this.notice = this.params[0] ?? "";
    const kept = (await readOneSent(this.notice)) ?? (await readCard(this.notice, me));
    this.heading = kept?.title ?? this.heading;
    this.form = kept?.form ?? this.form;
    this.closed = kept ? isClosed(/** @type {any} */ (kept)) : this.closed;
    this.counts = (await get("form-results", this.notice)) ?? this.counts;
    this.mine = seesReach(me);
    this.loaded = true;
  }

  /** @override */
  async arrived() {
    try {
      /** @type {import("../types").FormStands} */
      const told = await call("GET", `/api/v1/notices/${this.notice}/form`);
      this.rows = told.rows;
      this.form = told.form;
      this.heading = told.title;
      if (told.counts) this.counts = told.counts;
      this.noteLook(told.rows);
    } catch (error) {
      if (this.rows === null && this.counts === null) this.trouble = sentenceOf(error);
    }
    this.draw();
  }

  /** Who answered, and who has not, stands here by name. @param {FormRow[]} rows */
  noteLook(rows) {
    const named = new Set(rows.map((r) => r.whose));
    if (named.size > 0) lookAtHomes((home) => named.has(home.household) || home.people.some((p) => named.has(p.id)), this.notice);
  }

  /** @param {string} query */
  async save(query) {
    try {
      [this.said, this.trouble] = [await saveTable(w.file, `/api/v1/notices/${this.notice}/form.csv?${query}`), ""];
    } catch (error) {
      [this.said, this.trouble] = ["", sentenceOf(error)];
    }
    this.draw();
    await this.focusOn(".said");
  }

  /** @override */
  view() {
    const { form, counts, rows } = this;
    const trouble = this.trouble && !this.counts ? html`<p class="problem" role="alert" tabindex="-1">${this.trouble}</p>` : nothing;
    if (!form || !this.mine) return html`${trouble}<p class="empty">${this.loaded ? w.notYours : ""}</p>`;
    return html`<h2 class="title">${this.heading}</h2>
      <p class="sub">${w.kinds[form.kind]}${words.dot}${w.pers[form.per]}${words.dot}${this.closed ? w.over : w.open}</p>
      ${counts ? formSums(form, counts) : rows ? nothing : html`${trouble}<p class="empty">${w.none}</p>`}
      ${rows ? html`${this.line(rows)} ${this.who(form, rows)}` : html`<p class="sub">${w.rowsOffline}</p>`}
      ${this.closed ? nothing : html`<div class="actions"><a class="btn" href="/forms/${this.notice}/enter">${w.enter}</a></div>`}
      ${counts ? this.table() : nothing}`;
  }

  /** @param {FormRow[]} rows */
  line(rows) {
    const waiting = rows.filter((r) => r.place === "waiting").sort((a, b) => (a.at ?? "").localeCompare(b.at ?? ""));
    if (waiting.length === 0) return nothing;
    return html`<section><h3>${w.waitingList}</h3><ol>${waiting.map((r) => html`<li>${r.name}${r.people ? `${words.colon}${w.people(r.people)}` : ""}</li>`)}</ol></section>`;
  }

  /** @param {FormShape} form @param {FormRow[]} rows */
  who(form, rows) {
    const done = rows.filter((r) => r.answered);
    const left = rows.filter((r) => !r.answered);
    return html`<details class="card"><summary>${w.rows}</summary><ul class="rows">${done.map((r) => html`<li>
        <p class="who"><b>${r.name}</b><span class="sub">${r.block}</span></p>
        ${r.answers ? inWords(form, { answers: r.answers, people: r.people ?? null, letter: r.letter ?? null }).map(([question, choice]) => html`<p class="sub">${question}${words.colon}${choice}</p>`) : nothing}
      </li>`)}</ul></details>
      ${form.per === "person" ? nothing : html`<details class="card"><summary>${left.length > 0 ? w.left(left.length) : w.noneLeft}</summary><ul class="rows">${left.map((r) => html`<li><p class="who"><b>${r.name}</b><span class="sub">${r.block}</span></p></li>`)}</ul></details>`}`;
  }

  table() {
    return html`<details class="card"><summary>${w.csv}</summary>
      ${this.trouble || this.said ? html`<p class="said ${this.trouble ? "problem" : ""}" tabindex="-1">${this.trouble || this.said}</p>` : nothing}
      <p class="actions">
        <button class="btn plain" @click=${() => this.save("encoding=utf-8")}>${w.csvUtf8}</button>
        <button class="btn plain" @click=${() => this.save("encoding=cp932")}>${w.csvOld}</button>
        <button class="btn plain" @click=${() => this.save("encoding=utf-8&per=sum")}>${w.csvSums}</button>
      </p></details>`;
  }
}

customElements.define("k-form-results", FormResults);
