// The form of what is urgent, of a drill, and of what is over: a band with its word and its own pattern, never colour alone.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { dayTime } from "../read/days.js";
import { bare, lookOf, marked, marks } from "../read/marks.js";
import { langOf, saidIn } from "../read/tongues.js";
import { words } from "../words/words.js";

const w = words.alarm;

/** @typedef {import("../read/marks.js").Look} Look */
/** @typedef {import("../read/chains.js").Chain} Chain */

/** @type {Record<Exclude<Look, "">, unknown>} */
const SIGNS = {
  danger: html`<svg viewBox="0 0 24 24" aria-hidden="true" class="sign"><path d="M12 2 23 22H1Z M11 9v6h2V9Z M11 17v2.5h2V17Z" fill-rule="evenodd" /></svg>`,
  drill: html`<svg viewBox="0 0 24 24" aria-hidden="true" class="sign"><path d="M3 3h18v18H3Z M6 6v12h12V6Z" fill-rule="evenodd" /></svg>`,
  over: html`<svg viewBox="0 0 24 24" aria-hidden="true" class="sign"><path d="M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22Z M6 12l2-2 3 3 6-6 2 2-8 8Z" fill-rule="evenodd" /></svg>`,
};

/**
 * Over a card or a page: what it is, in words and in its form.
 * @param {import("../read/marks.js").Marked} notice
 * @param {unknown} [more]
 */
export function band(notice, more = nothing, tongue = "ja") {
  const look = lookOf(notice);
  if (!look) return nothing;
  return html`<span class="band ${look}">${SIGNS[look]}${marks(notice, tongue).map((mark) => html`<b lang=${langOf(tongue)}>${bare(mark)}</b>`)}${more}</span>`;
}

/** In the list. @param {Chain} chain @param {string} tongue @param {string} who */
export function alarmCard(chain, tongue, who) {
  const look = lookOf(chain);
  const said = saidIn(chain, tongue);
  const state = chain.kind === "safety-check" ? (chain.closedAt ? w.checked.over : w.checked[chain.state]) : w.state[chain.state];
  return html`<a class="card alarm ${look}" href="/n/${chain.notice}">
    ${band(chain, html`<span>${state}</span>`)}
    <span class="alarm-body">
      <span class="kind"><span>${w.from(dayTime(chain.publishedAt), who)}</span></span>
      <span class="title" lang=${langOf(said.tongue)}>${look === "drill" ? marked(said, said.tongue) : said.title}</span>
      ${chain.earlier.length > 0 ? html`<span class="sub">${w.replaced(chain.earlier.length)}</span>` : nothing}
      ${look === "danger" ? html`<span class="alarm-open" aria-hidden="true">${w.open}</span>` : nothing}
    </span>
  </a>`;
}
