// An RxDB collection that is one kind of record. Documents are the bodies, with `id` and the revision `r`.

import { replicateRxCollection } from "rxdb/plugins/replication";
import { Subject } from "rxjs";

const toDoc = ({ id, r, d }) => (d ? { ...d, id, r, _deleted: false } : { id, _deleted: true });
const toBody = ({ id, r, _deleted, ...d }) => (_deleted ? undefined : d);

export function replicate(collection, kairan, t) {
  const poke$ = new Subject(), end = new AbortController();
  const held = async () => (await collection.find().exec()).map(({ id }) => ({ t, id }));

  // A batch that is not full ends RxDB's pull: `fill` fills it. The checkpoint is one string, as objects are merged.
  // Of what is told as gone after a 410, a document that is not yet pushed is left alone by RxDB.
  async function pull(checkpoint, batchSize) {
    const { changes, cursor } = await kairan.fill(checkpoint?.cursor, { types: t, enough: batchSize, held });
    return { documents: changes.map(toDoc), checkpoint: { cursor } };
  }

  // It returns what lost. RxDB does not learn the revision of its own push, so it says what it has changed, too.
  async function push(rows) {
    for (const row of rows) row.mid ??= crypto.randomUUID(); // it is the same row until RxDB has an answer
    const results = await kairan.push(rows.map(({ mid, newDocumentState: now, assumedMasterState: was }) =>
      ({ mid, t, id: now.id, d: toBody(now), base: was?.r, before: was && toBody(was) })));
    return results.filter(({ status }) => status !== "ok").map(toDoc);
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
