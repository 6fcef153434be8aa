// Where one goes back to from what was sent: officers to their list; what the city sent has a page of its own, for its clerks.

import { placeOf, PLACES } from "./alarm.js";
import { officerOf } from "./me.js";
import { readOneSent } from "./sent.js";

/** @param {import("../types").Me} me @param {string} id of what was sent @returns {Promise<string>} */
export async function wayBack(me, id) {
  const notice = await readOneSent(id);
  // Not on this phone: whoever is no officer is here for the city.
  if (!notice) return officerOf(me).length > 0 ? "/sent" : "/city";
  if (notice.association !== null) return "/sent";
  return notice.kind in PLACES ? placeOf(notice) : `/city/${id}`;
}
