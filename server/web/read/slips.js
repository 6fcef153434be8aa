// Slips just made. Their codes are shown once and stored hashed: they live in this page's memory only, for the sheet.

import { call } from "../data/api.js";
import { lookAtHomes } from "./looks.js";

/** @typedef {import("../types").Ticket} Ticket */

/** @type {Ticket[]} */
let made = [];

/** @param {string} association @param {{people: string[]} | {block: string} | {all: true}} whose */
export async function makeSlips(association, whose) {
  made = (await call("POST", `/api/v1/associations/${association}/tickets`, { ...whose, kind: "slip" })).tickets;
  const shown = new Set(made.map(({ person }) => person));
  lookAtHomes(({ people }) => people.some(({ id }) => shown.has(id)));
}

/** @param {Ticket[]} tickets made another way, by the city */
export function keepSlips(tickets) {
  made = tickets;
}

export const slips = () => made;
