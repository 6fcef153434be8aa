// A store of one's own on Dexie: what the server said, what is yet to be sent, and where we stand.

import Dexie from "dexie";

export class Store extends Dexie {
  constructor(kairan, name = "kairan") {
    super(name);
    this.kairan = kairan;
    this.version(1).stores({ records: "[t+id], t, pass", outbox: "++n", place: "one" });
  }

  /** `d` null deletes. Needs no signal; the mid is made here, once, and stays however often the write is sent. */
  write(t, id, d) {
    return this.transaction("rw", this.records, this.outbox, async () => {
      // Of two writes of ours the second builds on the first, whose revision nobody knows yet.
      const following = await this.outbox.filter((one) => one.t === t && one.id === id).count();
      const base = following ? undefined : (await this.records.get([t, id]))?.r;
      await this.outbox.add({ mid: crypto.randomUUID(), t, id, d, base });
    });
  }

  /** id → body. What is unsent lies over what the server said, so nothing ever has to be rolled back. */
  async read(t) {
    const said = await this.records.where({ t }).toArray(), unsent = await this.outbox.orderBy("n").toArray();
    const rows = [...said, ...unsent.filter((one) => one.t === t)];
    return new Map([...new Map(rows.map(({ id, d }) => [id, d]))].filter(([, d]) => d));
  }

  /** Sends and fetches, in one round trip where it fits. Gives what was refused. Rejects without a signal. */
  async sync() {
    const refused = [];
    for (let more = true; more; ) {
      const rows = await this.outbox.orderBy("n").limit(100).toArray();
      const { cursor, pass } = (await this.place.get(1)) ?? { cursor: null, pass: 1 };
      const writes = rows.map(({ n, ...write }) => write);
      try {
        const { results, pull } = await this.kairan.pushAndPull(writes, cursor);
        refused.push(...results.filter(({ status }) => status === "conflict" || status === "rejected"));
        const sent = rows.filter((_, i) => results[i] && results[i].status !== "retry");
        await this.#keep(sent, pull, pass);
        more = pull.more || (sent.length > 0 && (await this.outbox.count()) > 0);
      } catch (problem) {
        if (problem.slug !== "resync-required" || !cursor) throw problem;
        await this.place.put({ one: 1, cursor: null, pass: pass + 1 });
      }
    }
    return refused;
  }

  /** A page, its cursor and the end of what was sent are one transaction: kept together or not at all. */
  #keep(sent, page, pass) {
    return this.transaction("rw", this.records, this.outbox, this.place, async () => {
      await this.outbox.bulkDelete(sent.map(({ n }) => n));
      for (const { t, id, r, d } of page.changes) {
        await (d ? this.records.put({ t, id, r, d, pass }) : this.records.delete([t, id]));
      }
      await this.place.put({ one: 1, cursor: page.cursor, pass });
      // After a 410 all that is still there comes again; what did not is gone.
      if (!page.more) await this.records.where("pass").below(pass).delete();
    });
  }
}
