// QR codes on a page that is to be printed: a sheet without its square is of no use to anybody.

import { html } from "../vendor/lit-html/lit-html.js";

/** @param {string} url one of our own @param {string} label */
export const square = (url, label) => html`<img src="/api/v1/qr.svg?text=${encodeURIComponent(url)}" alt=${label} width="120" height="120" />`;

/** Waits until each has been fetched. @param {Element} page @returns {Promise<boolean>} false: one is missing */
export async function drawn(page) {
  const squares = [...page.querySelectorAll("img")];
  const all = await Promise.allSettled(squares.map((each) => each.decode()));
  return all.every(({ status }) => status === "fulfilled");
}
