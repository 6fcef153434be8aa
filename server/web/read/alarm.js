// Emergencies and drills, from the side of who sounds them: prepared texts, whom they reach, what is out.
// Each page has one kind, and what leaves it says that kind: nothing prepared for one goes out as the other.

import { call } from "../data/api.js";
import { callProved } from "../data/passkeys.js";
import { all, get, meta, setMeta } from "../data/store.js";
import { words } from "../words/words.js";
import { askReach, cityId } from "./circulars.js";
import { time, tokyoDay } from "./days.js";
import { worksFor } from "./hats.js";
import { isClerk, officerOf, readAssociations } from "./me.js";
import { readPeople } from "./people.js";
import { idempotencyKey } from "./writing.js";

/** @typedef {import("../types").Alarm} Alarm */
/** @typedef {import("../types").Step} Step */
/** @typedef {"emergency" | "exercise" | "safety-check"} AlarmKind */
/** Who speaks; null is the city. @typedef {{association: string | null, name: string}} Speaker */
/** @typedef {Record<string, {title: string, body: string}>} Said */
/** @typedef {{name: string, kind: string, step: Step, topic: string, fillIns: string[], said: Said}} Template */
/** @typedef {import("./circulars.js").Whom} Whom */
/** @typedef {import("./circulars.js").Numbers} Numbers */

/** @type {Record<AlarmKind, string>} */
export const PLACES = { "emergency": "/alarm", "exercise": "/exercise", "safety-check": "/alarm/safety" };
/** What stands in the list of each page. @type {Record<AlarmKind, AlarmKind[]>} */
const LISTED = { "emergency": ["emergency", "safety-check"], "exercise": ["exercise"], "safety-check": ["safety-check"] };

/** Where a notice of ours is seen to: an alarm on the page of its kind. @param {{id: string, kind: string}} notice */
export const placeOf = ({ id, kind }) => `${PLACES[/** @type {AlarmKind} */ (kind)] ?? "/sent"}/${id}`;

const FILL_IN = /\{([a-z]+)\}/g;

/** @param {import("../types").Me} me @returns {Promise<Speaker[]>} */
export async function speakersOf(me) {
  const names = await readAssociations(me);
  const mine = officerOf(me).map((association) => ({ association, name: names.get(association)?.name ?? "" }));
  return isClerk(me) ? [{ association: null, name: me.city.name }, ...mine] : mine;
}

/** For the city, who may; else for the association one works for. @param {import("../types").Me | null} me @param {Speaker[]} speakers */
export async function speaksFor(me, speakers) {
  const association = await worksFor(me);
  return speakers.find((s) => s.association === null) ?? speakers.find((s) => s.association === association);
}

/** They lie beside the app itself, for a night without a signal. @param {AlarmKind} kind @param {Step} step @returns {Promise<{labels: Record<string, string>, templates: Template[]}>} */
export async function readTemplates(kind, step) {
  const { fillIns, templates } = await (await fetch("/web/alarm-templates.json")).json();
  return { labels: fillIns, templates: templates.filter((/** @type {Template} */ t) => t.kind === kind && t.step === step) };
}

/** What it is about, without what is filled in. @param {Template} template */
export const nameOf = ({ said }) => (said["ja"]?.title ?? "").replace(/[：:]?\{[a-z]+\}/g, "");

/** @param {Said} said @param {Record<string, string>} values @returns {Said} in every language */
export function filled(said, values) {
  const put = (/** @type {string} */ text) => text.replace(FILL_IN, (whole, name) => values[name]?.trim() || whole);
  return Object.fromEntries(Object.entries(said).map(([tongue, { title, body }]) => [tongue, { title: put(title), body: put(body) }]));
}

/** What was filled in last, and what is known by itself. @param {Speaker} speaker @returns {Promise<Record<string, string>>} */
export async function usual(speaker) {
  const now = new Date().toISOString();
  const today = tokyoDay(now).slice(5).replace("-", "/");
  const kept = (await meta("alarmFillIns")) ?? {};
  return { shelter: words.alarm.write.shelter, place: speaker.name, ...kept, time: `${today} ${time(now)}` };
}

/** @param {Record<string, string>} values */
export const keepUsual = ({ place = "", shelter = "" }) => setMeta("alarmFillIns", { place, shelter }, { quiet: true });

/** @param {AlarmKind} kind @param {Speaker} speaker @param {Whom} whom @returns {Promise<Numbers>} */
export async function askNumbers(kind, { association }, whom) {
  const urgency = kind === "exercise" ? "ordinary" : "emergency";
  if (association) {
    const blocks = await readPeople(association);
    const people = blocks.flatMap((b) => b.households).reduce((sum, h) => sum + h.people.length, 0);
    return { ...(await call("GET", `/api/v1/associations/${association}/forecast?urgency=${urgency}&topic=disaster`)), people };
  }
  return askReach(whom, urgency);
}

/**
 * @typedef {object} Sounding
 * @property {AlarmKind} kind
 * @property {Speaker} speaker
 * @property {Step} step
 * @property {string | null} refersTo
 * @property {string | null} template
 * @property {string} topic
 * @property {Said} said
 * @property {Whom} whom
 */

/** Out at once, or, of the city, before a second person. @param {Sounding} it @returns {Promise<Alarm>} */
export async function sound({ kind, speaker, step, refersTo, template, topic, said, whom }) {
  const { ja = { title: "", body: "" }, ...translations } = said;
  const audience = whom.to === "all" ? {} : { audience: { [whom.to]: whom.chosen } };
  const writing = { kind, topic, ...ja, translations, template, step, refersTo, ...audience, publish: true };
  const key = await idempotencyKey(/** @type {any} */ ({ association: speaker.association, ...writing }));
  const place = speaker.association ? `associations/${speaker.association}` : `cities/${await cityId()}`;
  return callProved("POST", `/api/v1/${place}/notices`, writing, { "Idempotency-Key": key });
}

/** @param {AlarmKind[]} kinds @returns {Promise<Alarm[]>} of every speaker, newest first */
async function readAlarms(kinds) {
  const notices = [...(await all("drafts")), ...(await all("sent"))].map(({ d }) => /** @type {Alarm} */ (d));
  return notices.filter((n) => kinds.some((kind) => kind === n.kind)).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** What one sounded, each chain by its first message. @param {AlarmKind} kind @param {Speaker[]} speakers @returns {Promise<(Alarm & {newest: Alarm})[]>} newest first */
export async function readSounded(kind, speakers) {
  const mine = (await readAlarms(LISTED[kind])).filter((n) => speakers.some((s) => s.association === n.association));
  return mine.filter((n) => !n.refersTo).map((first) => ({ ...first, newest: mine.find((n) => n.refersTo === first.id && isOut(n)) ?? first }));
}

/** @param {Alarm} notice */
const isOut = ({ state }) => state === "published" || state === "expired";

/** @param {Alarm} notice any of its chain @returns {Promise<Alarm[]>} oldest first */
export async function readChainOf(notice) {
  const first = notice.refersTo ?? notice.id;
  const found = (await readAlarms([/** @type {AlarmKind} */ (notice.kind)])).filter((n) => n.id === first || n.refersTo === first);
  return found.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** @param {string} id @returns {Promise<Alarm | null>} */
export const readAlarm = async (id) => /** @type {any} */ ((await get("sent", id)) ?? (await get("drafts", id))) ?? null;

/** @param {Alarm[]} chain */
export const isOver = (chain) => chain.some((n) => n.step === "all-clear" && isOut(n));
