// How long this house keeps what, in days; 0 is for ever. As the server last said.

import { call } from "../data/api.js";
import { meta, setMeta } from "../data/store.js";

/** @returns {Promise<Record<string, number> | null>} from the phone alone */
export async function readKeeps() {
  return (await meta("keeps")) ?? null;
}

/** @returns {Promise<Record<string, number>>} */
export async function askKeeps() {
  const { keeps } = await call("GET", "/api/v1/privacy");
  await setMeta("keeps", keeps, { quiet: true });
  return keeps;
}
