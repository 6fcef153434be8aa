// Forms: what is asked, what this phone knows of the answers, and the press. The outbox is laid over what is synced.

import { entries, press } from "../data/outbox.js";
import { all } from "../data/store.js";
import { isMeant } from "./meant.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").FormShape} FormShape */
/** @typedef {import("../types").FormQuestion} FormQuestion */
/** @typedef {import("../types").FormSaid} FormSaid */
/** @typedef {import("../types").FormAnswer} FormAnswer */
/** Whose answer is asked for. @typedef {{whose: string, household: string, name: string}} Target */
/** What this phone knows of one. `waiting`: pressed here, not yet there; `refused`: the last that was not taken.
 * @typedef {{answer: FormAnswer | null, waiting: boolean, refused: FormSaid | null}} Known */

export const VOTES = /** @type {const} */ (["for", "against", "abstain"]);
const LONGEST_TEXT = 500;
export const MOST_PEOPLE = 20;

/** @param {string} notice @param {string} whose */
export const answerId = (notice, whose) => `fa.${notice}.${whose}`;

/** A short id nobody used before in this form. @param {string} letter */
export const shortId = (letter) => letter + [...crypto.getRandomValues(new Uint8Array(6))].map((n) => (n % 36).toString(36)).join("");

/** @param {FormShape} form @param {string} kind @returns {FormQuestion} */
export function newQuestion({ questions }, kind) {
  const { motions, options } = words.forms.templates;
  if (kind === "assembly") return { id: shortId("m"), asks: "vote", text: motions[questions.length] ?? "", needed: true, options: [] };
  return { id: shortId("q"), asks: "one", text: "", needed: true, options: options.map((text) => ({ id: shortId("o"), text })) };
}

/** @param {"attendance" | "survey" | "assembly"} kind @returns {FormShape} simple first: the template of each kind */
export function template(kind) {
  /** @type {FormShape} */
  const form = { kind, per: "household", secret: false, places: null, questions: [] };
  const wanted = kind === "assembly" ? words.forms.templates.motions.length : kind === "survey" ? 1 : 0;
  while (form.questions.length < wanted) form.questions.push(newQuestion(form, kind));
  return form;
}

/** @param {FormShape | null} form @param {string} deadline @returns {string} what to change first; "" when it may go */
export function wrongIn(form, deadline) {
  const e = words.forms.errors;
  if (!form) return "";
  if (form.kind === "assembly" && !deadline) return e.deadline;
  if (form.places !== null && !(form.places >= 1 && form.places <= 10_000)) return e.places;
  if (form.kind !== "attendance" && form.questions.length === 0) return e.none;
  for (const q of form.questions) {
    if (!q.text.trim() || q.text.length > 200) return e.question;
    const chosen = q.asks === "one" || q.asks === "many";
    if (chosen && (q.options.length < 2 || q.options.some((o) => !o.text.trim() || o.text.length > 80))) return e.option;
  }
  return "";
}

/** Nobody may answer any more. @param {import("../types").NoticeRecord} notice */
export const isClosed = ({ deadline }) => Boolean(deadline) && Date.parse(deadline ?? "") <= Date.now();

/** @param {import("../types").NoticeRecord} notice @param {import("../types").Me} me @returns {Target[]} for whom this person answers */
export function targets(notice, me) {
  const homes = me.homes.filter((h) => isMeant(notice, notice.notice, h));
  // What is asked of a person is theirs to say; for a home somebody may answer who was asked to.
  if (notice.form?.per === "person") return homes.slice(0, 1).map((h) => ({ whose: me.person.id, household: h.household, name: me.person.name }));
  // A vote, and what is secret, is the home's own.
  const alone = notice.form?.secret || notice.form?.kind === "assembly";
  const others = alone ? [] : me.acts.filter((h) => h.may.includes("answer") && isMeant(notice, notice.notice, h) && !homes.some((own) => own.household === h.household));
  return [
    ...homes.map((h) => ({ whose: h.household, household: h.household, name: h.householdName })),
    ...others.map((h) => ({ whose: h.household, household: h.household, name: words.family.of(h.forWhom) })),
  ];
}

