// A page of changes is applied here: whole, with its cursor, in one transaction, or not at all.
// Promises: a page asked for another person, or with a cursor that is no longer ours (two tabs), is dropped; no
// transaction waits for the network or for a hash; each scope's records add up to what the server said of them.

import { database, positionIn } from "./store.js";

/** @typedef {import("../types").Change} Change */
/** @typedef {import("../types").Row} Row */
/** @typedef {import("../types").Position} Position */
/** @typedef {import("../types").Sum} Sum */
/** @typedef {import("../vendor/idb.js").IDBPTransaction<any, any, "readwrite">} Transaction */

/** Hashing needs a secure context; without one nothing can be checked. */
export const canCheck = Boolean(globalThis.crypto?.subtle);

/**
 * First 8 bytes, big-endian, of SHA-256(type NUL id NUL revision in decimal), as sync/journal.py has it.
 * @param {Change} change
 */
async function mark({ t, id, r }) {
  if (!canCheck) return null;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${t}\0${id}\0${r ?? 0}`));
  return new DataView(digest).getBigUint64(0);
}

/**
 * @param {Change[]} changes
 * @param {number} generation
 * @returns {Promise<Row[]>} as they will lie; of deletions nothing is kept
 */
async function rowsOf(changes, generation) {
  const living = changes.filter((c) => !c.x);
  const marks = await Promise.all(living.map(mark));
  return living.map((c, place) => ({ t: c.t, id: c.id, r: c.r ?? 0, d: c.d, g: generation, s: c.s ?? 0, h: marks[place] ?? null }));
}

/** @param {Position} a @param {Position} b */
const same = (a, b) => a.cursor === b.cursor && a.generation === b.generation && a.person === b.person;

/**
 * @param {import("../types").Page} page
 * @param {Position} asked where this phone stood when it asked
 * @returns {Promise<boolean>} false: another tab was faster, or the phone is another person's now; nothing was changed
 */
export async function applyPage(page, asked) {
  const rows = await rowsOf(page.changes, asked.generation);
  const tx = (await database()).transaction(["records", "outbox", "meta"], "readwrite");
  const metas = tx.objectStore("meta");
  if (!same(await positionIn(metas), asked)) return false;
  const records = tx.objectStore("records");
  for (const change of page.changes) if (change.x) records.delete([change.t, change.id]);
  for (const row of rows) records.put(row);
  metas.put(page.cursor, "cursor");
  await keepSums(metas, page);
  if (!page.more) await finish(tx, asked.generation);
  await tx.done;
  return true;
}

/**
 * What the server said last of each scope. A scope that goes on changing on the next page has no sum until then.
 * @param {import("../vendor/idb.js").IDBPObjectStore<any, any, any, "readwrite">} metas
 * @param {import("../types").Page} page
 */
async function keepSums(metas, { changes, check = [] }) {
  /** @type {Record<number, Sum>} */
  const sums = (await metas.get("sums")) ?? {};
  for (const { s } of changes) delete sums[s ?? 0];
  for (const { s, n, x } of check) sums[s] = { n, x };
  metas.put(sums, "sums");
}

/**
 * The last page: what an earlier generation left behind is gone for us, and presses the server took are in the records now.
 * @param {Transaction} tx
 * @param {number} generation
 */
async function finish(tx, generation) {
  const metas = tx.objectStore("meta");
  metas.put(new Date().toISOString(), "syncedAt");
  if (((await metas.get("swept")) ?? 0) < generation) {
    for await (const cursor of tx.objectStore("records")) if (cursor.value.g < generation) cursor.delete();
    metas.put(generation, "swept");
  }
  for await (const cursor of tx.objectStore("outbox")) if (cursor.value.state === "sent") cursor.delete();
}

/** @param {number} scope @returns {Promise<Row[]>} */
export async function inScope(scope) {
  return (await database()).getAllFromIndex("records", "scope", scope);
}

/** @returns {Promise<number[]>} scopes of which there are records here */
export async function scopesHeld() {
  const scopes = [];
  const index = (await database()).transaction("records").store.index("scope");
  for await (const { key } of index.iterate(null, "nextunique")) scopes.push(/** @type {number} */ (key));
  return scopes;
}

/** @param {Row[]} rows @returns {Sum} */
export function sumOf(rows) {
  const x = rows.reduce((sum, { h }) => sum ^ (h ?? 0n), 0n);
  return { n: rows.length, x: x.toString(16).padStart(16, "0") };
}

/**
 * Puts right what a manifest found wrong.
 * @param {number} scope
 * @param {[string, string][]} gone what should not be here
 * @param {Change[]} changes what was missing, or was another revision
 * @param {Sum} sum
 * @param {Position} asked
 * @returns {Promise<boolean>} false: this phone has moved on meanwhile, nothing was changed
 */
export async function mend(scope, gone, changes, sum, asked) {
  const rows = await rowsOf(changes, asked.generation);
  const tx = (await database()).transaction(["records", "meta"], "readwrite");
  const metas = tx.objectStore("meta");
  if (!same(await positionIn(metas), asked)) return false;
  const records = tx.objectStore("records");
  for (const key of gone) records.delete(key);
  for (const row of rows) records.put(row);
  metas.put({ ...(await metas.get("sums")), [scope]: sum }, "sums");
  await tx.done;
  return true;
}

/** This scope is none of ours any more: nothing of it is expected. @param {number} scope */
export async function forgetSum(scope) {
  const tx = (await database()).transaction("meta", "readwrite");
  const { [scope]: _, ...sums } = (await tx.store.get("sums")) ?? {};
  tx.store.put(sums, "sums");
  await tx.done;
}
