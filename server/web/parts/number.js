// The two digits a phone and the officer's list both show, so that they can see it is the right phone.

import { html } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

/** @param {string} number */
export function deviceNumber(number) {
  return html`<p class="number"><span>${words.enrol.number}</span><b>${number}</b></p>`;
}
