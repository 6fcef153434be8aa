// Looks at names: a screen that shows a block's homes by name says so, once in a while, without a signal too, and never
// makes anybody wait. Those of one's own block are read back here: who has looked, and whose phone holds the list.

import { entries, press } from "../data/outbox.js";
import { newId } from "../data/ids.js";
import { all, meta } from "../data/store.js";

/** @typedef {import("../types").Look} Look */
/** @typedef {{at: string, name: string, title: string, block: string, heading: string | null, waiting: boolean}} LookLine */
/** @typedef {{block: string, name: string, holders: {title: string, names: string[]}[]}} Holders */

const ONE_LOOK_MS = 600_000; // as long as the server takes two for one

/** What this tab said, before the store has it. @type {Map<string, number>} */
const said = new Map();

/**
 * Says that the names of these blocks are on the screen.
 * @param {string[]} blocks
 * @param {string | null} [notice] null: the list of homes itself
 */
export function look(blocks, notice = null) {
  // A screen that cannot say it is shown all the same.
  for (const block of new Set(blocks)) lookAt(block, notice).catch(() => {});
}

/**
 * The same where a screen knows its homes or people alone.
 * @param {(home: import("../types").RosterRecord) => boolean} isShown
 * @param {string | null} [notice]
 */
export async function lookAtHomes(isShown, notice = null) {
  const roster = (await all("roster")).map(({ d }) => /** @type {import("../types").RosterRecord} */ (d));
  look(roster.filter(isShown).map((home) => home.block), notice);
}

/** @param {string} block @param {string | null} notice */
async function lookAt(block, notice) {
  const key = `${notice ?? ""}.${block}`;
  const now = Date.now();
  if (now - (said.get(key) ?? 0) < ONE_LOOK_MS) return;
  said.set(key, now);
  /** @type {Record<string, number>} */
  const kept = (await meta("looked")) ?? {};
  if (now - (kept[key] ?? 0) < ONE_LOOK_MS) return;
  const recent = Object.entries(kept).filter(([, at]) => now - at < ONE_LOOK_MS);
  const looked = { ...Object.fromEntries(recent), [key]: now };
  await press("looks", newId(), { block, notice, at: new Date(now).toISOString() }, { noted: { looked } });
}

/** @param {import("../types").Me} me @returns {Promise<LookLine[]>} at the blocks of one's own homes, newest first */
export async function readLooks(me) {
  const blocks = new Map(me.homes.map((h) => [h.block, h.blockName]));
  const titles = new Map((await all("notices")).map(({ d }) => [/** @type {any} */ (d).notice, /** @type {any} */ (d).title]));
  const synced = (await all("looks")).map(({ d }) => ({ look: /** @type {Look} */ (d), waiting: false }));
  // One's own, of whoever leads the block she lives in: also before they have left the phone.
  const own = (await entries("looks")).filter((e) => e.state === "waiting").map((e) => ({ look: /** @type {Look} */ (e.d), waiting: true }));
  const lines = [...synced, ...own].filter(({ look }) => blocks.has(look.block)).map(({ look, waiting }) => ({
    at: look.at,
    name: look.by ? look.by.name : me.person.name,
    title: look.by?.title ?? "",
    block: blocks.get(look.block) ?? "",
    heading: look.notice ? (titles.get(look.notice) ?? "") : null,
    waiting,
  }));
  return lines.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** @param {import("../types").Me} me @returns {Promise<Holders[]>} whose phones hold the names of each block she lives in */
export async function readHolders(me) {
  const seats = (await all("seats")).map(({ d }) => /** @type {import("../types").SeatRecord} */ (d));
  return me.homes.map(({ block, blockName, association }) => ({
    block,
    name: blockName,
    holders: seats
      .filter((s) => s.association === association && (s.block === block || s.role === "president" || s.role === "officer"))
      .filter((s) => s.holders.length > 0)
      .map((s) => ({ title: s.title, names: s.holders })),
  }));
}
