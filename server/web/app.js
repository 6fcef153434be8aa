// START HERE. Draws the frame (heading, status in words, contact line) around the screen the address names.
// First paint comes from IndexedDB; the network only adds to it.

import { html, nothing, render } from "./vendor/lit-html/lit-html.js";
import { entries } from "./data/outbox.js";
import { repost } from "./data/push.js";
import { isLeaving, isSure, recognise } from "./data/session.js";
import { meta, onChange, setMeta } from "./data/store.js";
import { run, startSync, state } from "./data/sync.js";
import { go, onMove } from "./moving.js";
import { contactLine } from "./parts/contact.js";
import { hatSwitch } from "./parts/hats.js";
import { readStrips, strips } from "./parts/strips.js";
import { readHats, workFor, worksFor } from "./read/hats.js";
import { isClerk, leaderOf, officerOf, readAssociations, readContact, readMe, worksForCity } from "./read/me.js";
import { statusLine } from "./read/status.js";
import { follow, match, warm } from "./router.js";
import { lastSaid, onSaid, say } from "./say.js";
import { startStepBack } from "./step-back.js";
import { words } from "./words/words.js";
import { installWorker, renew } from "./worker.js";

/** @typedef {import("./types").Me} Me */

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

const frame = {
  path: "",
  title: "",
  back: "",
  /** Whether the screen is of one association. */
  ofOne: false,
  /** @type {{id: string, name: string}[]} */
  hats: [],
  worn: "",
  /** @type {import("./screen.js").Screen | null} */
  screen: null,
  /** @type {Me | null} */
  me: null,
  contact: { name: "", contact: "" },
  status: "",
  /** @type {Awaited<ReturnType<typeof readStrips>>} */
  strips: { signedOut: false, refusals: [], begun: false, writes: false },
  /** @type {(() => void) | null} */
  update: null,
};

/** @param {string} href of a link of the navigation: this page, or one below it */
function current(href) {
  if (frame.path === href) return "page";
  return href !== "/" && frame.path.startsWith(`${href}/`) ? "true" : "false";
}

/** @param {Me} me */
function places(me) {
  const n = words.nav;
  const officer = officerOf(me).length > 0;
  const links = officer ? [["/write", n.write], ["/sent", n.sent], ["/reach", n.reach], ["/people", n.people], ["/circulars", n.circulars]] : leaderOf(me).length > 0 ? [["/reach", n.reach]] : [];
  if (worksForCity(me)) links.push(["/city", n.city], ["/approvals", n.approvals], ["/alerts", words.alerts.nav], ["/lanes", n.lanes], ["/orphans", words.orphans.nav]);
  if (officer || isClerk(me)) links.unshift(["/alarm", words.alarm.nav.emergency]);
  if (links.length === 0) return nothing;
  links.unshift(["/", n.list]);
  if (officer || isClerk(me)) links.push(["/exercise", words.alarm.nav.exercise]);
  return html`<nav aria-label=${n.label}><ul>
    ${links.map(([href, text]) => html`<li><a href=${href} aria-current=${current(href ?? "")}>${text}</a></li>`)}
  </ul></nav>`;
}

let begun = false;

/** @param {unknown} page in place of the line that index.html shows meanwhile */
function paint(page) {
  if (!begun) root.replaceChildren();
  begun = true;
  render(page, root);
}

function draw() {
  const { me, contact } = frame;
  const status = lastSaid() || frame.status;
  paint(
    html`<header class="top">
        <a class="skip" href="#main">${words.skip}</a>
        ${frame.back && (me || frame.path !== "/privacy") ? html`<a class="back" href=${frame.back}>${words.back}</a>` : nothing}
        <h1 tabindex="-1">${frame.title}</h1>
        ${me && frame.path !== "/settings" ? html`<a href="/settings">${words.settings.link}</a>` : nothing}
      </header>
      <p role="status" class=${status ? "" : "silent"}>${status}</p>
      ${me ? places(me) : nothing} ${strips(frame.strips, frame.update)}
      ${frame.ofOne ? hatSwitch(frame.hats, frame.worn, wear) : nothing}
      <main id="main" tabindex="-1" @k-title=${retitle} @k-hat=${changed}>${frame.screen}</main>
      <footer class="contact">
        ${contactLine(contact)}
        <p><a href="/privacy">${words.privacy.link}</a></p>
      </footer>`,
  );
}

