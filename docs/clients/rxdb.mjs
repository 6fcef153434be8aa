// An RxDB collection that is one kind of record. Documents are the bodies, with `id` and the revision `r`.

import { replicateRxCollection } from "rxdb/plugins/replication";
import { deepEqual } from "rxdb/plugins/utils";
import { Subject } from "rxjs";

import { pause, sleep } from "./kairan.mjs";

const toDoc = ({ id, r, d }) => (d ? { ...d, id, r, _deleted: false } : { id, _deleted: true });
const toBody = ({ id, r, _deleted, ...d }) => d;

/** `wait`: failures in a row, and Retry-After where there was one, to seconds. */
export function replicate(collection, kairan, type, { wait = pause } = {}) {
  const poke$ = new Subject(), end = new AbortController(), mids = new WeakMap();

  // A batch that is not full ends RxDB's pull: `fill` fills it. The checkpoint is one string, as objects are merged.
  async function pull(checkpoint, batchSize) {
    const { changes, cursor, afresh } = await kairan.fill(checkpoint?.cursor, { types: type, enough: batchSize });
    const documents = changes.map(toDoc);
    if (afresh) { // After a 410 nobody tells us what went; a document not yet pushed is left alone by RxDB.
      const there = new Set(documents.map(({ id }) => id));
      for (const { id } of await collection.find().exec()) if (!there.has(id)) documents.push({ id, _deleted: true });
    }
    return { documents, checkpoint: { cursor } };
  }

  // RxDB sends the same row again until it has an answer, so the row has the mid. It returns what lost.
  async function push(rows, blind = false) {
    const results = await kairan.push(rows.map((row) => {
      const { newDocumentState: now, assumedMasterState: before } = row;
      if (!mids.has(row)) mids.set(row, crypto.randomUUID());
      const written = now._deleted ? { op: "delete" } : { op: "put", d: toBody(now) };
      return { mid: mids.get(row), t: type, id: now.id, ...written, base: blind ? undefined : before?.r };
    }));
    if (results.some(({ status }) => status === "retry")) throw new Error("Not now.");
    // RxDB does not learn the revision of its own push. What has the body we started from has not been changed.
    const ours = rows.filter(({ assumedMasterState: before }, i) =>
      !blind && results[i].status === "conflict" && before && deepEqual(results[i].current, toBody(before)));
    ours.forEach((row) => mids.delete(row));
    const lost = results.filter(({ status }, i) => status !== "ok" && !ours.includes(rows[i]));
    return [...lost.map(({ id, current: d }) => toDoc({ id, d })), ...(ours.length ? await push(ours, true) : [])];
  }

  // RxDB comes again after the same time whatever happened, so the waiting is done before it hears of a failure.
  function patient(handler) {
    let failures = 0;
    return async (...given) => {
      try {
        const answer = await handler(...given);
        failures = 0;
        return answer;
      } catch (problem) {
        const { retryAfter } = problem, online = new AbortController();
        if (!retryAfter) globalThis.addEventListener?.("online", () => online.abort(), { signal: online.signal });
        await sleep(wait(++failures, retryAfter), AbortSignal.any([end.signal, online.signal]));
        online.abort();
        throw problem;
      }
    };
  }

  const replication = replicateRxCollection({
    replicationIdentifier: `kairan-${type}`, collection, live: true, retryTime: 10,
    pull: { handler: patient(pull), batchSize: 200, stream$: poke$ },
    push: { handler: patient((rows) => push(rows)), batchSize: 100 },
  });
  kairan.listen(() => poke$.next("RESYNC"), end.signal);
  replication.onCancel.push(() => end.abort());
  return replication;
}
