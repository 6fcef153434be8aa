// Whom a notice would reach: as the server last said, kept for the cellar; before it ever did, an estimate from the list of homes.

import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";
import { readPeople } from "./people.js";

/** @typedef {import("../types").Forecast} Forecast */
/** `at`: when the server said so; "" is an estimate.
 * @typedef {{at: string, forecast: Forecast & {blocks: (Forecast & {block: string})[]}}} Foreseen */

/** @param {string} association */
const kept = (association) => `forecast.${association}`;

/** @param {string} association @returns {Promise<Foreseen>} from the phone alone */
export async function readForecast(association) {
  return (await meta(kept(association))) ?? estimate(association);
}

/** Asks the server, and keeps what it says. @param {string} association @returns {Promise<Foreseen>} */
export async function askForecast(association) {
  const forecast = await call("GET", `/api/v1/associations/${association}/forecast`);
  const foreseen = { at: new Date().toISOString(), forecast };
  await setMeta(kept(association), foreseen, { quiet: true });
  return foreseen;
}

/** @param {Foreseen} foreseen @param {import("./writing.js").Draft} draft @returns {Forecast} of the blocks it is for */
export function ofAudience({ forecast }, { to, blocks }) {
  return to === "all" ? forecast : sum(forecast.blocks.filter((b) => blocks.includes(b.block)));
}

/** This phone knows who has a phone and who gets paper; who has mail it does not. @param {string} association @returns {Promise<Foreseen>} */
async function estimate(association) {
  const blocks = (await readPeople(association)).map(({ id: block, households }) => {
    const reached = households.filter((h) => h.people.some((p) => p.devices.length > 0));
    const paper = households.filter((h) => h.paper && !reached.includes(h));
    const withoutChannel = households.length - reached.length - paper.length;
    return { block, households: households.length, withChannel: reached.length, paper: paper.length, withoutChannel, without: {} };
  });
  return { at: "", forecast: { ...sum(blocks), blocks } };
}

/** @param {Forecast[]} parts @returns {Forecast} */
function sum(parts) {
  /** @type {Record<string, number>} */
  const without = {};
  /** @type {Forecast} */
  const all = { households: 0, withChannel: 0, paper: 0, withoutChannel: 0, without };
  for (const part of parts) {
    all.households += part.households;
    all.withChannel += part.withChannel;
    all.paper += part.paper;
    all.withoutChannel += part.withoutChannel;
    if (part.withinHalfHour !== undefined) all.withinHalfHour = (all.withinHalfHour ?? 0) + part.withinHalfHour;
    for (const [why, n] of Object.entries(part.without ?? {})) without[why] = (without[why] ?? 0) + n;
  }
  return all;
}
