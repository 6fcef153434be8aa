// What waits on this phone, as a bundle for a neighbour's.

import { entries, wire } from "../outbox.js";
import { meta } from "../store.js";
import { ownKey, registered } from "./device-key.js";
import { make, MOST } from "./envelope.js";

/** What may be carried; the server has the same list (notices/bundles/envelope.py). */
export const KINDS = ["stamps", "visits", "answers", "form-answers", "greetings"];
const MUTATIONS = 100;
const LIVES_MS = 7 * 24 * 3600_000;

/** @typedef {import("../../types").OutboxEntry} OutboxEntry */

/** @returns {Promise<OutboxEntry[]>} in order */
export async function carriable() {
  const person = (await meta("me"))?.person.id;
  return (await entries()).filter((e) => e.state === "waiting" && e.person === person && KINDS.includes(e.t));
}

/**
 * @param {OutboxEntry[]} waiting
 * @returns {Promise<{bytes: Uint8Array<ArrayBuffer>, count: number, expires: number} | null>} as many, from the first on, as go into
 *   one; null where this phone cannot sign, or the server does not know its key yet
 */
export async function bundle(waiting) {
  const [house, key] = [await registered(), await ownKey()];
  if (!house || !key) return null;
  const now = Date.now();
  for (let count = Math.min(waiting.length, MUTATIONS); count > 0; count = Math.floor(count / 2)) {
    const mutations = waiting.slice(0, count).map(wire);
    const bytes = await make(mutations, { house, signingKey: key.pair.privateKey, now, lives: LIVES_MS });
    if (bytes.length <= MOST) return { bytes, count, expires: now + LIVES_MS };
  }
  return null;
}
