// Whom it would reach, before the press and while it waits: homes, people, and by which way.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { strip } from "./bar.js";
import { scarce } from "./forecast.js";

const w = words.forecast;

/**
 * @param {{households: number, people: number, associations?: number, withChannel: number, paper: number, withoutChannel: number, scarce?: import("../types").Forecast["scarce"]} | null} numbers null: not known
 * @param {{waits?: string}} [how] waits: what is said until they are known
 */
export function alarmNumbers(numbers, { waits = words.alarm.write.counting } = {}) {
  if (!numbers) return html`<section class="card" aria-label=${w.label}><p>${waits}</p></section>`;
  const { households, people, withChannel, paper, withoutChannel } = numbers;
  /** @type {[string, string, number][]} */
  const parts = [["onThePhone", w.withChannel, withChannel], ["onPaper", w.paper, paper], ["noChannel", w.withoutChannel, withoutChannel]];
  const shown = parts.filter(([, , n]) => n > 0);
  return html`<section class="card" aria-label=${w.label}>
    <p><b>${words.alarm.write.homes(households, people)}</b></p>
    ${strip(shown.map(([colour, , n]) => [colour, n]), households, w.bar(shown.map(([, label, n]) => `${label}${words.households(n)}`).join(words.comma)))}
    <dl class="legend">${shown.map(([colour, label, n]) => html`<div><dt class=${colour}>${label}</dt><dd>${words.households(n)}</dd></div>`)}</dl>
    ${scarce(numbers)}
    ${withoutChannel + paper > 0 ? html`<p class="sub">${words.alarm.write.doors}</p>` : nothing}
  </section>`;
}
