// Web push on this phone. subscribe() can hang for ever where the push service is unreachable: it gets a time limit,
// and the screen then offers mail or paper in words.

import { call, Trouble } from "./api.js";
import { meta, setMeta } from "./store.js";

const LIMIT_MS = 8_000;

/** @typedef {"on" | "off" | "denied" | "unsupported" | "ios-browser" | "silent"} PushState */

export function isApple() {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

export function isInstalled() {
  return matchMedia("(display-mode: standalone)").matches || /** @type {any} */ (navigator).standalone === true;
}

/** @returns {Promise<PushState>} */
export async function pushState() {
  if (isApple() && !isInstalled()) return "ios-browser";
  if (!("PushManager" in globalThis) || !navigator.serviceWorker) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  return (await currentSubscription()) && (await meta("pushWanted")) ? "on" : "off";
}

async function currentSubscription() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>} rejects with "silent" after the limit
 */
function limited(work) {
  const limit = new Promise((_, reject) => setTimeout(() => reject(new Error("silent")), LIMIT_MS));
  return /** @type {Promise<T>} */ (Promise.race([work, limit]));
}

/** @param {string} text base64url */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** This browser's subscription; a new one where it has none. @returns {Promise<PushSubscription>} */
async function subscribed() {
  const { key } = await call("GET", "/api/v1/push-key");
  const registration = await limited(navigator.serviceWorker.ready);
  return limited(registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) }));
}

/** @param {PushSubscription} subscription @returns {Promise<{state: "live" | "off" | "gone"}>} */
function post(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return call("PUT", "/api/v1/me/push-subscription", { endpoint, keys });
}

/** A push service tells our server that a subscription is dead, and not always the browser. @param {PushSubscription} subscription */
async function register(subscription) {
  const { state } = await post(subscription);
  if (state === "gone") {
    await subscription.unsubscribe();
    await post(await subscribed());
  }
  // Not before our server knows where to send: until then nothing comes, and the screen says so.
  if (!(await meta("pushWanted"))) await setMeta("pushWanted", true);
}

/**
 * Must be called from a tap: iOS asks for permission only then.
 * @returns {Promise<PushState>}
 * @throws {Trouble} when our server refuses
 */
export async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return "denied";
  try {
    await register(await subscribed());
    return "on";
  } catch (error) {
    if (error instanceof Trouble) throw error;
    return "silent";
  }
}

/** Browsers drop or change subscriptions silently: say at each start where this phone can be reached, and see to it that it can. */
export async function repost() {
  // Asking for a permission is for a tap; and what is left from before belongs to nobody.
  if (!(await meta("pushWanted")) || Notification.permission !== "granted") return;
  await register((await currentSubscription()) ?? (await subscribed()));
}

/** At sign-out also when offline: the worker must show nothing for somebody who has left. */
export async function unsubscribe() {
  await setMeta("pushWanted", undefined);
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe().catch(() => {});
  for (const shown of (await registration?.getNotifications?.()) ?? []) shown.close();
}

/** Own choice to be told no more on this phone. */
export async function stopPush() {
  await call("DELETE", "/api/v1/me/push-subscription");
  await unsubscribe();
}
