// The server pokes while the page is visible: "something is newer". What it is comes by a pull, a moment later and not
// at the same moment on every phone. Where nothing can be kept open, the minute timer of sync.js is enough.

const ADDRESS = "/sync/v1/live";
const SPREAD_MS = 1_000; // a notice to a whole town pokes every phone of it at once
const FLOOR_MS = 2_000;
const CEILING_MS = 300_000;
const LONG_ENOUGH_MS = 30_000; // the server ends a stream after 55 s: nothing is wrong then
const TOO_LONG_MS = 90_000; // one that did not end is a dead line that nobody has noticed

/** @type {EventSource | null} */
let source = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pull;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;
let failures = 0;
let notBefore = 0;
/** Heads that have been pulled since they were told, by scope. @type {Record<string, number>} */
const pulled = {};
/** Heads told since. @type {Record<string, number>} */
const told = {};

/** Call it after each pull that went well: opens the stream if there is none. @param {() => Promise<boolean>} run */
export function listen(run) {
  if (source || document.visibilityState !== "visible" || Date.now() < notBefore || !("EventSource" in globalThis)) return;
  clearTimeout(again);
  const began = Date.now();
  source = new EventSource(ADDRESS);
  source.addEventListener("poke", (event) => {
    Object.assign(told, headsIn(event));
    // A stream begins by telling where everything stands, which is mostly known. After a restore heads may be lower.
    if (Object.entries(told).every(([scope, head]) => head === pulled[scope])) return;
    clearTimeout(pull);
    pull = setTimeout(() => fetchNews(run), Math.random() * SPREAD_MS);
  });
  // Left to itself the browser comes back after the same few seconds on every phone.
  source.onerror = () => ended(Date.now() - began > LONG_ENOUGH_MS, run);
  again = setTimeout(() => ended(false, run), TOO_LONG_MS);
}

/** @param {MessageEvent} event @returns {Record<string, number>} none where it is not ours */
function headsIn({ data }) {
  try {
    return JSON.parse(data).h ?? {};
  } catch {
    return {};
  }
}

/** @param {() => Promise<boolean>} run */
async function fetchNews(run) {
  const asked = { ...told };
  if (await run()) Object.assign(pulled, asked);
}

/** @param {boolean} expected @param {() => Promise<boolean>} run */
function ended(expected, run) {
  hush();
  failures = expected ? 0 : failures + 1;
  const span = Math.min(CEILING_MS, FLOOR_MS * 2 ** failures);
  const delay = expected ? Math.random() * FLOOR_MS : FLOOR_MS + Math.random() * span;
  notBefore = Date.now() + delay;
  // The next stream begins with what moved in between. After trouble a pull tries the line first.
  again = setTimeout(() => (expected ? listen(run) : run()), delay + 1);
}

/** The page is hidden, signed out, or without a connection. */
export function hush() {
  source?.close();
  source = null;
  clearTimeout(pull);
  clearTimeout(again);
}
