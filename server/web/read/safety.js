// Who is safe: a home's own answers, and the boards of leaders, officers and the city, with the presses of this phone laid over.

import { entries, press } from "../data/outbox.js";
import { all, get } from "../data/store.js";
import { officerOf } from "./me.js";

/** @typedef {import("../types").SafetySaid} Said */
/** @typedef {import("../types").SafetyRow} Row */
/** @typedef {import("../types").SafetyBoard} Board */
/** @typedef {import("../types").SafetyCity} City */
/** @typedef {import("../types").SafetyColumn} Column */
/** @typedef {Said & {waiting?: boolean}} Told */
/** @typedef {{household: string, name: string, forWhom: string, people: {id: string, name: string}[], said: Record<string, Told>}} Home */
/** @typedef {Row & {block: string, waiting: boolean}} Door */

/** Worst first. @type {Column[]} */
export const COLUMNS = ["needHelp", "missing", "atShelter", "safe"];
/** @type {Record<string, Column>} */
const COLUMN = { "safe": "safe", "family-safe": "safe", "at-shelter": "atShelter", "need-help": "needHelp" };

/** @param {string} notice @param {string} household */
const answerId = (notice, household) => `sa.${notice}.${household}`;

/** What this phone has pressed, in order. @param {string} notice @returns {Promise<{household: string, subject: string, told: Told}[]>} */
async function pressed(notice, /** @type {import("../types").Person} */ by) {
  const mine = (await entries("answers")).filter((e) => e.state !== "rejected" && /** @type {any} */ (e.d).notice === notice);
  return mine.map(({ d, state }) => {
    const { household, person, ...said } = /** @type {any} */ (d);
    return { household, subject: person ?? household, told: { ...said, by, how: "app", late: false, waiting: state === "waiting" } };
  });
}

/** @param {Told | null | undefined} before @param {Told} told */
const isNewer = (before, told) => !before || Date.parse(told.at) >= Date.parse(before.at);

/**
 * The homes for which this person may answer.
 * @param {string} notice @param {string | null} association null: the city asks @param {import("../types").Me} me
 * @returns {Promise<Home[]>}
 */
export async function readHomes(notice, association, me) {
  const presses = await pressed(notice, me.person);
  const own = me.homes.map((h) => ({ ...h, forWhom: "" }));
  const others = me.acts.filter((h) => h.may.includes("answer") && !own.some((o) => o.household === h.household));
  const homes = [...own, ...others].filter((h) => !association || h.association === association);
  return Promise.all(homes.map(async ({ household, householdName, forWhom }) => {
    const kept = /** @type {{said: Record<string, Told>} | undefined} */ (await get("answers", answerId(notice, household)));
    const said = { ...(kept?.said ?? {}) };
    for (const each of presses) if (each.household === household && isNewer(said[each.subject], each.told)) said[each.subject] = each.told;
    const known = /** @type {{people: {id: string, name: string}[]} | undefined} */ (await get("households", household));
    return { household, name: householdName, forWhom, people: known?.people ?? [], said };
  }));
}

/**
 * One press. Its time is after that of what it replaces, whatever the phone's clock says.
 * @param {string} notice @param {string} household @param {import("../types").SafetyState} state
 * @param {{person?: string, note?: string, place?: string, before?: string}} [more] before: when the last answer was pressed
 */
export async function answer(notice, household, state, { person, note = "", place = "", before = "" } = {}) {
  const at = new Date(Math.max(Date.now(), (Date.parse(before) || 0) + 1)).toISOString();
  await press("answers", answerId(notice, household), { notice, household, state, note, place, at, ...(person ? { person } : {}) });
}

/** The latest moment of what was said of a home. @param {(Said | null | undefined)[]} said */
export const latest = (said) => said.reduce((at, each) => (each && each.at > at ? each.at : at), "");

/** @param {string} notice @param {import("../types").Me} me @returns {Promise<{title: string, closedAt: string | null, doors: Door[], blocks: {id: string, name: string}[], boards: Board[]} | null>} */
export async function readBoard(notice, me) {
  const found = (await all("safety")).filter(({ id }) => id.startsWith(`${notice}.`));
  const suffix = officerOf(me).length > 0 && found.some(({ id }) => id.endsWith(".o")) ? ".o" : ".l";
  const boards = found.filter(({ id }) => id.endsWith(suffix)).map(({ d }) => /** @type {Board} */ (d));
  const [first] = boards;
  if (!first) return null;
  const names = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {{name: string, position: number}} */ (d)]));
  boards.sort((a, b) => (names.get(a.block)?.position ?? 0) - (names.get(b.block)?.position ?? 0));
  const [presses, out] = [await pressed(notice, me.person), await notHome(notice)];
  const doors = boards.flatMap((b) => b.rows.map((row) => overlaid({ ...row, block: b.block, waiting: false }, presses, out)));
  const blocks = boards.map((b) => ({ id: b.block, name: names.get(b.block)?.name ?? "" }));
  return { title: first.title, closedAt: first.closedAt, doors, blocks, boards };
}

/** @param {string} notice @returns {Promise<Map<string, string>>} household → when this phone's owner found nobody */
async function notHome(notice) {
  const visits = (await entries("visits")).filter((e) => e.state !== "rejected" && e.op === "put").map((e) => /** @type {import("../types").Visit} */ (e.d));
  return new Map(visits.filter((v) => v.notice === notice && v.kind === "not-home").map((v) => [v.household, v.at]));
}

/** @param {Door} door @param {Awaited<ReturnType<typeof pressed>>} presses @param {Map<string, string>} out @returns {Door} */
function overlaid(door, presses, out) {
  const mine = presses.filter((p) => p.household === door.household);
  const row = { ...door, notHomeAt: out.get(door.household) ?? door.notHomeAt };
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

/** Each home in one column, and each person. @param {Door[]} doors */
export function countsOf(doors) {
  const zero = () => ({ needHelp: 0, missing: 0, atShelter: 0, safe: 0 });
  const [households, people] = [zero(), zero()];
  for (const door of doors) {
    households[door.column] += 1;
    for (const person of door.people) people[person.column] += 1;
  }
  return { households, people };
}

/** @param {string} notice @returns {Promise<City | null>} for who works for the city */
export async function readCity(notice) {
  return /** @type {City | null} */ ((await get("safety", notice)) ?? null);
}
