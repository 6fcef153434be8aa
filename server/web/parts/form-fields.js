// What is asked, while it is being written: nothing, 出欠, アンケート or 総会, each begun from a template.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { newQuestion, shortId, template } from "../read/forms.js";
import { words } from "../words/words.js";
import { checkbox, field, radios } from "./choice.js";

/** @typedef {import("../types").FormShape} FormShape */
/** @typedef {import("../types").FormQuestion} FormQuestion */
/** @typedef {(form: FormShape | null) => void} Set */

const w = words.forms;
const KINDS = /** @type {const} */ (["none", "attendance", "survey", "assembly"]);
const PERS = /** @type {const} */ (["household", "person"]);
const ASKS = /** @type {const} */ (["one", "many", "text"]);

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/** @param {FormShape | null} form @param {string} error @param {Set} set @param {boolean} city each association is asked for itself: no vote, no places */
export function formFields(form, error, set, city = false) {
  const kinds = KINDS.filter((value) => !city || value !== "assembly").map((value) => ({ value, label: w.kinds[value], hint: w.kindHints[value] }));
  return html`<div id="form" tabindex="-1">
    ${radios("form-kind", w.ask, kinds, form?.kind ?? "none", (kind) => set(kind === "none" ? null : template(kind)))}
    ${error ? html`<p class="problem" role="alert" tabindex="-1">${error}</p>` : nothing}
    ${form ? fieldsOf(form, set, city) : nothing}
  </div>`;
}

/** @param {FormShape} form @param {Set} set @param {boolean} city */
function fieldsOf(form, set, city) {
  const motions = form.kind === "assembly";
  const pers = PERS.map((value) => ({ value, label: w.pers[value], hint: w.perHints[value] }));
  return html`${motions ? nothing : radios("form-per", w.per, pers, form.per, (per) => set({ ...form, per }))}
    ${form.kind === "attendance" && !city ? places(form, set) : nothing}
    ${repeat(form.questions, (q) => q.id, (q, n) => question(form, q, n + 1, set))}
    <p><button type="button" class="btn small plain" @click=${() => set({ ...form, questions: [...form.questions, newQuestion(form, form.kind)] })}>${motions ? w.addMotion : w.addQuestion}</button></p>
    ${checkbox(w.secret, form.secret, (secret) => set({ ...form, secret }))}
    ${form.secret ? html`<p class="sub">${w.secretHow}</p>` : nothing}`;
}

/** @param {FormShape} form @param {Set} set */
function places(form, set) {
  const typed = (/** @type {Event} */ e) => set({ ...form, places: valueOf(e) ? Number(valueOf(e)) : null });
  return field({ id: "form-places", label: w.places, hint: w.placesHow }, (described) =>
    html`<input id="form-places" type="number" inputmode="numeric" min="1" max="10000" .value=${live(form.places === null ? "" : String(form.places))} @input=${typed} aria-describedby=${described} />`);
}

/** @param {FormShape} form @param {FormQuestion} q @param {number} n @param {Set} set */
function question(form, q, n, set) {
  const change = (/** @type {Partial<FormQuestion>} */ part) => set({ ...form, questions: form.questions.map((each) => (each.id === q.id ? { ...each, ...part } : each)) });
  const label = q.asks === "vote" ? w.motion(n) : w.question(n);
  const drop = () => set({ ...form, questions: form.questions.filter((each) => each.id !== q.id) });
  return html`<fieldset class="card"><legend class="hidden">${label}</legend>
    ${field({ id: `q-${q.id}`, label }, () => html`<input id="q-${q.id}" maxlength="200" .value=${live(q.text)} @input=${(/** @type {Event} */ e) => change({ text: valueOf(e) })} />`)}
    ${q.asks === "vote" ? nothing : asks(q, n, change)}
    ${q.asks === "one" || q.asks === "many" ? options(q, n, change) : nothing}
    <p><button type="button" class="btn small plain" @click=${drop}>${w.dropQuestion(label)}</button></p>
  </fieldset>`;
}

/** @param {FormQuestion} q @param {number} n @param {(part: Partial<FormQuestion>) => void} change */
function asks(q, n, change) {
  const chosen = (/** @type {Event} */ e) => {
    const kind = /** @type {FormQuestion["asks"]} */ (valueOf(e));
    const fresh = q.options.length > 0 ? q.options : w.templates.options.map((text) => ({ id: shortId("o"), text }));
    change({ asks: kind, options: kind === "text" ? [] : fresh, needed: kind === "text" ? false : q.needed });
  };
  return html`${field({ id: `a-${q.id}`, label: `${w.question(n)}${words.dot}${w.asks}` }, () => html`<select id="a-${q.id}" @change=${chosen}>
      ${ASKS.map((kind) => html`<option value=${kind} ?selected=${q.asks === kind}>${w.askses[kind]}</option>`)}
    </select>`)}
    ${checkbox(w.needed, q.needed, (needed) => change({ needed }))}`;
}

/** @param {FormQuestion} q @param {number} n @param {(part: Partial<FormQuestion>) => void} change */
function options(q, n, change) {
  return html`${repeat(q.options, (o) => o.id, (o, place) => html`<div class="field">
      <label for="o-${o.id}">${w.question(n)}${words.dot}${w.option(place + 1)}</label>
      <input id="o-${o.id}" maxlength="80" .value=${live(o.text)} @input=${(/** @type {Event} */ e) => change({ options: q.options.map((each) => (each.id === o.id ? { ...each, text: valueOf(e) } : each)) })} />
      ${q.options.length > 2 ? html`<button type="button" class="btn small plain" @click=${() => change({ options: q.options.filter((each) => each.id !== o.id) })}>${w.dropOption}<span class="hidden">${o.text}</span></button>` : nothing}
    </div>`)}
    <p><button type="button" class="btn small plain" @click=${() => change({ options: [...q.options, { id: shortId("o"), text: "" }] })}>${w.addOption}</button></p>`;
}
