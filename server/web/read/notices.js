// Notices as a resident meets them: each once, with the state of the household's stamp, the outbox laid over what is synced.

import { entries, press } from "../data/outbox.js";
import { all } from "../data/store.js";

/** @typedef {import("../types").NoticeRecord} NoticeRecord */
/** @typedef {import("../types").Home} Home */
/** @typedef {import("../types").Stamp} Stamp */

/**
 * One household's answer to one notice. `waiting`: pressed here, not yet with the association.
 * @typedef {{home: Home, stamp: Stamp | null, waiting: boolean}} Seal
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

/** What a home answers by a stamp. */
export const STAMPED = new Set(["circular", "emergency", "exercise"]);

/** Is this home meant? Of what the city chose associations for, each has a copy that is named after it. @param {NoticeRecord} notice @param {string} id @param {Home} home */
function isMeant(notice, id, home) {
  const association = notice.association ?? id.split(".")[1];
  return (!association || home.association === association) && (!notice.block || home.block === notice.block);
}

/**
 * @param {NoticeRecord} notice
 * @param {Home[]} homes
 * @param {Map<string, {stamp: Stamp, waiting: boolean}>} stamps
 * @returns {Card}
 */
function card(notice, homes, stamps) {
  const seals = homes.map((home) => {
    const found = stamps.get(stampId(notice.notice, home.household, notice.stampRound));
    return { home, stamp: found?.stamp ?? null, waiting: found?.waiting ?? false };
  });
  return { ...notice, seals, state: stateOf(notice, seals, stamps) };
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
  /** @type {Map<string, {notice: NoticeRecord, homes: Home[]}>} */
  const known = new Map();
  for (const { id, d } of await all("notices")) {
    const notice = /** @type {NoticeRecord} */ (d);
    const meant = STAMPED.has(notice.kind) ? me.homes.filter((home) => isMeant(notice, id, home)) : [];
    known.set(notice.notice, { notice, homes: [...(known.get(notice.notice)?.homes ?? []), ...meant] });
  }
  const cards = [...known.values()].map(({ notice, homes }) => card(notice, homes, stamps));
  return cards.sort((a, b) => b.publishedAt.localeCompare(a.publishedAt));
}

/** @param {string} id @param {import("../types").Me} me @returns {Promise<Card | null>} null: withdrawn, or never here */
export async function readCard(id, me) {
  return (await readCards(me)).find((c) => c.notice === id) ?? null;
}

/** The press. One stamp for each of my homes that was asked. @param {Card} notice */
export async function stamp(notice) {
  const at = new Date().toISOString();
  for (const { home, stamp: before } of notice.seals) {
    if (before) continue;
    const d = { notice: notice.notice, household: home.household, round: notice.stampRound, at };
    await press("stamps", stampId(notice.notice, home.household, notice.stampRound), d, { once: true });
  }
}
