// Passkeys: what the server asks to be signed, put before the browser, and its answer brought back as JSON.

import { call, Trouble } from "./api.js";
import { words } from "../words/words.js";

/** Is there anything here that could hold a passkey? */
export const canHoldPasskeys = "PublicKeyCredential" in window && "credentials" in navigator;

/** @param {string} text base64url */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {{id: string, type: string}[]} known */
const listed = (known) => known.map((each) => ({ ...each, id: bytes(each.id) }));

/** @param {PublicKeyCredential} credential @param {Record<string, ArrayBuffer>} response */
function answer(credential, response) {
  const encoded = Object.fromEntries(Object.entries(response).map(([name, value]) => [name, text(value)]));
  const id = text(credential.rawId);
  return { id, rawId: id, type: credential.type, response: encoded };
}

/**
 * What the browser says when it was closed, or has no passkey for here, is no sentence for people.
 * @param {Promise<Credential | null>} asked @returns {Promise<PublicKeyCredential>}
 */
async function given(asked) {
  try {
    return /** @type {PublicKeyCredential} */ (await asked);
  } catch (error) {
    const known = error instanceof DOMException && error.name === "InvalidStateError";
    throw new Trouble("problem", { detail: known ? words.passkeys.known : words.passkeys.closed });
  }
}

/** @param {any} options as the server gives them */
async function sign(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials ?? []) };
  const credential = await given(navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature } = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
  return answer(credential, { clientDataJSON, authenticatorData, signature });
}

/** @param {string} name of this device */
export async function makePasskey(name) {
  const options = await call("POST", "/api/v1/me/passkeys/options");
  const user = { ...options.user, id: bytes(options.user.id) };
  const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: listed(options.excludeCredentials ?? []) };
  const credential = await given(navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  await call("POST", "/api/v1/me/passkeys", { credential: answer(credential, { clientDataJSON, attestationObject }), name });
}

/** It is they, for ten minutes on this device. */
async function prove() {
  const options = await call("POST", "/api/v1/me/step-up/options");
  await call("POST", "/api/v1/me/step-up", { credential: await sign(options) });
}

/** @param {string} deviceName @returns {Promise<import("../types").Identity>} */
export async function passkeyIdentity(deviceName) {
  const options = await call("POST", "/api/v1/sign-in/passkey/options");
  return call("POST", "/api/v1/sign-in/passkey", { credential: await sign(options), deviceName });
}

/**
 * What goes to the whole city: where a proof is wanted it is asked for, and the request made again.
 * @param {"POST" | "PUT" | "PATCH"} method @param {string} path @param {unknown} json @param {Record<string, string>} [headers]
 */
export async function callProved(method, path, json, headers = {}) {
  try {
    return await call(method, path, json, headers);
  } catch (error) {
    if (!(error instanceof Trouble) || error.slug !== "passkey-needed") throw error;
  }
  await prove();
  return call(method, path, json, headers);
}