/** @param {string} title */
function setTitle(title) {
  frame.title = title;
  document.title = title === words.app ? title : `${title} - ${words.app}`;
}

/** @param {CustomEvent<string>} event */
function retitle(event) {
  setTitle(event.detail);
  draw();
}

async function readFrame() {
  const [me, strips, presses, syncedAt] = await Promise.all([readMe(), readStrips(), entries(), meta("syncedAt")]);
  frame.me = me;
  frame.contact = await readContact(me);
  frame.hats = await readHats(me);
  frame.worn = await worksFor(me);
  frame.strips = strips;
  const waiting = presses.filter((e) => e.state === "waiting").length;
  frame.status = statusLine({ ...state, syncedAt: syncedAt ?? "", waiting, enrolled: me !== null });
}

/** @param {string} association for which one works from now on */
async function wear(association) {
  if (association === frame.worn) return;
  await frame.screen?.workFor(association);
  await workFor(association);
  await readFrame();
  await show(true);
  say(words.hats.said(frame.hats.find(({ id }) => id === association)?.name ?? ""));
}

async function homeTitle() {
  const associations = frame.me ? [...(await readAssociations(frame.me)).values()] : [];
  return associations.length === 1 ? (associations[0]?.name ?? words.app) : words.app;
}

/** Shows the screen of the current address. @param {boolean} first */
async function show(first) {
  const found = match(location.pathname);
  if (!found) return go("/", { replace: true });
  const { route, params } = found;
  if (!frame.me && !route.open) return go("/enrol", { replace: true });
  let { back } = route;
  try {
    await route.load();
    if (frame.me && route.backOf) back = await route.backOf(frame.me, params[0] ?? "");
  } catch {
    return say(words.trouble.offline);
  }
  if (match(location.pathname)?.route !== route) return;
  frame.path = location.pathname;
  frame.back = back;
  frame.ofOne = route.ofOne ?? false;
  frame.screen = Object.assign(/** @type {import("./screen.js").Screen} */ (document.createElement(route.tag)), { params });
  setTitle(route.title || (await homeTitle()));
  draw();
  if (first) return;
  scrollTo(0, 0);
  root.querySelector("h1")?.focus({ preventScroll: true });
}

async function changed() {
  const before = frame.strips.refusals.length;
  const wasEnrolled = frame.me !== null;
  await readFrame();
  if (isLeaving()) return;
  // Emptied by another tab.
  if (wasEnrolled && !frame.me) return location.assign("/enrol");
  if (frame.strips.refusals.length > before) say(words.strips.look);
  draw();
}

/** Until the first screen is before the reader's eyes nothing else is begun: on a slow phone all of it would come first. */
async function painted() {
  await frame.screen?.shown.catch(() => {}); // the page says it
  // A page in the background is not painted at all.
  await new Promise((done) => {
    setTimeout(done, 200);
    requestAnimationFrame(() => setTimeout(done));
  });
}

async function start() {
  match(location.pathname)?.route.load().catch(() => {}); // show() asks again, and says what is wrong
  await readFrame();
  // "?fresh": somebody else may have been enrolled in this browser a moment ago (the demo's buttons): ask before showing.
  if ((!frame.me && !match(location.pathname)?.route.open) || new URLSearchParams(location.search).has("fresh")) {
    await recognise();
    await readFrame();
    if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  }
  onMove(() => {
    say(""); // before anything waits: what is said right after a move is about the move
    show(false);
    // Somebody who looks around wants to know how things are now, not at the next round minute.
    run();
  });
  document.addEventListener("click", follow);
  startStepBack();
  onChange(changed);
  onSaid(draw);
  await show(true);
  await painted();
  // The worker has no words of its own: it shows these when a push cannot be read.
  await setMeta("workerWords", words.worker, { quiet: true });
  const offer = (/** @type {() => void} */ take) => {
    frame.update = take;
    draw();
  };
  installWorker(offer);
  addEventListener("k-too-old", () => offer(renew));
  if (frame.me && !(await isSure())) await recognise();
  if (frame.me) repost().catch(() => {}); // tried again at the next start
  await startSync();
  await warm();
}

// Without storage (a private window, a full phone) nothing works: say it, instead of showing an empty page.
start().catch((error) => {
  if (!begun) paint(html`<main class="text"><p>${words.trouble.start}</p>${contactLine(frame.contact)}</main>`);
  throw error;
});
