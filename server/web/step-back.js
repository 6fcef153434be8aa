// One step back, for whoever thought better of it: the button that says so, or Escape. The focus goes to what asked.
// `data-back` marks the button of a question or a step that closes it again. Nothing here leaves the page.

/** What stood where: from an element outwards, each with all that comes before it in its parent. @typedef {{gone: Node, before: Node[], parent: Node}[]} Way */

const MAIN = "main";
const CONTROL = "button:not(:disabled), a[href], summary";

/** @param {Element} at @returns {Way} */
function wayOf(at) {
  /** @type {Way} */
  const way = [];
  for (let each = at; each.parentElement && !each.matches(MAIN); each = each.parentElement) {
    const before = [];
    for (let node = each.previousSibling; node; node = node.previousSibling) before.push(node);
    way.push({ gone: each, before, parent: each.parentElement });
  }
  return way;
}

/** The control that came in the place of what is gone. @param {Way} way @returns {HTMLElement | null} */
function inItsPlace(way) {
  const lost = way.findLast(({ gone }) => !gone.isConnected);
  if (!lost?.parent.isConnected) return null;
  let node = lost.before.find((each) => each.parentNode === lost.parent)?.nextSibling ?? lost.parent.firstChild;
  for (; node; node = node.nextSibling) {
    if (!(node instanceof Element)) continue;
    const control = node.matches(CONTROL) ? node : node.querySelector(CONTROL);
    if (control) return /** @type {HTMLElement} */ (control);
  }
  return null;
}

/** @type {Way} */
let leaving = [];

/** @param {MouseEvent} event */
function note(event) {
  const back = /** @type {Element} */ (event.target).closest?.("[data-back]");
  leaving = back ? wayOf(back) : [];
}

/** After the screen has drawn what was there before; where it says itself who has the focus, that stands. */
function takeUp() {
  if (leaving.length > 0 && document.activeElement === document.body) inItsPlace(leaving)?.focus();
  leaving = [];
}

/** @param {Element} control @returns {control is HTMLElement} */
const inSight = (control) => control.getClientRects().length > 0;

/** What is nearest to the reader that can be closed: a question, a step, an opened list. @returns {HTMLElement | null} */
function nearest() {
  const main = document.querySelector(MAIN);
  const from = main?.contains(document.activeElement) ? document.activeElement : main;
  for (let each = from; each && main?.contains(each); each = each.parentElement) {
    /** @type {HTMLElement[]} */
    const backs = [...each.querySelectorAll("[data-back]:not(:disabled)")].filter(inSight);
    if (backs[0]) return backs[0];
    if (each.matches("details[open]")) return each.querySelector("summary");
  }
  return null;
}

/** @param {KeyboardEvent} event */
function escape(event) {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
  const way = nearest();
  if (way?.matches("summary")) way.focus();
  way?.click();
}

export function startStepBack() {
  document.addEventListener("click", note, true);
  document.addEventListener("click", takeUp);
  document.addEventListener("keydown", escape);
}
