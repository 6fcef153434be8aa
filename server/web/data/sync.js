// When to talk to the server, and what its refusals mean. One run: send the outbox, then pull until there is no more.
// Runs on start, when the network returns, when the page is shown, after each press, and every minute while visible.

import { pullPage, Trouble } from "./api.js";
import { flush } from "./outbox.js";
import { leave } from "./session.js";
import { announce, applyPage, beginAgain, meta, position, setMeta } from "./store.js";

const EVERY_MS = 60_000;
const FLOOR_MS = 2_000;
const CEILING_MS = 300_000;
const SMALL_PAGE = 20; // records: what still comes through within the time limit on a very slow line

/**
 * The state of the last request; navigator.onLine true means nothing.
 * @type {{running: boolean, trouble: Trouble | null}}
 */
export const state = { running: false, trouble: null };

let failures = 0;
let again = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Full jitter with a floor, so that thousands of phones do not come back in step.
 * @param {Trouble} trouble */
function delayAfter(trouble) {
  const span = Math.min(CEILING_MS, FLOOR_MS * 2 ** failures);
  return Math.max(FLOOR_MS, trouble.retryAfterMs) + Math.random() * span;
}

/** @param {number} ms */
function schedule(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => document.visibilityState === "visible" && run(), ms);
}

/** Now, and once more if something was pressed while a run is under way. */
export async function run() {
  if (state.running) {
    again = true;
    return;
  }
  if (!(await meta("me")) || (await meta("signedOut"))) return;
  state.running = true;
  announce();
  try {
    await alone(flushAndPull);
    if (state.trouble) dispatchEvent(new Event("k-back")); // screens ask again what they could not get
    state.trouble = null;
    failures = 0;
    schedule(EVERY_MS);
  } catch (error) {
    state.trouble = error instanceof Trouble ? error : new Trouble("problem");
    await refused(state.trouble);
    schedule(delayAfter(state.trouble));
    failures += 1;
  } finally {
    state.running = false;
    announce();
  }
  if (again) {
    again = false;
    await run();
  }
}

/**
 * One tab at a time, where the browser can say so; elsewhere the store drops a page that came second.
 * @param {() => Promise<void>} work
 */
function alone(work) {
  return navigator.locks ? navigator.locks.request("kairan-sync", work) : work();
}

async function flushAndPull() {
  if (!(await flush())) await pull();
}

async function pull() {
  let resyncs = 0;
  for (let more = true; more; ) {
    const { cursor } = await position();
    try {
      const page = await pullPage(cursor, failures > 0 ? SMALL_PAGE : undefined);
      await applyPage(page, cursor);
      more = page.more;
      announce();
    } catch (error) {
      if (!(error instanceof Trouble) || error.status !== 410) throw error;
      if (error.body.reason === "wrong-user") return leave("other-person");
      resyncs += 1;
      // Twice from nothing is not a stale cursor but a fault: stop and say so.
      if (resyncs > 2 || (resyncs > 1 && cursor === "")) throw error;
      await beginAgain();
    }
  }
}

/** @param {Trouble} trouble */
async function refused(trouble) {
  if (trouble.status === 401) await setMeta("signedOut", true);
  if (trouble.slug === "device-revoked" && trouble.body.wipe === true) await leave("revoked");
}

export function startSync() {
  addEventListener("k-press", run);
  addEventListener("online", run);
  addEventListener("offline", run);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && run());
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data === "flush" || event.data === "pull") run();
  });
  return run();
}
