// Who this phone is: enrolment, whose session it has, and leaving. The session itself is a cookie this code cannot read.
// What is known of the person (name, homes, seats) comes by sync like everything else.

import { call, hello, Trouble } from "./api.js";
import { ownKey } from "./bundles/device-key.js";
import { dropFiles } from "./files.js";
import { hush } from "./live.js";
import { newMutationId } from "./ids.js";
import { passkeyIdentity } from "./passkeys.js";
import { unsubscribe } from "./push.js";
import { meta, setMeta, wipe } from "./store.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Identity} Identity */

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

/** @param {Proof} proof @param {string} deviceName @returns {Promise<Identity>} */
async function redeem(proof, deviceName) {
  const forget = () => setMeta("enrolKey", undefined, { quiet: true });
  try {
    const answer = await call("POST", "/api/v1/enrol", { ...proof, deviceName, deviceKey: (await ownKey())?.point ?? null, consent: { version: words.consent.version, locale: words.code } }, { "Idempotency-Key": await enrolKey(proof) });
    if (!answer?.person?.id) throw new Trouble("portal");
    await forget();
    return answer;
  } catch (error) {
    if (error instanceof Trouble && error.kind === "problem" && error.status < 500) await forget();
    throw error;
  }
}

/** @param {Proof} proof @param {string} deviceName */
export async function enrol(proof, deviceName) {
  const { person, device } = await redeem(proof, deviceName);
  await become({ person, device });
}

/**
 * With the eight digits of a mail. Resolves to those who share the address where it is not clear who comes in.
 * @param {{email: string, code: string, personId?: string}} proof @param {string} deviceName
 * @returns {Promise<import("../types").Person[]>} empty: they are in
 */
export async function signInByMail(proof, deviceName) {
  const headers = { "Idempotency-Key": await enrolKey({ ticket: `${proof.email} ${proof.code}` }) };
  const answer = await call("POST", "/api/v1/sign-in/confirm", { ...proof, deviceName }, headers);
  if (Array.isArray(answer?.people)) return answer.people;
  if (!answer?.person?.id) throw new Trouble("portal");
  await setMeta("enrolKey", undefined, { quiet: true });
  await become({ person: answer.person, device: answer.device });
  return [];
}

/** @param {string} deviceName */
export async function signInByPasskey(deviceName) {
  const { person, device } = await passkeyIdentity(deviceName);
  if (!person?.id) throw new Trouble("portal");
  await become({ person, device });
}

/** Presses and records of another person must never be sent or shown under this one. @param {Identity} me */
async function become(me) {
  const before = await meta("me");
  if (before && before.person.id !== me.person.id) {
    await dropFiles();
    await wipe({ quiet: true });
  }
  await setMeta("me", me);
  if (await meta("signedOut")) await setMeta("signedOut", undefined);
}

/** Asks whose session this is. A cookie set elsewhere (the demo, another tab) may have made this another person's phone. */
export async function recognise() {
  const before = await meta("me");
  try {
    const { person, device } = await hello();
    const same = before?.person.id === person && before.device.id === device;
    await become(same ? before : { person: { id: person, name: "" }, device: { id: device, name: "", number: "" } });
  } catch (error) {
    if (before && error instanceof Trouble && error.status === 401) await setMeta("signedOut", true);
  }
}

/** Is it clear who this phone is? While nothing has been pulled, a page could be somebody else's. */
export async function isSure() {
  return Boolean((await meta("me")) && (await meta("cursor")) && !(await meta("signedOut")));
}

let leaving = false;

/** Under way from the first to the last moment of `leave`: nobody else sends this tab anywhere. */
export function isLeaving() {
  return leaving;
}

/** Empties this phone and goes to the enrolment page. @param {Leaving} why */
export async function leave(why) {
  leaving = true;
  hush();
  await unsubscribe();
  await dropFiles();
  await wipe();
  if ("clearAppBadge" in navigator) await navigator.clearAppBadge().catch(() => {});
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
