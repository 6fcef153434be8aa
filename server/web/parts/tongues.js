// In which language a notice is read: one press, without a signal. Each language is named in itself.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { langOf, speak, tonguesOf } from "../read/tongues.js";
import { words } from "../words/words.js";

const w = words.tongues;

/** @param {import("../read/tongues.js").Spoken} notice @param {string} chosen */
export function tongueSwitch(notice, chosen) {
  const there = tonguesOf(notice);
  if (there.length < 2) return nothing;
  return html`<div class="tongues" role="group" aria-label=${w.label}>
    ${there.map((tongue) => html`<button class="btn small plain" lang=${langOf(tongue)} aria-pressed=${tongue === chosen ? "true" : "false"} @click=${() => speak(tongue)}>${w.names[tongue]}</button>`)}
  </div>`;
}
