// Which privacy text somebody has agreed to, and whether there is a newer one. Nobody is kept from reading meanwhile.

import { entries, press } from "../data/outbox.js";
import { all, meta } from "../data/store.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Consent} Consent */

const LATER_MS = 7 * 86_400_000;

/** @param {import("../types").Me} me @returns {Promise<{agreed: Consent | null, open: boolean} | null>} null: it is not known yet */
export async function readConsent(me) {
  if (!(await meta("syncedAt"))) return null;
  const synced = (await all("consents")).map(({ d }) => /** @type {Consent} */ (d));
  const pressed = (await entries("consents")).filter((e) => e.state !== "rejected" && e.person === me.person.id).map((e) => /** @type {Consent} */ (e.d));
  const every = [...synced, ...pressed].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return { agreed: every.at(-1) ?? null, open: !every.some(({ version }) => version === words.consent.version) };
}

/** @param {import("../types").Me} me is it time to ask? */
export async function mayAskConsent(me) {
  const consent = await readConsent(me);
  return Boolean(consent?.open) && Date.now() - ((await meta("consentLater")) ?? 0) > LATER_MS;
}

/** @param {import("../types").Me} me */
export function agree(me) {
  const { version } = words.consent;
  return press("consents", `${me.person.id}.${version}`, { version, locale: words.code, at: new Date().toISOString() }, { once: true });
}
