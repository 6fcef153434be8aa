// What a handover changes, before the press and after it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { day, dayTime } from "../read/days.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Person} Person */

const w = words.handover;

/** @param {Person[]} people */
const names = (people) => people.map((p) => p.name).join(words.comma);

/** @param {import("../read/handover.js").SeatChange[]} seats */
export function changes(seats) {
  return html`<ul class="cards">${seats.map(({ title, block, from, to }) => {
    const [staying, coming] = [to.filter((p) => p.stays), to.filter((p) => !p.stays)];
    return html`<li class="card"><h3>${w.seat(title, block?.name ?? "")}</h3>
      ${coming.length > 0 ? html`<p><b>${w.to(names(coming))}</b></p>` : nothing}
      ${staying.length > 0 ? html`<p>${w.goesOn(names(staying))}</p>` : nothing}
      ${from.length > 0 ? html`<p class="sub">${w.from(names(from))}</p>` : nothing}</li>`;
  })}</ul>`;
}

/** @param {import("../read/handover.js").Warning[]} found */
export function warnings(found) {
  /** @type {Record<string, (people: Person[]) => string>} */
  const sentences = { "no-device": (people) => w.noDevice(names(people)), "few-officers": () => w.fewOfficers };
  return found.map(({ code, people = [] }) => html`<p class="due" role="note">${sentences[code]?.(people) ?? ""}</p>`);
}

/**
 * @param {import("../read/handover.js").Scheduled} handover
 * @param {import("../read/people.js").BlockOfList[]} blocks who has a phone by now
 * @param {{decides: boolean, asking: boolean, ask: (on: boolean) => void, cancel: () => void, slips: (people: string[]) => void}} act
 */
export function scheduledBox(handover, blocks, act) {
  const phones = new Set(blocks.flatMap((b) => b.households.flatMap((h) => h.people.filter((p) => p.devices.length > 0).map((p) => p.id))));
  const coming = new Map(handover.seats.flatMap((s) => s.to.filter((p) => !p.stays && !phones.has(p.id)).map((p) => [p.id, p])));
  return html`<h2 class="title" tabindex="-1">${w.scheduled(day(handover.begins))}</h2>
    <p class="sub">${w.by(handover.by.name, dayTime(handover.at))}</p>
    ${changes(handover.seats)}
    <p>${handover.overlapWeeks > 0 ? w.overlapUntil(day(handover.leavesOn)) : w.noOverlap}</p>
    ${coming.size > 0 ? html`<p class="due" role="note">${w.slipsFor(names([...coming.values()]))}</p><button class="btn plain" @click=${() => act.slips([...coming.keys()])}>${w.slips}</button>` : nothing}
    ${act.decides ? way(act) : nothing}`;
}

/** @param {{asking: boolean, ask: (on: boolean) => void, cancel: () => void}} act */
function way({ asking, ask, cancel }) {
  if (!asking) return html`<div class="actions"><button class="btn plain" @click=${() => ask(true)}>${w.cancel}</button></div>`;
  return html`<div class="confirm"><p>${w.cancelSure}</p><p class="two">
    <button class="btn danger" @click=${cancel}>${w.cancel}</button><button data-back class="btn plain" @click=${() => ask(false)}>${words.keep}</button></p></div>`;
}
