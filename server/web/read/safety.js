// Who is safe: a home's own answers, the presses of this phone laid over what is synced, and the press.

import { entries, press } from "../data/outbox.js";
import { all, get } from "../data/store.js";
import { isMeant } from "./meant.js";

/** @typedef {import("../types").SafetySaid} Said */
/** @typedef {Said & {waiting?: boolean}} Told */
/** @typedef {{household: string, name: string, forWhom: string, people: {id: string, name: string}[], said: Record<string, Told>}} Home */
/** What was said of each home, by the id of its answer, of each subject: a person, or the home. @typedef {Map<string, Record<string, Told>>} SaidOf */

const AFTER_MS = 1000; // what comes back from the server is cut to whole seconds

/** @param {string} notice @param {string} household */
const answerId = (notice, household) => `sa.${notice}.${household}`;

/** What this phone has pressed, in order. @param {import("../types").Me} me @returns {Promise<{id: string, notice: string, household: string, subject: string, told: Told}[]>} */
export async function readPressed(me) {
  const mine = (await entries("answers")).filter((e) => e.state !== "rejected");
  return mine.map(({ id, d, state }) => {
    const { notice, household, person, ...said } = /** @type {any} */ (d);
    return { id, notice, household, subject: person ?? household, told: { ...said, by: me.person, how: "app", late: false, waiting: state === "waiting" } };
  });
}

/** @param {Told | null | undefined} before @param {Told} told */
export const isNewer = (before, told) => !before || Date.parse(told.at) >= Date.parse(before.at);

/** @param {import("../types").Me} me @returns {Promise<SaidOf>} */
export async function readSaid(me) {
  /** @type {SaidOf} */
  const known = new Map((await all("answers")).map(({ id, d }) => [id, { .../** @type {{said: Record<string, Told>}} */ (d).said }]));
  for (const { id, subject, told } of await readPressed(me)) {
    const said = known.get(id) ?? {};
    if (isNewer(said[subject], told)) said[subject] = told;
    known.set(id, said);
  }
  return known;
}

/**
 * Of one's own home: of oneself, or of all who live there. Of another's home anything counts.
 * @param {SaidOf} known @param {string} notice @param {import("../types").Home & {forWhom: string}} home @param {import("../types").Me} me
 */
export function hasSaid(known, notice, { household, forWhom }, me) {
  const said = known.get(answerId(notice, household)) ?? {};
  return forWhom ? Object.keys(said).length > 0 : Boolean(said[me.person.id] ?? said[household]);
}

/** The homes that were asked and for which this person may answer. @param {string} notice @param {import("../types").Me} me @returns {Promise<Home[]>} */
export async function readHomes(notice, me) {
  const known = await readSaid(me);
  const records = (await all("notices")).map(({ id, d }) => ({ id, d: /** @type {import("../types").NoticeRecord} */ (d) })).filter(({ d }) => d.notice === notice);
  const own = me.homes.map((h) => ({ ...h, forWhom: "" }));
  const others = me.acts.filter((h) => h.may.includes("answer") && !own.some((o) => o.household === h.household));
  const homes = [...own, ...others].filter((h) => records.some(({ id, d }) => isMeant(d, id, h)));
  return Promise.all(homes.map(async ({ household, householdName, forWhom }) => {
    const roster = /** @type {{people: {id: string, name: string}[]} | undefined} */ (await get("households", household));
    return { household, name: householdName, forWhom, people: roster?.people ?? [], said: known.get(answerId(notice, household)) ?? {} };
  }));
}

/**
 * One press. Its time is after that of what it replaces, whatever the phone's clock says.
 * @param {string} notice @param {string} household @param {import("../types").SafetyState} state
 * @param {{person?: string, note?: string, place?: string, before?: number}} [more] before: ms, when the last answer was pressed
 */
export async function answer(notice, household, state, { person, note = "", place = "", before = 0 } = {}) {
  const at = new Date(Math.max(Date.now(), before + AFTER_MS)).toISOString();
  await press("answers", answerId(notice, household), { notice, household, state, note, place, at, ...(person ? { person } : {}) });
}

/** The latest moment of what was said, ms; 0 for never. @param {(Said | null | undefined)[]} said */
export const latest = (said) => Math.max(0, ...said.map((each) => (each ? Date.parse(each.at) : 0)));
