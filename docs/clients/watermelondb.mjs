// WatermelonDB. `tables`: name → { toRaw(d), toBody(raw) }; each table has the columns `r` and `updated_at` (numbers).

import { synchronize } from "@nozbe/watermelondb/sync/index.js";

import { nameOf, same } from "./kairan.mjs";

/** Gives a function that synchronizes once. Its promise fails as `synchronize` does: come again later, with jitter. */
export function synchronizer(database, kairan, tables, storage = localStorage) {
  const byTable = (what) => Object.fromEntries(Object.keys(tables).map((t) => [t, what(t)]));
  const placeAt = (number) => JSON.parse(storage.getItem(`kairan.${number}`) ?? "{}");
  const keep = (number, place) => storage.setItem(`kairan.${number}`, JSON.stringify(place));
  let again = false;

  // `timestamp` must be a growing number, so it counts, and the cursor is kept under it. It is written before
  // WatermelonDB writes the records: if it dies in between, it asks with the older number and finds the older cursor.
  async function pullChanges({ lastPulledAt: last }) {
    const { cursor: before, refused = [] } = placeAt(last), timestamp = (last ?? 0) + 1;
    const { changes, cursor, afresh } = await kairan.fill(before);
    const newest = [...new Map([...refused, ...changes].map((one) => [`${one.t}:${one.id}`, one])).values()];
    keep(timestamp, { cursor });
    storage.removeItem(`kairan.${timestamp - 2}`);
    const news = byTable((t) => {
      const mine = newest.filter((one) => one.t === t);
      const updated = mine.filter(({ d }) => d).map(({ id, r = 0, d }) => ({ id, r, ...tables[t].toRaw(d) }));
      return { created: [], updated, deleted: mine.filter(({ d }) => !d).map(({ id }) => id) };
    });
    return { changes: news, timestamp, experimentalStrategy: afresh ? "replacement" : "incremental" };
  }

  async function pushChanges({ changes, lastPulledAt: last }) {
    const mutations = [];
    for (const [t, { created, updated, deleted }] of Object.entries(changes)) {
      for (const { _status, _changed, ...raw } of [...created, ...updated]) {
        const put = { op: "put", d: tables[t].toBody(raw), base: raw.r || undefined };
        mutations.push({ mid: await nameOf([t, raw]), t, id: raw.id, ...put });
      }
      for (const id of deleted) mutations.push({ mid: crypto.randomUUID(), t, id, op: "delete" });
    }
    const results = (await kairan.push(mutations)).map((result, i) => ({ ...result, t: mutations[i].t }));
    // A conflict stays unsent: the next pull merges it, column by column. What was refused is put right by it.
    const refused = results.filter(({ status }) => status === "rejected").map(({ t, id, current: d }) => ({ t, id, d }));
    keep(last, { ...placeAt(last), refused });
    again = results.some(({ status }) => /rejected|conflict/.test(status));
    const unsent = results.filter(({ status }) => /conflict|retry/.test(status));
    return { experimentalRejectedIds: byTable((t) => unsent.filter((one) => one.t === t).map(({ id }) => id)) };
  }

  // A write of ours whose answer was lost comes back by itself: then it is unsent no more.
  function conflictResolver(t, local, remote, resolved) {
    const { toBody } = tables[t];
    return same(toBody(resolved), toBody(remote)) ? { ...resolved, _status: "synced", _changed: "" } : resolved;
  }

  return async function sync() {
    for (let turn = 0; turn === 0 || (again && turn < 5); turn++) {
      again = false;
      await synchronize({ database, pullChanges, pushChanges, conflictResolver, sendCreatedAsUpdated: true });
    }
  };
}
