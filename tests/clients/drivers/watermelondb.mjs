import LokiJSAdapter from "@nozbe/watermelondb/adapters/lokijs/index.js";
import { Database, Model, appSchema, tableSchema } from "@nozbe/watermelondb/index.js";

import { Kairan } from "../../../docs/clients/kairan.mjs";
import { sync } from "../../../docs/clients/watermelondb.mjs";
import { said, talk, untilDone } from "./talk.mjs";

class Note extends Model {
  static table = "notes";
}
// What the decorators of an application compile to; `updated_at` is set by WatermelonDB at each write.
Object.defineProperty(Note.prototype, "updatedAt", {
  get() {
    return new Date(this._getRaw("updated_at"));
  },
  set(value) {
    this._setRaw("updated_at", +value);
  },
});

const text = (name) => ({ name, type: "string" });
const number = (name) => ({ name, type: "number" });
const columns = [text("v"), text("scope"), number("r"), number("updated_at")];
const schema = appSchema({ version: 1, tables: [tableSchema({ name: "notes", columns })] });
const adapter = new LokiJSAdapter.default({
  schema,
  useWebWorker: false,
  useIncrementalIndexedDB: true,
  extraLokiOptions: { env: "NODEJS", autosave: false },
  dbName: null,
});
const database = new Database({ adapter, modelClasses: [Note] });
const notes = database.get("notes");

const tables = {
  notes: {
    toRaw: ({ v, scope }) => ({ v, scope: JSON.stringify(scope) }),
    toBody: ({ v, scope }) => ({ v, scope: JSON.parse(scope) }),
  },
};
let wiped = false;
const kairan = new Kairan({
  ...said,
  onWipe: () => {
    wiped = true;
    return database.write(() => database.unsafeResetDatabase());
  },
});
const once = () => sync(database, kairan, tables);
let running = Promise.resolve();
const syncAlone = () => (running = running.catch(() => {}).then(() => untilDone(once)));

await talk({
  sync: syncAlone,
  listen: () => void kairan.listen(syncAlone, new AbortController().signal),
  put: ({ notes: rows }) =>
    database.write(async () => {
      const held = new Map((await notes.query().fetch()).map((note) => [note.id, note]));
      const write = ({ v, scope }) => (note) => {
        note._setRaw("v", v);
        note._setRaw("scope", JSON.stringify(scope));
      };
      const create = (row) => notes.prepareCreate((note) => void (note._raw.id = row.id, write(row)(note)));
      await database.batch(rows.map((row) => held.get(row.id)?.prepareUpdate(write(row)) ?? create(row)));
    }),
  edit: ({ id, v }) =>
    database.write(async () => {
      await (await notes.find(id)).update((note) => note._setRaw("v", v));
    }),
  remove: ({ id }) => database.write(async () => (await notes.find(id)).markAsDeleted()),
  async dump() {
    return Object.fromEntries((await notes.query().fetch()).map(({ id, _raw }) => [id, _raw.v]));
  },
  vain: () => once().catch(() => {}),
  wiped: () => wiped,
});
