// The list of homes as officers work with it, from the store: who lives there, who has a phone, whose slip is still out.
// A town's roster takes a slow phone longer to read than a screen to paint: who needs one home, or the blocks, reads no more.

import { all, get } from "../data/store.js";

/** @typedef {import("../types").HouseholdOfList} Household */
/** @typedef {import("../types").RosterRecord} RosterRecord */
/** @typedef {import("../types").Enrolment} Enrolment */
/** @typedef {Omit<Household, "people"> & {people: import("../types").Person[]}} Home */
/** @typedef {{id: string, name: string, households: Home[]}} BlockOfHomes */
/** @typedef {{id: string, name: string, households: Household[]}} BlockOfList */

/** @param {string} association @returns {Promise<BlockOfHomes[]>} in the association's order; their homes are not read */
export async function readBlocks(association) {
  const named = (await all("blocks")).map(({ id, d }) => ({ id, .../** @type {import("../types").Block} */ (d) }));
  const mine = named.filter((b) => b.association === association).sort((a, b) => a.position - b.position);
  return mine.map(({ id, name }) => ({ id, name, households: [] }));
}

/** @param {string} association @returns {Promise<BlockOfHomes[]>} with homes in walking order, and nothing of phones */
export async function readHomes(association) {
  // At once: one after the other, each waits for a turn of a slow phone's thread.
  const [blocks, rows] = await Promise.all([readBlocks(association), all("roster")]);
  const roster = rows.filter(({ id }) => id.endsWith(OFFICERS)).map(({ d }) => /** @type {RosterRecord} */ (d));
  const homes = roster.filter((r) => r.association === association).map(homeOf).sort((a, b) => a.walk - b.walk);
  return blocks.map((block) => ({ ...block, households: homes.filter((h) => h.block === block.id) }));
}

/** @param {string} association @returns {Promise<BlockOfList[]>} */
export async function readPeople(association) {
  const [blocks, enrolled, erased] = await Promise.all([readHomes(association), all("enrolments"), all("erasures")]);
  const enrolments = new Map(enrolled.map(({ id, d }) => [id, /** @type {Enrolment} */ (d)]));
  const erasures = new Map(erased.map(({ id, d }) => [id, /** @type {{at: string}} */ (d)]));
  const full = (/** @type {Home} */ home) => withPhones(home, association, (id) => enrolments.get(id), (id) => erasures.get(id));
  return blocks.map((block) => ({ ...block, households: block.households.map(full) }));
}

/** @param {string} association @param {string} id @returns {Promise<Household | undefined>} */
export async function readHousehold(association, id) {
  /** @type {RosterRecord | undefined} */
  const row = await get("roster", id + OFFICERS);
  if (row?.association !== association) return undefined;
  const ids = row.people.map((p) => key(p.id, association));
  /** @param {string} t @returns {Promise<Map<string, any>>} */
  const kept = async (t) => new Map(await Promise.all(ids.map(async (each) => /** @type {const} */ ([each, await get(t, each)]))));
  const [enrolments, erasures] = await Promise.all([kept("enrolments"), kept("erasures")]);
  return withPhones(homeOf(row), association, (each) => enrolments.get(each), (each) => erasures.get(each));
}

/** @param {string} household @returns {Promise<string>} its association, where the reader is an officer there; else "" */
export async function associationOf(household) {
  /** @type {RosterRecord | undefined} */
  const row = await get("roster", household + OFFICERS);
  return row?.association ?? "";
}

/** The officers' copy of a home: leaders have one by block. */
const OFFICERS = ".o";

/** @param {string} person @param {string} association */
const key = (person, association) => `${person}.${association}`;

/** @param {RosterRecord} row @returns {Home} */
function homeOf({ household: id, name, block, walk, street, paper, paperByItself = false, people }) {
  return { id, name, block, walk, street, paper, paperByItself, people: people.map((p) => ({ id: p.id, name: p.name })) };
}

/**
 * @param {Home} home
 * @param {string} association
 * @param {(id: string) => Enrolment | undefined} enrolled
 * @param {(id: string) => {at: string} | undefined} erased
 * @returns {Household}
 */
function withPhones(home, association, enrolled, erased) {
  const people = home.people.map(({ id, name }) => {
    const { devices = [], slip = "none" } = enrolled(key(id, association)) ?? {};
    return { id, name, devices, slip, erasedAt: erased(key(id, association))?.at ?? "" };
  });
  return { ...home, people };
}
