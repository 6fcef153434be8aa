// What changes in a home: the home from the store, the changes that were told, and asking the server, who alone decides.

import { call } from "../data/api.js";
import { all } from "../data/store.js";
import { run } from "../data/sync.js";
import { leaderOf, officerOf } from "./me.js";

/** @typedef {import("../types").LifeChange} LifeChange */
/** @typedef {import("../types").Follows} Follows */
/** @typedef {{method: "POST" | "PATCH", path: string, body: object}} Deed */

const TOLD_DAYS = 30;

/** @param {import("../types").Me} me @returns {Promise<LifeChange[]>} of the last month, the newest first */
export async function readChanges(me) {
  if (officerOf(me).length === 0 && leaderOf(me).length === 0) return [];
  const since = new Date(Date.now() - TOLD_DAYS * 86_400_000).toISOString();
  /** @type {Map<string, LifeChange>} */
  const told = new Map();
  for (const { id, d } of await all("changes")) {
    const change = /** @type {LifeChange} */ (d);
    const key = `${change.change}.${change.association}`;
    // An officer who leads a block as well has two copies: the officers' says more.
    if (!told.has(key) || id.endsWith(".o")) told.set(key, change);
  }
  return [...told.values()].filter((c) => new Date(c.at).toISOString() > since).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** @param {import("../types").Me} me @param {string} change @returns {Promise<LifeChange | undefined>} people sent here by another association */
export async function readArrival(me, change) {
  return (await readChanges(me)).find((c) => c.kind === "arriving" && c.change === change);
}

/** What would follow; nothing is changed. @param {Deed} deed @returns {Promise<Follows | null>} null: it is so already */
export async function foresee({ method, path, body }) {
  return (await call(method, `${path}?dryRun=true`, body)).follows;
}

/** Does it, and waits until the phone here knows. @param {Deed} deed */
export async function doIt({ method, path, body }) {
  await call(method, path, body);
  await run();
}

/** @param {string} change */
export async function takeBack(change) {
  await call("POST", `/api/v1/changes/${change}/take-back`);
  await run();
}

/** @param {string} association @returns {Promise<import("../types").Person[]>} the city's other associations */
export async function askNeighbours(association) {
  return (await call("GET", `/api/v1/associations/${association}/neighbours`)).associations;
}
