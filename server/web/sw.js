// The service worker: keeps the app itself for offline use, shows pushes, and sends the outbox when no page is open.
// Classic on purpose: a module worker fails on Firefox 140. The server puts before this text
//   self.__VERSION__ = "<hash of all assets>"; self.__ASSETS__ = ["/web/app.js", …]; self.__PLACES__ = ["", "n", …];
// Promises: a push always ends in a visible notification (iOS revokes after three that do not); nothing of /api and /sync
// is kept; files only those the reader opened; a new version waits until the page asks.
/// <reference lib="webworker" />

const worker = /** @type {ServiceWorkerGlobalScope & {__VERSION__?: string, __ASSETS__?: string[], __PLACES__?: string[]}} */ (/** @type {unknown} */ (self));
const SHELL = `kairan-shell-${worker.__VERSION__ ?? "dev"}`;
const FILES = "kairan-files"; // filled by data/files.js
/** @param {string} path */
const isScreen = (path) => (worker.__PLACES__ ?? []).includes(path.split("/")[1] ?? "");
const MOST_IN_A_PUSH = 100;
const OURS = { "X-Kairan-Client": "web", "X-Sync-Schema": "1" };

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
  // Where the browser can, it takes the app's own files from the shell by itself, also while this worker sleeps: sixty
  // modules, each of which would wait for it, were most of the time until the first paint on a slow phone.
  const routes = /** @type {any} */ (event);
  routes.addRoutes?.([{ condition: { urlPattern: "/web/*" }, source: { cacheName: SHELL } }])?.catch(() => {});
});
worker.addEventListener("activate", (event) => event.waitUntil(begin()));
worker.addEventListener("message", (event) => {
  if (event.data === "take over") worker.skipWaiting();
});

async function keepShell() {
  const cache = await caches.open(SHELL);
  // "reload": never from the HTTP cache, or a new worker would keep old files.
  const requests = ["/", ...(worker.__ASSETS__ ?? [])].map((path) => new Request(path, { cache: "reload" }));
  await cache.addAll(requests);
}

/** Claims: the very first visit, too, must find the officers' screens when the signal goes. */
async function begin() {
  await worker.clients.claim();
  for (const name of await caches.keys()) if (name.startsWith("kairan-shell-") && name !== SHELL) await caches.delete(name);
}

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && isScreen(url.pathname)) event.respondWith(kept("/", SHELL, request));
  else if (url.pathname.startsWith("/web/")) event.respondWith(kept(url.pathname, SHELL, request));
  else if (url.pathname === "/manifest.webmanifest") event.respondWith(kept("/web/manifest.webmanifest", SHELL, request));
  else if (url.pathname.startsWith("/files/")) event.respondWith(kept(url.pathname, FILES, request));
});

/** @param {string} path @param {string} name @param {Request} request */
async function kept(path, name, request) {
  return (await (await caches.open(name)).match(path)) ?? fetch(request);
}

// ── Push ─────────────────────────────────────────────────────────────────────

worker.addEventListener("push", (event) => event.waitUntil(show(event.data)));

/** @param {PushMessageData | null} data */
async function show(data) {
  const { title, badge, ...options } = await read(data);
  await worker.registration.showNotification(title, options);
  await setBadge(badge).catch(() => {});
  // Fetch the notice now: the phone may be in the cellar when it is opened.
  const pages = await worker.clients.matchAll({ type: "window" });
  if (pages.length > 0) pages.forEach((page) => page.postMessage("pull"));
  else await worker.navigator.locks.request("kairan-sync", prefetch).catch(() => {});
}

/** @param {PushMessageData | null} data */
async function read(data) {
  const icon = "/web/icons/icon-192.png";
  try {
    const message = data?.json();
    const { title, body, lang, tag, renotify, navigate, data: more, app_badge: count } = message.notification ?? message;
    if (!title) throw new Error("no title");
    return { title, body, lang, tag, renotify: Boolean(renotify && tag), icon, badge: Number(message.app_badge ?? count ?? 0), data: { navigate, ...more } };
  } catch {
    // A store that does not answer (iOS after a long sleep) must not cost the notification.
    const late = new Promise((resolve) => setTimeout(resolve, 2_000));
    const words = (await Promise.race([ask("meta", "workerWords").catch(() => null), late])) ?? { title: "Kairan", body: "" };
    return { ...words, lang: "ja", tag: "kairan", icon, badge: 0, data: { navigate: "/" } };
  }
}

/** @param {number} count */
async function setBadge(count) {
  if (count > 0 && "setAppBadge" in worker.navigator) await worker.navigator.setAppBadge(count);
}

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openAt(event.notification.data?.navigate ?? "/"));
});

/** @param {string} address */
async function openAt(address) {
  const url = new URL(address, location.origin);
  // A push must not lead away from our own origin.
  const target = url.origin === location.origin ? url.href : location.origin;
  const [open] = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!open) return void (await worker.clients.openWindow(target));
  await open.focus();
  await open.navigate(target).catch(() => open.postMessage({ navigate: target }));
}

worker.addEventListener("pushsubscriptionchange", (event) => {
  const change = /** @type {ExtendableEvent & {oldSubscription?: PushSubscription, newSubscription?: PushSubscription}} */ (event);
  change.waitUntil(renew(change.oldSubscription, change.newSubscription));
});

