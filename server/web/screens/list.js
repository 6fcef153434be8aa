// The list: what has come, newest first, under the association it came from. Everything here is on the phone already.

import { html, nothing, Screen } from "../screen.js";
import { carriable } from "../data/bundles/asking.js";
import { pushState } from "../data/push.js";
import { meta, setMeta } from "../data/store.js";
import { state } from "../data/sync.js";
import { alarmCard } from "../parts/alarm.js";
import { seal } from "../parts/seal.js";
import { day, dayOfWeek, isPast } from "../read/days.js";
import { mayAskConsent } from "../read/consent.js";
import { isClerk, leaderOf, officerOf, readAssociations, readMe } from "../read/me.js";
import { readChains } from "../read/chains.js";
import { lookOf, marked } from "../read/marks.js";
import { readingFor } from "../read/notices.js";
import { readSent } from "../read/sent.js";
import { readTongue, langOf, saidIn } from "../read/tongues.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { words } from "../words/words.js";
import { radios } from "../parts/choice.js";
import "../parts/greeting.js";

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
  /** What an officer sent, and what has stopped on its way out and waits for their word. @type {import("../types").Notice[]} */
  stopped = [];
  /** How many presses cannot leave and might be carried. */
  stuck = 0;
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
    const cards = (await readChains(me)).filter((c) => !c.block || blocks.has(c.block));
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
    this.stopped = (await Promise.all([...(isClerk(me) ? [null] : []), ...officerOf(mine)].map((id) => readSent(id)))).flat().filter((n) => n.asks);
    this.askConsent = await mayAskConsent(me);
    this.stuck = state.trouble?.kind === "offline" ? (await carriable()).length : 0;
    const open = cards.filter((c) => c.state === "unread" || c.state === "again").length;
    if ("setAppBadge" in navigator) navigator.setAppBadge(open).catch(() => {});
    this.titled(associations.length === 1 ? (associations[0]?.[1] ?? "") : words.app);
  }

  /** @override */
  view() {
    const empty = this.pressing.length === 0 && this.groups.every((g) => g.cards.length === 0);
    return html`${this.pressing.length > 0 ? this.alarms() : nothing} ${this.coming.map((s) => html`<section class="strip" aria-label=${s.title}><p><b>${words.handover.coming(day(s.begins ?? ""), s.title)}</b></p><p>${words.handover.comingHow}</p></section>`)}
      ${this.stopped.map((n) => html`<section class="strip" aria-label=${words.sentOne.asks}><p><b>${words.sentOne.asks}</b></p><p>${marked(n)}</p><a class="btn small" href="/sent/${n.id}">${words.sentOne.look}</a></section>`)}
      <k-greeting></k-greeting>
      ${this.stuck > 0 ? this.neighbour() : nothing} ${this.acts.length > 0 ? this.homes() : nothing}
      ${this.askConsent ? this.consent() : nothing} ${this.offerPush ? this.pushOffer() : nothing}
      ${empty ? html`<p class="empty">${this.synced ? w.empty : w.first}</p>` : this.groups.map((g) => this.group(g))}`;
  }

  alarms() {
    return html`<section aria-label=${words.alarm.pinned}><ul class="cards">
      ${repeat(this.pressing, (c) => c.notice, (c) => html`<li>${alarmCard(c, this.tongue, this.who(c))}</li>`)}</ul></section>`;
  }

  /** @param {Chain} c */
  who = (c) => this.names.get(c.association) ?? "";

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

  neighbour() {
    const { offer, askTitle } = words.bundles;
    return html`<section class="strip" aria-label=${askTitle}><p>${offer(this.stuck)}</p><a class="btn small" href="/ask">${askTitle}</a></section>`;
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
  return html`<a class=${open || c.asks ? "card new" : "card"} href="/n/${c.notice}">
    <span class="kind"><b>${c.asks ? words.forms.chip : w.state[c.state]}</b><span>${day(c.publishedAt)}</span></span>
    <span class="card-line">
      <span><span class="title" lang=${langOf(said.tongue)}>${said.title}</span>${c.deadline && c.state !== "read" ? html`<span class="due">${isPast(c.deadline) ? w.duePast(dayOfWeek(c.deadline)) : w.due(dayOfWeek(c.deadline))}</span>` : nothing}</span>
      ${c.state === "read" && first?.stamp ? seal(first.home.blockName, first.stamp.at, true) : nothing}
    </span>
  </a>`;
}

customElements.define("k-list", List);
