// The words of an alarm's draft, in every language it has.

import { langOf, TONGUES } from "../read/tongues.js";
import { check } from "../read/writing.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { field } from "./choice.js";

/** @typedef {import("../read/alarm.js").Said} Said */

const w = words.alarm.draft;

/** @param {import("../types").Alarm} n @returns {Said} in every language it has */
export const saidBy = ({ title, body, translations = {} }) => ({ ja: { title, body }, .../** @type {Said} */ (translations) });

/** @param {Said} said @returns {Record<string, string>} what is wrong, by field */
export function wrongWords(said) {
  return Object.fromEntries(Object.entries(said).flatMap(([tongue, each]) => wrongIn(tongue, each)));
}

/** @param {string} tongue @param {{title: string, body: string}} said @returns {[string, string][]} */
function wrongIn(tongue, said) {
  const found = check({ .../** @type {any} */ ({}), ...said, deadline: "", to: "all", blocks: [] });
  return /** @type {const} */ (["title", "body"]).flatMap((name) => (found[name] ? [/** @type {[string, string]} */ ([`${name}-${tongue}`, found[name]])] : []));
}

/** What is typed is set in `said`. @param {Said} said @param {Record<string, string>} wrong */
export function alarmWords(said, wrong) {
  const others = TONGUES.filter((tongue) => tongue !== "ja" && said[tongue]);
  return html`${fields("ja", said, wrong)}
    ${others.length > 0 ? html`<p class="sub">${w.others}</p>${others.map((tongue) => html`<section lang=${langOf(tongue)}>${fields(tongue, said, wrong)}</section>`)}` : nothing}`;
}

/** @param {string} tongue @param {Said} all @param {Record<string, string>} wrong */
function fields(tongue, all, wrong) {
  const said = all[tongue] ?? { title: "", body: "" };
  const label = (/** @type {string} */ what) => (tongue === "ja" ? what : `${what}（${words.tongues.names[tongue]}）`);
  const set = (/** @type {Event} */ e, /** @type {"title" | "body"} */ name) => {
    said[name] = /** @type {HTMLInputElement} */ (e.target).value;
  };
  const [title, body] = [`title-${tongue}`, `body-${tongue}`];
  return html`${field({ id: title, label: label(words.write.title), error: wrong[title] ?? "" }, (described, invalid) => html`<input id=${title} maxlength="200" .value=${said.title} @input=${(/** @type {Event} */ e) => set(e, "title")} aria-describedby=${described} aria-invalid=${invalid} />`)}
    ${field({ id: body, label: label(words.write.body), error: wrong[body] ?? "" }, (described, invalid) => html`<textarea id=${body} rows="8" .value=${said.body} @input=${(/** @type {Event} */ e) => set(e, "body")} aria-describedby=${described} aria-invalid=${invalid}></textarea>`)}`;
}
