// What a notice asks, to be looked at before it leaves or is passed on; nothing can be pressed.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { nameOf, VOTES } from "../read/forms.js";
import { words } from "../words/words.js";

const w = words.forms;

/** @param {import("../types").FormShape | null | undefined} form */
export function formPreview(form) {
  if (!form) return nothing;
  return html`<section class="card" aria-label=${w.kinds[form.kind]}>
    <p><b>${w.preview(w.kinds[form.kind], w.pers[form.per])}</b></p>
    ${form.places === null ? nothing : html`<p>${w.placesOf(form.places)}</p>`}
    ${form.secret ? html`<p>${w.secretNote}</p>` : nothing}
    ${form.questions.map((q) => html`<p>${q.text}<span class="sub"> ${(q.asks === "vote" ? [...VOTES] : q.options.map((o) => o.id)).map((id) => nameOf(q, id)).join(words.dot)}</span></p>`)}
  </section>`;
}
