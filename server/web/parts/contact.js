// Whom to call. A telephone number in the line becomes a link that dials, and is never broken in two.

import { html } from "../vendor/lit-html/lit-html.js";
import { words } from "../words/words.js";

const TELEPHONE = /0\d{1,4}-\d{1,4}-\d{3,4}/g;

/** @param {string} line */
function dialled(line) {
  const out = [];
  let from = 0;
  for (const found of line.matchAll(TELEPHONE)) {
    out.push(line.slice(from, found.index), html`<a class="tel" href="tel:${found[0].replaceAll("-", "")}">${found[0]}</a>`);
    from = found.index + found[0].length;
  }
  out.push(line.slice(from));
  return out;
}

/** Before enrolment the server's page may name the city's line. */
const ofThePage = () => document.querySelector("meta[name=kairan-contact]")?.getAttribute("content") ?? "";

/** @param {{name: string, contact: string}} contact */
export function contactLine({ name, contact }) {
  const line = contact ? (contact.includes(name) ? contact : `${name}　${contact}`) : ofThePage();
  return html`<p>${words.contact}${line ? dialled(`　${line}`) : words.contactNobody}</p>`;
}
