// Form parts: a labelled field with its error in words, and a group of radio buttons large enough for a thumb.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";

/**
 * @param {object} field
 * @param {string} field.id
 * @param {string} field.label
 * @param {string} [field.hint]
 * @param {string} [field.error]
 * @param {(described: string, invalid: string) => unknown} control gets aria-describedby and aria-invalid
 */
export function field({ id, label, hint = "", error = "" }, control) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${hint ? html`<p class="sub" id="${id}-hint">${hint}</p>` : nothing}
    ${error ? html`<p class="problem" id="${id}-error">${error}</p>` : nothing} ${control(described, error ? "true" : "false")}
  </div>`;
}

/**
 * @template {string} T
 * @param {string} name
 * @param {string} legend
 * @param {{value: T, label: string, hint?: string}[]} options
 * @param {T} chosen
 * @param {(value: T) => void} choose
 */
export function radios(name, legend, options, chosen, choose) {
  return html`<fieldset>
    <legend>${legend}</legend>
    ${options.map(
      ({ value, label, hint }) => html`<label class="option">
        <input type="radio" name=${name} .value=${value} .checked=${live(chosen === value)} @change=${() => choose(value)} />
        <span>${label}${hint ? html`<span class="sub">${hint}</span>` : nothing}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** @param {string} label @param {boolean} checked @param {(checked: boolean) => void} set */
export function checkbox(label, checked, set) {
  return html`<label class="option">
    <input type="checkbox" .checked=${live(checked)} @change=${(/** @type {Event} */ e) => set(/** @type {HTMLInputElement} */ (e.target).checked)} />
    <span>${label}</span>
  </label>`;
}
