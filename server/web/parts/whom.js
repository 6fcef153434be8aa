// To which part of the city: all of it, districts, or associations.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { checkbox, radios } from "./choice.js";

const w = words.city;

/** @typedef {import("../read/alarm.js").Whom} Whom */

/** @param {Whom} whom @param {import("../types").LoadOfAssociation[] | null} load null: not known yet @param {(whom: Whom) => void} set */
export function whomBox(whom, load, set) {
  const { to, chosen } = whom;
  const options = /** @type {const} */ (["all", "districts", "associations"]).map((value) => ({ value, label: w.to[value] }));
  const toggle = (/** @type {string} */ id) => (/** @type {boolean} */ on) => set({ to, chosen: on ? [...chosen, id] : chosen.filter((each) => each !== id) });
  const names = to === "districts" ? [...new Set((load ?? []).map((l) => l.district))].map((name) => ({ id: name, label: name || w.noDistrict })) : (load ?? []).map((l) => ({ id: l.association, label: l.name }));
  return html`${radios("to", w.audience, options, to, (value) => set({ to: value, chosen: [] }))}
    ${to === "all" ? nothing : html`<fieldset><legend>${to === "districts" ? w.districts : w.choose}</legend>
      ${load ? names.map(({ id, label }) => checkbox(label, chosen.includes(id), toggle(id))) : html`<p class="sub">${w.loading}</p>`}</fieldset>`}`;
}
