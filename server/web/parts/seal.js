// The vermilion seal 「済」: appears at the press and stays. Its meaning is also in words beside it.

import { html } from "../vendor/lit-html/lit-html.js";
import { sealDay } from "../read/days.js";
import { words } from "../words/words.js";

/** @param {string} block @param {string} at @param {boolean} [small] */
export function seal(block, at, small = false) {
  const label = words.seal.label(block, sealDay(at));
  return html`<span class=${small ? "seal small" : "seal"} role="img" aria-label=${label}>
    <span>${block}</span><b>${words.seal.done}</b><span>${sealDay(at)}</span>
  </span>`;
}
