// One proxy in words: who, what they may do, until when, how it was agreed; and the button that ends it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { day } from "../read/days.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").ProxyRecord} ProxyRecord */

const w = words.family;

/** @param {ProxyRecord} p @param {string} name whose @param {unknown} more */
export function proxyRow(p, name, more) {
  const doing = p.whats.map((what) => w.whats[what]).join(words.comma);
  const how = p.consent === "paper" ? w.onPaper : w.byPhone;
  return html`<article class="card">
    <h3>${w.who(name, w.bases[p.basis])}</h3>
    ${p.person ? nothing : html`<p class="due">${w.waits(day(p.codeUntil ?? p.until))}</p>`}
    ${doing ? html`<p>${w.mayDo(doing)}</p>` : nothing}
    ${p.hearAfter === null ? nothing : html`<p>${w.hears(w.after[p.hearAfter] ?? "")}</p>`}
    <p class="sub">${w.days(day(p.begins), day(p.until))}<br />${how(p.recordedBy.name, day(p.recordedAt))}</p>
    ${more}
  </article>`;
}

/** @param {string} name @param {boolean} asking @param {(asking: boolean) => void} ask @param {() => void} end */
export function ending(name, asking, ask, end) {
  if (!asking) return html`<button class="btn plain" @click=${() => ask(true)}>${w.end}<span class="hidden">${name}</span></button>`;
  return html`<div class="confirm"><p>${w.endSure(name)}</p><p class="two">
    <button class="btn danger" @click=${end}>${w.end}</button>
    <button data-back class="btn plain" @click=${() => ask(false)}>${words.keep}</button></p></div>`;
}
