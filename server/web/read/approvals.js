// What waits for a second person, and what became of it, from the store.

import { all } from "../data/store.js";

/** @typedef {import("../types").Approval} Approval */

const SHOWN = 20; // decided ones

/** @returns {Promise<{awaiting: Approval[], decided: Approval[]}>} the oldest that waits first, the newest decision first */
export async function readApprovals() {
  const rows = (await all("approvals")).map(({ d }) => /** @type {Approval} */ (d));
  const awaiting = rows.filter((a) => a.state === "awaiting").sort((a, b) => a.asked.at.localeCompare(b.asked.at));
  const decided = rows.filter((a) => a.state !== "awaiting").sort((a, b) => (b.decided?.at ?? "").localeCompare(a.decided?.at ?? ""));
  return { awaiting, decided: decided.slice(0, SHOWN) };
}
