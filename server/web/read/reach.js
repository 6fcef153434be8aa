// Who was reached: one ledger per notice, from synced records, with visits made on this phone laid over it.
// It always adds up to the number of households.

import { entries, press } from "../data/outbox.js";
import { newId } from "../data/ids.js";
import { all } from "../data/store.js";
import { leaderOf, officerOf } from "./me.js";

/** @typedef {import("../types").Grades} Grades */
/** @typedef {import("../types").ReachRow} ReachRow */
/** @typedef {import("../types").Visit} Visit */
/** @typedef {import("../types").Hows} Hows */
/** @typedef {{block: string, name: string, households: number, grades: Grades, hows: Hows, proxies: number, residual: number}} BlockReach */
/** `own`: made by this person, who may take it back. @typedef {{id: string, visit: Visit, waiting: boolean, own: boolean}} Known */
/** @typedef {ReachRow & {block: string, street: string, visit: Known | null, waiting: boolean, wasOut: string}} Door */
/** `residual`: the ladder has ended at their doors. @typedef {{households: number, grades: Grades, hows: Hows, proxies: number, residual: number, blocks: BlockReach[], doors: Door[], hasRows: boolean}} Ledger */

/** Highest first: the order of the bar. @type {import("../types").Grade[]} */
export const GRADES = ["stamped", "onThePhone", "handedOver", "planned", "onPaper", "noChannel"];

/** @type {(keyof Hows)[]} */
export const HOWS = ["app", "paper", "told", "answer"];

/** @returns {Grades} */
const zero = () => ({ stamped: 0, onThePhone: 0, handedOver: 0, planned: 0, onPaper: 0, noChannel: 0 });

/** @returns {Hows} */
const unproved = () => ({ app: 0, paper: 0, told: 0, answer: 0 });

/** @typedef {{id: string, d: import("../types").ReachRecord}} Kept */

/**
 * @param {string} notice
 * @param {import("../types").Me} me
 * @returns {Promise<Ledger | null>} null: nothing here about this notice
 */
export async function readLedger(notice, me) {
  return (await ledgersOf(await all("reach", `${notice}.`), me)).get(notice) ?? null;
}

/**
 * Of all notices, in as many reads as one takes: a year of circulars has thousands of records.
 * @param {import("../types").Me} me
 * @returns {Promise<Map<string, Ledger>>} by notice
 */
export async function readLedgers(me) {
  return ledgersOf(await all("reach"), me);
}

/** @param {Kept[]} kept @param {import("../types").Me} me @returns {Promise<Map<string, Ledger>>} by notice */
async function ledgersOf(kept, me) {
  const [blocks, visits, streets] = await Promise.all([all("blocks"), readPressed(me), readStreets()]);
  const names = new Map(blocks.map(({ id, d }) => [id, /** @type {any} */ (d)]));
  const suffix = officerOf(me).length > 0 ? ".o" : ".l";
  /** @type {Map<string, Kept[]>} */
  const byNotice = new Map();
  for (const record of kept) {
    const notice = record.id.slice(0, record.id.indexOf("."));
    const mine = byNotice.get(notice);
    if (mine) mine.push(record);
    else byNotice.set(notice, [record]);
  }
  return new Map([...byNotice].map(([notice, found]) => {
    const { decisive, undone } = visitsOf(notice, visits);
    return [notice, withVisits(withdrawn(fromRecords(found, suffix, names), undone), decisive, streets)];
  }));
}

/** @param {Kept[]} found of one notice @param {string} suffix of this person's copies @param {Map<string, any>} names of blocks @returns {Base} */
function fromRecords(found, suffix, names) {
  const records = found.some(({ id }) => id.endsWith(suffix)) ? found.filter(({ id }) => id.endsWith(suffix)) : found;
  const reaches = records.map(({ d }) => d);
  reaches.sort((a, b) => (names.get(a.block)?.position ?? 0) - (names.get(b.block)?.position ?? 0));
  return {
    blocks: reaches.map((d) => ({ ...d, grades: withPaper(d), hows: { ...(d.hows ?? unproved()) }, proxies: d.proxies ?? 0, residual: d.residual ?? 0, name: names.get(d.block)?.name ?? "" })),
    rows: reaches.flatMap((d) => (d.rows ?? []).map((row) => ({ ...row, grade: gradeOf(row), block: d.block }))),
  };
}

/** A home that gets paper is not one nobody can reach. @param {import("../types").ReachRecord} d @returns {Grades} */
function withPaper({ grades, paper = 0 }) {
  return { ...grades, onPaper: paper, noChannel: grades.noChannel - paper };
}

/** @typedef {{blocks: BlockReach[], rows: (ReachRow & {block: string})[]}} Base */

/**
 * Without what this phone is taking back. What else is known of such a home the server will say.
 * @param {Base} base
 * @param {Map<string, string>} undone kind of visit, by household
 * @returns {Base}
 */
function withdrawn({ blocks, rows }, undone) {
  const counts = new Map(blocks.map((b) => [b.block, { ...b, grades: { ...b.grades }, hows: { ...b.hows } }]));
  const left = rows.map((row) => {
    const kind = undone.get(row.household);
    if (kind === "not-home") return { ...row, notHomeAt: null };
    if (!kind || row.how !== kind) return row;
    /** @type {import("../types").Grade} */
    const grade = row.paper ? "onPaper" : "noChannel";
    const counted = counts.get(row.block);
    if (counted) {
      counted.grades.stamped -= 1;
      counted.grades[grade] += 1;
      counted.hows[/** @type {keyof Hows} */ (kind)] -= 1;
    }
    return { ...row, grade, how: null, at: null };
  });
  return { blocks: [...counts.values()], rows: left };
}

