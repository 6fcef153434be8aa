// Somebody else has changed, sent or thrown away what the reader has open. What is there now stands beside what was typed, and
// nothing takes that away: it is saved over what is there by one who has seen it.

import { call, Trouble } from "../data/api.js";
import { dayOfWeek, dayTime } from "../read/days.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { formPreview } from "./form-preview.js";
import { markdown } from "./markdown.js";

/** As the server has it now, whoever's it is. @typedef {import("../types").Alarm & {lastHand?: import("../types").LastHand | null}} There */

const w = words.meanwhile;
const CONFLICT = 409;

/** Also of what is not on this phone. @param {string} id @returns {Promise<any>} rejected where there is no answer, or it is nowhere */
export const askFor = (id) => call("GET", `/api/v1/notices/${id}`);

/** After a refusal. @param {unknown} error @param {string} id @param {{revision: number, state: string}} from what the reader has open @returns {Promise<There | null>} null: that is still there, or nobody knows */
export async function lookAgain(error, id, { revision, state }) {
  if (!(error instanceof Trouble) || error.status !== CONFLICT) return null;
  /** @type {There | null} */
  const there = await askFor(id).catch(() => null);
  return there && (there.revision !== revision || there.state !== state) ? there : null;
}

/** Who has done it, and when; where nobody knows, somebody else has. @param {There["lastHand"]} hand @param {string[]} deeds */
function whose(hand, deeds) {
  if (!hand || !deeds.includes(hand.deed)) return w.someone;
  return hand.own ? w.self(dayTime(hand.at)) : w.who(hand.title, hand.name, dayTime(hand.at));
}

/** What became of a draft. @param {string} state "": it is nowhere @param {There["lastHand"]} hand */
function became(state, hand) {
  if (state === "withdrawn") return w.thrown(whose(hand, ["thrown"]));
  return state ? w.sent(whose(hand, ["sent"])) : w.nowhere;
}

/** What it says now, and did not when it was opened. @param {There} there */
function reworded({ state, lastHand }) {
  if (state !== "draft") return w.corrected(whose(lastHand, ["changed"]));
  return lastHand?.deed === "takenBack" ? w.takenBack(whose(lastHand, ["takenBack"])) : w.changed(whose(lastHand, ["changed"]));
}

/**
 * @param {There} there
 * @param {{was: string, whom?: string, page?: string, take: () => void, anew?: () => void}} how `was`: the state of what the
 *   reader has open; `take`: what is there in the place of what was typed; `anew`: what was typed as a draft of its own
 */
export function meanwhile(there, { was, whom = "", page = "", take, anew }) {
  const stands = there.state === was;
  const said = stands ? reworded(there) : was === "draft" ? became(there.state, there.lastHand) : w.over;
  return html`<section class="card hold" aria-label=${w.title}>
    <p class="problem" role="alert" tabindex="-1">${said}${w.unsaved}</p>
    <details open><summary>${w.there}</summary>
      <p><b>${there.title}</b></p>
      ${whom ? html`<p class="sub">${whom}</p>` : nothing}
      ${there.deadline ? html`<p class="sub">${words.list.due(dayOfWeek(there.deadline))}</p>` : nothing}
      <div class="text">${markdown(there.body)}</div>
      ${there.files.map(({ name }) => html`<p class="sub">${name}</p>`)} ${formPreview(there.form)}</details>
    ${stands
      ? html`<p>${w.how}</p><button type="button" class="btn plain" @click=${take}>${w.take}</button>`
      : html`${anew ? html`<button type="button" class="btn" @click=${anew}>${w.anew}</button>` : nothing}${page ? html`<a class="btn plain" href=${page}>${w.look}</a>` : nothing}`}
  </section>`;
}

/** In the place of the form of a draft that is none any more. @param {{state: string, publishedAt: string | null, lastHand?: There["lastHand"]} | null} it null: it is nowhere @param {{page: string, list: string}} ways */
export function gone(it, { page, list }) {
  const over = it?.publishedAt && it.state !== "published";
  const there = it && (over || it.state !== "withdrawn");
  return html`<p class="empty">${over ? w.over : became(it?.state ?? "", it?.lastHand)}</p>
    <div class="actions">${there ? html`<a class="btn" href=${page}>${w.look}</a>` : nothing}<a class="btn plain" href=${list}>${w.list}</a></div>`;
}
