// WatermelonDB. `tables`: name → { toRaw(d), toBody(raw) }; each table has the columns `r` and `updated_at` (numbers).

import { synchronize } from "@nozbe/watermelondb/sync/index.js";

const ordered = (_, value) => (value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value);
const text = (value) => JSON.stringify(value, ordered);
const digest = async (value) => {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text(value)));
  return [...new Uint8Array(bytes, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Gives a function that synchronizes once. Its promise fails as `synchronize` does: come again later, with jitter. */
export function synchronizer(database, kairan, tables, storage = localStorage) {
  let again = false;

  // `timestamp` must be a growing number, so it counts, and the cursor is kept under it. It is written before
  // WatermelonDB writes the records: if it dies in between, it asks with the older number and finds the older cursor.
  async function pullChanges({ lastPulledAt: last }) {
    const { changes: news, cursor, afresh } = await kairan.fill(storage.getItem(`kairan.cursor.${last}`));
    const refused = JSON.parse(storage.getItem(`kairan.refused.${last}`) ?? "[]");
    const changes = Object.fromEntries(Object.keys(tables).map((t) => [t, { created: [], updated: [], deleted: [] }]));
    const newest = new Map([...refused, ...news].map((change) => [`${change.t}:${change.id}`, change]));
    for (const { t, id, r = 0, d } of newest.values()) {
      if (t in tables && d) changes[t].updated.push({ id, r, ...tables[t].toRaw(d) });
      else if (t in tables) changes[t].deleted.push(id);
    }
    const timestamp = (last ?? 0) + 1;
    storage.setItem(`kairan.cursor.${timestamp}`, cursor);
    for (const kind of ["cursor", "refused"]) storage.removeItem(`kairan.${kind}.${timestamp - 2}`);
    return { changes, timestamp, experimentalStrategy: afresh ? "replacement" : "incremental" };
  }

  async function pushChanges({ changes, lastPulledAt: last }) {
    const mutations = [];
    for (const [t, { created, updated, deleted }] of Object.entries(changes)) {
      for (const { _status, _changed, ...raw } of [...created, ...updated]) {
        const put = { op: "put", d: tables[t].toBody(raw), base: raw.r || undefined };
        mutations.push({ mid: await digest([t, raw]), t, id: raw.id, ...put });
      }
      for (const id of deleted) mutations.push({ mid: crypto.randomUUID(), t, id, op: "delete" });
    }
    const results = (await kairan.push(mutations)).map((result, i) => ({ t: mutations[i].t, ...result }));
    // A conflict stays unsent: the next pull merges it, column by column. What was refused is put right by it.
    const refused = results.filter(({ status }) => status === "rejected").map(({ t, id, current: d }) => ({ t, id, d }));
    storage.setItem(`kairan.refused.${last}`, JSON.stringify(refused));
    const unsent = (t) => results.filter((one) => one.t === t && /conflict|retry/.test(one.status)).map(({ id }) => id);
    again = refused.length > 0 || results.some(({ status }) => status === "conflict");
    return { experimentalRejectedIds: Object.fromEntries(Object.keys(tables).map((t) => [t, unsent(t)])) };
  }

  // A write of ours whose answer was lost comes back by itself: then it is unsent no more.
  function conflictResolver(t, local, remote, resolved) {
    const [held, said] = [resolved, remote].map((raw) => text(tables[t].toBody(raw)));
    return held === said ? { ...resolved, _status: "synced", _changed: "" } : resolved;
  }

  return async function sync() {
    for (let turn = 0; turn === 0 || (again && turn < 5); turn++) {
      again = false;
      await synchronize({ database, pullChanges, pushChanges, conflictResolver, sendCreatedAsUpdated: true });
    }
  };
}
