// What an officer's association has written, from the store: `drafts` until a notice is out, `sent` from then on.
// Submissions still waiting on this phone come beside them.

import { entries } from "../data/outbox.js";
import { all, get } from "../data/store.js";

/** @typedef {import("../types").Notice} Notice */
/** @typedef {import("../types").Writing} Writing */
/** @typedef {{n: number, writing: Writing, at: string, state: import("../types").OutboxState, code: string}} Waiting */

/** @param {string | null} association null: the city @returns {Promise<Notice[]>} newest first */
export async function readSent(association) {
  const records = [...(await all("drafts")), ...(await all("sent"))];
  const notices = records.map(({ d }) => /** @type {Notice} */ (d)).filter((n) => n.association === association);
  return notices.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @param {string} association @returns {Promise<Waiting[]>} written here, not yet known to the server */
export async function readWaiting(association) {
  const mine = (await entries("submissions")).filter((e) => /** @type {any} */ (e.d).association === association);
  return mine.map(({ n, d, at, state, code }) => ({ n, writing: /** @type {Writing} */ (d), at, state, code: code ?? "" }));
}

/** @param {string} id @returns {Promise<Notice | null>} */
export async function readOneSent(id) {
  return (await get("sent", id)) ?? (await get("drafts", id)) ?? null;
}
