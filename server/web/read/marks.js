// What stands first, so that nobody takes a drill for the real thing or an alert for a circular: the one place in the
// client that puts 【訓練】 first. notices/wording/marks.py does it for all the rest.

import { MARKS, STEPS } from "../words/marks.js";

/** @typedef {{kind: string, step?: string, closedAt?: string | null}} Marked */

/** Each mark by itself, in order; of what has none, none. @param {Marked} notice @returns {string[]} */
export function marks({ kind, step = "first" }, tongue = "ja") {
  const first = MARKS[kind];
  if (!first) return [];
  // What is over is no emergency any more. A drill stays a drill to its end.
  const calm = step === "all-clear" && kind === "emergency";
  return [calm ? undefined : first[tongue], STEPS[step]?.[tongue]].filter((mark) => mark !== undefined);
}

/** The title behind its marks. @param {Marked & {title: string}} notice */
export const marked = (notice, tongue = "ja") => marks(notice, tongue).join("") + notice.title;

/** A mark without its brackets, for a label of its own. @param {string} mark */
export const bare = (mark) => mark.replace(/[【】[\]]/g, "").trim();

/** @typedef {"danger" | "drill" | "over" | ""} Look */

/** How it looks: never by colour alone. @param {Marked} notice @returns {Look} */
export function lookOf({ kind, step, closedAt }) {
  if (kind === "exercise") return "drill";
  if (kind !== "emergency" && kind !== "safety-check") return "";
  return step === "all-clear" || closedAt ? "over" : "danger";
}