/** @param {ReachRow} row */
const gradeOf = ({ grade, paper }) => (grade === "noChannel" && paper ? /** @type {const} */ ("onPaper") : grade);

/** @typedef {{known: Known[], takenBack: Set<string>}} Pressed */

/** By household: the visit that counts, and the kind of one that this phone takes back. @param {string} notice @param {import("../types").Me} me */
export async function readVisits(notice, me) {
  return visitsOf(notice, await readPressed(me));
}

/** @param {import("../types").Me} me @returns {Promise<Pressed>} all that is known of visits, on the server and here */
async function readPressed(me) {
  const pressed = (await entries("visits")).filter((e) => e.state !== "rejected");
  const takenBack = new Set(pressed.filter((e) => e.op === "delete").map((e) => e.id));
  /** @type {Map<string, Known>} */
  const known = new Map();
  for (const { id, d } of await all("visits")) {
    const visit = /** @type {Visit} */ (d);
    known.set(id, { id, visit, waiting: false, own: visit.by?.id === me.person.id });
  }
  for (const { id, d, op, state } of pressed) {
    if (op === "put" && !known.has(id)) known.set(id, { id, visit: /** @type {Visit} */ (d), waiting: state === "waiting", own: true });
  }
  return { known: [...known.values()], takenBack };
}

/** @param {string} notice @param {Pressed} pressed @returns {{decisive: Map<string, Known>, undone: Map<string, string>}} */
function visitsOf(notice, { known, takenBack }) {
  const visits = known.filter(({ id, visit }) => visit.notice === notice && !takenBack.has(id));
  visits.sort((a, b) => a.visit.at.localeCompare(b.visit.at));
  const decisive = new Map();
  for (const found of visits) {
    // "Not at home" never undoes a proof.
    const before = decisive.get(found.visit.household);
    if (!before || before.visit.kind === "not-home") decisive.set(found.visit.household, found);
  }
  const undone = known.filter(({ id, visit }) => visit.notice === notice && takenBack.has(id)).map(({ visit }) => /** @type {const} */ ([visit.household, visit.kind]));
  return { decisive, undone: new Map(undone) };
}

/** @returns {Promise<Map<string, string>>} household → street */
async function readStreets() {
  const roster = (await all("roster")).map(({ d }) => /** @type {import("../types").RosterRecord} */ (d));
  return new Map(roster.map((r) => [r.household, r.street]));
}

/**
 * @param {Base} base
 * @param {Map<string, Known>} visits
 * @param {Map<string, string>} streets
 * @returns {Ledger}
 */
function withVisits({ blocks, rows }, visits, streets) {
  const counts = new Map(blocks.map((b) => [b.block, { ...b, grades: { ...b.grades }, hows: { ...b.hows } }]));
  const doors = rows.map((row) => {
    const found = visits.get(row.household);
    const door = { ...row, street: streets.get(row.household) ?? "", visit: found ?? null, waiting: found?.waiting ?? false, wasOut: wasOut(row, found?.visit) };
    if (row.grade === "stamped" || !found || found.visit.kind === "not-home") return door;
    const counted = counts.get(row.block);
    if (counted) {
      counted.grades[row.grade] -= 1;
      counted.grades.stamped += 1;
      counted.hows[found.visit.kind] += 1;
      if (row.residualAt) counted.residual -= 1;
    }
    return { ...door, grade: /** @type {const} */ ("stamped"), how: found.visit.kind, at: found.visit.at };
  });
  const [total, hows] = [zero(), unproved()];
  for (const block of counts.values()) {
    for (const grade of GRADES) total[grade] += block.grades[grade] ?? 0;
    for (const how of HOWS) hows[how] += block.hows[how];
  }
  const places = new Map(blocks.map((b, place) => [b.block, place]));
  doors.sort((a, b) => (places.get(a.block) ?? 0) - (places.get(b.block) ?? 0) || (a.walk ?? 0) - (b.walk ?? 0));
  const households = blocks.reduce((sum, b) => sum + b.households, 0);
  const proxies = blocks.reduce((sum, b) => sum + b.proxies, 0);
  const residual = [...counts.values()].reduce((sum, b) => sum + b.residual, 0);
  return { households, grades: total, hows, proxies, residual, blocks: [...counts.values()], doors, hasRows: rows.length > 0 };
}

/** The later of what the ledger says and what was pressed here; "" for never. @param {{notHomeAt?: string | null}} row @param {Visit | undefined} visit */
export function wasOut(row, visit) {
  const own = visit?.kind === "not-home" ? visit.at : "";
  return Date.parse(own) > Date.parse(row.notHomeAt ?? "") || !row.notHomeAt ? own : row.notHomeAt;
}

/**
 * @param {string} notice
 * @param {string} household
 * @param {import("../types").VisitKind} kind
 * @param {{sheet?: string}} [more] the printed sheet that came back
 */
export async function visit(notice, household, kind, more = {}) {
  await press("visits", newId(), { notice, household, kind, at: new Date().toISOString(), ...more });
}

/** A press that was a mistake. @param {Known} known */
export async function takeBack({ id }) {
  await press("visits", id, null, { op: "delete" });
}

/** @param {import("../types").Me} me may this person see names of who is missing? */
export const seesReach = (me) => officerOf(me).length > 0 || leaderOf(me).length > 0;
