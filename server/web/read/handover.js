// Seats and who is to hold them: what the server says of today, and from the store what is scheduled.

import { all, meta, setMeta } from "../data/store.js";
import { tokyoDay } from "./days.js";

/** @typedef {import("../types").Person} Person */
/** @typedef {{id: string, role: string, title: string, block: {id: string, name: string} | null}} SeatName */
/** @typedef {SeatName & {holders: (Person & {begins: string, ends: string | null, device: boolean})[]}} HeldSeat */
/** Answer of GET …/handover. @typedef {{seats: HeldSeat[], officers: number, mayDecide: boolean, handover: Scheduled | null}} Stands */
/** @typedef {SeatName & {from: Person[], to: (Person & {stays: boolean, device: boolean})[]}} SeatChange */
/** @typedef {{code: string, people?: Person[]}} Warning */
/** Of ?dryRun=true. @typedef {{begins: string, overlapWeeks: number, leavesOn: string, seats: SeatChange[], officers: number, warnings: Warning[]}} Preview */
/** Record "handovers". @typedef {Preview & {id: string, association: string, by: Person & {title: string}, at: string}} Scheduled */

const OFFICERS = ["president", "officer"];

/** @param {string} association @returns {Promise<Scheduled | null>} the one that is to come */
export async function readScheduled(association) {
  const known = (await all("handovers")).map(({ d }) => /** @type {Scheduled} */ (d));
  return known.find((h) => h.association === association && h.begins > tokyoDay(new Date())) ?? null;
}

/** @param {string} association is there one officer alone, or none? */
export async function hasFewOfficers(association) {
  const seats = (await all("seats")).map(({ d }) => /** @type {{association: string, role: string, holders: string[]}} */ (d));
  const speaking = seats.filter((s) => s.association === association && OFFICERS.includes(s.role));
  return speaking.length > 0 && new Set(speaking.flatMap((s) => s.holders)).size < 2;
}

/** 1 April, the day on which most associations change. @returns {string} YYYY-MM-DD */
export function nextApril() {
  const today = tokyoDay(new Date());
  const year = Number(today.slice(0, 4));
  return today < `${year}-04-01` ? `${year}-04-01` : `${year + 1}-04-01`;
}

/**
 * Who is to hold a seat: for each of today's holders undefined (goes on), null (leaves) or a successor; then those who come besides.
 * @typedef {(Person | null | undefined)[]} Slots
 */

/**
 * What is being chosen, kept on the phone at every press; `chosen`: by seat.
 * @typedef {{association: string, key: string, begins: string, weeks: string, chosen: Map<string, Slots>}} Wish
 */

/** @param {Wish | undefined} wish undefined: nothing is being chosen any more */
export const keepWish = (wish) => setMeta("handover", wish, { quiet: true });

/** @param {string} association @returns {Promise<Wish | undefined>} what was begun earlier on this phone; a day that has passed is chosen anew */
export async function begunWish(association) {
  /** @type {Wish | undefined} */
  const wish = await meta("handover");
  if (wish?.association !== association) return undefined;
  return wish.begins > tokyoDay(new Date()) ? wish : { ...wish, begins: nextApril() };
}

/** @param {HeldSeat} seat @param {Slots} slots @returns {string[]} ids of all who hold it then */
export function holdersThen(seat, slots) {
  const then = seat.holders.map((holder, place) => (slots[place] === undefined ? holder : slots[place]));
  const more = slots.slice(seat.holders.length);
  return [...new Set([...then, ...more].flatMap((person) => (person ? [person.id] : [])))];
}

/** @param {Slots} slots */
export const isChanged = (slots) => slots.some((slot) => slot !== undefined);
