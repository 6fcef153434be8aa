// The list: what has come, newest first, under the association it came from. Everything here is on the phone already.

import { html, nothing, Screen } from "../screen.js";
import { pushState } from "../data/push.js";
import { meta, setMeta } from "../data/store.js";
import { alarmCard } from "../parts/alarm.js";
import { seal } from "../parts/seal.js";
import { day, dayOfWeek, isPast } from "../read/days.js";
import { mayAskConsent } from "../read/consent.js";
import { readAssociations, readMe } from "../read/me.js";
import { readChains } from "../read/chains.js";
import { lookOf } from "../read/marks.js";
import { readTongue, langOf, saidIn } from "../read/tongues.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/chains.js").Chain} Chain */
/** @typedef {{id: string | null, name: string, cards: Chain[]}} Group */

const w = words.list;

class List extends Screen {
  /** @type {Group[]} */
  groups = [];
  /** Danger that is not over: before everything else. @type {Chain[]} */
  pressing = [];
  tongue = "ja";
  /** Who speaks, by association; null is the city. @type {Map<string | null, string>} */
  names = new Map();
  synced = false;
  offerPush = false;
  /** @type {import("../types").Seat[]} */
  coming = [];
  askConsent = false;

  /** @override */
  async load() {
    const me = await readMe();
    if (!me) return;
    const cards = await readChains(me);
    this.tongue = await readTongue(me);
    const associations = [...(await readAssociations(me))].map(([id, { name }]) => /** @type {const} */ ([id, name]));
    this.names = new Map([[null, me.city.name], ...associations]);
    this.pressing = cards.filter((c) => lookOf(c) === "danger");
    const rest = cards.filter((c) => lookOf(c) !== "danger");
    const ofCity = rest.some((c) => c.association === null);
    this.groups = [...this.names].filter(([id]) => id !== null || ofCity).map(([id, name]) => ({ id, name, cards: rest.filter((c) => c.association === id) }));
    this.synced = Boolean(await meta("syncedAt"));
    this.coming = me.coming;
    this.offerPush = !(await meta("pushDeclined")) && ["off", "ios-browser"].includes(await pushState());
    this.askConsent = await mayAskConsent(me);
    const open = cards.filter((c) => c.state === "unread" || c.state === "again").length;
    if ("setAppBadge" in navigator) navigator.setAppBadge(open).catch(() => {});
    this.titled(associations.length === 1 ? (associations[0]?.[1] ?? "") : words.app);
  }

  /** @override */
  view() {
    const empty = this.pressing.length === 0 && this.groups.every((g) => g.cards.length === 0);
    return html`${this.pressing.length > 0 ? this.alarms() : nothing} ${this.coming.map((s) => html`<section class="strip" aria-label=${s.title}><p><b>${words.handover.coming(day(s.begins ?? ""), s.title)}</b></p><p>${words.handover.comingHow}</p></section>`)}
      ${this.askConsent ? this.consent() : nothing} ${this.offerPush ? this.pushOffer() : nothing}
      ${empty ? html`<p class="empty">${this.synced ? w.empty : w.first}</p>` : this.groups.map((g) => this.group(g))}`;
  }

  alarms() {
    return html`<section aria-label=${words.alarm.pinned}><ul class="cards">
      ${repeat(this.pressing, (c) => c.notice, (c) => html`<li>${alarmCard(c, this.tongue, this.who(c))}</li>`)}</ul></section>`;
  }

  /** @param {Chain} c */
  who = (c) => this.names.get(c.association) ?? "";

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
      <ul class="cards">${repeat(cards, (c) => c.notice, (c) => html`<li>${lookOf(c) ? alarmCard(c, this.tongue, this.who(c)) : card(c, this.tongue)}</li>`)}</ul>
    </section>`;
  }
}

/** @param {Chain} c @param {string} tongue */
function card(c, tongue) {
  const said = saidIn(c, tongue);
  const open = c.state === "unread" || c.state === "again";
  const [first] = c.seals;
  return html`<a class=${open ? "card new" : "card"} href="/n/${c.notice}">
    <span class="kind"><b>${w.state[c.state]}</b><span>${day(c.publishedAt)}</span></span>
    <span class="card-line">
      <span><span class="title" lang=${langOf(said.tongue)}>${said.title}</span>${c.deadline && c.state !== "read" ? html`<span class="due">${isPast(c.deadline) ? w.duePast(dayOfWeek(c.deadline)) : w.due(dayOfWeek(c.deadline))}</span>` : nothing}</span>
      ${c.state === "read" && first?.stamp ? seal(first.home.blockName, first.stamp.at, true) : nothing}
    </span>
  </a>`;
}

customElements.define("k-list", List);
