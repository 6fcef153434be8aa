// For which association an officer works at the moment, where there are two: chosen at the top of the page, kept on the phone.
// Who holds seats in one alone never hears of it. Lists that show what waits (出したもの, 到達, 市からの回覧) show all of them.

import { meta, setMeta } from "../data/store.js";
import { officerOf, readAssociations } from "./me.js";
import { associationOf } from "./people.js";

/** @typedef {import("../types").Me} Me */

/** As this tab has it: another tab changes nothing beneath a form that is being filled in. @type {string | null} */
let worn = null;

/** @param {Me | null} me @returns {Promise<string>} the association; "" for who writes for none */
export async function worksFor(me) {
  const [first = "", ...others] = me ? officerOf(me) : [];
  if (worn === null) worn = String((await meta("worksFor")) ?? "");
  return others.includes(worn) ? worn : first;
}

/** @param {string} association */
export async function workFor(association) {
  worn = association;
  await setMeta("worksFor", association, { quiet: true });
}

/** Whose home it is, where the reader is an officer there; else the one they work for. @param {Me | null} me @param {string} household @returns {Promise<string>} */
export async function associationOfHome(me, household) {
  const there = await associationOf(household);
  return me && officerOf(me).includes(there) ? there : worksFor(me);
}

/** @param {Me | null} me @returns {Promise<{id: string, name: string}[]>} those to choose from; none where there is no choice */
export async function readHats(me) {
  const mine = me ? officerOf(me) : [];
  if (!me || mine.length < 2) return [];
  const names = await readAssociations(me);
  return mine.map((id) => ({ id, name: names.get(id)?.name ?? "" }));
}
