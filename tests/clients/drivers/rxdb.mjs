import { createRxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";

import { Kairan } from "../../../docs/clients/kairan.mjs";
import { replicate } from "../../../docs/clients/rxdb.mjs";
import { said, talk } from "./talk.mjs";

const id = { type: "string", maxLength: 64 };
const properties = { id, r: { type: "number" }, v: {}, scope: { type: "object" } };
const schema = { version: 0, primaryKey: "id", type: "object", properties };

const database = await createRxDatabase({ name: "phone", storage: getRxStorageMemory(), multiInstance: false });
const { notes } = await database.addCollections({ notes: { schema } });
const waits = [];
const wait = (failures, floor = 0.05) => {
  waits.push([failures, floor]); // a test has no five minutes; what the server says it waits for all the same
  return floor;
};
let wiped = false;
const kairan = new Kairan({
  ...said,
  wait,
  onWipe: async () => {
    wiped = true;
    await replication.cancel();
    await database.remove();
  },
});
const replication = replicate(notes, kairan, "notes");
const errors = [];
replication.error$.subscribe((error) => errors.push(error.message));

await talk({
  async sync() {
    replication.reSync();
    await replication.awaitInSync();
  },
  put: ({ notes: rows }) => Promise.all(rows.map((row) => notes.incrementalUpsert(row))),
  async edit({ id, v }) {
    await (await notes.findOne(id).exec()).incrementalPatch({ v });
  },
  async remove({ id }) {
    await (await notes.findOne(id).exec()).incrementalRemove();
  },
  async dump() {
    if (wiped) return {};
    return Object.fromEntries((await notes.find().exec()).map((note) => [note.id, note.v]));
  },
  vain: () => void replication.reSync(),
  wiped: () => wiped,
  errors: () => errors.splice(0),
  waits: () => waits,
});
