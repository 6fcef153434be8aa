// What was sent, found on this phone by words and by year: as the server does (notices/finding/), which knows what is older.

import { readOfCity } from "./circulars.js";
import { readSent } from "./sent.js";
import { tokyoDay } from "./days.js";

/** @typedef {{id: string, association: string, kind: import("../types").NoticeKind, title: string, state: import("../types").NoticeState | "awaiting", createdAt: string, publishedAt: string | null}} Found */
/** `year` begins in April; 0: any. @typedef {{words: string, year: number, month: number}} Wanted */

const APRIL = 4;

/** @param {string} text */
export function fold(text) {
  const plain = text.normalize("NFKC").toLowerCase();
  const kana = plain.replace(/[\u30a1-\u30f6]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
  return kana.replace(/\s+/g, "");
}

/** @param {string} asked */
export const terms = (asked) => [...new Set(asked.split(/\s+/).map(fold).filter(Boolean))];

/** @param {Found} notice */
export const sentAt = (notice) => notice.publishedAt ?? notice.createdAt;

/** @param {Date} [now] @returns {{year: number, month: number}} the business year, which begins in April */
export function yearAndMonth(now = new Date()) {
  const [year = 0, month = 0] = tokyoDay(now).split("-").map(Number);
  return { year: month >= APRIL ? year : year - 1, month };
}

/** @param {Wanted} wanted */
export const isAsked = ({ words, year }) => terms(words).length > 0 || year > 0;

/** Everything of it on this phone. @param {string} association "" is the city @returns {Promise<(Found & {body: string})[]>} */
export async function readAll(association) {
  if (association) return readSent(association);
  return (await readOfCity()).map(({ circular, kind, title, body, state, createdAt, publishedAt }) => ({ id: circular, association: "", kind, title, body, state, createdAt, publishedAt }));
}

/** @param {string} association "" is the city @param {Wanted} wanted @returns {Promise<Found[]>} newest first */
export async function findHere(association, { words, year, month }) {
  const asked = terms(words);
  const found = (await readAll(association)).filter((n) => {
    const at = yearAndMonth(new Date(sentAt(n)));
    if (year > 0 && (at.year !== year || (month > 0 && at.month !== month))) return false;
    const text = `${fold(n.title)}\n${fold(n.body)}`;
    return asked.every((word) => text.includes(word));
  });
  return newestFirst(found);
}

/** @template {Found} T @param {T[]} found @returns {T[]} */
export function newestFirst(found) {
  return found.sort((a, b) => Date.parse(sentAt(b)) - Date.parse(sentAt(a)));
}

/** @param {string} place `associations/…` or `cities/…` @param {Wanted} wanted */
export function addressOf(place, { words, year, month }) {
  const query = new URLSearchParams({ q: words, ...(year > 0 && { year: String(year) }), ...(year > 0 && month > 0 && { month: String(month) }) });
  return `/api/v1/${place}/notices?${query}`;
}

/** Both lists, each notice once. @param {Found[]} here @param {Found[]} there */
export function together(here, there) {
  return newestFirst([...new Map([...there, ...here].map((n) => [n.id, n])).values()]);
}
