// Whom a notice would reach: as the server last said, kept for the cellar; before it ever did, an estimate from the list of homes.

import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";
import { isPast } from "./days.js";
import { readPeople } from "./people.js";

/** @typedef {import("../types").Forecast} Forecast */
/** @typedef {import("./writing.js").Draft} Draft */
/** `at`: when the server said so; "" is an estimate. `about`: of what notice, see `asked`.
 * @typedef {{at: string, about: string, forecast: Forecast & {blocks: (Forecast & {block: string})[]}}} Foreseen */

/** @param {string} association */
const kept = (association) => `forecast.${association}`;

/** @param {string} association @returns {Promise<Foreseen>} from the phone alone */
export async function readForecast(association) {
  return (await meta(kept(association))) ?? estimate(association);
}

/** @typedef {Pick<Draft, "association" | "topic" | "urgency" | "deadline">} About */

/** What of a draft decides who hears of it, and when. @param {Omit<About, "association">} draft */
function asked({ topic, urgency, deadline }) {
  return String(new URLSearchParams(deadline && !isPast(deadline) ? { topic, urgency, deadline } : { topic, urgency }));
}

/** Whether it was said of a notice like the draft as it is now. @param {Foreseen} foreseen @param {Draft} draft */
export const isAbout = ({ about }, draft) => about === asked(draft);

/** Asks the server, and keeps what it says. @param {About} draft @returns {Promise<Foreseen>} */
export async function askForecast(draft) {
  const about = asked(draft);
  const forecast = await call("GET", `/api/v1/associations/${draft.association}/forecast?${about}`);
  const foreseen = { at: new Date().toISOString(), about, forecast };
  await setMeta(kept(draft.association), foreseen, { quiet: true });
  return foreseen;
}

/** @param {Foreseen} foreseen @param {Pick<Draft, "to" | "blocks">} draft @returns {Forecast} of the blocks it is for */
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
  return { at: "", about: "", forecast: { ...sum(blocks), blocks } };
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

/** @param {import("../types").Alarm} alarm of an association @param {string} association @returns {Promise<import("../types").Forecast | null>} of the blocks it is for */
export async function foreseenFor({ topic, urgency, audience }, association) {
  const found = await askForecast({ association, topic, urgency: /** @type {any} */ (urgency), deadline: "" }).catch(() => null);
  return found && ofAudience(found, audience === "all" ? { to: "all", blocks: [] } : { to: "blocks", blocks: audience.blocks });
}
