// Slips just made. Their codes are shown once and stored hashed: they live in this page's memory only, for the sheet.

import { call } from "../data/api.js";
import { lookAtHomes } from "./looks.js";

/** @typedef {import("../types").Ticket} Ticket */

/** For which association, by its id or its name. @type {{tickets: Ticket[], association: string, name: string}} */
let made = { tickets: [], association: "", name: "" };

/** @param {string} association @param {{people: string[]} | {block: string} | {all: true}} whose */
export async function makeSlips(association, whose) {
  const { tickets } = await call("POST", `/api/v1/associations/${association}/tickets`, { ...whose, kind: "slip" });
  made = { tickets, association, name: "" };
  const shown = new Set(made.tickets.map(({ person }) => person));
  lookAtHomes(({ people }) => people.some(({ id }) => shown.has(id)));
}

/** @param {Ticket[]} tickets made another way, by the city @param {string} name the association's */
export function keepSlips(tickets, name) {
  made = { tickets, association: "", name };
}

export const slips = () => made.tickets;

/** @param {Map<string, {name: string, contact: string}>} associations of the reader @returns {{name: string, contact: string}} whose slips they are, and whom to call there */
export const slipsOf = (associations) => associations.get(made.association) ?? { name: made.name, contact: "" };
