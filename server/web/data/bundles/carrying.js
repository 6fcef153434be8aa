// What this phone carries for neighbours: kept until the server has it, also over a restart. Nothing of it can be read here.

import { postBytes, Trouble } from "../api.js";
import { announce, database } from "../store.js";
import { registered } from "./device-key.js";
import { read, wrongWith } from "./envelope.js";

/** `raw` is gone once the server has it or never will. @typedef {{sha: string, raw: Uint8Array<ArrayBuffer> | null, at: number, expires: number, count: number, state: "waiting" | "taken" | "known" | "refused", sentence: string}} Carried */

const MOST = 50; // bundles on their way
const SHOWN_MS = 7 * 24 * 3600_000; // what became of one

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** @returns {Promise<Carried[]>} newest first; what is too old to be shown is forgotten */
export async function carried() {
  const db = await database();
  /** @type {Carried[]} */
  const all = await db.getAll("carried");
  const now = Date.now();
  const old = all.filter((c) => (c.raw ? c.expires < now : c.at < now - SHOWN_MS));
  for (const { sha } of old) await db.delete("carried", sha);
  return all.filter((c) => !old.includes(c)).sort((a, b) => b.at - a.at);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bundle
 * @returns {Promise<import("./envelope.js").Wrong | "full" | "kept" | "again">} again: it is here already
 */
export async function keep(bundle) {
  const wrong = wrongWith(bundle, await registered(), Date.now());
  if (wrong) return wrong;
  const said = read(bundle);
  if (typeof said === "string") return said;
  const [sha, all] = [await sha256(bundle), await carried()];
  if (all.some((c) => c.sha === sha)) return "again";
  if (all.filter((c) => c.raw).length >= MOST) return "full";
  /** @type {Carried} */
  const one = { sha, raw: bundle, at: Date.now(), expires: said.expires, count: said.count, state: "waiting", sentence: "" };
  await (await database()).put("carried", one);
  announce();
  dispatchEvent(new Event("k-press")); // sync.js sends at once where it can
  return "kept";
}

/** Hands in what is carried, each by itself; what cannot go now stays, and holds up no other. */
export async function handIn() {
  for (const one of await carried()) {
    if (!one.raw) continue;
    const became = await sent(one.raw);
    if (became === "offline") return;
    if (became === "later") continue;
    await (await database()).put("carried", { ...one, ...became, raw: null });
    announce();
  }
}

/** @param {Uint8Array<ArrayBuffer>} raw @returns {Promise<{state: "taken" | "known" | "refused", sentence: string} | "later" | "offline">} offline: the next would fare no better */
async function sent(raw) {
  try {
    const { state } = await postBytes("/api/v1/bundles", raw);
    return state === "taken" || state === "known" ? { state, sentence: "" } : "later";
  } catch (error) {
    // A server that fails over this one may take the next; one that does not know us, or asks us to wait, takes none.
    // Only what the server says of this bundle is final, not what it says of us or of its own state.
    const final = error instanceof Trouble && error.slug.startsWith("bundle-");
    if (final) return { state: "refused", sentence: error.sentence };
    return error instanceof Trouble && error.status === 500 ? "later" : "offline";
  }
}
