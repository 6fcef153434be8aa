// What the association has sent, is holding, or still has waiting on this phone.

import { html, nothing, Screen } from "../screen.js";
import { day, dayTime } from "../read/days.js";
import { placeOf } from "../read/alarm.js";
import { marked } from "../read/marks.js";
import { officerOf, readAssociations, readMe } from "../read/me.js";
import { readSent, readWaiting } from "../read/sent.js";
import { words } from "../words/words.js";

const w = words.sent;

/** @typedef {{id: string, name: string, sent: import("../types").Notice[], waiting: import("../read/sent.js").Waiting[]}} Group */

class Sent extends Screen {
  /** @type {Group[]} */
  groups = [];

  /** @override */
  async load() {
    const me = await readMe();
    const names = me ? await readAssociations(me) : new Map();
    const mine = me ? officerOf(me) : [];
    const groups = [];
    for (const id of mine) {
      const sent = await readSent(id);
      const known = new Set(sent.map((n) => n.id));
      const waiting = (await readWaiting(id)).filter(({ writing }) => !known.has(writing.id));
      groups.push({ id, name: names.get(id)?.name ?? "", sent, waiting });
    }
    this.groups = groups;
  }

  /** @override */
  view() {
    if (this.groups.length === 0) return html`<p class="empty">${words.notOfficer}</p>`;
    return html`<p><a class="btn plain" href="/find">${words.finding.link}</a></p>
      ${this.groups.map((g) => this.group(g))}`;
  }

  /** @param {Group} group */
  group({ name, sent, waiting }) {
    const empty = sent.length + waiting.length === 0;
    return html`<section aria-label=${name}>
      ${this.groups.length > 1 ? html`<h2 class="association">${name}</h2>` : nothing}
      ${empty ? html`<p class="empty">${w.empty}</p>` : nothing}
      <ul class="cards">
        ${waiting.map(({ writing, at, state, code }) => html`<li class="card">
          <p class="kind"><b>${words.kinds[writing.kind]}${words.dot}${w.outbox[state]}</b><span>${dayTime(at)}</span></p>
          <p class="title">${writing.title}</p>
          <p class="sub">${state === "rejected" ? words.refused("submissions", code) : w.outboxHow[state]}</p>
        </li>`)}
        ${sent.map((n) => html`<li><a class="card" href=${placeOf(n)}>
          <span class="kind"><b>${words.kinds[n.kind]}${words.dot}${w.states[n.state]}</b><span>${day(n.publishedAt ?? n.createdAt)}</span></span>
          <span class="title">${marked(n)}</span>
          ${n.asks ? html`<span class="chip">${words.sentOne.asks}</span>` : nothing}
        </a></li>`)}
      </ul>
    </section>`;
  }
}

customElements.define("k-sent", Sent);
