// The draft of an alarm being written: its words, whom it is for, and what a colleague has made of it meanwhile.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";
import { alarmWhom, forWhom, whomLine } from "./alarm-whom.js";
import { alarmWords } from "./alarm-words.js";
import { sureToLeave } from "./leaving.js";
import { meanwhile } from "./meanwhile.js";

const w = words.alarm.draft;

/** @param {import("./alarm-draft.js").AlarmDraft} its @param {import("../types").Alarm} n */
export function alarmForm(its, n) {
  const { there, over } = its;
  return html`${there ? meanwhile(there, { was: "draft", whom: whomLine(forWhom(there), its.places), take: () => its.take(there) }) : nothing}
    <form class="card" novalidate @submit=${(/** @type {Event} */ e) => its.save(e, n)}>
      ${over ? html`<p>${w.late}</p>` : nothing}
      ${alarmWords(its.said, its.wrong)}
      ${n.refersTo || over ? nothing : alarmWhom(n, its.whom, its.places, its.wrong["whom"] ?? "", (whom) => its.choose(whom))}
      ${its.leaving ? sureToLeave(() => its.leave(), () => its.goOn()) : doing(its, over)}</form>`;
}

/** @param {import("./alarm-draft.js").AlarmDraft} its @param {boolean} over there is nothing left to save it in */
const doing = (its, over) => html`<div class="actions">
  ${over ? nothing : html`<button class="btn" ?disabled=${its.busy}>${w.save}</button>`}
  <button data-back type="button" class="btn plain" @click=${() => its.stop()}>${over ? words.leaving.leave : words.keep}</button></div>`;
