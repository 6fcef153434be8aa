// Who was reached: one ledger per notice, from synced records, with visits made on this phone laid over it.
// It always adds up to the number of households.

import { entries, press } from "../data/outbox.js";
import { newId } from "../data/ids.js";
import { all } from "../data/store.js";
import { leaderOf, officerOf } from "./me.js";

/** @typedef {import("../types").Grades} Grades */
/** @typedef {import("../types").ReachRow} ReachRow */
/** @typedef {import("../types").Visit} Visit */
/** @typedef {{block: string, name: string, households: number, grades: Grades}} BlockReach */
/** @typedef {ReachRow & {block: string, street: string, visit: Visit | null, waiting: boolean, wasOut: string}} Door */
/** @typedef {{households: number, grades: Grades, blocks: BlockReach[], doors: Door[], hasRows: boolean}} Ledger */

/** Highest first: the order of the bar. @type {import("../types").Grade[]} */
export const GRADES = ["stamped", "onThePhone", "handedOver", "planned", "onPaper", "noChannel"];

/** @returns {Grades} */
const zero = () => ({ stamped: 0, onThePhone: 0, handedOver: 0, planned: 0, onPaper: 0, noChannel: 0 });

/**
 * @param {string} notice
 * @param {import("../types").Me} me
 * @returns {Promise<Ledger | null>} null: nothing here about this notice
 */
export async function readLedger(notice, me) {
  const base = await fromRecords(notice, me);
  if (!base) return null;
  return withVisits(base, await readVisits(notice), await readStreets());
}

/** @param {string} notice @param {import("../types").Me} me */
async function fromRecords(notice, me) {
  const suffix = officerOf(me).length > 0 ? ".o" : ".l";
  const names = new Map((await all("blocks")).map(({ id, d }) => [id, /** @type {any} */ (d)]));
  const found = (await all("reach")).filter(({ id }) => id.startsWith(`${notice}.`));
  const records = found.some(({ id }) => id.endsWith(suffix)) ? found.filter(({ id }) => id.endsWith(suffix)) : found;
  if (records.length === 0) return null;
  const reaches = records.map(({ d }) => /** @type {import("../types").ReachRecord} */ (d));
  reaches.sort((a, b) => (names.get(a.block)?.position ?? 0) - (names.get(b.block)?.position ?? 0));
  return {
    blocks: reaches.map((d) => ({ ...d, grades: withPaper(d), name: names.get(d.block)?.name ?? "" })),
    rows: reaches.flatMap((d) => (d.rows ?? []).map((row) => ({ ...row, grade: gradeOf(row), block: d.block }))),
  };
}

/** A home that gets paper is not one nobody can reach. @param {import("../types").ReachRecord} d @returns {Grades} */
function withPaper({ grades, paper = 0 }) {
  return { ...grades, onPaper: paper, noChannel: grades.noChannel - paper };
}

/** @param {ReachRow} row */
const gradeOf = ({ grade, paper }) => (grade === "noChannel" && paper ? /** @type {const} */ ("onPaper") : grade);

/** @param {string} notice @returns {Promise<Map<string, {visit: Visit, waiting: boolean}>>} the decisive one per household */
async function readVisits(notice) {
  const synced = (await all("visits")).map(({ d }) => ({ visit: /** @type {Visit} */ (d), waiting: false }));
  const pressed = (await entries("visits")).filter((e) => e.state !== "rejected");
  const own = pressed.map((e) => ({ visit: /** @type {Visit} */ (e.d), waiting: e.state === "waiting" }));
  const visits = [...synced, ...own].filter(({ visit }) => visit.notice === notice);
  visits.sort((a, b) => a.visit.at.localeCompare(b.visit.at));
  const decisive = new Map();
  for (const found of visits) {
    // "Not at home" never undoes a proof.
    const before = decisive.get(found.visit.household);
    if (!before || before.visit.kind === "not-home") decisive.set(found.visit.household, found);
  }
  return decisive;
}

/** @returns {Promise<Map<string, string>>} household → street */
async function readStreets() {
  const roster = (await all("roster")).map(({ d }) => /** @type {import("../types").RosterRecord} */ (d));
  return new Map(roster.map((r) => [r.household, r.street]));
}

/**
 * @param {{blocks: BlockReach[], rows: (ReachRow & {block: string})[]}} base
 * @param {Map<string, {visit: Visit, waiting: boolean}>} visits
 * @param {Map<string, string>} streets
 * @returns {Ledger}
 */
function withVisits({ blocks, rows }, visits, streets) {
  const counts = new Map(blocks.map((b) => [b.block, { ...b, grades: { ...b.grades } }]));
  const doors = rows.map((row) => {
    const found = visits.get(row.household);
    const door = { ...row, street: streets.get(row.household) ?? "", visit: found?.visit ?? null, waiting: found?.waiting ?? false, wasOut: wasOut(row, found?.visit) };
    const grades = counts.get(row.block)?.grades;
    if (row.grade === "stamped" || !found || found.visit.kind === "not-home") return door;
    if (grades) {
      grades[row.grade] -= 1;
      grades.stamped += 1;
    }
    return { ...door, grade: /** @type {const} */ ("stamped"), how: found.visit.kind, at: found.visit.at };
  });
  const total = zero();
  for (const block of counts.values()) for (const grade of GRADES) total[grade] += block.grades[grade] ?? 0;
  const places = new Map(blocks.map((b, place) => [b.block, place]));
  doors.sort((a, b) => (places.get(a.block) ?? 0) - (places.get(b.block) ?? 0) || (a.walk ?? 0) - (b.walk ?? 0));
  const households = blocks.reduce((sum, b) => sum + b.households, 0);
  return { households, grades: total, blocks: [...counts.values()], doors, hasRows: rows.length > 0 };
}

/** The later of what the ledger says and what was pressed here; "" for never. @param {ReachRow} row @param {Visit | undefined} visit */
function wasOut(row, visit) {
  const own = visit?.kind === "not-home" ? visit.at : "";
  return Date.parse(own) > Date.parse(row.notHomeAt ?? "") || !row.notHomeAt ? own : row.notHomeAt;
}

/** @param {string} notice @param {string} household @param {import("../types").VisitKind} kind */
export async function visit(notice, household, kind) {
  await press("visits", newId(), { notice, household, kind, at: new Date().toISOString() });
}

/** @param {import("../types").Me} me may this person see names of who is missing? */
export const seesReach = (me) => officerOf(me).length > 0 || leaderOf(me).length > 0;
