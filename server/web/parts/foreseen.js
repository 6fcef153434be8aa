// What would follow, in sentences, before the one press that does it.

import { day } from "../read/days.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

const w = words.life;

/**
 * @param {object} it
 * @param {string[]} it.sentences
 * @param {boolean} it.busy
 * @param {string} it.trouble
 * @param {() => void} it.press
 * @param {() => void} it.change
 */
export function foreseen({ sentences, busy, trouble, press, change }) {
  return html`<section aria-labelledby="foreseen"><h2 id="foreseen" class="title" tabindex="-1">${w.sure}</h2>
    <div class="card"><ul>${sentences.map((each) => html`<li>${each}</li>`)}</ul></div>
    ${trouble ? html`<p class="problem" role="alert" tabindex="-1">${trouble}</p>` : nothing}
    <p class="two"><button class="btn" ?disabled=${busy} @click=${press}>${busy ? w.busy : w.doIt}</button>
      <button class="btn plain" ?disabled=${busy} @click=${change}>${w.change}</button></p>
  </section>`;
}

/** @param {string[]} names */
const joined = (names) => names.map(w.person).join(words.comma);

/**
 * @param {import("../types").Follows} f
 * @param {{home: string, people: string[], to: string, open?: number}} named what the facts are called
 * @returns {string[]}
 */
export function sentencesOf(f, { home, people, to }) {
  const told = w.follows;
  const said = [told.what[f.kind]?.(home, joined(people), to) ?? ""];
  if (f.ended && f.kind !== "merged") said.push(told.ended(home));
  if (f.seats.length > 0) said.push(told.seats(f.seats));
  for (const { title, begins } of f.unfilled ?? []) said.push(told.unfilled(day(begins), title));
  if (f.phones > 0 && told.phones[f.kind]) said.push(told.phones[f.kind]?.(f.phones) ?? "");
  const open = f.ended && f.kind !== "merged" ? told.openEnded : told.open[f.kind];
  if (f.openCirculars > 0 && open) said.push(open(f.openCirculars));
  if (told.also[f.kind]) said.push(told.also[f.kind] ?? "");
  said.push(f.takesBack ? told.takesBack : (told.again[f.kind] ?? ""));
  return said.filter(Boolean);
}
