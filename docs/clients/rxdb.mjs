// An RxDB collection that is one kind of record. Documents are the bodies, with `id` and the revision `r`.

import { replicateRxCollection } from "rxdb/plugins/replication";
import { Subject } from "rxjs";

import { patient, pause, same } from "./kairan.mjs";

const toDoc = ({ id, r, d }) => (d ? { ...d, id, r, _deleted: false } : { id, _deleted: true });
const toBody = ({ id, r, _deleted, ...d }) => d;

/** `wait`: see `patient`. */
export function replicate(collection, kairan, type, { wait = pause } = {}) {
  const poke$ = new Subject(), end = new AbortController(), mids = new WeakMap();

  // A batch that is not full ends RxDB's pull: `fill` fills it. The checkpoint is one string, as objects are merged.
  async function pull(checkpoint, batchSize) {
    const { changes, cursor, afresh } = await kairan.fill(checkpoint?.cursor, { types: type, enough: batchSize });
    // After a 410 nobody tells us what went; a document not yet pushed is left alone by RxDB.
    const there = new Set(changes.map(({ id }) => id)), held = afresh ? await collection.find().exec() : [];
    const gone = held.filter(({ id }) => !there.has(id)).map(({ id }) => ({ id }));
    return { documents: [...changes, ...gone].map(toDoc), checkpoint: { cursor } };
  }

  // RxDB sends the same row again until it has an answer, so the row has the mid.
  function mutation(row, base) {
    const { newDocumentState: now } = row;
    if (!mids.has(row)) mids.set(row, crypto.randomUUID());
    const written = now._deleted ? { op: "delete" } : { op: "put", d: toBody(now) };
    return { mid: mids.get(row), t: type, id: now.id, ...written, base };
  }

  // It returns what lost. RxDB does not learn the revision of its own push: what has the body we started from has not been
  // changed by another, and is written without a base.
  async function push(rows, blind = false) {
    const results = await kairan.push(rows.map((row) => mutation(row, blind ? undefined : row.assumedMasterState?.r)));
    if (results.some(({ status }) => status === "retry")) throw new Error("Not now.");
    const isOurs = ({ assumedMasterState: before }, { status, current }) =>
      !blind && status === "conflict" && before && same(current, toBody(before));
    const ours = rows.filter((row, i) => isOurs(row, results[i]));
    ours.forEach((row) => mids.delete(row));
    const lost = results.filter((result, i) => result.status !== "ok" && !ours.includes(rows[i]));
    return [...lost.map(({ id, current: d }) => toDoc({ id, d })), ...(ours.length ? await push(ours, true) : [])];
  }

  const replication = replicateRxCollection({
    replicationIdentifier: `kairan-${type}`, collection, live: true, retryTime: 10,
    pull: { handler: patient(pull, wait, end.signal), batchSize: 200, stream$: poke$ },
    push: { handler: patient((rows) => push(rows), wait, end.signal), batchSize: 100 },
  });
  kairan.listen(() => poke$.next("RESYNC"), end.signal);
  replication.onCancel.push(() => end.abort());
  return replication;
}
