// Before what was typed is thrown away, by a press or by Escape: the question.

import { html } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

const w = words.leaving;

/** @param {() => void} leave @param {() => void} stay */
export const sureToLeave = (leave, stay) => html`<div class="confirm"><p>${w.sure}</p><p class="two">
  <button type="button" class="btn danger" @click=${leave}>${w.leave}</button><button data-back type="button" class="btn plain" @click=${stay}>${w.stay}</button></p></div>`;
