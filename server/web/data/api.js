// One way to ask the server. Every failure becomes a Trouble whose `sentence` can be shown as it is.

import { words } from "../words/words.js";

const TIME_LIMIT_MS = 20_000;
const SEGMENT_LIMIT_MS = 120_000; // thousands of records, once
const PAGE = 200; // records
const SCHEMA = "1"; // of the records this code can read; a server that has moved on answers 426
const BUSY = [429, 503];

/** @typedef {"offline" | "portal" | "problem"} TroubleKind */

export class Trouble extends Error {
  /**
   * @param {TroubleKind} kind offline: no answer; portal: an answer that is not ours (hotel Wi-Fi); problem: RFC 9457
   * @param {{status?: number, slug?: string, detail?: string, retryAfterMs?: number, body?: any}} [more]
   */
  constructor(kind, more = {}) {
    super(more.detail || (BUSY.includes(more.status ?? 0) ? words.trouble.busy : words.trouble[kind]));
    this.kind = kind;
    this.status = more.status ?? 0;
    this.slug = more.slug ?? "";
    this.retryAfterMs = more.retryAfterMs ?? 0;
    this.body = more.body ?? {};
  }

  get sentence() {
    return this.message;
  }
}

/**
 * A sentence for whatever was thrown.
 * @param {unknown} error
 */
export function sentenceOf(error) {
  return error instanceof Trouble ? error.sentence : words.trouble.problem;
}

/** Seconds or, from what stands before our server, a date. @param {Headers} headers */
function retryAfterMs(headers) {
  const said = headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(said.trim()) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) * 1000 : 0;
}

/**
 * Headers of every request of this client: the server then answers with a cookie instead of a token.
 * @param {Record<string, string>} [more]
 */
export function ownHeaders(more = {}) {
  return { "X-Kairan-Client": "web", "X-Sync-Schema": SCHEMA, "Accept-Language": words.code, ...more };
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function readAnswer(response) {
  const type = response.headers.get("Content-Type") ?? "";
  const isJson = type.startsWith("application/json") || type.startsWith("application/problem+json");
  if (response.status === 204) return null;
  if (!isJson) {
    const broken = response.status >= 500 || BUSY.includes(response.status);
    throw new Trouble(broken ? "problem" : "portal", { status: response.status, retryAfterMs: retryAfterMs(response.headers) });
  }
  const body = await response.json().catch(() => null);
  // Cut off in the middle: the line is too slow or gone, and nobody knows what was said.
  if (response.ok && body === null) throw new Trouble("offline");
  if (response.ok) return body;
  throw new Trouble("problem", {
    status: response.status,
    slug: body?.slug,
    detail: body?.detail,
    retryAfterMs: retryAfterMs(response.headers),
    body: body ?? {},
  });
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @param {number} [timeLimit] ms
 */
async function send(path, init, timeLimit = TIME_LIMIT_MS) {
  // AbortSignal.timeout is missing on phones of 2021, which would then seem to be offline for ever.
  const limit = new AbortController();
  setTimeout(() => limit.abort(), timeLimit);
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", signal: limit.signal, ...init });
  } catch {
    throw new Trouble("offline");
  }
}

/**
 * @param {"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [json] body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the answer's JSON, null for 204
 */
export async function call(method, path, json, headers = {}) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  /** @type {Record<string, string>} */
  const typed = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await send(path, { method, body: body ?? null, headers: ownHeaders({ ...typed, ...headers }) });
  return readAnswer(response);
}

/**
 * @param {string} path
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<any>} the answer's JSON
 */
export async function postBytes(path, bytes) {
  const headers = ownHeaders({ "Content-Type": "application/octet-stream" });
  return readAnswer(await send(path, { method: "POST", body: bytes, headers }));
}

/**
 * A file to be kept by its reader, a spreadsheet for instance.
 * @param {string} path
 * @returns {Promise<{data: Blob, headers: Headers}>}
 */
