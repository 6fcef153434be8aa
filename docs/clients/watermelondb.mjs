// WatermelonDB. `tables`: name → { toRaw(d), toBody(raw) }; each table has the columns `r` and `updated_at` (numbers).

import { synchronize } from "@nozbe/watermelondb/sync/index.js";

import { Numbered, same } from "./kairan.mjs";

/** Rejects as `synchronize` does: come again later, with jitter. */
export async function sync(database, kairan, tables) {
  const places = new Numbered(kairan, database.localStorage), types = Object.keys(tables);
  let again, turns = 5;

  async function pullChanges({ lastPulledAt }) {
    const { changes, number, afresh } = await places.fill(lastPulledAt ?? 0, { types });
    const news = Object.fromEntries(types.map((t) => [t, { created: [], updated: [], deleted: [] }]));
    for (const { t, id, r = 0, d } of changes) {
      if (d) news[t].updated.push({ id, r, ...tables[t].toRaw(d) });
      else news[t].deleted.push(id);
    }
    return { changes: news, timestamp: number, experimentalStrategy: afresh ? "replacement" : "incremental" };
  }

  // A conflict stays unsent: the next pull merges it, column by column. What was refused is put right by it.
  async function pushChanges({ changes, lastPulledAt }) {
    const writes = Object.entries(changes).flatMap(([t, { created, updated, deleted }]) => [
      ...[...created, ...updated].map((raw) =>
        ({ t, id: raw.id, d: tables[t].toBody(raw), base: raw.r || undefined, at: raw.updated_at })),
      ...deleted.map((id) => ({ t, id })),
    ]);
    const experimentalRejectedIds = {}, results = await places.push(lastPulledAt, writes);
    again = results.some(({ status }) => status !== "ok");
    for (const { t, id, status } of results) if (status === "conflict") (experimentalRejectedIds[t] ??= []).push(id);
    return { experimentalRejectedIds };
  }

  // A write of ours whose answer was lost comes back by itself: then it is unsent no more.
  const conflictResolver = (t, local, remote, resolved) =>
    same(tables[t].toBody(resolved), tables[t].toBody(remote)) ? { ...resolved, _status: "synced", _changed: "" } : resolved;

  do {
    again = false;
    await synchronize({ database, pullChanges, pushChanges, conflictResolver, sendCreatedAsUpdated: true });
  } while (again && --turns);
}
