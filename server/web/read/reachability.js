// The homes nobody can reach, as the server last said: kept, so that an officer has the list in hand on the street.

import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";

/** @typedef {import("../types").Unreachable} Unreachable */
/** @typedef {{at: string, list: Unreachable}} Told */

/** @param {string} association @returns {Promise<Told | null>} from the phone alone */
export async function readUnreachable(association) {
  return (await meta(`unreachable.${association}`)) ?? null;
}

/** @param {string} association @returns {Promise<Told>} */
export async function askUnreachable(association) {
  /** @type {Unreachable} */
  const list = await call("GET", `/api/v1/associations/${association}/reachability`);
  const told = { at: new Date().toISOString(), list };
  await setMeta(`unreachable.${association}`, told, { quiet: true });
  return told;
}
