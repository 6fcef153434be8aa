// One sentence for the status line, said once and gone after a while or at the next page.

const said = new EventTarget();
let sentence = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

const LASTS_MS = 6_000;

/** @param {string} text "" falls back to the state of the network */
export function say(text) {
  clearTimeout(silence);
  sentence = text;
  if (text) silence = setTimeout(() => say(""), LASTS_MS);
  said.dispatchEvent(new Event("said"));
}

export const lastSaid = () => sentence;

/** @param {() => void} listener */
export function onSaid(listener) {
  said.addEventListener("said", listener);
}
