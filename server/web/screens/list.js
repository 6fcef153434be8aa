// The list: what has come, newest first, under the association it came from. Everything here is on the phone already.

import { html, nothing, Screen } from "../screen.js";
import { pushState } from "../data/push.js";
import { meta, setMeta } from "../data/store.js";
import { seal } from "../parts/seal.js";
import { day, dayOfWeek, isPast } from "../read/days.js";
import { mayAskConsent } from "../read/consent.js";
import { leaderOf, readAssociations, readMe } from "../read/me.js";
import { readCards, readingFor } from "../read/notices.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";
import { radios } from "../parts/choice.js";
import "../parts/greeting.js";

/** @typedef {import("../read/notices.js").Card} Card */
/** @typedef {{id: string, name: string, cards: Card[]}} Group */

const w = words.list;

class List extends Screen {
  /** @type {Group[]} */
  groups = [];
  synced = false;
  offerPush = false;
  /** @type {import("../types").Seat[]} */
  coming = [];
  askConsent = false;
  /** Homes of others that one reads for. @type {import("../types").ActsHome[]} */
  acts = [];
  atHome = true;
  /** Which of them is looked at; "": one's own. */
  whose = "";

  /** @override */
  async load() {
    const mine = await readMe();
    if (!mine) return;
    this.acts = mine.acts.filter((h) => h.may.includes("receive"));
    this.atHome = mine.homes.length > 0 || mine.seats.length > 0;
    if (!this.acts.some((h) => h.household === this.whose)) this.whose = this.atHome ? "" : (this.acts[0]?.household ?? "");
    const me = readingFor(mine, this.whose);
    const blocks = new Set([...me.homes, ...me.acts].map((h) => h.block).concat(leaderOf(me)));
    const cards = (await readCards(me)).filter((c) => !c.block || blocks.has(c.block));
    const associations = await readAssociations(me);
    this.groups = [...associations].map(([id, { name }]) => ({ id, name, cards: cards.filter((c) => c.association === id) }));
    this.synced = Boolean(await meta("syncedAt"));
    this.coming = me.coming;
    this.offerPush = !(await meta("pushDeclined")) && ["off", "ios-browser"].includes(await pushState());
    this.askConsent = await mayAskConsent(me);
    const open = cards.filter((c) => c.state === "unread" || c.state === "again").length;
    if ("setAppBadge" in navigator) navigator.setAppBadge(open).catch(() => {});
    this.titled(this.groups.length === 1 ? (this.groups[0]?.name ?? "") : words.app);
  }

  /** @override */
  view() {
    const empty = this.groups.every((g) => g.cards.length === 0);
    return html`${this.coming.map((s) => html`<section class="strip" aria-label=${s.title}><p><b>${words.handover.coming(day(s.begins ?? ""), s.title)}</b></p><p>${words.handover.comingHow}</p></section>`)}
      <k-greeting></k-greeting>
      ${this.acts.length > 0 ? this.homes() : nothing}
      ${this.askConsent ? this.consent() : nothing} ${this.offerPush ? this.pushOffer() : nothing}
      ${empty ? html`<p class="empty">${this.synced ? w.empty : w.first}</p>` : this.groups.map((g) => this.group(g))}`;
  }

  /** Between homes, and always in words: whose notices these are. */
  homes() {
    const f = words.family;
    const choices = [...(this.atHome ? [{ value: "", label: f.mine }] : []), ...this.acts.map((h) => ({ value: h.household, label: f.of(h.forWhom), hint: `${h.associationName} ${h.householdName}` }))];
    const act = this.acts.find((h) => h.household === this.whose);
    const choose = (/** @type {string} */ whose) => {
      this.whose = whose;
      this.refresh();
    };
    return html`<section class="strip" aria-label=${f.whose}>${choices.length > 1 ? radios("whose", f.whose, choices, this.whose, choose) : nothing}
      ${act ? html`<p><b>${f.looking(act.forWhom)}</b></p>` : nothing}</section>`;
  }

  consent() {
    const { changed, read, later } = words.privacy;
    return html`<section class="strip" aria-label=${changed}>
      <p>${changed}</p>
      <p class="two"><a class="btn small" href="/privacy">${read}</a>
      <button class="btn small plain" @click=${() => setMeta("consentLater", Date.now())}>${later}</button></p>
    </section>`;
  }

  pushOffer() {
    return html`<section class="strip" aria-label=${w.push}>
      <p>${w.push}</p>
      <p class="two"><a class="btn small" href="/settings">${w.pushYes}</a>
      <button class="btn small plain" @click=${() => setMeta("pushDeclined", true)}>${w.pushNo}</button></p>
    </section>`;
  }

  /** @param {Group} group */
  group({ name, cards }) {
    const heading = this.groups.length > 1;
    if (heading && cards.length === 0) return nothing;
    return html`<section aria-label=${name}>
      ${heading ? html`<h2 class="association">${name}</h2>` : nothing}
      <ul class="cards">${repeat(cards, (c) => c.notice, (c) => html`<li>${card(c)}</li>`)}</ul>
    </section>`;
  }
}

/** @param {Card} c */
function card(c) {
  const open = c.state === "unread" || c.state === "again";
  const [first] = c.seals;
  return html`<a class=${open ? "card new" : "card"} href="/n/${c.notice}">
    <span class="kind"><b>${w.state[c.state]}</b><span>${day(c.publishedAt)}</span></span>
    <span class="card-line">
      <span><span class="title">${c.title}</span>${c.deadline && c.state !== "read" ? html`<span class="due">${isPast(c.deadline) ? w.duePast(dayOfWeek(c.deadline)) : w.due(dayOfWeek(c.deadline))}</span>` : nothing}</span>
      ${c.state === "read" && first?.stamp ? seal(first.home.blockName, first.stamp.at, true) : nothing}
    </span>
  </a>`;
}

customElements.define("k-list", List);
