// The city's circulars, from the store: what an association received, what the city sent; and a circular being written.

import { call } from "../data/api.js";
import { newId } from "../data/ids.js";
import { entries } from "../data/outbox.js";
import { callProved } from "../data/passkeys.js";
import { all, get, meta, setMeta } from "../data/store.js";
import { endOfDay, tokyoDay } from "./days.js";
import { check, idempotencyKey } from "./writing.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Passage} Passage */
/** @typedef {import("../types").CityCircular} CityCircular */
/** @typedef {import("../types").LoadOfAssociation} Load */
/** @typedef {Omit<import("./writing.js").Draft, "to" | "blocks" | "association"> & {to: "all" | "districts" | "associations", districts: string[], associations: string[], revision?: number}} CityDraft */
/** Of a draft that the city hall keeps, `revision`; of one that is only on this phone there is none. */
/** @typedef {{to: "all" | "districts" | "associations", chosen: string[]}} Whom */
/** @typedef {import("../types").Forecast & {people: number, associations?: number}} Numbers */

const LONGEST = 9_400;
const LONGEST_COVER = 500;
const LONGEST_REASON = 200;

/** @param {Passage} passage may it still be passed on, or declined? */
export const isOpen = (passage) => passage.state !== "forwarded" && passage.circularState === "published" && !isOver(passage);

/** @param {Passage} passage */
export const isOver = ({ deadline, circularState }) => circularState === "expired" || (deadline !== null && Date.parse(deadline) <= Date.now());

/** @param {string[]} associations @returns {Promise<Passage[]>} those that wait first, then the newest */
export async function readPassages(associations) {
  const found = (await all("circulations")).map(({ d }) => /** @type {Passage} */ (d)).filter((p) => associations.includes(p.association));
  const waits = (/** @type {Passage} */ p) => Number(p.state === "received" && isOpen(p));
  return found.sort((a, b) => waits(b) - waits(a) || b.receivedAt.localeCompare(a.receivedAt));
}

/** @param {string} circular @param {string[]} associations @returns {Promise<(Passage & {pending: boolean})[]>} */
export async function readPassagesOf(circular, associations) {
  const pressed = new Set((await entries("passages")).filter((e) => e.state === "waiting").map((e) => e.id));
  const found = await Promise.all(associations.map((id) => get("circulations", `${circular}.${id}`)));
  return found.filter(Boolean).map((p) => ({ .../** @type {any} */ (p), pending: pressed.has(`${circular}.${p.association}`) }));
}

/** @returns {Promise<CityCircular[]>} newest first */
export async function readOfCity() {
  const found = (await all("circulations")).map(({ d }) => /** @type {CityCircular} */ (d)).filter((c) => "counts" in c);
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** @param {string} id @returns {Promise<CityCircular | null>} */
export async function readOneOfCity(id) {
  const found = await get("circulations", id);
  return /** @type {any} */ (found) ?? null;
}

/** @returns {Promise<string>} the id of this phone's city */
export async function cityId() {
  const [city] = await all("cities");
  return city?.id ?? "";
}

/** What each association got this month. @returns {Promise<Load[]>} */
export async function askLoad() {
  return (await call("GET", `/api/v1/cities/${await cityId()}/load`)).associations;
}

/** @param {"all" | {associations?: string[], districts?: string[]}} audience @returns {Whom} */
export function whomOf(audience) {
  if (audience === "all") return { to: "all", chosen: [] };
  return audience.associations ? { to: "associations", chosen: audience.associations } : { to: "districts", chosen: audience.districts ?? [] };
}

/** @param {CityDraft} draft @returns {Whom} */
export const whomIn = (draft) => ({ to: draft.to, chosen: draft.to === "all" ? [] : draft[draft.to] });

/** Whom the city would reach now. @param {Whom} whom @param {"ordinary" | "emergency"} urgency @returns {Promise<Numbers>} */
export async function askReach({ to, chosen }, urgency) {
  const query = new URLSearchParams({ urgency });
  for (const each of to === "all" ? [] : chosen) query.append(to === "districts" ? "district" : "association", each);
  return call("GET", `/api/v1/cities/${await cityId()}/forecast?${query}`);
}

/** @param {string} cover @param {string} reason @param {boolean} declining */
export function checkReply(cover, reason, declining) {
  const w = words.circulars.errors;
  if (declining && (!reason.trim() || reason.length > LONGEST_REASON)) return w.reason;
  return !declining && cover.length > LONGEST_COVER ? w.cover : "";
}

/** @returns {CityDraft} */
export function blank() {
  return { id: newId(), kind: "circular", topic: "other", title: "", body: "", deadline: "", urgency: "ordinary", to: "all", districts: [], associations: [], files: [] };
}

/** @returns {Promise<CityDraft>} */
export async function begun() {
  return (await meta("writingForCity")) ?? blank();
}

/** A draft of the city hall, to go on with. @param {CityCircular} it @returns {CityDraft} */
export function draftOf({ circular, kind, topic, title, body, deadline, urgency, audience, files, form = null, revision }) {
  const { to, chosen } = whomOf(audience);
  const places = { districts: to === "districts" ? chosen : [], associations: to === "associations" ? chosen : [] };
  const letter = kind === "notice" ? /** @type {const} */ ("notice") : /** @type {const} */ ("circular");
  return { id: circular, kind: letter, topic, title, body, deadline: deadline ? tokyoDay(deadline) : "", urgency: urgency === "urgent" ? "urgent" : "ordinary", to, ...places, files, form, revision };
}

/** @param {CityDraft | undefined} draft */
export const keep = (draft) => setMeta("writingForCity", draft, { quiet: true });

/** @param {CityDraft} draft @returns {import("./writing.js").Errors} */
export function checkDraft(draft) {
  const errors = check({ ...draft, association: "", to: "all", blocks: [] });
  if (!errors.body && draft.body.length > LONGEST) errors.body = words.city.bodyLong;
  if (draft.to !== "all" && draft[draft.to].length === 0) errors.blocks = words.city.chooseOne;
  return errors;
}

/** What of it may be changed as long as it is a draft. @param {CityDraft} draft */
function said({ topic, title, body, urgency, deadline, to, files, ...chosen }) {
  return {
    topic,
    title: title.trim(),
    body,
    urgency,
    audience: to === "all" ? "all" : { [to]: chosen[to] },
    files: files.map(({ sha256, name }) => ({ sha256, name })),
    deadline: deadline ? endOfDay(deadline) : null,
  };
}

/** To the city hall, where every clerk finds it; `out`: and before a second person. @param {CityDraft} draft @param {boolean} out @returns {Promise<string>} its id */
export async function leave(draft, out) {
  const { id, kind, form = null, revision } = draft;
  if (revision !== undefined) {
    // What was saved is what the next save is made from, also where the press after it is refused.
    draft.revision = (await call("PATCH", `/api/v1/notices/${id}`, { baseRevision: revision, ...said(draft), form })).revision;
    if (out) await callProved("POST", `/api/v1/notices/${id}/publish`, { baseRevision: draft.revision });
    return id;
  }
  const writing = { id, kind, ...said(draft), ...(form ? { form } : {}), publish: out };
  const key = await idempotencyKey(/** @type {any} */ (writing));
  return (await callProved("POST", `/api/v1/cities/${await cityId()}/notices`, writing, { "Idempotency-Key": key })).id;
}

/** Those it goes to. @param {Whom} whom @param {Load[]} load of all */
export function chosenOf({ to, chosen }, load) {
  if (to === "all") return load;
  return load.filter((l) => chosen.includes(to === "districts" ? l.district : l.association));
}
