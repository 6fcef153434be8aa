// An RxDB collection that is one kind of record. Documents are the bodies, with `id` and the revision `r`.

import { replicateRxCollection } from "rxdb/plugins/replication";
import { Subject } from "rxjs";

import { same } from "./kairan.mjs";

const toDoc = ({ id, r, d }) => (d ? { ...d, id, r, _deleted: false } : { id, _deleted: true });
const toBody = ({ id, r, _deleted, ...d }) => (_deleted ? undefined : d);

export function replicate(collection, kairan, t) {
  const poke$ = new Subject(), end = new AbortController();

  // A batch that is not full ends RxDB's pull: `fill` fills it. The checkpoint is one string, as objects are merged.
  async function pull(checkpoint, batchSize) {
    const { changes, cursor, afresh } = await kairan.fill(checkpoint?.cursor, { types: t, enough: batchSize });
    // After a 410 nobody tells us what went; a document not yet pushed is left alone by RxDB.
    const there = new Set(changes.map(({ id }) => id)), held = afresh ? await collection.find().exec() : [];
    const gone = held.filter(({ id }) => !there.has(id)).map(({ id }) => ({ id }));
    return { documents: [...changes, ...gone].map(toDoc), checkpoint: { cursor } };
  }

  // It returns what lost. RxDB does not learn the revision of its own push: what has the body we started from has not been
  // changed by another, and goes as a new row, without a base.
  async function push(rows) {
    for (const row of rows) row.mid ??= crypto.randomUUID(); // it is the same row until RxDB has an answer
    const toWrite = ({ mid, newDocumentState: now, assumedMasterState: before }) =>
      ({ mid, t, id: now.id, d: toBody(now), base: before?.r });
    const results = await kairan.push(rows.map(toWrite)), lost = [], ours = [];
    results.forEach((result, i) => {
      const { newDocumentState, assumedMasterState: before } = rows[i], { status, d } = result;
      if (status === "retry") throw new Error("Not now.");
      if (status === "conflict" && before && same(d, toBody(before))) ours.push({ newDocumentState });
      else if (status !== "ok") lost.push(toDoc(result));
    });
    return ours.length ? [...lost, ...(await push(ours))] : lost;
  }

  const replication = replicateRxCollection({
    replicationIdentifier: `kairan-${t}`, collection, live: true, retryTime: 10,
    pull: { handler: kairan.patient(pull, end.signal), batchSize: 200, stream$: poke$ },
    push: { handler: kairan.patient(push, end.signal), batchSize: 100 },
  });
  kairan.listen(() => poke$.next("RESYNC"), end.signal);
  replication.onCancel.push(() => end.abort());
  return replication;
}
