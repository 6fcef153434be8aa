// One notice: its text, what is attached, and for a circular the press that says "we have read it".

import { html, nothing, Screen } from "../screen.js";
import { band } from "../parts/alarm.js";
import { attachments } from "../parts/attachment.js";
import "../parts/form-box.js";
import { markdown } from "../parts/markdown.js";
import "../parts/safety-box.js";
import { seal } from "../parts/seal.js";
import { tongueSwitch } from "../parts/tongues.js";
import { state as network } from "../data/sync.js";
import { day, dayOfWeek, dayTime, isPast } from "../read/days.js";
import { targets } from "../read/forms.js";
import { readMe } from "../read/me.js";
import { readChain } from "../read/chains.js";
import { lookOf, marked } from "../read/marks.js";
import { stamp } from "../read/notices.js";
import { seesReach } from "../read/reach.js";
import { langOf, readTongue, saidIn } from "../read/tongues.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/notices.js").Card} Card */
/** @typedef {import("../read/chains.js").Chain} Chain */

const w = words.notice;

class Notice extends Screen {
  /** @type {Chain | null} */
  card = null;
  tongue = "ja";
  /** @type {import("../types").Me | null} */
  me = null;
  loaded = false;
  /** Was here a moment ago and is no more: taken back while it was open. */
  seen = false;

  /** @override */
  async load() {
    this.me = await readMe();
    this.card = this.me && (await readChain(this.params[0] ?? "", this.me));
    if (this.me) this.tongue = await readTongue(this.me);
    this.seen ||= this.card !== null;
    this.loaded = true;
    if (this.card) this.titled(words.kinds[this.card.kind]);
  }

  /** @override */
  view() {
    if (!this.loaded) return nothing;
    return this.card ? this.notice(this.card) : html`<p class="empty">${this.seen ? w.withdrawn : w.missing}</p>`;
  }

  /** @param {Chain} c */
  notice(c) {
    const said = saidIn(c, this.tongue);
    const look = lookOf(c);
    return html`<article>
        ${band(c, nothing, said.tongue)} ${tongueSwitch(c, said.tongue)}
        ${look && c.kind !== "safety-check" && words.alarm.says[look] ? html`<p class="says">${words.alarm.says[look]}</p>` : nothing}
        <p class="kind"><span>${w.from(look ? dayTime(c.publishedAt) : day(c.publishedAt), c.from.title || c.from.name)}</span>${c.deadline ? html`<span class="due">${isPast(c.deadline) ? words.list.duePast(dayOfWeek(c.deadline)) : words.list.due(dayOfWeek(c.deadline))}</span>` : nothing}</p>
        <h2 class="title" lang=${langOf(said.tongue)}>${marked(said, said.tongue)}</h2>
        ${c.correctedAt ? html`<p class="corrected">${w.corrected(dayTime(c.correctedAt))}</p>` : nothing}
        ${c.state === "again" ? html`<p class="corrected"><b>${w.again}</b></p>` : nothing}
        <div class="text" lang=${langOf(said.tongue)}>${markdown(said.body)}</div>
        ${attachments(c.files)}
        ${c.kind === "safety-check" ? this.safety(c) : nothing} ${this.form(c)}
        ${c.seals.map((s) => this.seal(s))}
        ${this.me && seesReach(this.me) && c.seals.length > 0 ? html`<p><a class="btn plain" href="/reach/${c.notice}">${w.reach}</a></p>` : nothing}
        ${c.earlier.length > 0 ? this.earlier(c.earlier) : nothing}
      </article>
      ${this.foot(c)}`;
  }

  /**
   * One press for the own home; for each other one that somebody speaks for, one that says so. Where a form waits, its
   * answer is the one thing to do; whoever answers has read. @param {Card} c
   */
  foot(c) {
    const open = c.seals.filter((s) => !s.stamp);
    const own = open.filter((s) => !s.forWhom);
    const others = open.filter((s) => s.forWhom);
    const later = c.asks && own.length > 0;
    return html`${later ? html`<p><button class="btn plain" @click=${() => this.stamp(c, own)}>${words.forms.readLater}</button></p>` : nothing}
      ${open.length > (later ? own.length : 0) ? html`<div class="foot">
        ${own.length > 0 && !later ? html`<button class="btn" @click=${() => this.stamp(c, own)}>${w.read}</button>` : nothing}
        ${others.map((s) => html`<button class="btn" @click=${() => this.stamp(c, [s])}>${words.family.stamp(s.forWhom)}</button>`)}
      </div>` : nothing}`;
  }

  /** What it asks of each of my homes, or of me. @param {Card} c */
  form(c) {
    if (!c.form || !this.me) return nothing;
    const mine = targets(c, this.me);
    return html`${mine.map((target) => html`<k-form-box .notice=${c} .target=${target} .named=${mine.length > 1}></k-form-box>`)}
      ${seesReach(this.me) ? html`<p><a class="btn plain" href="/forms/${c.notice}">${words.forms.results}</a></p>` : nothing}`;
  }

  /** Asked whether all is well: the press, and for who has a seat the board. @param {Card} c */
  safety(c) {
    return html`<k-safety-box .notice=${c.notice} .closedAt=${c.closedAt ?? ""}></k-safety-box>
      ${this.me && this.me.seats.length > 0 ? html`<p><a class="btn plain" href="/safety/${c.notice}">${words.safety.boardLink}</a></p>` : nothing}`;
  }

  /** @param {Card[]} cards */
  earlier(cards) {
    return html`<details class="card"><summary>${words.alarm.earlier(cards.length)}</summary>
      ${cards.map((card) => {
        const said = saidIn(card, this.tongue);
        const from = card.from.title || card.from.name;
        return html`<section lang=${langOf(said.tongue)}><p class="kind"><span lang="ja">${w.from(dayTime(card.publishedAt), from)}</span></p>
          <h3 class="title">${marked(said, said.tongue)}</h3><div class="text">${markdown(said.body)}</div></section>`;
      })}</details>`;
  }

  /** @param {import("../read/notices.js").Seal} s */
  seal({ home, forWhom, stamp, waiting }) {
    if (!stamp) return nothing;
    const own = stamp.by && stamp.by.id !== this.me?.person.id;
    if (forWhom && !own) return this.stamped(home, stamp, words.family.sealOf(forWhom), waiting);
    if (stamp.proxy && own) return this.stamped(home, stamp, words.family.byProxy(stamp.by?.name ?? ""), waiting);
    const whose = (this.card?.seals.length ?? 0) > 1 ? w.sealOf(home.householdName) : w.sealOwn;
    return this.stamped(home, stamp, `${whose}${own ? w.by(stamp.by?.name ?? "") : ""}`, waiting);
  }

  /** @param {import("../types").Home} home @param {import("../types").Stamp} stamp @param {string} whose @param {boolean} waiting */
  stamped(home, stamp, whose, waiting) {
    const where = waiting ? (network.trouble ? w.waiting : w.sending) : w.arrived;
    return html`<div class="stamped" tabindex="-1">${seal(home.blockName, stamp.at)}<p>${whose}${where}</p></div>`;
  }

  /** @param {Card} c @param {import("../read/notices.js").Seal[]} seals */
  async stamp(c, seals) {
    await stamp(c, seals);
    say(w.pressed);
    await this.refresh();
    await this.focusOn(".stamped");
  }
}

customElements.define("k-notice", Notice);
