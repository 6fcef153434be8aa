// The boards of a safety check for leaders, officers and the city, with the presses and visits of this phone laid over.

import { all, get } from "../data/store.js";
import { readVisits, wasOut } from "./reach.js";
import { isNewer, readPressed } from "./safety.js";

/** @typedef {import("../types").SafetySaid} Said */
/** @typedef {import("../types").SafetyRow} Row */
/** @typedef {import("../types").SafetyBoard} Board */
/** @typedef {import("../types").SafetyCity} City */
/** @typedef {import("../types").SafetyColumn} Column */
/** @typedef {Row & {block: string, waiting: boolean}} Door */

/** Worst first. @type {Column[]} */
export const COLUMNS = ["needHelp", "missing", "atShelter", "safe"];
/** @type {Record<string, Column>} */
const COLUMN = { "safe": "safe", "family-safe": "safe", "at-shelter": "atShelter", "need-help": "needHelp" };

/** @param {string} notice @param {import("../types").Me} me @returns {Promise<{title: string, closedAt: string | null, doors: Door[], blocks: {id: string, name: string}[], boards: Board[]} | null>} */
export async function readBoard(notice, me) {
  const found = await all("safety", `${notice}.`);
  // An officer of one association may lead a block of another: of each block what there is, once.
  const boards = [...new Map(found.map(({ d }) => [/** @type {Board} */ (d).block, /** @type {Board} */ (d)])).values()];
  const [first] = boards;
  if (!first) return null;
  const names = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {{name: string, position: number}} */ (d)]));
  boards.sort((a, b) => (names.get(a.block)?.position ?? 0) - (names.get(b.block)?.position ?? 0));
  const presses = (await readPressed(me)).filter((p) => p.notice === notice);
  const visits = await readVisits(notice, me);
  const doors = boards.flatMap((b) => b.rows.map((row) => overlaid({ ...row, block: b.block, waiting: false }, presses, visits)));
  const blocks = boards.map((b) => ({ id: b.block, name: names.get(b.block)?.name ?? "" }));
  return { title: first.title, closedAt: first.closedAt, doors, blocks, boards };
}

/** @param {Door} door @param {Awaited<ReturnType<typeof readPressed>>} presses @param {Awaited<ReturnType<typeof readVisits>>} visits @returns {Door} */
function overlaid(door, presses, { decisive, undone }) {
  const mine = presses.filter((p) => p.household === door.household);
  const told = undone.get(door.household) === "not-home" ? { ...door, notHomeAt: null } : door;
  const row = { ...told, notHomeAt: wasOut(told, decisive.get(door.household)?.visit) || null };
  if (mine.length === 0) return row;
  for (const { subject, told } of mine) {
    if (subject === row.household && isNewer(row.whole, told)) row.whole = told;
    row.people = row.people.map((p) => (p.id === subject && isNewer(p.said, told) ? { ...p, said: told } : p));
    row.waiting ||= Boolean(told.waiting);
  }
  row.people = row.people.map((p) => ({ ...p, column: columnOf(p.said, row.whole) }));
  const columns = row.people.length > 0 ? row.people.map((p) => p.column) : [columnOf(null, row.whole)];
  return { ...row, column: COLUMNS.find((c) => columns.includes(c)) ?? "missing" };
}

/** The newer of what was said of a person and of the whole home. @param {Said | null} own @param {Said | null} whole @returns {Column} */
function columnOf(own, whole) {
  const newest = own && whole ? (Date.parse(whole.at) > Date.parse(own.at) ? whole : own) : (own ?? whole);
  return newest ? (COLUMN[newest.state] ?? "missing") : "missing";
}

/** Each home that was asked in one column, and each person; who moved in since is seen and not counted. @param {Door[]} doors */
export function countsOf(doors) {
  const zero = () => ({ needHelp: 0, missing: 0, atShelter: 0, safe: 0 });
  const [households, people] = [zero(), zero()];
  for (const door of doors.filter((d) => d.asked !== false)) {
    households[door.column] += 1;
    for (const person of door.people) people[person.column] += 1;
  }
  return { households, people };
}

/** @param {string} notice @returns {Promise<City | null>} for who works for the city */
export async function readCity(notice) {
  return /** @type {City | null} */ ((await get("safety", notice)) ?? null);
}
