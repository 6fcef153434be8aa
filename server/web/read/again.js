// What was sent is written once more: the words as they were, the deadline on the same weekday, dates in the text left to people.

import { all } from "../data/store.js";
import { tokyoDay } from "./days.js";
import { newId } from "../data/ids.js";
import { draftOf, keep as keepForCity } from "./circulars.js";
import { blank, keep } from "./writing.js";
import { words } from "../words/words.js";

const DAY_MS = 86_400_000;
const YEAR_OF_WEEKS = 364;
const MOST = 5;

/** 52 weeks later, as often as it takes to lie ahead: a Sunday stays a Sunday. @param {string} day YYYY-MM-DD @param {string} today */
export function sameWeekday(day, today) {
  let at = Date.parse(`${day}T00:00:00Z`);
  do at += YEAR_OF_WEEKS * DAY_MS;
  while (new Date(at).toISOString().slice(0, 10) <= today);
  return new Date(at).toISOString().slice(0, 10);
}

/** What looks like a date in it, for the reader to put right. @param {string} text @returns {string[]} */
export function datesIn(text) {
  return [...new Set(text.normalize("NFKC").match(words.finding.dateLike) ?? [])].slice(0, MOST);
}

/** @param {import("../types").CityCircular} circular */
export async function writeAgainForCity(circular) {
  const draft = draftOf(circular);
  const { deadline } = draft;
  await keepForCity({
    ...draft,
    id: newId(),
    revision: undefined,
    deadline: deadline && sameWeekday(deadline, tokyoDay(new Date())),
    copied: { on: circular.publishedAt ?? circular.createdAt, deadline, dates: datesIn(`${draft.title}\n${draft.body}`), lost: false },
  });
}

/** @param {import("../types").Notice} notice */
export async function writeAgain(notice) {
  const draft = blank(notice.association);
  const today = tokyoDay(new Date());
  const before = notice.deadline ? tokyoDay(notice.deadline) : "";
  const standing = new Set((await all("blocks")).map(({ id }) => id));
  const blocks = notice.audience === "all" ? [] : notice.audience.blocks;
  const there = blocks.filter((id) => standing.has(id));
  await keep({
    ...draft,
    kind: notice.kind === "notice" ? "notice" : "circular",
    topic: notice.topic,
    title: notice.title,
    body: notice.body,
    urgency: notice.urgency === "urgent" ? "urgent" : "ordinary",
    deadline: before && sameWeekday(before, today),
    to: notice.audience === "all" ? "all" : "blocks",
    blocks: there,
    files: notice.files,
    form: notice.form ?? null,
    copied: { on: notice.publishedAt ?? notice.createdAt, deadline: before, dates: datesIn(`${notice.title}\n${notice.body}`), lost: there.length < blocks.length },
  });
}
