// Whom a draft of an alarm is for, and changing it before it goes out: of the city associations or districts, of an association blocks.

import { all } from "../data/store.js";
import { askLoad, whomOf } from "../read/circulars.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { checkbox, radios } from "./choice.js";
import { whomBox } from "./whom.js";

/** @typedef {import("../types").Alarm} Alarm */
/** @typedef {{to: "all" | "blocks" | "districts" | "associations", chosen: string[]}} For */
/** What there is to choose from; null: not known yet. @typedef {{blocks: {id: string, name: string}[], load: import("../types").LoadOfAssociation[] | null}} Places */

const w = words.alarm.draft;

/** @param {Alarm} notice @returns {For} */
export function forWhom({ association, audience }) {
  if (!association) return whomOf(/** @type {any} */ (audience));
  return audience === "all" ? { to: "all", chosen: [] } : { to: "blocks", chosen: audience.blocks };
}

/** As the server takes it. @param {For} whom */
export const audienceOf = ({ to, chosen }) => (to === "all" ? "all" : { [to]: chosen });

/** @param {Alarm} notice @returns {Promise<Places>} */
export async function readPlaces({ association }) {
  if (!association) return { blocks: [], load: await askLoad().catch(() => null) };
  const found = (await all("blocks")).filter(({ d }) => d.association === association);
  return { blocks: found.sort((a, b) => a.d.position - b.d.position).map(({ id, d }) => ({ id, name: d.name })), load: null };
}

/** In words, by name where the names are known. @param {For} whom @param {Places} places */
export function whomLine({ to, chosen }, { blocks, load }) {
  if (to === "all") return w.toAll;
  const of = new Map([...blocks, ...(load ?? []).map(({ association, name }) => ({ id: association, name }))].map(({ id, name }) => [id, name]));
  const names = to === "districts" ? chosen.map((name) => name || words.city.noDistrict) : chosen.flatMap((id) => of.get(id) ?? []);
  return names.length === chosen.length ? w.toSome(names.join(words.comma)) : w.toMany(chosen.length);
}

/** @param {Alarm} notice @param {For} whom @param {Places} places @param {string} error @param {(whom: For) => void} set */
export function alarmWhom({ association }, whom, places, error, set) {
  const box = association ? blocksBox(whom, places, set) : whomBox(/** @type {import("../read/circulars.js").Whom} */ (whom), places.load, set);
  return html`<div id="whom" tabindex="-1" aria-describedby=${error ? "whom-error" : nothing}>${box}</div>
    ${error ? html`<p class="problem" id="whom-error">${error}</p>` : nothing}`;
}

/** @param {For} whom @param {Places} places @param {(whom: For) => void} set */
function blocksBox({ to, chosen }, { blocks }, set) {
  const options = /** @type {const} */ (["all", "blocks"]).map((value) => ({ value, label: words.write.to[value] }));
  const toggle = (/** @type {string} */ id) => (/** @type {boolean} */ on) => set({ to, chosen: on ? [...chosen, id] : chosen.filter((each) => each !== id) });
  return html`${radios("to", words.write.audience, options, to === "all" ? "all" : "blocks", (value) => set({ to: value, chosen: [] }))}
    ${to === "all" ? nothing : html`<fieldset><legend>${words.write.blocks}</legend>${blocks.map(({ id, name }) => checkbox(name, chosen.includes(id), toggle(id)))}</fieldset>`}`;
}