export async function fetchFile(path) {
  const response = await send(path, { headers: ownHeaders() });
  // What a portal sends instead is HTML, and no spreadsheet.
  if (!response.ok || !response.headers.has("Content-Disposition")) throw (await readAnswer(response).catch((e) => e)) ?? new Trouble("portal");
  return { data: await response.blob().catch(() => Promise.reject(new Trouble("offline"))), headers: response.headers };
}

/**
 * A portal may answer JSON too; only something shaped like a page may touch the store.
 * @param {any} page
 * @returns {import("../types").Page}
 */
function pageIn(page) {
  if (!Array.isArray(page?.changes) || typeof page.cursor !== "string") throw new Trouble("portal");
  return page;
}

/**
 * A page of changes, or the cursor alone when there is nothing new (204).
 * @param {string} cursor
 * @param {{limit?: number, segments?: boolean}} [how] limit: records; segments: a large scope that is new may be named
 * @returns {Promise<import("../types").Page>}
 */
export async function pullPage(cursor, { limit = PAGE, segments = false } = {}) {
  const query = new URLSearchParams({ cursor, limit: String(limit), ...(segments && { segments: "1" }) });
  const response = await send(`/sync/v1/pull?${query}`, { headers: ownHeaders() });
  if (response.status === 204) {
    return { changes: [], more: false, cursor: response.headers.get("X-Sync-Cursor") || cursor };
  }
  return pageIn(await readAnswer(response));
}

/**
 * A large scope as it was some time ago, in one piece; what happened since is on the pages. Its name is the hash of its
 * bytes, so the browser may keep it: the address that a page signs for five minutes would be another one each time.
 * @param {string} sha256
 * @returns {Promise<import("../types").Change[]>}
 */
export async function segment(sha256) {
  const response = await send(`/sync/v1/seg/${sha256}`, { headers: ownHeaders(), cache: "default" }, SEGMENT_LIMIT_MS);
  const answer = await readAnswer(response);
  if (!Array.isArray(answer?.changes)) throw new Trouble("portal");
  return answer.changes;
}

/**
 * Sends mutations and gets the next page with the answer: one round trip, which on a bad line is seconds.
 * @param {{t: string}[]} mutations
 * @param {string | null} cursor null: no page
 * @returns {Promise<{results: import("../types").PushResult[], page: import("../types").Page | null}>}
 */
export async function pushPage(mutations, cursor) {
  const pull = cursor === null ? {} : { pull: { cursor, limit: PAGE } };
  // Of a herd at the door, who says that they need help is refused last.
  const safety = mutations.some(({ t }) => t === "answers");
  // What was pressed is read by the server's clock, however wrong this one is.
  const body = { mutations, now: new Date().toISOString(), ...pull };
  const answer = await call("POST", `/sync/v1/push${safety ? "?for=safety" : ""}`, body);
  if (!Array.isArray(answer?.results)) throw new Trouble("portal");
  return { results: answer.results, page: cursor === null ? null : pageIn(answer.pull) };
}

/**
 * Whose session this browser has. The cookie itself cannot be read here.
 * @returns {Promise<{person: string, device: string}>}
 */
export async function hello() {
  const answer = await call("GET", "/sync/v1/hello");
  if (typeof answer?.person !== "string" || typeof answer.device !== "string") throw new Trouble("portal");
  return answer;
}

/**
 * Everything that stands in a scope, by name and revision.
 * @param {number} scope
 * @returns {Promise<import("../types").Manifest>}
 */
export async function manifest(scope) {
  const answer = await call("GET", `/sync/v1/manifest?scope=${scope}`);
  if (!Array.isArray(answer?.records)) throw new Trouble("portal");
  return answer;
}

/**
 * @param {number} scope
 * @param {[string, string][]} want type and id, at most 200
 * @returns {Promise<import("../types").Change[]>}
 */
export async function wanted(scope, want) {
  const answer = await call("POST", "/sync/v1/manifest", { scope, want });
  if (!Array.isArray(answer?.changes)) throw new Trouble("portal");
  return answer.changes;
}
