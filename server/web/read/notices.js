// Notices as a resident meets them: each once, with the state of the household's stamp, the outbox laid over what is synced.

import { entries, press } from "../data/outbox.js";
import { all } from "../data/store.js";

/** @typedef {import("../types").NoticeRecord} NoticeRecord */
/** @typedef {import("../types").Home} Home */
/** @typedef {import("../types").Stamp} Stamp */

/**
 * One household's answer to one notice; `forWhom`: of whose home, where it is another's. `waiting`: pressed here, not yet with the association.
 * @typedef {{home: Home, forWhom: string, stamp: Stamp | null, waiting: boolean}} Seal
 */
/** @typedef {NoticeRecord & {seals: Seal[], state: "notice" | "unread" | "again" | "read"}} Card */

/** @param {string} notice @param {string} household @param {number} round */
export const stampId = (notice, household, round) => `st.${notice}.${household}.${round}`;

/** @returns {Promise<Map<string, {stamp: Stamp, waiting: boolean}>>} by stamp id */
async function readStamps() {
  const stamps = new Map();
  for (const { id, d } of await all("stamps")) stamps.set(id, { stamp: d, waiting: false });
  for (const { id, d, state } of await entries("stamps")) {
    if (state !== "rejected" && !stamps.has(id)) stamps.set(id, { stamp: d, waiting: state === "waiting" });
  }
  return stamps;
}

/**
 * @param {NoticeRecord} notice
 * @param {import("../types").Me} me
 * @param {Map<string, {stamp: Stamp, waiting: boolean}>} stamps
 * @returns {Card}
 */
function card(notice, me, stamps) {
  const isMine = (/** @type {Home} */ h) => h.association === notice.association && (!notice.block || h.block === notice.block);
  const asked = notice.kind === "circular";
  const others = me.acts.filter((h) => h.may.includes("stamp") && !me.homes.some((own) => own.household === h.household));
  const homes = asked ? [...me.homes.map((h) => ({ ...h, forWhom: "" })), ...others].filter(isMine) : [];
  const seals = homes.map((home) => {
    const found = stamps.get(stampId(notice.notice, home.household, notice.stampRound));
    return { home, forWhom: home.forWhom, stamp: found?.stamp ?? null, waiting: found?.waiting ?? false };
  });
  // Whoever lives here has read it when their own home has; for others they press one by one.
  const own = seals.filter((s) => !s.forWhom);
  return { ...notice, seals, state: stateOf(notice, own.length > 0 ? own : seals, stamps) };
}

/**
 * @param {NoticeRecord} notice
 * @param {Seal[]} seals
 * @param {Map<string, unknown>} stamps
 * @returns {Card["state"]}
 */
function stateOf(notice, seals, stamps) {
  if (seals.length === 0) return "notice";
  if (seals.every((s) => s.stamp)) return "read";
  const earlier = seals.some((s) => stamps.has(stampId(notice.notice, s.home.household, notice.stampRound - 1)));
  return earlier ? "again" : "unread";
}

/** @param {import("../types").Me} me @returns {Promise<Card[]>} newest first; a notice that came to two of my blocks is one */
export async function readCards(me) {
  const stamps = await readStamps();
  /** @type {Map<string, Card>} */
  const cards = new Map();
  for (const { d } of await all("notices")) {
    const notice = /** @type {NoticeRecord} */ (d);
    const found = card(notice, me, stamps);
    const before = cards.get(notice.notice);
    if (!before || found.seals.length > before.seals.length) cards.set(notice.notice, found);
  }
  return [...cards.values()].sort((a, b) => b.publishedAt.localeCompare(a.publishedAt));
}

/**
 * Me as I read for one home: my own (""), or that of somebody I speak for.
 * @param {import("../types").Me} me @param {string} household @returns {import("../types").Me}
 */
export function readingFor(me, household) {
  const acts = me.acts.filter((h) => h.household === household);
  return acts.length > 0 ? { ...me, homes: [], seats: [], acts } : { ...me, acts: [] };
}

/** @param {string} id @param {import("../types").Me} me @returns {Promise<Card | null>} null: withdrawn, or never here */
export async function readCard(id, me) {
  return (await readCards(me)).find((c) => c.notice === id) ?? null;
}

/** The press. One stamp for each of these homes that was asked. @param {Card} notice @param {Seal[]} seals */
export async function stamp(notice, seals) {
  const at = new Date().toISOString();
  for (const { home, stamp: before } of seals) {
    if (before) continue;
    const d = { notice: notice.notice, household: home.household, round: notice.stampRound, at };
    await press("stamps", stampId(notice.notice, home.household, notice.stampRound), d, { once: true });
  }
}
