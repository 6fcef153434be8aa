// A ledger as one bar whose parts are also words. Widths go through the CSSOM: the policy forbids style attributes.

import { html } from "../vendor/lit-html/lit-html.js";
import { ref } from "../vendor/lit-html/directives/ref.js";
import { GRADES } from "../read/reach.js";
import { words } from "../words/words.js";

/** @param {number} share 0 … 1 */
const wide = (share) => ref((element) => {
  if (element instanceof HTMLElement) element.style.inlineSize = `${share * 100}%`;
});

/** @param {import("../types").Grades} grades @param {number} households */
export function bar(grades, households) {
  const shown = GRADES.filter((grade) => grades[grade] > 0);
  const label = words.reach.bar(households, shown.map((g) => `${words.grades[g]}${grades[g]}`).join(words.comma));
  return strip(shown.map((grade) => [grade, grades[grade]]), households, label);
}

/** @param {[string, number][]} parts colour and size @param {number} whole @param {string} label all of it in words */
export function strip(parts, whole, label) {
  return html`<div class="bar" role="img" aria-label=${label}>
    ${parts.map(([colour, n]) => html`<i class=${colour} ${wide(n / (whole || 1))}></i>`)}
  </div>`;
}

/** @param {import("../types").Grades} grades */
export function legend(grades) {
  return html`<dl class="legend">
    ${GRADES.map((grade) => html`<div><dt class=${grade}>${words.grades[grade]}</dt><dd>${words.households(grades[grade])}</dd></div>`)}
  </dl>`;
}

/** @param {number} share 0 … 1 @param {string} label */
export function progress(share, label) {
  return html`<progress max="1" .value=${share} aria-label=${label}></progress>`;
}
