// どの会の仕事か: the one control with which somebody who is an officer of two associations says for which they work.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

/** @param {{id: string, name: string}[]} hats @param {string} worn @param {(association: string) => void} choose */
export function hatSwitch(hats, worn, choose) {
  if (hats.length < 2) return nothing;
  return html`<section class="tongues hats" aria-label=${words.hats.label}>
    <p class="sub">${words.hats.label}</p>
    ${hats.map(({ id, name }) => html`<button class="btn small plain" aria-pressed=${id === worn ? "true" : "false"} @click=${() => choose(id)}>${name}</button>`)}
  </section>`;
}
