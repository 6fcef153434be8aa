// The languages of a notice: what it says in each, and in which one reads on this phone. All of them are here, so that one
// changes without a signal.

import { meta, setMeta } from "../data/store.js";
import { readPreferences } from "./preferences.js";

export const TONGUES = ["ja", "ja-easy", "en", "zh", "ko"];

/** @typedef {{title: string, body: string, translations?: Record<string, {title: string, body: string}>}} Spoken */

/** As browsers name it. @param {string} tongue */
export const langOf = (tongue) => ({ "ja-easy": "ja", "zh": "zh-Hans" })[tongue] ?? tongue;

/** @param {Spoken} notice */
export const tonguesOf = ({ translations = {} }) => TONGUES.filter((tongue) => tongue === "ja" || tongue in translations);

/**
 * The same notice as it is said in a language; as it was written, where nobody has translated it.
 * @template {Spoken} T
 * @param {T} notice
 * @param {string} tongue
 * @returns {T & {tongue: string}}
 */
export function saidIn(notice, tongue) {
  const said = notice.translations?.[tongue];
  return said ? { ...notice, title: said.title, body: said.body, tongue } : { ...notice, tongue: "ja" };
}

/** Chosen on a notice's page; else as one wishes to be told. @param {import("../types").Me} me @returns {Promise<string>} */
export const readTongue = async (me) => (await meta("tongue")) ?? (await readPreferences(me)).locale;

/** On this phone alone. @param {string} tongue */
export const speak = (tongue) => setMeta("tongue", tongue);
