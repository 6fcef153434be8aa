// From addresses to screens. Screens of officers are loaded when first asked for; the worker keeps them for offline use.

import { go } from "./moving.js";
import { words } from "./words/words.js";

/**
 * @typedef {object} Route
 * @property {RegExp} path
 * @property {string} tag custom element
 * @property {() => Promise<unknown>} load its module
 * @property {string} title "" when the screen says it itself
 * @property {string} back "" for none
 * @property {(me: import("./types").Me, id: string) => Promise<string>} [backOf] where `back` depends on who asks, and of what
 * @property {boolean} [open] may be seen without enrolment
 * @property {boolean} [ofOne] it is of the one association for which one works
 */

const ID = "([A-Za-z0-9_-]{22})";
const t = words.titles;

/** @type {Route["backOf"]} */
const backOf = async (me, id) => (await import("./read/way-back.js")).wayBack(me, id);

/** @type {Route[]} */
const routes = [
  { path: /^\/$/, tag: "k-list", load: () => import("./screens/list.js"), title: "", back: "" },
  { path: RegExp(`^/n/${ID}$`), tag: "k-notice", load: () => import("./screens/notice.js"), title: t.notice, back: "/" },
  { path: /^\/enrol$/, tag: "k-enrol", load: () => import("./screens/enrol.js"), title: t.enrol, back: "", open: true },
  { path: /^\/privacy$/, tag: "k-privacy", load: () => import("./screens/privacy.js"), title: t.privacy, back: "/", open: true },
  { path: /^\/looks$/, tag: "k-looks", load: () => import("./screens/looks.js"), title: t.looks, back: "/settings" },
  { path: /^\/settings$/, tag: "k-settings", load: () => import("./screens/settings.js"), title: t.settings, back: "/" },
  { path: /^\/ask$/, tag: "k-ask-neighbour", load: () => import("./screens/ask-neighbour.js"), title: words.bundles.askTitle, back: "/" },
  { path: /^\/carry$/, tag: "k-carry", load: () => import("./screens/carry.js"), title: words.bundles.carryTitle, back: "/" },
  { path: /^\/family$/, tag: "k-family", load: () => import("./screens/family.js"), title: t.family, back: "/settings" },
  { path: RegExp(`^/family/paper/${ID}$`), tag: "k-family-paper", load: () => import("./screens/family-paper.js"), title: t.familyPaper, back: "/people" },
  { path: /^\/write$/, tag: "k-write", load: () => import("./screens/write.js"), title: t.write, back: "/", ofOne: true },
  { path: /^\/sent$/, tag: "k-sent", load: () => import("./screens/sent.js"), title: t.sent, back: "/" },
  { path: RegExp(`^/sent/${ID}$`), tag: "k-sent-one", load: () => import("./screens/sent-one.js"), title: t.sentOne, back: "/sent", backOf },
  { path: RegExp(`^/sent/${ID}/report$`), tag: "k-report", load: () => import("./screens/report.js"), title: t.report, back: "/sent", backOf },
  { path: RegExp(`^/correct/${ID}$`), tag: "k-correct", load: () => import("./screens/correct.js"), title: t.correct, back: "/sent" },
  { path: /^\/alarm$/, tag: "k-alarm", load: () => import("./screens/alarm.js"), title: words.alarm.titles.emergency, back: "/" },
  { path: RegExp(`^/alarm/${ID}$`), tag: "k-alarm-one", load: () => import("./screens/alarm-one.js"), title: words.alarm.titles.emergency, back: "/alarm" },
  { path: RegExp(`^/alarm/${ID}/(update|all-clear)$`), tag: "k-alarm", load: () => import("./screens/alarm.js"), title: words.alarm.titles.emergency, back: "/alarm" },
  { path: /^\/alarm\/safety$/, tag: "k-ask-safety", load: () => import("./screens/alarm.js"), title: words.alarm.titles["safety-check"], back: "/alarm" },
  { path: RegExp(`^/alarm/safety/${ID}$`), tag: "k-safety-check-one", load: () => import("./screens/alarm-one.js"), title: words.alarm.titles["safety-check"], back: "/alarm" },
  { path: /^\/exercise$/, tag: "k-exercise", load: () => import("./screens/exercise.js"), title: words.alarm.titles.exercise, back: "/" },
  { path: RegExp(`^/exercise/${ID}$`), tag: "k-exercise-one", load: () => import("./screens/alarm-one.js"), title: words.alarm.titles.exercise, back: "/exercise" },
  { path: RegExp(`^/exercise/${ID}/(update|all-clear)$`), tag: "k-exercise", load: () => import("./screens/exercise.js"), title: words.alarm.titles.exercise, back: "/exercise" },
  { path: /^\/reach$/, tag: "k-reaches", load: () => import("./screens/reaches.js"), title: t.reach, back: "/" },
  { path: RegExp(`^/reach/${ID}$`), tag: "k-reach", load: () => import("./screens/reach.js"), title: t.reach, back: "/reach" },
  { path: RegExp(`^/walk/${ID}(?:/${ID})?$`), tag: "k-walk", load: () => import("./screens/walk.js"), title: t.walk, back: "/reach" },
  { path: RegExp(`^/sheet/${ID}$`), tag: "k-sheet", load: () => import("./screens/sheet.js"), title: t.sheet, back: "/reach" },
  { path: RegExp(`^/back(?:/${ID})?$`), tag: "k-back", load: () => import("./screens/back.js"), title: t.back, back: "/reach" },
  { path: /^\/people$/, tag: "k-people", load: () => import("./screens/people.js"), title: t.people, back: "/", ofOne: true },
  { path: /^\/people\/unreachable$/, tag: "k-unreachable", load: () => import("./screens/unreachable.js"), title: t.unreachable, back: "/people", ofOne: true },
  { path: /^\/handover$/, tag: "k-handover", load: () => import("./screens/handover.js"), title: t.handover, back: "/people", ofOne: true },
  { path: /^\/handover\/sheet$/, tag: "k-recovery-sheet", load: () => import("./screens/recovery-sheet.js"), title: t.recoverySheet, back: "/people", ofOne: true },
  { path: /^\/find$/, tag: "k-find", load: () => import("./screens/find.js"), title: t.finding, back: "/sent", ofOne: true },
  { path: /^\/orphans$/, tag: "k-orphans", load: () => import("./screens/orphans.js"), title: t.orphans, back: "/" },
  { path: RegExp(`^/orphans/${ID}$`), tag: "k-orphans", load: () => import("./screens/orphans.js"), title: t.orphans, back: "/orphans" },
  { path: /^\/people\/new$/, tag: "k-move-in", load: () => import("./screens/move-in.js"), title: t.moveIn, back: "/people", ofOne: true },
  { path: RegExp(`^/people/new/${ID}$`), tag: "k-move-in", load: () => import("./screens/move-in.js"), title: t.moveIn, back: "/people" },
  { path: RegExp(`^/people/home/${ID}$`), tag: "k-home", load: () => import("./screens/home.js"), title: t.home, back: "/people" },
  { path: RegExp(`^/people/home/${ID}/(out|move|split|merge|death|street)$`), tag: "k-deed", load: () => import("./screens/deed.js"), title: t.home, back: "/people" },
  { path: RegExp(`^/people/home/${ID}/join$`), tag: "k-join", load: () => import("./screens/join.js"), title: t.home, back: "/people" },
  { path: /^\/people\/changes$/, tag: "k-changes", load: () => import("./screens/changes.js"), title: t.changes, back: "/" },
  { path: /^\/approvals$/, tag: "k-approvals", load: () => import("./screens/approvals.js"), title: t.approvals, back: "/" },
  { path: /^\/alerts$/, tag: "k-alerts", load: () => import("./screens/alerts.js"), title: words.alerts.title, back: "/" },
  { path: /^\/lanes$/, tag: "k-lanes", load: () => import("./screens/lanes.js"), title: t.lanes, back: "/" },
  { path: /^\/circulars$/, tag: "k-circulars", load: () => import("./screens/circulars.js"), title: t.circulars, back: "/" },
  { path: RegExp(`^/circulars/${ID}$`), tag: "k-circular", load: () => import("./screens/circular.js"), title: t.circulars, back: "/circulars" },
  { path: /^\/city$/, tag: "k-city", load: () => import("./screens/city.js"), title: t.city, back: "/" },
  { path: RegExp(`^/safety/${ID}(?:/${ID})?$`), tag: "k-safety", load: () => import("./screens/safety.js"), title: t.safety, back: "/" },
  { path: /^\/city\/write$/, tag: "k-city-write", load: () => import("./screens/city-write.js"), title: t.cityWrite, back: "/city" },
  { path: /^\/city\/find$/, tag: "k-find-of-city", load: () => import("./screens/find.js"), title: t.finding, back: "/city" },
  { path: /^\/city\/reach$/, tag: "k-city-reach", load: () => import("./screens/city-reach.js"), title: t.cityReach, back: "/city" },
  { path: RegExp(`^/city/${ID}/write$`), tag: "k-city-write", load: () => import("./screens/city-write.js"), title: t.cityWrite, back: "/city" },
  { path: RegExp(`^/city/${ID}/correct$`), tag: "k-city-correct", load: () => import("./screens/city-correct.js"), title: t.cityCorrect, back: "/city" },
  { path: RegExp(`^/city/${ID}$`), tag: "k-city-one", load: () => import("./screens/city-one.js"), title: t.city, back: "/city" },
  { path: RegExp(`^/forms/${ID}$`), tag: "k-form-results", load: () => import("./screens/form-results.js"), title: t.forms, back: "/" },
  { path: RegExp(`^/forms/${ID}/enter$`), tag: "k-form-enter", load: () => import("./screens/form-enter.js"), title: t.formEnter, back: "/" },
  { path: /^\/slips$/, tag: "k-slips", load: () => import("./screens/slips.js"), title: t.slips, back: "/people", ofOne: true },
];

/** @param {string} path @returns {{route: Route, params: string[]} | null} */
export function match(path) {
  for (const route of routes) {
    const found = route.path.exec(path);
    if (found) return { route, params: found.slice(1) };
  }
  return null;
}

/** Brings every screen in while there is a signal: the first visit too may end in a cellar. */
export async function warm() {
  for (const { load } of routes) await load().catch(() => {});
}

/** Links inside the app do not reload the page. @param {MouseEvent} event */
export function follow(event) {
  const link = /** @type {Element} */ (event.target).closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || event.defaultPrevented) return;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.hash || !match(link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
