// Days and hours as people here say them: Asia/Tokyo, whatever the phone believes.

import { words } from "../words/words.js";

const ZONE = "Asia/Tokyo";

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(words.locale, { timeZone: ZONE, ...options });

const dayOnly = format({ month: "long", day: "numeric" });
const dayAndWeekday = format({ month: "long", day: "numeric", weekday: "short" });
const withYear = format({ year: "numeric", month: "long", day: "numeric" });
const hour = format({ hour: "2-digit", minute: "2-digit", hour12: false });
const parts = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

/** A deadline may be a bare day. @param {string} text */
function instant(text) {
  return new Date(text.length === 10 ? `${text}T12:00:00+09:00` : text);
}

/** @param {string | Date} when @returns {string} YYYY-MM-DD in Tokyo */
export function tokyoDay(when) {
  return parts.format(typeof when === "string" ? instant(when) : when);
}

/** 11月20日, with the year when it is another one. @param {string} text */
export function day(text) {
  const sameYear = tokyoDay(text).slice(0, 4) === tokyoDay(new Date()).slice(0, 4);
  return (sameYear ? dayOnly : withYear).format(instant(text));
}

/** 11月30日(月) @param {string} text */
export function dayOfWeek(text) {
  return dayAndWeekday.format(instant(text));
}

/** 14:05 @param {string} text */
export function time(text) {
  return hour.format(instant(text));
}

/** 今日 14:05, else 11月20日 14:05 @param {string} text */
export function dayTime(text) {
  const isToday = tokyoDay(text) === tokyoDay(new Date());
  return `${isToday ? words.today : day(text)} ${time(text)}`;
}

/** 11.21, as on a seal @param {string} text */
export function sealDay(text) {
  const [, month, date] = tokyoDay(text).split("-");
  return `${Number(month)}.${Number(date)}`;
}

/** The last moment of a day people chose. @param {string} chosen YYYY-MM-DD @returns {string} ISO 8601 with offset */
export function endOfDay(chosen) {
  return `${chosen}T23:59:59+09:00`;
}

/** @param {string} text is it over? */
export function isPast(text) {
  return tokyoDay(text) < tokyoDay(new Date());
}
