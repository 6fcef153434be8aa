// The key by which this phone signs. It never leaves the browser: not even this code can read the secret half.

import { call } from "../api.js";
import { meta, setMeta } from "../store.js";
import { toBase64 } from "./envelope.js";

/** @typedef {{pair: CryptoKeyPair, point: string}} OwnKey */
/** @typedef {import("./envelope.js").House & {point: string, at: number}} Registered */

const AGAIN_MS = 24 * 3600_000; // the house may have another key by then

/** Whether this browser can make bundles at all; those of phones of 2021 cannot. */
export const able = () => Boolean(globalThis.crypto?.subtle) && "CompressionStream" in globalThis;

/** @returns {Promise<OwnKey | null>} made at the first call; null where the browser cannot */
export async function ownKey() {
  if (!able()) return null;
  const kept = await meta("deviceKey");
  if (kept) return kept;
  const how = { name: "ECDSA", namedCurve: "P-256" };
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(how, false, ["sign", "verify"]));
  const point = toBase64(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  await setMeta("deviceKey", { pair, point }, { quiet: true });
  return { pair, point };
}

/** @returns {Promise<Registered | undefined>} what the server knows of this phone's key */
export async function registered() {
  const [kept, key, me] = await Promise.all([meta("bundling"), meta("deviceKey"), meta("me")]);
  return kept && kept.point === key?.point && kept.device === me?.device.id ? kept : undefined;
}

/** Tells the server the key, once, and asks now and then for whom to seal. Phones that were enrolled before do it here. */
export async function register() {
  const known = await registered();
  if (known && Date.now() < known.at + AGAIN_MS) return;
  const key = (await meta("me")) && (await ownKey());
  if (!key) return;
  const answer = await call("PUT", "/api/v1/me/device-key", { deviceKey: key.point });
  const { tenant, device, sealingKey } = answer ?? {};
  if (typeof sealingKey === "string") await setMeta("bundling", { tenant, device, sealingKey, point: key.point, at: Date.now() }, { quiet: true });
}
