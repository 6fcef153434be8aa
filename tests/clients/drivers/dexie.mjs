import "fake-indexeddb/auto";

import { Store } from "../../../docs/clients/dexie.mjs";
import { Kairan } from "../../../docs/clients/kairan.mjs";
import { said, talk, untilDone } from "./talk.mjs";

let wiped = false;
const kairan = new Kairan({
  ...said,
  onWipe: () => {
    wiped = true;
    return store.delete({ disableAutoOpen: false });
  },
});
const store = new Store(kairan);
let running = Promise.resolve();
const sync = () => (running = running.catch(() => {}).then(() => untilDone(() => store.sync())));

await talk({
  sync,
  listen: () => void kairan.listen(sync, new AbortController().signal),
  async put({ notes }) {
    for (const { id, v, scope } of notes) await store.write("notes", id, { v, scope });
  },
  async edit({ id, v }) {
    await store.write("notes", id, { ...(await store.read("notes")).get(id), v });
  },
  remove: ({ id }) => store.write("notes", id, null),
  async dump() {
    return Object.fromEntries([...(await store.read("notes"))].map(([id, { v }]) => [id, v]));
  },
  vain: () => store.sync().catch(() => {}),
  wiped: () => wiped,
});
