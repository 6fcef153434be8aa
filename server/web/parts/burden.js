// What a circular of the city adds to: to how many associations and homes it goes, and what these got already this month.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").LoadOfAssociation} Load */

const w = words.city;

/**
 * @param {Load[] | null} chosen those it goes to; null: not known
 * @param {boolean} inVain it was asked for, and nobody answered
 * @param {() => void} again asks once more
 * @param {string} [of] what is sent, where a page has several
 */
export function burden(chosen, inVain, again, of = "") {
  const label = of ? `${w.loadTitle}${words.colon}${of}` : w.loadTitle;
  if (!chosen && !inVain) return html`<section class="card" aria-label=${label}><p>${w.loadCounting}</p></section>`;
  if (!chosen) return html`<section class="card" aria-label=${label}><p>${w.loadOffline}</p><p><button type="button" class="btn plain" @click=${again}>${w.loadAgain}</button></p></section>`;
  const homes = chosen.reduce((sum, l) => sum + l.households, 0);
  const itself = chosen.filter((l) => l.forwardsByItself).length;
  const sorted = [...chosen].sort((a, b) => b.city + b.own - a.city - a.own);
  const [most] = sorted;
  return html`<section class="card" aria-label=${label}>
    <p><b>${w.loadAll(chosen.length, homes)}</b></p>
    ${itself > 0 ? html`<p>${w.loadItself(itself)}</p>` : nothing}
    <h3>${w.loadTitle}</h3>
    ${most ? html`<p>${most.city + most.own > 0 ? w.loadMost(most.name, most.city + most.own) : w.loadNone}</p>` : nothing}
    <details><summary>${w.loadEach}</summary><ul class="rows">${sorted.map((l) => html`<li>
      <p class="kind"><b>${l.name}</b><span>${w.load(l.city, l.own)}</span></p>
      ${l.blocks.map((b) => html`<p class="sub">${w.blockLoad(b.name, b.notices)}</p>`)}
    </li>`)}</ul></details>
  </section>`;
}
