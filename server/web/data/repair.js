// Do the records here add up to what the server said of them? A page without its cursor, a record lost by the browser:
// whatever it was, the scope's manifest tells what is missing and what is too much, and only that is fetched.

import { manifest, Trouble, wanted } from "./api.js";
import { canCheck, forgetSum, inScope, mend, scopesHeld, sumOf } from "./pages.js";
import { announce, beginAgain, meta, position } from "./store.js";

/** @typedef {import("../types").Sum} Sum */

const AT_ONCE = 200;
const TRIES = 2;

/** Sums found right since this page was opened: each is added up once. @type {Map<number, string>} */
const right = new Map();

/** @param {Sum} a @param {Sum} b */
const equal = (a, b) => a.n === b.n && a.x === b.x;

/** Call it when everything has been pulled, and nobody else pulls. @throws {Trouble} */
export async function verify() {
  if (!canCheck) return;
  /** @type {Record<string, Sum>} */
  const sums = (await meta("sums")) ?? {};
  for (const [name, sum] of Object.entries(sums)) {
    const scope = Number(name);
    if (right.get(scope) === sum.x) continue;
    if (!equal(sumOf(await inScope(scope)), sum)) await repair(scope);
    else right.set(scope, sum.x);
  }
  // What came before pages told the sum of each scope that they end: nobody has said what it adds up to.
  for (const scope of await scopesHeld()) if (!(scope in sums)) await repair(scope);
}

/** @param {number} scope */
async function repair(scope) {
  for (let tries = 0; tries < TRIES; tries++) if (await once(scope)) return announce();
  // Even the whole list did not help: whatever is wrong is larger than one scope.
  await beginAgain();
}

/**
 * @param {number} scope
 * @param {[string, string][]} want
 * @returns {Promise<import("../types").Change[]>} fewer where some have gone meanwhile
 */
async function fetched(scope, want) {
  const changes = [];
  for (let rest = want; rest.length > 0; ) {
    const some = await wanted(scope, rest.slice(0, AT_ONCE));
    if (some.length === 0) break;
    changes.push(...some);
    // Large records come a few at a time.
    const come = new Set(some.map(({ t, id }) => `${t} ${id}`));
    rest = rest.filter(([t, id]) => !come.has(`${t} ${id}`));
  }
  return changes;
}

/** @param {number} scope @returns {Promise<boolean>} whether it adds up now, or is none of ours any more */
async function once(scope) {
  const asked = await position();
  try {
    const { n, x, records } = await manifest(scope);
    const there = new Map(records.map(([t, id, r]) => [`${t} ${id}`, r]));
    const here = await inScope(scope);
    const held = new Map(here.map(({ t, id, r, h }) => [`${t} ${id}`, h === null ? -1 : r]));
    /** @type {[string, string][]} */
    const gone = here.filter(({ t, id }) => !there.has(`${t} ${id}`)).map(({ t, id }) => [t, id]);
    /** @type {[string, string][]} */
    const want = records.filter(([t, id, r]) => held.get(`${t} ${id}`) !== r).map(([t, id]) => [t, id]);
    const mended = await mend(scope, gone, await fetched(scope, want), { n, x }, asked);
    return mended && equal(sumOf(await inScope(scope)), { n, x });
  } catch (error) {
    if (!(error instanceof Trouble) || error.status !== 404) throw error;
    await forgetSum(scope);
    return true;
  }
}
