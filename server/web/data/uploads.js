// Files on their way to the server, in parts. A file that was chosen is kept on this phone until it has arrived, is refused,
// or is taken back: a lost line costs one part, a closed page costs nothing.
// The bytes lie in the Cache API, what is known of them in the store: { key, draft, name, type, size, path }.

import { ownHeaders, Trouble } from "./api.js";
import { newId } from "./ids.js";
import { database } from "./store.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Attachment} Attachment */
/** `draft`: the notice it is for; `path`: where the server takes its parts, "" until it has said so.
 * @typedef {{key: string, draft: string, name: string, type: string, size: number, path: string}} Waiting */
/** @typedef {{status: number, header: (name: string) => string | null, body: any}} Answer */

const SHELF = "kairan-uploads"; // emptied at sign-out by data/files.js
const PART = 256 * 1024; // bytes
const SILENCE_MS = 30_000; // of a line that is open and takes nothing
const TRIES = 3; // in a row without a part that arrived
const FIRST_WAIT_MS = 500;

/** Where the Cache API is missing, a file lives as long as the page. @type {Map<string, Blob>} */
const inHand = new Map();

const shelf = async () => ("caches" in globalThis ? caches.open(SHELF) : null);

/** @param {string} key */
const place = (key) => `/uploading/${key}`;

/** @param {(list: Waiting[]) => Waiting[]} change @returns {Promise<Waiting[]>} */
async function changed(change) {
  const tx = (await database()).transaction("meta", "readwrite");
  const list = change((await tx.store.get("uploads")) ?? []);
  tx.store.put(list, "uploads");
  await tx.done;
  return list;
}

/** Takes a file into keeping, before the first byte leaves. @param {string} draft @param {File} file @returns {Promise<Waiting>} */
export async function take(draft, file) {
  const entry = { key: newId(), draft, name: file.name, type: file.type, size: file.size, path: "" };
  inHand.set(entry.key, file);
  // A phone without room sends all the same; only a closed page would then lose the file.
  await (await shelf())?.put(place(entry.key), new Response(file)).catch(() => {});
  await changed((list) => [...list, entry]);
  return entry;
}

/** What is still to be sent for a notice. @param {string} draft @returns {Promise<Waiting[]>} */
export async function waiting(draft) {
  const list = (await (await database()).get("meta", "uploads")) ?? [];
  return list.filter((/** @type {Waiting} */ entry) => entry.draft === draft);
}

/** @param {string} key */
async function drop(key) {
  inHand.delete(key);
  await changed((list) => list.filter((entry) => entry.key !== key));
  await tidy();
}

/** Takes off the shelf what has no entry any more: a page can die between the two. */
export async function tidy() {
  const kept = await shelf();
  const left = (await (await database()).get("meta", "uploads")) ?? [];
  const keys = [...inHand.keys(), ...left.map((/** @type {Waiting} */ entry) => entry.key)];
  const wanted = new Set(keys.map(place));
  for (const request of (await kept?.keys()) ?? []) {
    if (!wanted.has(new URL(request.url).pathname)) await kept?.delete(request);
  }
}

/** Takes a file back: it is gone from this phone, whatever the line does. @param {Waiting} entry */
export async function giveUp(entry) {
  const [now] = (await waiting(entry.draft)).filter((each) => each.key === entry.key);
  await drop(entry.key);
  if (now?.path) ask("DELETE", now.path, {}).catch(() => {}); // else the server forgets it after a day
}

/** All of a notice that is not written any more. @param {string} draft */
export async function giveUpAll(draft) {
  for (const entry of await waiting(draft)) await giveUp(entry);
}

/**
 * Sends what is missing. Safe to repeat: the server says how far it has come.
 * @param {Waiting} entry
 * @param {(done: number) => void} progress 0 … 1
 * @returns {Promise<Attachment>}
 * @throws {Trouble} `isLater`: it stays in keeping, and may be sent again
 */
export async function send(entry, progress) {
  const blob = inHand.get(entry.key) ?? (await (await (await shelf())?.match(place(entry.key)))?.blob());
  if (!blob || blob.size !== entry.size) {
    await drop(entry.key);
    throw new Trouble("problem", { detail: words.uploads.lost });
  }
  inHand.set(entry.key, blob);
  try {
    const done = await persist(entry, blob, progress);
    await drop(entry.key);
    return done;
  } catch (error) {
    // A refusal stays one, however often it is sent.
    if (!isLater(error)) await drop(entry.key);
    throw error;
  }
}

