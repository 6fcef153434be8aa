// Who is looking: name, homes, seats and rights, as sync tells them. What the enrolment said fills in until it has.

import { all, get, meta } from "../data/store.js";
import { tokyoDay } from "./days.js";
import { readActs } from "./family.js";

/** @typedef {import("../types").Me} Me */
/** @typedef {import("../types").Seat} Seat */

const OFFICERS = new Set(["president", "officer"]);
const CITY = new Set(["clerk", "approver"]);

/** @returns {Promise<Me | null>} */
export async function readMe() {
  /** @type {import("../types").Identity | undefined} */
  const me = await meta("me");
  if (!me) return null;
  const read = Promise.all([membership(me), get("devices", me.device.id), all("cities"), readActs(me.person.id)]);
  const [known, device, [city], acts] = await read;
  return {
    person: known?.person ?? me.person,
    device: { ...me.device, .../** @type {import("../types").DeviceRecord | undefined} */ (device) },
    city: /** @type {any} */ (city?.d) ?? { name: "", contact: "", demo: false },
    homes: known?.homes ?? [],
    seats: (known?.seats ?? []).filter(isHeldToday),
    acts,
    coming: (known?.coming ?? []).filter((s) => (s.begins ?? "") > tokyoDay(new Date())),
  };
}

/** @param {import("../types").Identity} me @returns {Promise<Pick<Me, "person" | "homes" | "seats"> & Partial<Pick<Me, "coming">> | undefined>} */
const membership = (me) => get("memberships", me.person.id);

/** The server judges; this only keeps a screen from offering what would be refused. @param {Seat} seat */
function isHeldToday(seat) {
  const today = tokyoDay(new Date());
  return (!seat.begins || tokyoDay(seat.begins) <= today) && (!seat.ends || tokyoDay(seat.ends) >= today);
}

/** @param {Me} me @returns {string[]} associations this person writes for */
export function officerOf(me) {
  const seats = me.seats.filter((s) => s.association && OFFICERS.has(s.role));
  return [...new Set(seats.map((s) => s.association ?? ""))];
}

/** @param {Me} me does this person work for the city? */
export const worksForCity = (me) => me.seats.some((s) => CITY.has(s.role));

/** @param {Me} me does this person write for the city? */
export const isClerk = (me) => me.seats.some((s) => s.role === "clerk");

/** @param {Me} me @returns {string[]} blocks this person leads */
export function leaderOf(me) {
  return me.seats.flatMap((s) => (s.block && s.role === "block-leader" ? [s.block] : []));
}

/** @param {Me} me @returns {Promise<Map<string, import("../types").Association>>} those of homes and seats, homes first */
export async function readAssociations(me) {
  const known = new Map((await all("associations")).map(({ id, d }) => [id, /** @type {any} */ (d)]));
  const named = [...me.homes, ...me.acts].map((h) => /** @type {const} */ ([h.association, h.associationName]));
  const mine = new Map(named.map(([id, name]) => [id, known.get(id) ?? { name, slug: "", contact: "" }]));
  for (const id of officerOf(me)) if (known.has(id)) mine.set(id, known.get(id));
  return mine;
}

/** Whom to call: the association's line, else the city's. @param {Me | null} me @returns {Promise<{name: string, contact: string}>} */
export async function readContact(me) {
  if (!me) return { name: "", contact: "" };
  const [association] = (await readAssociations(me)).values();
  if (association?.contact) return association;
  return me.city;
}

/** @param {Me} me @returns {Promise<import("../types").OwnDevice[]>} oldest first */
export async function readDevices(me) {
  const records = (await all("devices")).map(({ id, d }) => ({ id, .../** @type {import("../types").DeviceRecord} */ (d) }));
  records.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  return records.map((d) => ({ ...d, current: d.id === me.device.id }));
}
