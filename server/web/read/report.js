// What was sent for a notice and what became of it: asked of the server, and kept as it last said.

import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";

/** @typedef {import("../types").Report} Report */
/** @typedef {{at: string, report: Report}} Told */

const MOST = 100; // homes that are shown, and kept

/** In the order of the bar; each state of the server's is one of these in words. */
export const FATES = /** @type {const} */ (["sent", "waiting", "unknown", "skipped", "failed"]);

/** @typedef {typeof FATES[number]} Fate */

/** @type {Record<string, Fate>} */
const fates = { sent: "sent", due: "waiting", sending: "waiting", later: "waiting", unknown: "unknown", skipped: "skipped", failed: "failed", gone: "failed", quarantined: "failed" };

/** @param {string} state @returns {Fate} */
export const fateOf = (state) => fates[state] ?? "unknown";

/** @param {Record<string, number>} states @returns {Record<Fate, number>} */
export function byFate(states) {
  const counts = { sent: 0, waiting: 0, unknown: 0, skipped: 0, failed: 0 };
  for (const [state, n] of Object.entries(states)) counts[fateOf(state)] += n;
  return counts;
}

/** @param {string} notice @returns {Promise<Told | null>} from the phone alone */
export async function readReport(notice) {
  return (await meta(`report.${notice}`)) ?? null;
}

/** @param {string} notice @returns {Promise<Told>} */
export async function askReport(notice) {
  /** @type {Report} */
  const whole = await call("GET", `/api/v1/notices/${notice}/deliveries`);
  const rows = whole.rows.filter((row) => row.name && fateOf(row.state) === "failed").slice(0, MOST);
  const told = { at: new Date().toISOString(), report: { ...whole, rows } };
  await setMeta(`report.${notice}`, told, { quiet: true });
  return told;
}
