// Where a home stands: a block, and behind whom in its walking order.

import { html } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { field } from "./choice.js";
import { words } from "../words/words.js";

/** @typedef {{block: string, walk: number | null}} Place `walk` null: at the end */

const w = words.life;
const END = "";

/**
 * @param {import("../read/people.js").BlockOfHomes[]} blocks
 * @param {Place} place
 * @param {string} but a home that is no neighbour of itself
 * @param {(place: Place) => void} set
 */
export function placeFields(blocks, place, but, set) {
  const homes = (blocks.find((b) => b.id === place.block)?.households ?? []).filter((h) => h.id !== but);
  const chosen = place.walk === null ? END : String(place.walk);
  const value = (/** @type {Event} */ e) => /** @type {HTMLSelectElement} */ (e.target).value;
  return html`${field({ id: "block", label: w.block }, () => html`<select id="block" required .value=${live(place.block)} @change=${(/** @type {Event} */ e) => set({ block: value(e), walk: null })}>
      <option value="">${words.people.choose}</option>
      ${blocks.map((b) => html`<option value=${b.id} ?selected=${b.id === place.block}>${b.name}</option>`)}
    </select>`)}
    ${field({ id: "walk", label: w.walk, hint: w.walkHint }, (described) => html`<select id="walk" aria-describedby=${described} @change=${(/** @type {Event} */ e) => set({ ...place, walk: value(e) === END ? null : Number(value(e)) })}>
      <option value=${END} ?selected=${chosen === END}>${w.last}</option>
      ${homes.length > 0 ? html`<option value=${String(homes[0]?.walk ?? 1)} ?selected=${chosen === String(homes[0]?.walk)}>${w.first}</option>` : ""}
      ${homes.map((h) => html`<option value=${String(h.walk + 1)} ?selected=${chosen === String(h.walk + 1)}>${w.behind(h.walk, h.name)}</option>`)}
    </select>`)}`;
}
