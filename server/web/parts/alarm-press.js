// What a draft of an alarm is asked before it leaves: whom it would reach, its one press, and whether it is thrown away.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { alarmNumbers } from "./alarm-numbers.js";
import { forWhom, whomLine } from "./alarm-whom.js";
import { forecast } from "./forecast.js";

/** @typedef {import("./alarm-draft.js").AlarmDraft} AlarmDraft */
/** @typedef {import("../types").Alarm} Alarm */

const w = words.alarm.draft;

/** @param {AlarmDraft} its @param {Alarm} n */
export function alarmPress(its, n) {
  const kind = /** @type {"emergency"} */ (n.kind);
  const homes = its.homes ? its.homes.households : its.numbers?.households;
  const button = its.busy ? words.alarm.write.busy : n.association ? words.alarm.write.send[kind](homes) : words.alarm.write.ask(homes);
  const waits = its.counted ? w.uncounted : w.counting;
  return html`<p>${whomLine(forWhom(n), its.places)}</p>
    ${its.homes ? forecast(its.homes) : alarmNumbers(its.numbers, { waits })}
    ${n.association ? nothing : html`<p class="sub">${words.alarm.write.second}</p>`}
    ${its.doing === "throwing" ? sure(its, n) : html`<div class="actions">
      <button class="btn ${n.kind === "exercise" ? "" : "danger"}" ?disabled=${its.busy || !its.counted} @click=${() => its.send(n)}>${button}</button>
      <button class="btn plain" ?disabled=${its.busy} @click=${() => its.turn("writing", "#title-ja")}>${n.refersTo ? w.edit : w.editAll}</button>
      <button class="btn plain" ?disabled=${its.busy} @click=${() => its.turn("throwing", ".confirm button")}>${w.discard}</button></div>`}`;
}

/** @param {AlarmDraft} its @param {Alarm} n */
function sure(its, n) {
  return html`<div class="confirm"><p>${w.sure}</p><p class="two"><button class="btn danger" ?disabled=${its.busy} @click=${() => its.discard(n)}>${w.discard}</button>
    <button data-back class="btn plain" @click=${() => its.turn("", "button:not([disabled])")}>${words.keep}</button></p></div>`;
}
