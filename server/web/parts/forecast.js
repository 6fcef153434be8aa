// Whom a notice would reach: one bar, its parts in words, and why some homes cannot be told.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { strip } from "./bar.js";

/** @typedef {import("../types").Forecast} Forecast */

const w = words.forecast;

/** Colour, words, homes. @param {Forecast} f @param {boolean} estimate @returns {[string, string, number][]} */
function parts(f, estimate) {
  const prompt = f.withinHalfHour ?? f.withChannel;
  const first = f.withinHalfHour === undefined ? w.withChannel : w.withinHalfHour;
  return [
    ["onThePhone", estimate ? w.withPhone : first, prompt],
    ["planned", w.later, f.withChannel - prompt],
    ["onPaper", w.paper, f.paper],
    ["noChannel", estimate ? w.unknown : w.withoutChannel, f.withoutChannel],
  ];
}

/** What channels have not enough left of the month. @param {Pick<Forecast, "scarce">} f */
export function scarce(f) {
  return (f.scarce ?? []).map(({ channel, people, left }) => html`<p class="due">${w.scarce(words.report.channels[channel] ?? channel, people, left)}</p>`);
}

/**
 * @param {Forecast} f
 * @param {{estimate?: boolean, note?: string, of?: string}} [how] of: whose, where a page has several; estimate: from this phone's list of homes; note: of what time it is
 */
export function forecast(f, { estimate = false, note = "", of = "" } = {}) {
  const shown = parts(f, estimate).filter(([, , n]) => n > 0);
  const reasons = Object.entries(f.without ?? {});
  return html`<section class="card" aria-label=${of ? `${w.label}${words.colon}${of}` : w.label}><h3>${w.heading(f.households)}</h3>
    ${strip(shown.map(([colour, , n]) => [colour, n]), f.households, w.bar(shown.map(([, label, n]) => `${label}${words.households(n)}`).join(words.comma)))}
    <dl class="legend">${shown.map(([colour, label, n]) => html`<div><dt class=${colour}>${label}</dt><dd>${words.households(n)}</dd></div>`)}</dl>
    ${reasons.length > 0 ? html`<p class="sub">${w.why}</p><ul class="sub">${reasons.map(([why, n]) => html`<li>${w.without[why] ?? why}${words.colon}${words.households(n)}</li>`)}</ul>` : nothing}
    ${scarce(f)}
    ${f.withoutChannel > 0 ? html`<p class="sub">${w.door} <a class="more" href="/people/unreachable">${words.titles.unreachable}</a></p>` : nothing}
    ${note ? html`<p class="sub">${note}</p>` : nothing}
  </section>`;
}
