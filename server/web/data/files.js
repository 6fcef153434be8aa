// Attachments: fetched only when somebody opens one, and kept for later without a signal.

import { ownHeaders, Trouble } from "./api.js";
import { words } from "../words/words.js";

const KEPT = "kairan-files"; // sw.js answers /files/ from it
const UNSENT = "kairan-uploads"; // filled by data/uploads.js
const TRIES = 3; // in a row without a byte
const FIRST_WAIT_MS = 500;
const SILENCE_MS = 20_000; // of a line that is open and brings nothing

/** What has come of downloads that broke off, by hash. @type {Map<string, Uint8Array<ArrayBuffer>[]>} */
const begun = new Map();

/** @typedef {import("../types").Attachment} Attachment */

/** @param {Attachment} file */
export const addressOf = (file) => `/files/${file.sha256}`;

/** The Cache API is missing outside secure contexts; then a file is simply fetched each time. */
async function shelf() {
  return "caches" in globalThis ? caches.open(KEPT) : null;
}

/** @param {Attachment} file @returns {Promise<Blob | null>} */
export async function kept(file) {
  const answer = await (await shelf())?.match(addressOf(file));
  return answer ? answer.blob() : null;
}

/**
 * @param {Attachment} file
 * @param {(done: number) => void} progress 0 … 1
 * @returns {Promise<Blob>}
 */
export async function open(file, progress) {
  const before = await kept(file);
  if (before) return before;
  const blob = await download(file, progress);
  const headers = { "Content-Type": file.type, "Content-Disposition": "inline", "X-Content-Type-Options": "nosniff" };
  await (await shelf())?.put(addressOf(file), new Response(blob, { headers }));
  return blob;
}

/**
 * Goes on where the line broke, a few times by itself; what has come is kept for the next press.
 * @param {Attachment} file
 * @param {(done: number) => void} progress
 */
async function download(file, progress) {
  const parts = begun.get(file.sha256) ?? [];
  begun.set(file.sha256, parts);
  for (let tries = 0; ; tries += 1) {
    const before = sizeOf(parts);
    try {
      await more(file, parts, progress);
      break;
    } catch (error) {
      if (error instanceof Trouble) throw error;
      if (sizeOf(parts) > before) tries = 0;
      if (tries >= TRIES) throw new Trouble("offline", { detail: words.file.offline });
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** tries));
    }
  }
  begun.delete(file.sha256);
  const blob = new Blob(parts, { type: file.type });
  // The hash is the name: a portal's page or a spoilt transfer has another one.
  if (!(await isIt(file, blob))) throw new Trouble("offline", { detail: words.file.offline });
  return blob;
}

/** @param {Uint8Array<ArrayBuffer>[]} parts */
const sizeOf = (parts) => parts.reduce((sum, part) => sum + part.length, 0);

/**
 * One answer of the server, from where we are.
 * @param {Attachment} file
 * @param {Uint8Array<ArrayBuffer>[]} parts what has come; grows
 * @param {(done: number) => void} progress
 */
async function more(file, parts, progress) {
  const from = sizeOf(parts);
  if (file.size && from === file.size) return;
  /** @type {Record<string, string>} */
  const rest = from ? { Range: `bytes=${from}-`, "If-Range": `"${file.sha256}"` } : {};
  const limit = new AbortController();
  let watch = setTimeout(() => limit.abort(), SILENCE_MS);
  try {
    const response = await fetch(addressOf(file), { headers: ownHeaders(rest), credentials: "same-origin", signal: limit.signal });
    if (!response.ok) throw new Trouble("problem", { status: response.status, detail: words.file.refused });
    if (response.status !== 206) parts.length = 0;
    const reader = response.body?.getReader();
    for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) {
      clearTimeout(watch);
      watch = setTimeout(() => limit.abort(), SILENCE_MS);
      parts.push(step.value);
      progress(Math.min(1, sizeOf(parts) / (file.size || sizeOf(parts))));
    }
  } finally {
    clearTimeout(watch);
  }
  if (file.size && sizeOf(parts) < file.size) throw new Error("cut off");
}

/** @param {Attachment} file @param {Blob} blob */
async function isIt(file, blob) {
  if (file.size && blob.size !== file.size) return false;
  if (!globalThis.crypto?.subtle) return true; // missing outside secure contexts
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("") === file.sha256;
}

export async function dropFiles() {
  begun.clear();
  if (!("caches" in globalThis)) return;
  await caches.delete(KEPT);
  await caches.delete(UNSENT);
}