/** @param {PushSubscription | undefined} old @param {PushSubscription | undefined} fresh */
async function renew(old, fresh) {
  const key = old?.options.applicationServerKey;
  const subscription = fresh ?? (key && (await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })));
  if (!subscription) return;
  const { endpoint, keys } = subscription.toJSON();
  await send("PUT", "/api/v1/me/push-subscription", { endpoint, keys });
}

/** One page of changes, as data/pages.js applies it. A first snapshot or a resync is left to the page. */
async function prefetch() {
  const cursor = await ask("meta", "cursor");
  const generation = (await ask("meta", "generation")) ?? 0;
  if (!cursor || generation !== ((await ask("meta", "swept")) ?? 0)) return;
  const query = new URLSearchParams({ cursor, limit: "200" });
  const response = await fetch(`/sync/v1/pull?${query}`, { headers: OURS, credentials: "same-origin" });
  if (response.status !== 200 || !response.headers.get("Content-Type")?.startsWith("application/json")) return;
  const page = await response.json();
  if (Array.isArray(page.changes) && typeof page.cursor === "string") await apply(page, cursor, generation);
}

/** The first 8 bytes of SHA-256, by which the page adds up what is here. @param {{t: string, id: string, r: number}} record */
async function mark({ t, id, r }) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${t}\0${id}\0${r}`));
  return new DataView(digest).getBigUint64(0);
}

/** @param {{changes: any[], cursor: string, check?: any[]}} page @param {string} asked @param {number} generation */
async function apply(page, asked, generation) {
  const marks = await Promise.all(page.changes.map((change) => (change.x ? null : mark(change))));
  const db = await database();
  if (!db) return;
  const transaction = db.transaction(["records", "meta"], "readwrite");
  const records = transaction.objectStore("records");
  const metas = transaction.objectStore("meta");
  const current = metas.get("cursor");
  const known = metas.get("sums");
  known.onsuccess = () => {
    if (current.result !== asked) return;
    const sums = known.result ?? {};
    page.changes.forEach(({ t, id, s, r, d, x }, place) => {
      delete sums[s];
      if (x) records.delete([t, id]);
      else records.put({ t, id, r, d, g: generation, s, h: marks[place] });
    });
    for (const { s, n, x } of page.check ?? []) sums[s] = { n, x };
    metas.put(sums, "sums");
    metas.put(page.cursor, "cursor");
  };
  await finished(db, known);
}

// ── Sending the outbox when no page is open (Background Sync: only Chromium has it) ──────

worker.addEventListener("sync", (/** @type {any} */ event) => event.waitUntil(drain()));

async function drain() {
  const pages = await worker.clients.matchAll({ type: "window" });
  if (pages.length > 0) return pages.forEach((page) => page.postMessage("flush"));
  await worker.navigator.locks.request("kairan-sync", push);
}

async function push() {
  const me = await ask("meta", "me");
  /** @type {any[]} */
  const all = (await ask("outbox")) ?? [];
  const batch = all.filter((e) => e.state === "waiting" && e.person === me?.person.id).slice(0, MOST_IN_A_PUSH);
  if (batch.length === 0) return;
  const mutations = batch.map(({ mid, t, id, op, d, base }) => ({ mid, t, id, op, d, base }));
  const { results } = await send("POST", "/sync/v1/push", { mutations });
  const byMid = new Map(results.map((/** @type {any} */ r) => [r.mid, r]));
  for (const entry of batch) {
    const result = byMid.get(entry.mid);
    if (!result || result.status === "retry") continue;
    const rejected = result.status === "rejected";
    await write({ ...entry, state: rejected ? "rejected" : "sent", ...(rejected ? { code: result.code ?? "" } : {}) });
  }
}

/** Throws unless the answer is ours: the browser then tries the sync again. @param {string} method @param {string} path @param {unknown} json */
async function send(method, path, json) {
  const headers = { ...OURS, "Content-Type": "application/json" };
  const response = await fetch(path, { method, headers, credentials: "same-origin", body: JSON.stringify(json) });
  if (!response.ok || !response.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(`${response.status}`);
  return response.json();
}

// ── IndexedDB, as data/store.js lays it out ──────────────────────────────────

/** @returns {Promise<IDBDatabase | null>} null when no page has made it yet */
function database() {
  return new Promise((resolve) => {
    const request = indexedDB.open("kairan");
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onerror = () => resolve(null);
    request.onsuccess = () => resolve(request.result);
  });
}

/** @param {string} store @param {string} [key] without: everything @returns {Promise<any>} */
async function ask(store, key) {
  const db = await database();
  if (!db) return undefined;
  const from = db.transaction(store).objectStore(store);
  return finished(db, key === undefined ? from.getAll() : from.get(key));
}

/** @param {object} entry */
async function write(entry) {
  const db = await database();
  if (db) await finished(db, db.transaction("outbox", "readwrite").objectStore("outbox").put(entry));
}

/** Closes at once: an open connection would hold up a sign-out. @param {IDBDatabase} db @param {IDBRequest} request */
function finished(db, request) {
  return new Promise((resolve, reject) => {
    const transaction = /** @type {IDBTransaction} */ (request.transaction);
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(request.error);
  }).finally(() => db.close());
}
