// Who speaks for whom, as sync tells it, and the morning's press with what this phone has not sent yet laid over it.

import { entries, press } from "../data/outbox.js";
import { all, get } from "../data/store.js";
import { tokyoDay } from "./days.js";

/** @typedef {import("../types").ProxyRecord} ProxyRecord */
/** @typedef {import("../types").Me} Me */

/** @returns {Promise<ProxyRecord[]>} each once: a copy stands in the home, and one with whoever speaks */
export async function readProxies() {
  /** @type {Map<string, ProxyRecord>} */
  const found = new Map();
  for (const { d } of await all("proxies")) found.set(/** @type {any} */ (d).proxy, /** @type {any} */ (d));
  return [...found.values()].sort((a, b) => a.recordedAt.localeCompare(b.recordedAt));
}

/** @param {string} person @returns {Promise<import("../types").ActsHome[]>} homes for which this person speaks today */
export async function readActs(person) {
  const today = tokyoDay(new Date());
  const mine = (await readProxies()).filter((p) => p.person?.id === person && p.begins <= today && p.until >= today && p.whats.length > 0);
  return mine.flatMap((p) => p.homes.map((home) => ({ ...home, forWhom: p.represented.name, may: p.whats })));
}

/** @typedef {import("../types").Greeting} Greeting */
/** `waiting`: pressed here, not yet sent. @typedef {Greeting & {pressed: string | null, waiting: boolean, away: boolean}} GreetingToday */

/** @param {Me} me @returns {Promise<GreetingToday | null>} null: not wanted */
export async function readGreeting(me) {
  const known = /** @type {Greeting | undefined} */ (await get("greetings", me.person.id));
  if (!known) return null;
  const today = tokyoDay(new Date());
  const own = (await entries("greetings")).find((e) => e.state !== "rejected" && e.id === me.person.id && /** @type {any} */ (e.d).day === today);
  const kept = known.pressedFor === today ? known.pressedAt : null;
  return {
    ...known,
    pressed: kept ?? (own ? /** @type {any} */ (own.d).at : null),
    waiting: !kept && own?.state === "waiting",
    away: known.awayTo !== null && known.awayTo >= today,
  };
}

/** @param {Me} me */
export async function pressWell(me) {
  const now = new Date();
  await press("greetings", me.person.id, { day: tokyoDay(now), at: now.toISOString() });
}
