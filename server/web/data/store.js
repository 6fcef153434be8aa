// What this phone knows: IndexedDB. Screens read from here, always; only pages.js writes records.

import { openDB, deleteDB } from "../vendor/idb.js";

/** @typedef {import("../types").Row} Row */

const NAME = "kairan";
const STORES = ["records", "outbox", "meta", "carried"];
const changes = new EventTarget();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("kairan") : null;

/** @type {Promise<import("../vendor/idb.js").IDBPDatabase> | null} */
let opened = null;

/** Stores: records by [t, id], found by their scope too · outbox by n · meta by name · carried by sha. sw.js opens the same ones. */
export function database() {
  opened ??= openDB(NAME, 3, {
    async upgrade(db, before, _after, tx) {
      if (before < 1) {
        db.createObjectStore("records", { keyPath: ["t", "id"] });
        db.createObjectStore("outbox", { keyPath: "n", autoIncrement: true });
        db.createObjectStore("meta");
      }
      if (before < 2) tx.objectStore("records").createIndex("scope", "s");
      if (before < 3) db.createObjectStore("carried", { keyPath: "sha" });
      // What was kept before knows no scopes: it is shown until a new snapshot is complete. The outbox stays.
      if (before === 1) await outdate(tx.objectStore("meta"));
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

/**
 * @template T
 * @param {string} t type of record
 * @param {string} [under] what their ids begin with
 * @returns {Promise<{id: string, d: T}[]>}
 */
export async function all(t, under = "") {
  return (await database()).getAll("records", IDBKeyRange.bound([t, under], [t, `${under}\uffff`]));
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

/**
 * Where this phone stands in the log.
 * @returns {Promise<import("../types").Position>}
 */
export async function position() {
  const tx = (await database()).transaction("meta");
  return positionIn(tx.store);
}

/** @param {import("../vendor/idb.js").IDBPObjectStore<any, any, any, any>} metas */
export async function positionIn(metas) {
  const [cursor, generation, me] = await Promise.all([metas.get("cursor"), metas.get("generation"), metas.get("me")]);
  return { cursor: cursor ?? "", generation: generation ?? 0, person: me?.person.id ?? "" };
}

/** After 410: start from nothing, but keep showing the old records until the new snapshot is complete. The outbox stays. */
export async function beginAgain() {
  const tx = (await database()).transaction("meta", "readwrite");
  await outdate(tx.store);
  await tx.done;
}

/** @param {import("../vendor/idb.js").IDBPObjectStore<any, any, any, "readwrite" | "versionchange">} metas */
async function outdate(metas) {
  const generation = (await metas.get("generation")) ?? 0;
  metas.put(generation + 1, "generation");
  metas.delete("cursor");
  metas.delete("sums");
}

/** Everything this phone knows, outbox included, is gone. @param {{quiet?: boolean}} [how] quiet: another person follows at once */
export async function wipe({ quiet = false } = {}) {
  // Emptied before it is deleted: a tab that does not let go holds up the deletion, not the forgetting.
  const db = await database();
  const tx = db.transaction(STORES, "readwrite");
  for (const name of STORES) tx.objectStore(name).clear();
  await tx.done;
  db.close();
  opened = null;
  const late = new Promise((resolve) => setTimeout(resolve, 3_000));
  await Promise.race([deleteDB(NAME), late]);
  if (!quiet) announce();
}
