// The fields that writing and correcting share.

import { html } from "../vendor/lit-html/lit-html.js";
import { live } from "../vendor/lit-html/directives/live.js";
import { tokyoDay } from "../read/days.js";
import { TOPICS } from "../read/writing.js";
import { words } from "../words/words.js";
import { field } from "./choice.js";
import { formFields } from "./form-fields.js";
import "./uploads.js";

const w = words.write;

/** @param {Event} event */
const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;

/**
 * @param {import("../read/writing.js").Draft} draft
 * @param {import("../read/writing.js").Errors} errors
 * @param {(change: Partial<import("../read/writing.js").Draft>) => void} set
 */
export function writingFields(draft, errors, set) {
  return html`${field({ id: "title", label: w.title, error: errors.title ?? "" }, (described, invalid) =>
    html`<input id="title" maxlength="200" .value=${live(draft.title)} @input=${(/** @type {Event} */ e) => set({ title: valueOf(e) })} aria-describedby=${described} aria-invalid=${invalid} />`)}
  ${field({ id: "body", label: w.body, hint: w.bodyHint, error: errors.body ?? "" }, (described, invalid) =>
    html`<textarea id="body" rows="10" .value=${live(draft.body)} @input=${(/** @type {Event} */ e) => set({ body: valueOf(e) })} aria-describedby=${described} aria-invalid=${invalid}></textarea>`)}
  ${field({ id: "deadline", label: w.deadline, hint: w.deadlineHint, error: errors.deadline ?? "" }, (described, invalid) =>
    html`<input id="deadline" type="date" min=${tokyoDay(new Date())} .value=${live(draft.deadline)} @input=${(/** @type {Event} */ e) => set({ deadline: valueOf(e) })} aria-describedby=${described} aria-invalid=${invalid} />`)}
  ${field({ id: "topic", label: w.topic }, () =>
    html`<select id="topic" @change=${(/** @type {Event} */ e) => set({ topic: valueOf(e) })}>
      ${TOPICS.map((topic) => html`<option value=${topic} ?selected=${draft.topic === topic}>${words.topics[topic]}</option>`)}
    </select>`)}
  ${formFields(draft.form ?? null, errors.form ?? "", (form) => set({ form }), draft.association === "")}
  ${errors.files && draft.unfinished ? html`<p class="problem" role="alert" tabindex="-1">${errors.files}</p>` : ""}
  <k-uploads .draft=${draft.id} .files=${draft.files} .tell=${(/** @type {number} */ unfinished) => unfinished !== (draft.unfinished ?? 0) && set({ unfinished })} .set=${(/** @type {import("../types").Attachment[]} */ files) => set({ files })}></k-uploads>`;
}

/** Points the writer to the first field that needs something. @param {import("../read/writing.js").Errors} errors */
export const firstWrong = (errors) => (["blocks", "title", "body", "form", "deadline", "files"]).find((name) => name in errors);
