// Printed sheets: made by the server from the homes on paper at that moment, known here by their code without a signal.

import { call } from "../data/api.js";
import { all } from "../data/store.js";

/** @typedef {import("../types").SheetRecord} SheetRecord */
/** @typedef {import("../types").PrintedSheet} PrintedSheet */

/** @param {string} notice @param {string} block "" for all there are @returns {Promise<PrintedSheet[]>} */
export async function printSheets(notice, block) {
  return (await call("POST", `/api/v1/notices/${notice}/sheet${block ? `?block=${block}` : ""}`)).sheets;
}

/** @returns {Promise<SheetRecord[]>} newest first, each once; an officer who leads a block holds two copies */
export async function readSheets() {
  const sheets = (await all("sheets")).map(({ d }) => /** @type {SheetRecord} */ (d));
  const each = new Map(sheets.map((s) => [s.sheet, s]));
  return [...each.values()].sort((a, b) => b.at.localeCompare(a.at));
}

/**
 * @param {string} code as it is printed
 * @returns {Promise<SheetRecord>} from this phone, or from the server where it was printed a moment ago
 * @throws {import("../data/api.js").Trouble} with what to do with this paper
 */
export async function findSheet(code) {
  return (await readSheets()).find((s) => s.code === code) ?? (await call("GET", `/api/v1/sheets/${code}`));
}
