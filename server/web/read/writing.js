// A notice being written: kept on the phone at every stroke, checked before it leaves.

import { newId, newMutationId } from "../data/ids.js";
import { meta, setMeta } from "../data/store.js";
import { endOfDay, isPast } from "./days.js";
import { wrongIn } from "./forms.js";
import { words } from "../words/words.js";

/** @typedef {import("../types").Attachment} Attachment */
/** What a form holds; `deadline` is a day or "".
 * @typedef {object} Draft
 * @property {string} id
 * @property {string} association
 * @property {import("../types").NoticeKind} kind
 * @property {string} topic
 * @property {string} title
 * @property {string} body
 * @property {string} deadline
 * @property {import("../types").Urgency} urgency
 * @property {"all" | "blocks"} to
 * @property {string[]} blocks
 * @property {Attachment[]} files
 * @property {import("../types").FormShape | null} [form] what is asked
 * @property {{on: string, deadline: string, dates: string[], lost: boolean}} [copied] from what was sent before: read/again.js
 * @property {number} [unfinished] how many files are still on their way, or refused and not yet taken away
 */
/** @typedef {Partial<Record<"title" | "body" | "deadline" | "blocks" | "files" | "form", string>>} Errors */

export const TOPICS = /** @type {const} */ (["garbage", "disaster", "events", "children", "obituary", "rules", "money", "other"]);
const LONGEST_TITLE = 100;
const LONGEST_BODY = 10_000;

/** @param {string} association @returns {Draft} */
export function blank(association) {
  return { id: newId(), association, kind: "circular", topic: "other", title: "", body: "", deadline: "", urgency: "ordinary", to: "all", blocks: [], files: [] };
}

/** @param {string[]} officers associations this person writes for @param {string} association the one of them for which they work now @returns {Promise<Draft>} what was begun earlier on this phone */
export async function begun(officers, association) {
  const draft = await meta("writing");
  if (!draft) return blank(association);
  // Begun before this version, it knows no urgency.
  const whole = { ...draft, urgency: draft.urgency ?? "ordinary" };
  const hasWords = Boolean(draft.title.trim() || draft.body.trim());
  return hasWords && officers.includes(draft.association) ? whole : { ...whole, association, blocks: draft.association === association ? draft.blocks : [] };
}

/** @param {Draft | undefined} draft undefined: nothing is being written any more */
export const keep = (draft) => setMeta("writing", draft, { quiet: true });

/** Is something being written on this phone that must not be lost? @param {"writing" | "writingForCity"} what for an association, or for the city */
export async function hasBegun(what = "writing") {
  const draft = await meta(what);
  return Boolean(draft?.title.trim() || draft?.body.trim());
}

/** A new draft with the words of one that was refused. @param {import("../types").Said} said */
export async function startAgain({ title, body, association = "" }) {
  await keep({ ...blank(association), title: title ?? "", body: body ?? "" });
}

/** @param {Draft} draft @returns {Errors} empty when it may go */
export function check({ title, body, deadline, to, blocks, unfinished, form = null }) {
  const w = words.write.errors;
  /** @type {Errors} */
  const errors = {};
  if (!title.trim()) errors.title = w.title;
  else if (title.length > LONGEST_TITLE) errors.title = w.titleLong(LONGEST_TITLE);
  if (!body.trim()) errors.body = w.body;
  else if (body.length > LONGEST_BODY) errors.body = w.bodyLong(LONGEST_BODY);
  if (deadline && isPast(deadline)) errors.deadline = w.deadline;
  if (to === "blocks" && blocks.length === 0) errors.blocks = w.blocks;
  const wrong = wrongIn(form, deadline);
  if (wrong) errors.form = wrong;
  if (unfinished) errors.files = words.uploads.unfinished;
  return errors;
}

/** @param {Draft} draft @returns {import("../types").Writing} */
export function wire({ id, association, kind, topic, title, body, urgency, deadline, to, blocks, files, form }) {
  return {
    id,
    association,
    kind,
    topic,
    title: title.trim(),
    body,
    urgency,
    audience: to === "all" ? "all" : { blocks },
    files: files.map(({ sha256, name }) => ({ sha256, name })),
    ...(form ? { form } : {}),
    deadline: deadline ? endOfDay(deadline) : null,
    publish: true,
  };
}

/**
 * The same key for the same content, so that a lost answer cannot publish twice; a new one after a change.
 * @param {import("../types").Writing} writing
 * @returns {Promise<string>}
 */
export async function idempotencyKey(writing) {
  const content = JSON.stringify(writing);
  const kept = await meta("writingKey");
  if (kept?.content === content) return kept.key;
  const key = newMutationId();
  await setMeta("writingKey", { content, key }, { quiet: true });
  return key;
}
