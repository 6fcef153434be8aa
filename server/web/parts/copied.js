// Above a notice that was copied from an earlier one: what was moved, and what people must put right themselves.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { day, dayOfWeek } from "../read/days.js";
import { words } from "../words/words.js";

const w = words.finding;

/** @param {import("../read/writing.js").Draft} draft */
export function copiedNote({ copied, deadline }) {
  if (!copied) return nothing;
  return html`<section class="card" aria-label=${words.finding.again}><p>${w.copied(day(copied.on))}</p>
    ${copied.dates.length > 0 ? html`<p><b>${w.dates(copied.dates.join(words.comma))}</b></p>` : nothing}
    ${copied.deadline && deadline ? html`<p>${w.deadline(dayOfWeek(copied.deadline), dayOfWeek(deadline))}</p>` : nothing}
    ${copied.lost ? html`<p class="due">${w.noPlaces}</p>` : nothing}</section>`;
}
