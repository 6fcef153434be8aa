// Who is to hold which seat: the seats, each with its next holder; and a block's people as buttons, of whom one is chosen.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

/** @typedef {import("../read/handover.js").HeldSeat} HeldSeat */

const w = words.handover;

/**
 * @param {{seat: HeldSeat, place: number, block: string}} picking
 * @param {import("../read/people.js").BlockOfList[]} blocks
 * @param {{block: (id: string) => void, take: (person: import("../types").Person | null | undefined) => void, back: () => void}} act
 */
export function successorPicker({ seat, place, block }, blocks, act) {
  const people = blocks.find((b) => b.id === block)?.households.flatMap((h) => h.people) ?? [];
  const holder = seat.holders[place];
  return html`<h2 class="title" tabindex="-1">${w.who(w.seat(seat.title, seat.block?.name ?? ""))}</h2>
    ${holder ? html`<p>${w.now(holder.name)}</p>` : nothing}
    <div class="field"><label for="block">${w.block}</label>
      <select id="block" @change=${(/** @type {Event} */ e) => act.block(/** @type {HTMLSelectElement} */ (e.target).value)}>
        ${blocks.map((b) => html`<option value=${b.id} ?selected=${b.id === block}>${b.name}</option>`)}
      </select></div>
    <p>${w.pick}</p>
    <ul class="cards names">${people.map((p) => html`<li><button type="button" class="btn plain" @click=${() => act.take({ id: p.id, name: p.name })}>${p.name}${p.devices.length === 0 ? html`<span class="sub"> ${w.noPhone}</span>` : nothing}</button></li>`)}</ul>
    <div class="actions">
      <button type="button" class="btn plain" @click=${() => act.take(undefined)}>${w.keepHolder}</button>
      ${holder && seat.holders.length > 1 ? html`<button type="button" class="btn plain" @click=${() => act.take(null)}>${w.leaveEmpty}</button>` : nothing}
      <button type="button" class="btn plain" @click=${act.back}>${w.backToSeats}</button>
    </div>`;
}

/**
 * @param {HeldSeat[]} seats
 * @param {Map<string, import("../read/handover.js").Slots>} chosen
 * @param {(seat: HeldSeat, place: number) => void} pick
 */
export function seatCards(seats, chosen, pick) {
  return html`<ul class="cards">${seats.map((seat) => seatCard(seat, chosen.get(seat.id) ?? [], pick))}</ul>`;
}

/** @param {HeldSeat} seat @param {import("../read/handover.js").Slots} slots @param {(seat: HeldSeat, place: number) => void} pick */
function seatCard(seat, slots, pick) {
  const name = w.seat(seat.title, seat.block?.name ?? "");
  const places = Math.max(seat.holders.length, slots.length, 1);
  const more = seat.role !== "president" && (seat.holders.length > 0 || slots.length > 0);
  return html`<li class="card">
    <h3>${name}</h3>
    ${Array.from({ length: places }, (_, place) => html`<div class="slot">
      <p>${seat.holders[place] ? w.now(seat.holders[place].name) : w.vacant}</p>
      <p><b>${slots[place] ? w.next(slots[place].name) : slots[place] === null ? w.leaves : w.same}</b></p>
      <button type="button" class="btn small plain" id="s${seat.id}-${place}" @click=${() => pick(seat, place)}>${slots[place] === undefined ? w.choose : w.chooseAgain}<span class="hidden">${name}</span></button>
    </div>`)}
    ${more ? html`<button type="button" class="btn small plain" @click=${() => pick(seat, places)}>${w.another}<span class="hidden">${name}</span></button>` : nothing}
  </li>`;
}
