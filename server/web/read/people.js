// The list of homes as officers work with it, from the store: who lives there, who has a phone, whose slip is still out.

import { all } from "../data/store.js";

/** @typedef {import("../types").HouseholdOfList} Household */
/** @typedef {{id: string, name: string, households: Household[]}} BlockOfList */

/** @param {string} association @returns {Promise<BlockOfList[]>} in the association's order, homes in walking order */
export async function readPeople(association) {
  // At once: one after the other, each waits for a turn of a slow phone's thread.
  const [enrolled, erased, rows, named] = await Promise.all([all("enrolments"), all("erasures"), all("roster"), all("blocks")]);
  const enrolments = new Map(enrolled.map(({ d }) => [key(/** @type {any} */ (d)), /** @type {import("../types").Enrolment} */ (d)]));
  const erasures = new Map(erased.map(({ id, d }) => [id, /** @type {{at: string}} */ (d).at]));
  const roster = rows.filter(({ id }) => id.endsWith(".o")).map(({ d }) => /** @type {import("../types").RosterRecord} */ (d));
  const homes = roster.filter((r) => r.association === association).map(({ household: id, name, block, walk, street, paper, paperByItself = false, people }) => {
    const listed = people.map((p) => {
      const { devices = [], slip = "none" } = enrolments.get(key({ association, person: p.id })) ?? {};
      const erasedAt = erasures.get(key({ association, person: p.id })) ?? "";
      return { id: p.id, name: p.name, devices, slip, erasedAt };
    });
    return { id, name, block, walk, street, paper, paperByItself, people: listed };
  });
  const blocks = named.map(({ id, d }) => ({ id, .../** @type {import("../types").Block} */ (d) })).filter((b) => b.association === association);
  blocks.sort((a, b) => a.position - b.position);
  return blocks.map(({ id, name }) => ({ id, name, households: homes.filter((h) => h.block === id).sort((a, b) => a.walk - b.walk) }));
}

/** @param {{association: string, person: string}} whose */
const key = ({ association, person }) => `${person}.${association}`;