/** @returns {Promise<Map<string, Known>>} by the id of the answer */
export async function readAnswers() {
  /** @type {Map<string, Known>} */
  const known = new Map();
  for (const { id, d } of await all("form-answers")) {
    // Of a secret form the home knows that it was answered, and who pressed knows what.
    const own = d.hidden ? id.slice(0, -2) : id;
    if (d.hidden && known.has(own)) continue;
    known.set(own, { answer: /** @type {FormAnswer} */ (d), waiting: false, refused: null });
  }
  for (const { id, d, state } of await entries("form-answers")) {
    const before = known.get(id) ?? { answer: null, waiting: false, refused: null };
    const pressed = /** @type {FormAnswer} */ (d);
    // Somebody at home may have answered later, or the same person again.
    if (before.answer && Date.parse(before.answer.at) > Date.parse(pressed.at)) continue;
    if (state === "rejected") known.set(id, { ...before, refused: pressed });
    else known.set(id, { answer: pressed, waiting: state === "waiting", refused: null });
  }
  return known;
}

/**
 * The press. What waits for the same answer becomes one press with it.
 * @param {import("../types").NoticeRecord} notice
 * @param {Target} target
 * @param {FormSaid} said
 * @param {boolean} entered from paper, by an officer or leader
 */
export async function answer(notice, { whose, household }, said, entered) {
  const d = { notice: notice.notice, whose, household, ...said, at: new Date().toISOString(), ...(entered ? { entered } : {}) };
  await press("form-answers", answerId(notice.notice, whose), d, { over: (_, later) => later });
}

/** @param {FormShape} form @param {FormSaid} said @returns {Record<string, string>} what is missing, by question; "how" and "people" too */
export function missing(form, { answers, people, letter }) {
  /** @type {Record<string, string>} */
  const errors = {};
  const w = words.forms;
  if (form.kind === "attendance" && people === null) errors.people = w.mustAnswer;
  if (form.kind === "attendance" && people === 0) return errors;
  if (letter) return typeof letter === "object" && !letter.name.trim() ? { letter: w.delegateMissing } : {};
  for (const q of form.questions) {
    const choice = answers[q.id];
    const empty = typeof choice === "string" ? !choice.trim() : !choice || choice.length === 0;
    if (q.needed && empty) errors[q.id] = w.mustAnswer;
    if (q.asks === "text" && typeof choice === "string" && choice.length > LONGEST_TEXT) errors[q.id] = w.tooLong;
  }
  if (form.kind === "survey" && form.questions.every((q) => !answers[q.id]?.length) && form.questions[0]) errors[form.questions[0].id] ??= w.mustAnswer;
  return errors;
}

/** @param {FormShape} form @param {FormSaid} said @returns {[string, string][]} question and answer, in words */
export function inWords(form, { answers, people, letter }) {
  const w = words.forms;
  if (letter) return [[w.heading.assembly, letter === "chair" ? w.toChair : w.toPerson(letter.name)]];
  /** @type {[string, string][]} */
  const lines = form.kind === "attendance" && people !== null ? [[w.kinds.attendance, people > 0 ? w.comes(people) : w.stays]] : [];
  for (const q of form.questions) {
    const choice = answers[q.id];
    if (choice === undefined || choice.length === 0) continue;
    lines.push([q.text, q.asks === "text" ? String(choice) : [choice].flat().map((id) => nameOf(q, id)).join(words.comma)]);
  }
  return lines;
}

/** @param {FormQuestion} question @param {string} id */
export function nameOf({ asks, options }, id) {
  if (id === "silent") return words.forms.silent;
  if (asks === "vote") return words.forms.votes[/** @type {"for"} */ (id)] ?? id;
  return options.find((o) => o.id === id)?.text ?? id;
}
