// What an officer's association has written. Two sources: the server's answers kept on this phone and the synced drafts;
// the later one is believed. Submissions still waiting on this phone come beside them.

import { call } from "../data/api.js";
import { entries } from "../data/outbox.js";
import { all, get, meta, setMeta } from "../data/store.js";

/** @typedef {import("../types").Notice} Notice */
/** @typedef {import("../types").Writing} Writing */
/** @typedef {{n: number, writing: Writing, at: string, state: import("../types").OutboxState, code: string}} Waiting */

const listOf = (/** @type {string} */ association) => `sent:${association}`;
const one = (/** @type {string} */ id) => `one:${id}`;

/** @param {unknown} answer */
const stamped = (answer) => ({ at: new Date().toISOString(), answer });

/** @param {{at: string} | undefined} kept */
async function syncIsLater(kept) {
  return !kept || kept.at < ((await meta("syncedAt")) ?? "");
}

/** Asks the server and keeps the answer for later. @param {string} association */
export async function refreshSent(association) {
  const { notices } = await call("GET", `/api/v1/associations/${association}/notices`);
  await setMeta(listOf(association), stamped(notices));
}

/** Only what is not yet out. @param {Notice} n */
const isOpen = (n) => ["draft", "scheduled", "held"].includes(n.state);

/**
 * Once a notice is out its draft is gone from sync, and everybody's record is what tells of it.
 * @param {import("../types").NoticeRecord} d
 * @param {Notice | undefined} before
 * @returns {Notice}
 */
function published(d, before) {
  const { notice: id, association, kind, topic, title, body, files, deadline, expiresAt, revision, stampRound, publishedAt, from: author } = d;
  const known = { id, association, kind, topic, title, body, files, deadline, expiresAt, revision, stampRound, publishedAt, author };
  const unknown = { audience: /** @type {const} */ ("all"), createdAt: publishedAt, publishAt: null, withdrawnAt: null, forecast: null };
  return { ...unknown, ...before, ...known, state: "published", heldUntil: null };
}

/** @param {string} association @returns {Promise<Notice[]>} newest first */
export async function readSent(association) {
  const kept = await meta(listOf(association));
  /** @type {Map<string, Notice>} */
  const found = new Map((kept?.answer ?? []).map((/** @type {Notice} */ n) => [n.id, n]));
  const syncWins = await syncIsLater(kept);
  // A draft that sync no longer has is out, or was withdrawn since: what we remember of it is stale.
  if (syncWins) for (const n of found.values()) if (isOpen(n)) found.delete(n.id);
  for (const { d } of await all("drafts")) take(/** @type {Notice} */ (d));
  for (const { d } of await all("notices")) {
    const record = /** @type {import("../types").NoticeRecord} */ (d);
    take(published(record, found.get(record.notice)));
  }
  /** @param {Notice} n */
  function take(n) {
    if (n.association === association && (syncWins || !found.has(n.id))) found.set(n.id, n);
  }
  return [...found.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @param {string} association @returns {Promise<Waiting[]>} written here, not yet known to the server */
export async function readWaiting(association) {
  const mine = (await entries("submissions")).filter((e) => /** @type {any} */ (e.d).association === association);
  return mine.map(({ n, d, at, state, code }) => ({ n, writing: /** @type {Writing} */ (d), at, state, code: code ?? "" }));
}

/** @param {string} id @returns {Promise<Notice | null>} from what is kept on this phone */
export async function readOneSent(id) {
  const kept = await meta(one(id));
  if (!(await syncIsLater(kept))) return kept.answer;
  /** @type {Notice | undefined} */
  const draft = await get("drafts", id);
  if (draft) return draft;
  const records = (await all("notices")).map(({ d }) => /** @type {import("../types").NoticeRecord} */ (d));
  const record = records.find((d) => d.notice === id);
  return record ? published(record, kept?.answer) : (kept?.answer ?? null);
}

/** @param {Notice} notice the server's newest answer about one notice */
export async function keepOne(notice) {
  await setMeta(one(notice.id), stamped(notice));
}

/** @param {string} id @returns {Promise<Notice>} */
export async function refreshOne(id) {
  const notice = await call("GET", `/api/v1/notices/${id}`);
  await keepOne(notice);
  return notice;
}
