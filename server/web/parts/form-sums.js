// How a form stands, question by question: a bar each, whose parts are also words.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { nameOf, VOTES } from "../read/forms.js";
import { words } from "../words/words.js";
import { strip } from "./bar.js";

/** @typedef {import("../types").FormShape} FormShape */
/** @typedef {import("../types").FormCounts} FormCounts */

const w = words.forms;
/** In the order of the table; what is none of this form's is not in its counts. */
const SUMS = /** @type {const} */ (["come", "people", "stay", "free", "waiting", "waitingPeople", "voted", "toChair", "withVotes", "unused"]);
const COLOURS = ["stamped", "onThePhone", "handedOver", "planned", "onPaper", "noChannel"];

/** @param {FormShape} form @param {FormCounts} counts */
export function formSums(form, counts) {
  const { answered, asked } = counts;
  const all = typeof asked === "number" ? asked : answered;
  return html`<p><b>${w.answeredOf[form.per](answered, Math.max(all, answered))}</b></p>
    ${strip([["stamped", answered]], Math.max(all, answered), w.answeredOf[form.per](answered, all))}
    ${counts.hidden ? html`<p class="corrected">${w.hidden}</p>` : nothing}
    <dl>${SUMS.filter((name) => typeof counts[name] === "number").map((name) => html`<div><dt>${w.sums[name]}</dt><dd>${String(counts[name])}</dd></div>`)}</dl>
    ${form.kind === "assembly" && !counts.hidden ? html`<p class="sub">${w.letterHow}</p>` : nothing}
    ${form.questions.map((q) => question(q, counts.questions?.[q.id]))}`;
}

/** @param {import("../types").FormQuestion} q @param {Record<string, number> | undefined} counted */
function question(q, counted) {
  if (!counted) return nothing;
  if (q.asks === "text") return html`<section class="card"><h3>${q.text}</h3><p>${w.written(counted.written ?? 0)}</p></section>`;
  const ids = q.asks === "vote" ? [...VOTES] : q.options.map((o) => o.id);
  const silent = counted.silent ?? 0;
  const parts = [...ids, ...(silent > 0 ? ["silent"] : [])].map((id) => /** @type {const} */ ([id, counted[id] ?? 0]));
  const whole = parts.reduce((sum, [, n]) => sum + n, 0);
  const coloured = parts.map(([id, n], place) => /** @type {const} */ ([COLOURS[place % COLOURS.length] ?? "", id, n]));
  const label = w.bar(q.text, parts.map(([id, n]) => w.choice(nameOf(q, id), n)).join(words.comma));
  return html`<section class="card"><h3>${q.text}</h3>
    ${strip(coloured.filter(([, , n]) => n > 0).map(([colour, , n]) => [colour, n]), whole, label)}
    <dl class="legend">${coloured.map(([colour, id, n]) => html`<div><dt class=${colour}>${nameOf(q, id)}</dt><dd>${n}</dd></div>`)}</dl>
  </section>`;
}
