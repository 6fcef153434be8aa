// The bytes of a bundle: docs/bundles.md. Made and signed here for what waits on this phone; read, as far as a neighbour
// may, for what is carried.

const VERSION = 1;
const SIGNED = 65;
const KEY = 100;
const SEALED = 165;
export const MOST = 16 * 1024; // bytes
const CLOCKS_MS = 24 * 3600_000; // how far ahead another phone's clock may be
const LIVES_MS = 7 * 24 * 3600_000;
const DOMAIN = new TextEncoder().encode("kairan bundle 1");

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** @typedef {{tenant: string, device: string, sealingKey: string}} House what the server said at the registration of the key */
/** Why one is not taken. @typedef {"cut" | "tooNew" | "foreign" | "expired" | "future" | "own"} Wrong */

/** @param {Bytes[]} parts @returns {Bytes} */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {string} text base64url @returns {Bytes} */
function fromBase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Promise<Bytes>} */
async function deflated(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** For the house alone: a key of this one message with the house's. @param {string} sealingKey @param {Bytes} packed @param {(sealed: number) => Bytes} headFor */
async function sealed(sealingKey, packed, headFor) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const once = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(curve, false, ["deriveBits"]));
  const theirs = await crypto.subtle.importKey("raw", fromBase64(sealingKey), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, once.privateKey, 256);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", once.publicKey));
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: point, info: DOMAIN };
  const key = await crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const head = headFor(packed.length + 16);
  // The key is used once, so the nonce may be nothing but zeros.
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12), additionalData: head }, key, packed);
  return joined(head, point, new Uint8Array(box));
}

/** @param {House} house @param {number} count @param {number} issued ms @param {number} expires ms */
function headOf({ tenant, device }, count, issued, expires) {
  return (/** @type {number} */ size) => {
    const head = new Uint8Array(KEY - SIGNED);
    const view = new DataView(head.buffer);
    view.setUint16(0, SEALED + size);
    head.set(new TextEncoder().encode(tenant), 2);
    head.set(fromBase64(device), 10);
    view.setUint32(26, issued / 1000);
    view.setUint32(30, expires / 1000);
    view.setUint8(34, count);
    return head;
  };
}

/**
 * @param {object[]} mutations as a push has them
 * @param {{house: House, signingKey: CryptoKey, now: number, lives: number}} how lives: ms
 * @returns {Promise<Bytes>}
 */
export async function make(mutations, { house, signingKey, now, lives }) {
  const packed = await deflated(JSON.stringify(mutations));
  const rest = await sealed(house.sealingKey, packed, headOf(house, mutations.length, now, now + lives));
  const how = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(how, signingKey, joined(DOMAIN, rest));
  return joined(new Uint8Array([VERSION]), new Uint8Array(signature), rest);
}

/** What anybody can read of it. @param {Bytes} bundle @returns {{tenant: string, device: string, issued: number, expires: number, count: number} | Wrong} */
export function read(bundle) {
  if (bundle.length <= SEALED || bundle.length > MOST) return "cut";
  if (bundle[0] !== VERSION) return "tooNew";
  const view = new DataView(bundle.buffer, bundle.byteOffset + SIGNED);
  if (view.getUint16(0) !== bundle.length) return "cut";
  const head = bundle.subarray(SIGNED, KEY);
  const tenant = new TextDecoder().decode(head.subarray(2, 10)).replace(/\0+$/, "");
  return { tenant, device: toBase64(head.subarray(10, 26)), issued: view.getUint32(26) * 1000, expires: view.getUint32(30) * 1000, count: view.getUint8(34) };
}

/**
 * What can be known of a bundle without the server, which alone knows whose signature it is.
 * @param {Bytes} bundle @param {House | undefined} house @param {number} now
 * @returns {Wrong | null}
 */
export function wrongWith(bundle, house, now) {
  const said = read(bundle);
  if (typeof said === "string") return said;
  if (house && said.tenant !== house.tenant) return "foreign";
  if (house && said.device === house.device) return "own";
  if (said.issued > now + CLOCKS_MS) return "future";
  return said.expires <= now || said.expires - said.issued > LIVES_MS ? "expired" : null;
}
