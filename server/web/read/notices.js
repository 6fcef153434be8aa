// Notices as a resident meets them: each once, with the state of the household's stamp, the outbox laid over what is synced.

import { entries, press } from "../data/outbox.js";
import { all } from "../data/store.js";
import { answerId, isClosed, readAnswers, targets } from "./forms.js";
import { isMeant } from "./meant.js";
import { hasSaid, readSaid } from "./safety.js";

/** @typedef {import("../types").NoticeRecord} NoticeRecord */
/** @typedef {import("../types").Home} Home */
/** @typedef {import("../types").Stamp} Stamp */

/**
 * One household's answer to one notice; `forWhom`: of whose home, where it is another's. `waiting`: pressed here, not yet with the association.
 * @typedef {{home: Home, forWhom: string, stamp: Stamp | null, waiting: boolean}} Seal
 */
/** @typedef {Home & {forWhom: string}} SpokenFor of whose home, where it is another's */
/** @typedef {NoticeRecord & {seals: Seal[], state: "notice" | "unread" | "again" | "read", asks: boolean}} Card */

/** @typedef {Awaited<ReturnType<typeof readAnswers>>} Answers */

/** @param {string} notice @param {string} household @param {number} round */
const stampId = (notice, household, round) => `st.${notice}.${household}.${round}`;

/** @returns {Promise<Map<string, {stamp: Stamp, waiting: boolean}>>} by stamp id */
async function readStamps() {
  const stamps = new Map();
  for (const { id, d } of await all("stamps")) stamps.set(id, { stamp: d, waiting: false });
  for (const { id, d, state } of await entries("stamps")) {
    if (state !== "rejected" && !stamps.has(id)) stamps.set(id, { stamp: d, waiting: state === "waiting" });
  }
  return stamps;
}

/** @typedef {{stamps: Map<string, {stamp: Stamp, waiting: boolean}>, answers: Answers, safe: Awaited<ReturnType<typeof readSaid>>}} Kept */

/** What a home answers by a stamp. */
export const STAMPED = new Set(["circular", "emergency", "exercise"]);

/**
 * @param {NoticeRecord} notice
 * @param {SpokenFor[]} homes
 * @param {import("../types").Me} me
 * @param {Kept} kept
 * @returns {Card}
 */
function card(notice, homes, me, { stamps, answers, safe }) {
  if (notice.kind === "safety-check") return { ...notice, seals: [], state: stateOfCheck(notice, homes, me, safe), asks: false };
  const seals = homes.map((home) => {
    const found = stamps.get(stampId(notice.notice, home.household, notice.stampRound));
    return { home, forWhom: home.forWhom, stamp: found?.stamp ?? null, waiting: found?.waiting ?? false };
  });
  // Whoever lives here has read it when their own home has; for others they press one by one.
  const own = seals.filter((s) => !s.forWhom);
  return { ...notice, seals, state: stateOf(notice, own.length > 0 ? own : seals, stamps), asks: asks(notice, me, answers) };
}

/** Is there a form that waits for me? @param {NoticeRecord} notice @param {import("../types").Me} me @param {Answers} answers */
function asks(notice, me, answers) {
  if (!notice.form || isClosed(notice)) return false;
  return targets(notice, me).some(({ whose }) => {
    const known = answers.get(answerId(notice.notice, whose));
    return !known?.answer || known.refused !== null || Boolean(known.answer.again);
  });
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

/** Where it has ended nobody is asked any more. @param {NoticeRecord} notice @param {SpokenFor[]} homes @param {import("../types").Me} me @param {Kept["safe"]} safe @returns {Card["state"]} */
function stateOfCheck(notice, homes, me, safe) {
  const own = homes.filter((h) => !h.forWhom);
  const asked = own.length > 0 ? own : homes;
  if (asked.length === 0) return "notice";
  if (asked.every((home) => hasSaid(safe, notice.notice, home, me))) return "read";
  return notice.closedAt ? "notice" : "unread";
}

/** How a home says that it knows. @param {NoticeRecord} notice */
const wayOf = ({ kind }) => (STAMPED.has(kind) ? "stamp" : kind === "safety-check" ? "answer" : "");

/** @param {import("../types").Me} me @returns {Promise<Card[]>} newest first; a notice that came to two of my blocks is one */
export async function readCards(me) {
  const kept = { stamps: await readStamps(), answers: await readAnswers(), safe: await readSaid(me) };
  const others = me.acts.filter((h) => (h.may.includes("stamp") || h.may.includes("answer")) && !me.homes.some((own) => own.household === h.household));
  const mine = [...me.homes.map((h) => ({ ...h, forWhom: "", may: ["stamp", "answer"] })), ...others];
  /** @type {Map<string, {notice: NoticeRecord, homes: SpokenFor[]}>} */
  const known = new Map();
  for (const { id, d } of await all("notices")) {
    const notice = /** @type {NoticeRecord} */ (d);
    const here = mine.filter((home) => isMeant(notice, id, home));
    const before = known.get(notice.notice);
    const meant = here.filter((home) => home.may.some((way) => way === wayOf(notice)));
    known.set(notice.notice, { notice: before && here.length === 0 ? before.notice : notice, homes: [...(before?.homes ?? []), ...meant] });
  }
  const cards = [...known.values()].map(({ notice, homes }) => card(notice, homes, me, kept));
  // Moments are told by the second: of two in one, what ends is the newer.
  return cards.sort((a, b) => b.publishedAt.localeCompare(a.publishedAt) || rank(b) - rank(a));
}

/**
 * Me as I read for one home: my own (""), or that of somebody I speak for.
 * @param {import("../types").Me} me @param {string} household @returns {import("../types").Me}
 */
export function readingFor(me, household) {
  const acts = me.acts.filter((h) => h.household === household);
  return acts.length > 0 ? { ...me, homes: [], seats: [], acts } : { ...me, acts: [] };
}

/** @param {NoticeRecord} notice */
const rank = ({ step }) => ["first", "update", "all-clear"].indexOf(step ?? "first");

/** @param {string} id @param {import("../types").Me} me @returns {Promise<Card | null>} null: withdrawn, or never here */
export async function readCard(id, me) {
  return (await readCards(me)).find((c) => c.notice === id) ?? null;
}

/** The press. One stamp for each of these homes that was asked. @param {NoticeRecord} notice @param {Seal[]} seals */
export async function stamp(notice, seals) {
  const at = new Date().toISOString();
  for (const { home, stamp: before } of seals) {
    if (before) continue;
    const d = { notice: notice.notice, household: home.household, round: notice.stampRound, at };
    await press("stamps", stampId(notice.notice, home.household, notice.stampRound), d, { once: true });
  }
}
