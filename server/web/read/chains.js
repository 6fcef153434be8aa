// A chain of messages — the first, updates, the all-clear — is one to its reader: the newest stands in place of the
// earlier ones, which are read on its page.

import { readCards } from "./notices.js";

/** @typedef {import("./notices.js").Card} Card */
/** @typedef {Card & {earlier: Card[]}} Chain */

/** @param {{notice: string, refersTo?: string | null}} card */
const chainOf = (card) => card.refersTo ?? card.notice;

/** @param {Card[]} cards newest first @returns {Chain[]} newest first, and so are the earlier ones of each */
function chained(cards) {
  /** @type {Map<string, Chain>} */
  const chains = new Map();
  for (const card of cards) {
    const newest = chains.get(chainOf(card));
    if (newest) newest.earlier.push(card);
    else chains.set(chainOf(card), { ...card, earlier: [] });
  }
  return [...chains.values()];
}

/** @param {import("../types").Me} me */
export const readChains = async (me) => chained(await readCards(me));

/**
 * @param {string} id of any message of it: an old notification leads to what is true now
 * @param {import("../types").Me} me
 * @returns {Promise<Chain | null>} null: withdrawn, or never here
 */
export async function readChain(id, me) {
  return (await readChains(me)).find((c) => c.notice === id || chainOf(c) === id || c.earlier.some((e) => e.notice === id)) ?? null;
}
