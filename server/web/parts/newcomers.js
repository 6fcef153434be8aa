// New people, as an officer writes them down: the name is enough.

import { field } from "./choice.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { newId } from "../data/ids.js";
import { words } from "../words/words.js";

/** @typedef {"name" | "kana" | "born" | "phone" | "mail"} Cell */
/** @typedef {Record<Cell, string> & {id: string}} Newcomer */

const w = words.life;
/** @type {Cell[]} */
const CELLS = ["name", "kana", "born", "phone", "mail"];
const MOST = 20;

/** @returns {Newcomer} with an id of its own, so that a second press makes nobody twice */
export const nobody = () => ({ id: newId(), name: "", kana: "", born: "", phone: "", mail: "" });

/** @param {Newcomer[]} people @returns {Newcomer[]} those of whom anything is written */
export const written = (people) => people.filter((p) => CELLS.some((cell) => p[cell].trim()));

/** @param {Newcomer[]} people changed as one types @param {() => void} another */
export function newcomers(people, another) {
  return html`${people.map(one)}
    ${people.length >= MOST ? nothing : html`<p><button type="button" class="btn small plain" @click=${another}>${w.another}</button></p>`}`;
}

/** @param {Newcomer} person @param {number} n */
function one(person, n) {
  return html`<fieldset><legend>${w.nth(n + 1)}</legend>${CELLS.map((cell) => field({ id: `${cell}-${n}`, label: w.cells[cell] }, () => html`<input id="${cell}-${n}" autocomplete="off" maxlength="200" type=${cell === "phone" ? "tel" : "text"} .value=${person[cell]} @input=${(/** @type {Event} */ e) => (person[cell] = /** @type {HTMLInputElement} */ (e.target).value)} />`))}</fieldset>`;
}