/** May it go better another time? @param {unknown} error */
export function isLater(error) {
  return error instanceof Trouble && (error.kind !== "problem" || error.status >= 500 || [401, 404, 408, 409, 429].includes(error.status));
}

/** @param {Waiting} entry @param {Blob} blob @param {(done: number) => void} progress */
async function persist(entry, blob, progress) {
  let offset = -1; // unknown
  for (let tries = 0; ; ) {
    try {
      if (offset < 0) offset = await whereToGoOn(entry);
      const answer = await sendPart(entry.path, blob, offset, progress);
      if (answer.body?.sha256) return /** @type {Attachment} */ (answer.body);
      offset = Number(answer.header("Upload-Offset"));
      tries = 0;
    } catch (error) {
      if (!(error instanceof Trouble) || !mendable(error) || tries >= TRIES) throw error;
      if (error.slug === "upload-unknown") entry.path = "";
      offset = -1;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** tries));
      tries += 1;
    }
  }
}

/** By asking where to go on, or by beginning anew. @param {Trouble} error */
const mendable = (error) => error.kind === "offline" || error.status === 409 || error.slug === "upload-unknown";

/** @param {Waiting} entry @returns {Promise<number>} */
async function whereToGoOn(entry) {
  if (entry.path) {
    const told = await ask("HEAD", entry.path, {}).catch((error) => {
      if (error instanceof Trouble && error.status === 404) return null;
      throw error;
    });
    if (told) return Number(told.header("Upload-Offset"));
  }
  const name = encodeURIComponent(entry.name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const begun = await ask("POST", "/api/v1/files", {
    "Upload-Complete": "?0",
    "Upload-Length": String(entry.size),
    "Content-Type": entry.type,
    "Content-Disposition": `inline; filename*=UTF-8''${name}`,
  });
  entry.path = begun.body.upload;
  await changed((list) => list.map((each) => (each.key === entry.key ? { ...each, path: entry.path } : each)));
  return 0;
}

/** @param {string} path @param {Blob} blob @param {number} offset @param {(done: number) => void} progress */
function sendPart(path, blob, offset, progress) {
  const last = offset + PART >= blob.size;
  const headers = {
    "Content-Type": "application/partial-upload",
    "Upload-Offset": String(offset),
    "Upload-Complete": last ? "?1" : "?0",
  };
  progress(offset / blob.size);
  return ask("PATCH", path, headers, blob.slice(offset, offset + PART), (sent) => progress(Math.min(1, (offset + sent) / blob.size)));
}

/**
 * fetch tells nothing about the progress of an upload; XMLHttpRequest does.
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {Blob} [body]
 * @param {(sent: number) => void} [progress] bytes
 * @returns {Promise<Answer>}
 */
function ask(method, path, headers, body, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    for (const [name, value] of Object.entries(ownHeaders(headers))) request.setRequestHeader(name, value);
    request.responseType = "json";
    let watch = setTimeout(() => request.abort(), SILENCE_MS);
    request.upload.onprogress = (event) => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), SILENCE_MS);
      progress(event.loaded);
    };
    request.onabort = request.onerror = () => reject(new Trouble("offline"));
    request.onload = () => judge(request, resolve, reject);
    request.onloadend = () => clearTimeout(watch);
    request.send(body ?? null);
  });
}

/** @param {XMLHttpRequest} request @param {(answer: Answer) => void} resolve @param {(trouble: Trouble) => void} reject */
function judge(request, resolve, reject) {
  const { status, response: body } = request;
  // A portal answers too, but knows nothing of uploads.
  const ours = request.getResponseHeader("Upload-Complete") !== null;
  if (status >= 200 && status < 300 && ours) resolve({ status, header: (name) => request.getResponseHeader(name), body });
  else if (status >= 400) reject(new Trouble("problem", { status, slug: body?.slug, detail: body?.detail ?? words.file.uploadRefused }));
  else reject(new Trouble("portal", { status }));
}
