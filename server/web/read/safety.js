// Who is safe: a home's own answers, the presses of this phone laid over what is synced, and the press.

import { entries, press } from "../data/outbox.js";
import { all, get } from "../data/store.js";
import { isMeant } from "./meant.js";

/** @typedef {import("../types").SafetySaid} Said */
/** `pressed`: of what this phone has pressed itself, as it is sent. @typedef {Said & {waiting?: boolean, pressed?: {at: string, after?: string}}} Told */
/** @typedef {{household: string, name: string, forWhom: string, people: {id: string, name: string}[], said: Record<string, Told>}} Home */
/** What was said of each home, by the id of its answer, of each subject: a person, or the home. @typedef {Map<string, Record<string, Told>>} SaidOf */

const TOLD_IN_MS = 1000; // what comes back from the server is cut to whole seconds

/** @param {string} notice @param {string} household */
const answerId = (notice, household) => `sa.${notice}.${household}`;

/** What this phone has pressed, in order. @param {import("../types").Me} me @returns {Promise<{id: string, notice: string, household: string, subject: string, told: Told}[]>} */
export async function readPressed(me) {
  const mine = (await entries("answers")).filter((e) => e.state !== "rejected");
  return mine.map(({ id, d, state }) => {
    const { notice, household, person, after, ...said } = /** @type {any} */ (d);
    const at = new Date(Math.max(Date.parse(said.at), after ? Date.parse(after) + TOLD_IN_MS : 0)).toISOString();
    return { id, notice, household, subject: person ?? household, told: { ...said, at, pressed: { at: said.at, after }, by: me.person, how: "app", late: false, waiting: state === "waiting" } };
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
 * One press. It is after what it replaces, whatever the phone's clock says: after what this phone pressed by that clock, and
 * after what the server told by the server's, who alone can compare the two.
 * @param {string} notice @param {string} household @param {import("../types").SafetyState} state
 * @param {{person?: string, note?: string, place?: string, instead?: (Told | null | undefined)[]}} [more] instead: what is shown, of which it takes the place
 */
export async function answer(notice, household, state, { person, note = "", place = "", instead = [] } = {}) {
  const at = new Date(Math.max(Date.now(), latest(instead.map((each) => each?.pressed?.at)) + TOLD_IN_MS)).toISOString();
  const told = latest(instead.map((each) => (each?.pressed ? each.pressed.after : each?.at)));
  const after = told ? { after: new Date(told).toISOString() } : {};
  await press("answers", answerId(notice, household), { notice, household, state, note, place, at, ...after, ...(person ? { person } : {}) });
}

/** ms; 0 for never. @param {(string | undefined)[]} times */
const latest = (times) => Math.max(0, ...times.map((at) => (at ? Date.parse(at) : 0)));
