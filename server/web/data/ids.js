// Ids made on the phone. crypto.randomUUID exists only in secure contexts, so everything here comes from getRandomValues.

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * A UUIDv7 (RFC 9562 §5.7) as the 22 characters that travel.
 * @param {number} now milliseconds
 */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return base64url(bytes);
}

/** Names one local write. Never derived from its content: A→B→A would lose the second A. */
export function newMutationId() {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}
