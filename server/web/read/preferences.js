// How a person wishes to be told: what sync says, with presses of this phone that are still on their way laid over it.

import { entries, press } from "../data/outbox.js";
import { get } from "../data/store.js";

/** @typedef {import("../types").Preferences} Preferences */

/** @type {Preferences} */
const USUAL = { locale: "ja", topics: {}, area: null, quietHours: null, digest: { every: "now", hour: 18, day: 4 } };

/** @param {import("../types").Me} me @returns {Promise<Preferences>} */
export async function readPreferences(me) {
  const known = /** @type {Preferences | undefined} */ (await get("preferences", me.person.id));
  const own = (await entries("preferences")).filter((e) => e.state !== "rejected" && e.id === me.person.id);
  return own.reduce((said, e) => over(said, /** @type {Partial<Preferences>} */ (e.d)), known ?? USUAL);
}

/** @param {Preferences} said @param {Partial<Preferences>} change @returns {Preferences} */
export function over(said, change) {
  return { ...said, ...change, topics: { ...said.topics, ...change.topics } };
}

/** @param {import("../types").Me} me @param {Partial<Preferences>} change */
export const prefer = (me, change) => press("preferences", me.person.id, change, { over });
