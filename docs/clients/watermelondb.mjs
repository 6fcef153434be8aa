// WatermelonDB. `tables`: name → { toRaw(d), toBody(raw) }; each table has the columns `r` and `updated_at` (numbers).

import { synchronize } from "@nozbe/watermelondb/sync/index.js";

import { nameOf, same } from "./kairan.mjs";

/** Rejects as `synchronize` does: come again later, with jitter. */
export async function sync(database, kairan, tables) {
  const byTable = (all, what) => Object.fromEntries(
    Object.entries(tables).map(([t, table]) => [t, what(all.filter((one) => one.t === t), table)]),
  );
  let places, again, turns = 5;

  // `timestamp` must be a growing number, so it counts, and the cursor is kept under it. It is written before
  // WatermelonDB writes the records: if it dies in between, it asks with the older number and finds the older cursor.
  async function pullChanges({ lastPulledAt: last }) {
    const held = (await database.localStorage.get("kairan")) ?? {};
    const place = held[last] ?? { refused: [] }, timestamp = (last ?? 0) + 1;
    const { changes, cursor, afresh } = await kairan.fill(place.cursor);
    places = { [last]: place, [timestamp]: { cursor, refused: [] } };
    await database.localStorage.set("kairan", places);
    const newest = new Map([...place.refused, ...changes].map((one) => [`${one.t}:${one.id}`, one]));
    const news = byTable([...newest.values()], (mine, { toRaw }) => ({
      created: [],
      updated: mine.filter(({ d }) => d).map(({ id, r = 0, d }) => ({ id, r, ...toRaw(d) })),
      deleted: mine.filter(({ d }) => !d).map(({ id }) => id),
    }));
    return { changes: news, timestamp, experimentalStrategy: afresh ? "replacement" : "incremental" };
  }

  async function pushChanges({ changes, lastPulledAt: last }) {
    const writes = [];
    for (const [t, { created, updated, deleted }] of Object.entries(changes)) {
      for (const { _status, _changed, ...raw } of [...created, ...updated]) {
        const mid = await nameOf([t, raw]);
        writes.push({ mid, t, id: raw.id, d: tables[t].toBody(raw), base: raw.r || undefined });
      }
      writes.push(...deleted.map((id) => ({ mid: crypto.randomUUID(), t, id })));
    }
    const results = await kairan.push(writes);
    const those = (...statuses) => results.filter(({ status }) => statuses.includes(status));
    // A conflict stays unsent: the next pull merges it, column by column. What was refused is put right by it.
    places[last].refused = those("rejected");
    await database.localStorage.set("kairan", places);
    again = those("rejected", "conflict").length > 0;
    return { experimentalRejectedIds: byTable(those("conflict", "retry"), (mine) => mine.map(({ id }) => id)) };
  }

  // A write of ours whose answer was lost comes back by itself: then it is unsent no more.
  function conflictResolver(t, local, remote, resolved) {
    const { toBody } = tables[t];
    return same(toBody(resolved), toBody(remote)) ? { ...resolved, _status: "synced", _changed: "" } : resolved;
  }

  do {
    again = false;
    await synchronize({ database, pullChanges, pushChanges, conflictResolver, sendCreatedAsUpdated: true });
  } while (again && --turns);
}
