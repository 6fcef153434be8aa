// Gives the reader a file, as any download.

import { fetchFile } from "../data/api.js";
import { words } from "../words/words.js";

const w = words.table;

/** @param {string} name @param {Blob} data */
function give(name, data) {
  const url = URL.createObjectURL(data);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {string} name @param {unknown} json */
export const save = (name, json) => give(name, new Blob([JSON.stringify(json, null, 2)], { type: "application/json" }));

/**
 * A table that the server makes.
 * @param {string} name @param {string} path
 * @returns {Promise<string>} what to say: also what Shift_JIS could not hold
 * @throws {import("../data/api.js").Trouble}
 */
export async function saveTable(name, path) {
  const { data, headers } = await fetchFile(path);
  give(name, data);
  const replaced = headers.get("X-Replaced-Characters");
  return replaced ? w.replaced(replaced.split(" ").map((u) => String.fromCodePoint(parseInt(u.slice(2), 16))).join(words.comma)) : w.saved;
}
