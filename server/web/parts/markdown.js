// A notice's text: the small Markdown subset (paragraphs, line breaks, **bold**, lists, headings, links), as lit templates.
// Text only ever becomes text nodes; the one attribute that comes from outside is an href checked to be http(s).

import { html } from "../vendor/lit-html/lit-html.js";

const INLINE = /\*\*(.+?)\*\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[\x21-\x7e]+)/g;
const BULLET = /^\s*[-*・]\s+(.*)$/;
const NUMBER = /^\s*\d{1,3}[.)．]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;

/** @param {string} href @param {unknown} text */
function link(href, text) {
  try {
    new URL(href);
  } catch {
    return text;
  }
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

/** Punctuation after an address belongs to the sentence. @param {string} bare */
function bareLink(bare) {
  const address = bare.replace(/[.,;:!?)'"\]]+$/, "");
  return [link(address, address), bare.slice(address.length)];
}

/** @param {string} line @returns {unknown[]} */
export function inline(line) {
  const out = [];
  let from = 0;
  for (const found of line.matchAll(INLINE)) {
    out.push(line.slice(from, found.index));
    const [whole, bold, label, href, bare] = found;
    if (bold) out.push(html`<strong>${inline(bold)}</strong>`);
    else if (href) out.push(link(href, label));
    else if (bare) out.push(bareLink(bare));
    from = found.index + whole.length;
  }
  out.push(line.slice(from));
  return out;
}

/** @param {string[]} lines @param {RegExp} mark @returns {unknown[] | null} */
function items(lines, mark) {
  const found = lines.map((line) => mark.exec(line)?.[1]);
  return found.every((text) => text !== undefined) ? found.map((text) => html`<li>${inline(text ?? "")}</li>`) : null;
}

/** @param {string[]} lines */
function block(lines) {
  const bullets = items(lines, BULLET);
  if (bullets) return html`<ul>${bullets}</ul>`;
  const numbers = items(lines, NUMBER);
  if (numbers) return html`<ol>${numbers}</ol>`;
  const heading = lines.length === 1 && HEADING.exec(lines[0] ?? "");
  if (heading) return html`<h3>${inline(heading[1] ?? "")}</h3>`;
  return html`<p>${lines.map((line, place) => (place ? [html`<br />`, inline(line)] : inline(line)))}</p>`;
}

/** What a line is, so that a list right under its sentence is still a list. @param {string} line */
function sort(line) {
  if (BULLET.test(line)) return "bullet";
  if (NUMBER.test(line)) return "number";
  return HEADING.test(line) ? "heading" : "text";
}

/** @param {string} source */
export function markdown(source) {
  /** @type {string[][]} */
  const blocks = [];
  let before = "";
  for (const line of source.replaceAll("\r\n", "\n").split("\n")) {
    const kind = line.trim() === "" ? "" : sort(line);
    if (kind && kind === before && kind !== "heading") blocks.at(-1)?.push(line);
    else if (kind) blocks.push([line]);
    before = kind;
  }
  return blocks.map(block);
}
