// Who this phone is: enrolment, the last answer of /me, and leaving. The session itself is a cookie this code cannot read.

import { call, Trouble } from "./api.js";
import { dropFiles } from "./files.js";
import { newMutationId } from "./ids.js";
import { unsubscribe } from "./push.js";
import { meta, setMeta, wipe } from "./store.js";

/** @typedef {import("../types").Me} Me */

/** Why the phone was emptied; the enrolment page says it. @typedef {"signed-out" | "revoked" | "other-person"} Leaving */

const WHY = "kairan-left";

/** @typedef {{ticket: string} | {carryCode: string}} Proof */

/**
 * A code works once. With the same key the server repeats an answer that was lost, instead of calling the code used up.
 * @param {Proof} proof
 * @returns {Promise<string>} the same until an answer has come, also after a restart
 */
async function enrolKey(proof) {
  const code = Object.values(proof)[0] ?? "";
  const kept = await meta("enrolKey");
  if (kept?.code === code) return kept.key;
  const key = newMutationId();
  await setMeta("enrolKey", { code, key }, { quiet: true });
  return key;
}

/** @param {Proof} proof @param {string} deviceName @returns {Promise<{person: Me["person"], device: Me["device"]}>} */
async function redeem(proof, deviceName) {
  const forget = () => setMeta("enrolKey", undefined, { quiet: true });
  try {
    const answer = await call("POST", "/api/v1/enrol", { ...proof, deviceName }, { "Idempotency-Key": await enrolKey(proof) });
    if (!answer?.person?.id) throw new Trouble("portal");
    await forget();
    return answer;
  } catch (error) {
    if (error instanceof Trouble && error.kind === "problem" && error.status < 500) await forget();
    throw error;
  }
}

/**
 * @param {Proof} proof
 * @param {string} deviceName
 * @returns {Promise<Me>}
 */
export async function enrol(proof, deviceName) {
  const { person, device } = await redeem(proof, deviceName);
  // The ticket is used up now: whatever happens to the next request, this phone is enrolled. Sync brings the homes.
  const bare = { person, device, city: { name: "", contact: "", demo: false }, homes: [], seats: [], undoSeconds: 0 };
  const me = await call("GET", "/api/v1/me").catch(() => bare);
  const before = await meta("me");
  // Presses and records of another person must never be sent or shown under this one.
  if (before && before.person.id !== me.person.id) await wipe({ quiet: true });
  await setMeta("me", me);
  await setMeta("signedOut", undefined);
  return me;
}

/**
 * Asks who we are. A cookie set elsewhere (the demo, another tab) may have made this another person's phone.
 * @returns {Promise<Me | null>} null: not enrolled, or no answer while nothing is known
 */
export async function refreshMe() {
  const before = await meta("me");
  try {
    const me = await call("GET", "/api/v1/me");
    if (before && before.person.id !== me.person.id) await wipe({ quiet: true });
    await setMeta("me", me);
    if (await meta("signedOut")) await setMeta("signedOut", undefined);
    return me;
  } catch (error) {
    if (before && error instanceof Trouble && error.status === 401) await setMeta("signedOut", true);
    return before ?? null;
  }
}

/** Empties this phone and goes to the enrolment page. @param {Leaving} why */
export async function leave(why) {
  await unsubscribe();
  await dropFiles();
  await wipe();
  sessionStorage.setItem(WHY, why);
  location.assign(why === "other-person" ? "/" : "/enrol");
}

/** Own choice: the server forgets the device first, so that no push follows. @param {string} deviceId */
export async function signOut(deviceId) {
  await call("DELETE", `/api/v1/me/devices/${deviceId}`);
  await leave("signed-out");
}

/** @returns {Leaving | null} */
export function leftBecause() {
  return /** @type {Leaving | null} */ (sessionStorage.getItem(WHY));
}

export function forgetWhy() {
  sessionStorage.removeItem(WHY);
}
