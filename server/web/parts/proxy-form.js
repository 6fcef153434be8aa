// What one asks somebody to do, for how long; and the code that comes of it, shown once.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { day, tokyoDay } from "../read/days.js";
import { words } from "../words/words.js";
import { checkbox, field, radios } from "./choice.js";
import { square } from "./squares.js";

/** @typedef {"family" | "commissioner" | "leader" | "other"} Basis */
/** @typedef {"receive" | "stamp" | "answer"} What */
/** @typedef {{name: string, basis: Basis, whats: What[], hearAfter: number | null, until: string}} Wish */
/** @typedef {{code: string, codeUntil: string, name: string}} Code */

const w = words.family;
const YEAR = 365 * 86_400_000;

/** @returns {Wish} what most people ask for */
export const usual = () => ({ name: "", basis: "family", whats: ["receive", "stamp", "answer"], hearAfter: 180, until: tokyoDay(new Date(Date.now() + YEAR)) });

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** @param {Wish} wish @param {(change: Partial<Wish>) => void} set @param {boolean} [named] whether the name is asked for */
export function wishFields(wish, set, named = true) {
  /** @type {Basis[]} */
  const bases = ["family", "commissioner", "leader", "other"];
  /** @type {What[]} */
  const whats = ["receive", "stamp", "answer"];
  return html`${named ? field({ id: "proxy-name", label: w.name }, () =>
      html`<input id="proxy-name" autocomplete="off" .value=${wish.name} @input=${(/** @type {Event} */ e) => set({ name: valueOf(e) })} />`) : nothing}
    ${radios("proxy-basis", w.basis, bases.map((value) => ({ value, label: w.bases[value] })), wish.basis, (basis) => set({ basis }))}
    <fieldset><legend>${w.whatsTitle}</legend>
      ${whats.map((what) => checkbox(w.whats[what], wish.whats.includes(what), (on) => set({ whats: whats.filter((each) => (each === what ? on : wish.whats.includes(each))) })))}
    </fieldset>
    ${field({ id: "proxy-hear", label: w.hear }, () =>
      html`<select id="proxy-hear" @change=${(/** @type {Event} */ e) => set({ hearAfter: Number(valueOf(e)) || null })}>
        <option value="" ?selected=${wish.hearAfter === null}>${w.never}</option>
        ${Object.entries(w.after).map(([minutes, text]) => html`<option value=${minutes} ?selected=${Number(minutes) === wish.hearAfter}>${w.afterThat(text)}</option>`)}</select>`)}
    ${field({ id: "proxy-until", label: w.until }, () =>
      html`<input id="proxy-until" type="date" min=${tokyoDay(new Date())} .value=${wish.until} @change=${(/** @type {Event} */ e) => set({ until: valueOf(e) })} />`)}`;
}

/** @param {Code} code @param {() => void} done */
export function codeCard({ code, codeUntil, name }, done) {
  return html`<section class="card" id="proxy-code" tabindex="-1">
    <h2>${w.codeFor(name)}</h2>
    <p class="carry"><span>${w.code}</span><b>${code}</b></p>
    <p>${square(`${location.origin}/enrol#${code}`, w.qr)}</p>
    <p>${w.codeHow(location.host)}</p><p class="due">${w.codeOnce(day(codeUntil))}</p>
    <button class="btn" @click=${done}>${w.done}</button>
  </section>`;
}
