// What must be seen on whatever screen one is: a new version, an ended enrolment, presses the association did not take.

import { go } from "../moving.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { entries, forget } from "../data/outbox.js";
import { all, meta, setMeta } from "../data/store.js";
import { officerOf, readMe } from "../read/me.js";
import { hasBegun, startAgain } from "../read/writing.js";
import { say } from "../say.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Correction} Correction */
/** @typedef {import("../types").Said} Said */
/** What was refused; `said`: the words an officer wrote, which stay theirs.
 * @typedef {{text: string, dismiss: () => Promise<void>, said: Said | null}} Refusal */
/** @typedef {{signedOut: boolean, refusals: Refusal[], begun: boolean, writes: boolean}} Strips */

const w = words.strips;

/** A look leaves by itself: nobody pressed it, and nobody can put it right. @param {{t: string}} entry */
const isTold = ({ t }) => t !== "looks";

/** @returns {Promise<Strips>} `begun`: something else is being written on this phone; `writes`: there is a page where it may be written anew */
export async function readStrips() {
  const corrections = new Map((await all("corrections")).map(({ id, d }) => [id, /** @type {Correction} */ (d)]));
  const local = (await entries()).filter((e) => e.state === "rejected" && isTold(e)).map((e) => pressedHere(e, corrections.get(`${e.t}.${e.id}`)));
  const dismissed = new Set([...((await meta("dismissed")) ?? []), ...local.map(({ id }) => id)]);
  const elsewhere = [...corrections].filter(([id, correction]) => !dismissed.has(id) && isTold(correction)).map(([id, correction]) => pressedElsewhere(id, correction));
  const me = await readMe();
  return { signedOut: Boolean(await meta("signedOut")), refusals: [...local, ...elsewhere], begun: await hasBegun(), writes: Boolean(me && officerOf(me).length > 0) };
}

/** @param {import("../types").OutboxEntry} entry @param {Correction | undefined} correction */
function pressedHere({ n, t, id, d, code = "" }, correction) {
  const key = `${t}.${id}`;
  const said = t === "submissions" ? /** @type {Said} */ (d) : null;
  return { id: key, text: words.refused(t, code, correction?.message), said, dismiss: () => dismiss(key, n) };
}

/** On another phone of this person, or before this one was emptied. @param {string} id @param {Correction} correction */
function pressedElsewhere(id, { t, code, message, said }) {
  return { id, text: words.refused(t, code, message), said: said ?? null, dismiss: () => dismiss(id) };
}

/** @param {string} id @param {number} [n] */
async function dismiss(id, n) {
  await setMeta("dismissed", [...((await meta("dismissed")) ?? []), id].slice(-200));
  if (n !== undefined) await forget(n);
}

/** @param {Refusal} refusal @param {Said} said */
async function copy({ dismiss }, said) {
  if (await hasBegun()) return say(w.begun);
  await startAgain(said);
  await dismiss();
  go("/write");
}

/**
 * @param {Strips} found
 * @param {(() => void) | null} update takes the waiting version
 */
export function strips({ signedOut, refusals, begun, writes }, update) {
  return html`${update ? strip(w.update, w.updateButton, update) : nothing}
  ${signedOut ? html`<section class="strip" aria-label=${w.signedOut}><p>${w.signedOut}</p><a class="btn" href="/enrol">${w.enrolAgain}</a></section>` : nothing}
  ${refusals.map((refusal) => strip(refusal.text, w.understood, refusal.dismiss, refusal.said ? written(refusal, refusal.said, begun, writes) : nothing))}`;
}

/** @param {string} text @param {string} label @param {() => void} act @param {unknown} [more] */
function strip(text, label, act, more = nothing) {
  return html`<section class="strip" aria-label=${text}><p>${text}</p>${more}<button class="btn small plain" @click=${act}>${label}</button></section>`;
}

/** A former officer keeps the words, and has no page to send them from. @param {Refusal} refusal @param {Said} said @param {boolean} begun @param {boolean} writes */
function written(refusal, said, begun, writes) {
  const kept = html`<details><summary>${w.said}</summary><p><b>${said.title}</b></p><p class="as-written">${said.body}</p></details>`;
  if (!writes) return kept;
  return html`${kept}${begun ? html`<p>${w.begun}</p>` : html`<p><button class="btn small" @click=${() => copy(refusal, said)}>${w.again}</button></p>`}`;
}
