// When to talk to the server, and what its refusals mean. One run: send the outbox, pull until there is no more, check
// the sums. Runs on start, when the network returns, when the page is shown, after each press, when the server pokes
// (live.js), and every minute while visible.

import { pullPage, segment, Trouble } from "./api.js";
import { handIn } from "./bundles/carrying.js";
import { register } from "./bundles/device-key.js";
import * as live from "./live.js";
import { flush } from "./outbox.js";
import { applyPage } from "./pages.js";
import { verify } from "./repair.js";
import { leave } from "./session.js";
import { announce, beginAgain, meta, position, setMeta } from "./store.js";

const EVERY_MS = 60_000;
const FLOOR_MS = 2_000;
const CEILING_MS = 300_000;
const SMALL_PAGE = 20; // records: what still comes through within the time limit on a very slow line

/**
 * The state of the last request; navigator.onLine true means nothing. `received`: records of this run, so far.
 * @type {{running: boolean, trouble: Trouble | null, received: number}}
 */
export const state = { running: false, trouble: null, received: 0 };

/** In a row; a press and being online again begin anew, as the protocol has it. */
let failures = 0;
/** The last request failed: the line may be a very slow one. */
let weak = false;
/** The server asked to be left alone until then. */
let quietUntil = 0;
/** @type {Promise<boolean> | null} */
let going = null;
/** @type {Promise<boolean> | null} */
let next = null;
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

/**
 * Ends when everything that was on the server at the moment of the call is here, or cannot be had: one more run is made
 * after the one that is under way, for all who asked meanwhile.
 * @returns {Promise<boolean>} whether it went well
 */
export function run() {
  if (!going) {
    going = once().finally(() => (going = null));
    return going;
  }
  next ??= going.then(() => {
    next = null;
    return run();
  });
  return next;
}

async function once() {
  if (!(await meta("me")) || (await meta("signedOut"))) {
    live.hush();
    return false;
  }
  if (Date.now() < quietUntil) return false;
  state.running = true;
  state.received = 0;
  announce();
  try {
    await alone(flushAndPull);
    if (state.trouble) dispatchEvent(new Event("k-back")); // screens try again what they could not do
    state.trouble = null;
    failures = 0;
    weak = false;
    schedule(EVERY_MS);
    live.listen(run);
    handIn().then(register).catch(() => {}); // no trouble of this phone's own; tried again with the next run
  } catch (error) {
    live.hush();
    state.trouble = error instanceof Trouble ? error : new Trouble("problem");
    await refused(state.trouble);
    const delay = delayAfter(state.trouble);
    quietUntil = state.trouble.retryAfterMs ? Date.now() + delay - 50 : 0;
    schedule(delay);
    failures += 1;
    weak = true;
  } finally {
    state.running = false;
    announce();
  }
  return !state.trouble;
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
  await verify();
  // A scope that could not be repaired begins anew.
  if ((await position()).cursor === "") await pull();
}

async function pull() {
  let resyncs = 0;
  let fromNothing = 0;
  for (let more = true; more; ) {
    const asked = await position();
    if (!asked.person) return;
    try {
      const page = await nextPage(asked);
      await applyPage(page, asked);
      more = page.more;
      state.received += page.changes.length;
      announce();
    } catch (error) {
      if (!(error instanceof Trouble) || error.status !== 410) throw error;
      if (error.body.reason === "wrong-user") return leave("other-person");
      resyncs += 1;
      if (asked.cursor === "") fromNothing += 1;
      // Twice from nothing is not a stale cursor but a fault: stop and say so.
      if (resyncs > 2 || fromNothing > 1) throw error;
      await beginAgain();
    }
  }
}

/**
 * A page with the segments its cursor counts on, so that all is kept together or not at all. Where one cannot be had
 * everything comes in pages, which is slower and always works.
 * @param {import("../types").Position} asked
 */
async function nextPage({ cursor }) {
  if (weak) return pullPage(cursor, { limit: SMALL_PAGE });
  const page = await pullPage(cursor, { segments: true });
  try {
    const pieces = [];
    for (const { sha256 } of page.segments ?? []) pieces.push(await segment(sha256));
    return { ...page, changes: newest([...pieces.flat(), ...page.changes]) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return pullPage(cursor);
  }
}

/** Of each record the last: what a segment holds may have changed since. @param {import("../types").Change[]} changes */
const newest = (changes) => [...new Map(changes.map((c) => [`${c.t} ${c.id}`, c])).values()];

/** @param {Trouble} trouble */
async function refused(trouble) {
  if (trouble.status === 401) await setMeta("signedOut", true);
  if (trouble.status === 426) dispatchEvent(new Event("k-too-old")); // app.js offers the newer version
  if (trouble.slug === "device-revoked" && trouble.body.wipe === true) await leave("revoked");
}

function shown() {
  if (document.visibilityState === "visible") run();
  else live.hush();
}

/** A person waits, or the line is another one. What the server asked for with Retry-After stays. */
function atOnce() {
  failures = 0;
  run();
}

export function startSync() {
  addEventListener("k-press", atOnce);
  addEventListener("online", atOnce);
  addEventListener("offline", run);
  document.addEventListener("visibilitychange", shown);
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data === "flush" || event.data === "pull") run();
  });
  return run();
}
