// Presses on their way: each is a mutation with its own id, shown at once, sent when possible, never lost on reload.
// waiting → sent (the server has it; kept until a pull shows it) | rejected (shown until the author has read why).

import { pushPage, Trouble } from "./api.js";
import { newMutationId } from "./ids.js";
import { applyPage } from "./pages.js";
import { announce, database, position } from "./store.js";

/** @typedef {import("../types").OutboxEntry} OutboxEntry */

const MOST = 100;
const MOST_BYTES = 200_000; // the wire allows 256 KiB

/**
 * Keeps a press.
 * @param {string} t
 * @param {string} id
 * @param {unknown} d
 * @param {{once?: boolean, over?: (earlier: any, later: any) => any, op?: "put" | "delete", noted?: Record<string, unknown>}} [how]
 *   once: the id names the deed (a stamp), so a double tap is one press; over: what still waits for the same id becomes one
 *   press with this one; op "delete": what was pressed under this id is taken back; noted: what the phone remembers by it
 */
export async function press(t, id, d, { once = false, over, op = "put", noted = {} } = {}) {
  const tx = (await database()).transaction(["outbox", "meta"], "readwrite");
  const outbox = tx.objectStore("outbox");
  const person = (await tx.objectStore("meta").get("me"))?.person.id;
  const earlier = (await outbox.getAll()).filter((e) => e.t === t && e.id === id && e.state !== "rejected");
  const twice = once && earlier.length > 0;
  if (over) {
    // A new mutation, for the old one may be on its way: then both arrive, and say the same.
    const waiting = earlier.filter((e) => e.state === "waiting" && e.person === person);
    d = waiting.reduceRight((said, e) => over(e.d, said), d);
    for (const { n } of waiting) if (n !== undefined) outbox.delete(n);
  }
  if (!twice) {
    const at = new Date().toISOString();
    outbox.add({ mid: newMutationId(), person, t, id, op, d, base: null, at, state: "waiting" });
  }
  for (const [name, value] of Object.entries(noted)) tx.objectStore("meta").put(value, name);
  await tx.done;
  announce();
  dispatchEvent(new Event("k-press")); // sync.js sends at once where it can
  await askForBackgroundSync();
}

/** Only Chromium has it; elsewhere the page sends at its next start. */
async function askForBackgroundSync() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const sync = /** @type {any} */ (registration)?.sync;
  await sync?.register("outbox").catch(() => {});
}

/**
 * @template T
 * @param {string} [t] only this type
 * @returns {Promise<import("../types").OutboxEntry<T>[]>} in order
 */
export async function entries(t) {
  const every = await (await database()).getAll("outbox");
  return t ? every.filter((e) => e.t === t) : every;
}

/** @param {number} n takes back a rejected press after its author has read why */
export async function forget(n) {
  await (await database()).delete("outbox", n);
  announce();
}

/** As it travels. @param {OutboxEntry} entry */
export function wire({ mid, t, id, op, d, base }) {
  return { mid, t, id, op, d, base };
}

/** @returns {Promise<OutboxEntry[]>} the next push, in order, within the limits of the wire */
async function nextBatch() {
  const db = await database();
  const person = (await db.get("meta", "me"))?.person.id;
  const waiting = (await db.getAll("outbox")).filter((e) => e.state === "waiting" && e.person === person);
  let bytes = 0;
  return waiting.slice(0, MOST).filter((e, place) => {
    bytes += new TextEncoder().encode(JSON.stringify(wire(e))).length;
    return place === 0 || bytes < MOST_BYTES;
  });
}

/**
 * Sends what waits; each answer brings a page with it. Safe to repeat: the server knows every mid.
 * @returns {Promise<boolean>} whether everything there was to pull has come with the last answer
 * @throws {Trouble} when it has to be tried again later
 */
export async function flush() {
  let complete = false;
  for (let batch = await nextBatch(); batch.length > 0; batch = await nextBatch()) {
    const asked = await position();
    const { results, page } = await push(batch, asked.cursor);
    await settle(batch, results);
    complete = page !== null && (await applyPage(page, asked)) && !page.more;
    if (results.some((r) => r.status === "retry")) throw new Trouble("problem", { status: 503 });
  }
  return complete;
}

/**
 * @param {OutboxEntry[]} batch
 * @param {string | null} cursor
 * @returns {ReturnType<typeof pushPage>}
 */
async function push(batch, cursor) {
  try {
    return await pushPage(batch.map(wire), cursor);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    // The cursor is too old. What was pressed need not wait for the new snapshot, and the pull that follows asks for it.
    if (error.status === 410 && cursor !== null) return push(batch, null);
    // A body the server cannot read would hold up the queue for ever: find the one, and say so to its author.
    if (![400, 413, 422].includes(error.status)) throw error;
    if (batch.length > 1) return push(batch.slice(0, 1), cursor);
    return { results: batch.map((e) => ({ mid: e.mid, id: e.id, status: "rejected", code: "unreadable" })), page: null };
  }
}

/**
 * @param {OutboxEntry[]} batch
 * @param {import("../types").PushResult[]} results
 */
async function settle(batch, results) {
  const byMid = new Map(results.map((r) => [r.mid, r]));
  const tx = (await database()).transaction("outbox", "readwrite");
  for (const entry of batch) {
    const result = byMid.get(entry.mid);
    if (!result || result.status === "retry") continue;
    // "conflict" means the server kept another truth, which the next pull brings: nothing is left to send.
    if (result.status === "rejected") tx.store.put({ ...entry, state: "rejected", code: result.code ?? "" });
    else tx.store.put({ ...entry, state: "sent" });
  }
  await tx.done;
  announce();
}
