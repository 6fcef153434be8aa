// What this phone knows: IndexedDB. Screens read from here first, always; only sync.js writes records.
// Promises: a page and its cursor land in one transaction; a page asked with an older cursor is dropped (two tabs);
// no transaction here waits for the network.

import { openDB, deleteDB } from "../vendor/idb.js";

/** @typedef {import("../types").Row} Row */

const NAME = "kairan";
const changes = new EventTarget();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("kairan") : null;

/** @type {Promise<import("../vendor/idb.js").IDBPDatabase> | null} */
let opened = null;

/** Stores: records by [t, id] · outbox by n · meta by name. sw.js opens the same ones: change both together. */
export function database() {
  opened ??= openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("records", { keyPath: ["t", "id"] });
      db.createObjectStore("outbox", { keyPath: "n", autoIncrement: true });
      db.createObjectStore("meta");
    },
    blocking() {
      // Another tab wipes: let go at once, or its sign-out hangs.
      opened?.then((db) => db.close());
      opened = null;
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}

/**
 * @param {() => void} listener called after any change, by this tab, another tab or the worker
 * @returns {() => void} stops listening
 */
export function onChange(listener) {
  changes.addEventListener("change", listener);
  return () => changes.removeEventListener("change", listener);
}

/** Tells this tab and the others. */
export function announce() {
  changes.dispatchEvent(new Event("change"));
  channel?.postMessage("change");
}

channel?.addEventListener("message", () => changes.dispatchEvent(new Event("change")));

/** @param {string} t */
const ofType = (t) => IDBKeyRange.bound([t, ""], [t, "\uffff"]);

/**
 * @template T
 * @param {string} t type of record
 * @returns {Promise<{id: string, d: T}[]>}
 */
export async function all(t) {
  return (await database()).getAll("records", ofType(t));
}

/**
 * @template T
 * @param {string} t
 * @param {string} id
 * @returns {Promise<T | undefined>}
 */
export async function get(t, id) {
  const row = await (await database()).get("records", [t, id]);
  return row?.d;
}

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
export async function meta(name) {
  return (await database()).get("meta", name);
}

/**
 * @param {string} name
 * @param {unknown} value undefined removes
 * @param {{quiet?: boolean}} [how] quiet: no screen shows it
 */
export async function setMeta(name, value, { quiet = false } = {}) {
  const db = await database();
  await (value === undefined ? db.delete("meta", name) : db.put("meta", value, name));
  if (!quiet) announce();
}

/** @returns {Promise<{cursor: string, generation: number}>} */
export async function position() {
  const db = await database();
  return { cursor: (await db.get("meta", "cursor")) ?? "", generation: (await db.get("meta", "generation")) ?? 0 };
}

/**
 * Applies a page together with its cursor.
 * @param {import("../types").Page} page
 * @param {string} asked the cursor the page was asked with
 * @returns {Promise<boolean>} false: another tab was faster, nothing was changed
 */
export async function applyPage(page, asked) {
  const tx = (await database()).transaction(["records", "outbox", "meta"], "readwrite");
  const records = tx.objectStore("records");
  const metas = tx.objectStore("meta");
  if (((await metas.get("cursor")) ?? "") !== asked) return false;
  const generation = (await metas.get("generation")) ?? 0;
  for (const change of page.changes) {
    if (change.x) records.delete([change.t, change.id]);
    else records.put({ t: change.t, id: change.id, r: change.r ?? 0, d: change.d, g: generation });
  }
  metas.put(page.cursor, "cursor");
  if (!page.more) await finish(tx, generation);
  await tx.done;
  return true;
}

/**
 * The last page: what an earlier generation left behind is gone for us, and presses the server took are in the records now.
 * @param {import("../vendor/idb.js").IDBPTransaction<any, any, "readwrite">} tx
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

/** After 410: start from nothing, but keep showing the old records until the new snapshot is complete. The outbox stays. */
export async function beginAgain() {
  const tx = (await database()).transaction("meta", "readwrite");
  const generation = (await tx.store.get("generation")) ?? 0;
  tx.store.put(generation + 1, "generation");
  tx.store.delete("cursor");
  await tx.done;
}

/** Everything this phone knows, outbox included, is gone. @param {{quiet?: boolean}} [how] quiet: another person follows at once */
export async function wipe({ quiet = false } = {}) {
  (await opened)?.close();
  opened = null;
  await deleteDB(NAME);
  if (!quiet) announce();
}
