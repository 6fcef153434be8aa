// What every client of the sync protocol does the same way: ask, wait, listen. docs/sync.md says why.

/** An answer that is not 2xx. `slug` and `reason` as in docs/sync.md; `retryAfter` in seconds. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(`${status} ${body.slug}${body.reason ? `, ${body.reason}` : ""}`);
    Object.assign(this, { status, slug: body.slug, reason: body.reason, wipe: body.wipe === true, retryAfter });
  }
}

/** Seconds to wait after the n-th failure in a row: jitter over a floor, so that a town does not come back at once. */
const pause = (failures, floor = 1) => floor + Math.random() * Math.min(300, 2 ** failures);

/** Sleeps so long, or until the signal. */
const sleep = (seconds, signal) => new Promise((done) => {
  const timer = setTimeout(done, signal.aborted ? 0 : 1000 * seconds);
  signal.addEventListener("abort", () => done(clearTimeout(timer)), { once: true });
});

// The server sorts the members of a body, and a store may too.
const sorted = (_, value) => (value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value);
const text = (value) => JSON.stringify(value, sorted);

const name = ({ t, id }) => `${t}:${id}`;

export const same = (one, other) => text(one) === text(other);

async function hash(value) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text(value)));
  return [...new Uint8Array(bytes, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As it travels. One that has no name of its own is otherwise at every write, or a deletion, which may be done twice. */
async function mutation({ at, before, ...write }) {
  const mid = write.mid ?? (write.d ? await hash([write, at]) : crypto.randomUUID());
  return { ...write, mid, op: write.d ? "put" : "delete" };
}

/** What this clock shows, right or wrong: the server reads each `at` by it. */
const now = () => new Date().toISOString();

/** Mutations that fit one push: at most 100, and 256 KiB with the brackets. */
async function* batches(writes) {
  let batch = [], bytes = 0;
  for (const each of await Promise.all(writes.map(mutation))) {
    const size = new TextEncoder().encode(JSON.stringify(each)).length + 1;
    if (batch.length === 100 || (batch.length && bytes + size > 255 * 1024)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(each);
    bytes += size;
  }
  if (batch.length) yield batch;
}

export class Kairan {
  /**
   * `onWipe` is called when this device was signed out by somebody else: delete what is kept here.
   * `wait`: failures in a row, and Retry-After where there was one, to seconds.
   */
  constructor({ origin, token, onWipe = () => {}, wait = pause }) {
    Object.assign(this, { origin, token, onWipe, wait });
  }

  async fetch(path, { body, signal = AbortSignal.timeout(30_000) } = {}) {
    const headers = { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" };
    const answer = await fetch(this.origin + path, { method: body ? "POST" : "GET", headers, body, signal });
    const type = answer.headers.get("Content-Type") ?? "";
    // A hotel's log-in page is a 200 too; it must never be taken for an empty town.
    if (answer.status === 204 || (answer.ok && /json|event-stream/.test(type))) return answer;
    const problem = type.includes("problem+json") ? await answer.json() : { slug: "not-from-kairan" };
    if (problem.wipe) this.onWipe();
    throw new Problem(answer.status, problem, Number(answer.headers.get("Retry-After")) || undefined);
  }

  /** One page after the cursor, `null` for the beginning. `types`: only these kinds, with a cursor of their own. */
  async pull(cursor, { types, limit = 200 } = {}) {
    const query = new URLSearchParams({ limit, ...(cursor && { cursor }), ...(types && { types }) });
    const answer = await this.fetch(`/sync/v1/pull?${query}`);
    return answer.status === 204 ? { changes: [], more: false, cursor } : answer.json();
  }

  /**
   * Pages until there are `enough` changes, or all; each record once, as it stood last, after what comes `first`.
   * `afresh`: they are everything, from the beginning. Nobody tells then what went meanwhile: what of `held()` is not among
   * them comes as deleted.
   */
  async fill(cursor, { enough = Infinity, first = [], held = () => [], ...options } = {}) {
    const changes = new Map(first.map((one) => [name(one), one]));
    let page = { cursor, more: true };
    try {
      while (page.more && changes.size < enough) {
        page = await this.pull(page.cursor, options);
        for (const one of page.changes) changes.set(name(one), one);
      }
    } catch (problem) {
      // The cursor counts no more; a second time in a row something else is wrong.
      if (problem.slug !== "resync-required" || !cursor) throw problem;
      return this.fill(null, { enough, first, held, ...options });
    }
    const afresh = !cursor && !page.more;
    const gone = afresh ? (await held()).filter((one) => !changes.has(name(one))) : [];
    return { changes: [...changes.values(), ...gone], cursor: page.cursor, afresh };
  }

  /**
   * `writes`: { t, id, d, base }; without `d` it deletes. `mid` names a write for ever; who has none says `at`, its moment.
   * A result for each, which has what stands as `d`. Throws where one had no answer, or is to come later: push all of them
   * again. `before`: the body that was changed. If that is what stands, nobody else has been there since the `base`.
   */
  async push(writes) {
    const results = [];
    for await (const mutations of batches(writes)) {
      // Whether people are safe is turned away last.
      const safety = mutations.some(({ t }) => t === "answers") ? "?for=safety" : "";
      const answer = await this.fetch(`/sync/v1/push${safety}`, { body: JSON.stringify({ mutations, now: now() }) });
      results.push(...(await answer.json()).results);
    }
    if (results.some(({ status }) => status === "retry")) throw new Problem(200, { slug: "retry" });
    const told = [], again = [];
    results.forEach(({ mid, id, status, current: d }, i) => {
      const { base, before, ...write } = writes[i];
      if (status === "conflict" && before && same(d, before)) again.push({ ...write, mid: `${mid}.again` });
      else told.push({ t: write.t, id, status, d });
    });
    return again.length ? [...told, ...(await this.push(again))] : told;
  }

  /** As many of the writes as fit, and a page, in one round trip: what a line of two seconds' delay asks for. */
  async pushAndPull(writes, cursor) {
    const { value: mutations } = await batches(writes).next();
    if (!mutations) return { results: [], pull: await this.pull(cursor) };
    const body = JSON.stringify({ mutations, now: now(), pull: { cursor, limit: 200 } });
    return (await this.fetch("/sync/v1/push", { body })).json();
  }

  /** The handler, with the waiting done before its caller, who comes again at once, hears of a failure. Until the signal. */
  patient(handler, signal) {
    let failures = 0;
    return async (...given) => {
      try {
        const answer = await handler(...given);
        failures = 0;
        return answer;
      } catch (problem) {
        const { retryAfter } = problem, online = new AbortController();
        if (!retryAfter) globalThis.addEventListener?.("online", () => online.abort(), { signal: online.signal });
        await sleep(this.wait(++failures, retryAfter), AbortSignal.any([signal, online.signal]));
        online.abort();
        throw problem;
      }
    };
  }

  /** Calls `poke` whenever there may be something new, until the signal. */
  async listen(poke, signal) {
    const open = this.patient(() => this.fetch("/sync/v1/live", { signal }), signal);
    while (!signal.aborted) {
      try {
        let text = ""; // the first event says where the scopes stand now, so nothing falls in between
        for await (const piece of (await open()).body.pipeThrough(new TextDecoderStream())) {
          const events = (text + piece).split("\n\n");
          text = events.pop();
          if (events.some((event) => event.startsWith("event: poke"))) poke();
        }
      } catch (problem) {
        if (problem.wipe || problem.slug === "not-signed-in") return;
      }
      // All phones were hung up on at once, or each is as soon as it comes.
      await sleep(1 + 3 * Math.random(), signal);
    }
  }
}

/** For a library that knows no cursor, and counts its pulls. `storage`: has `get` and `set`; see docs/clients/watermelondb.mjs. */
export class Numbered {
  constructor(kairan, storage) {
    Object.assign(this, { kairan, storage });
  }

  /**
   * As `fill`, from where the pull of this number ended; this one has the `number` after it. That is written before the
   * caller writes the records: if it dies in between, it asks with the older number and finds the older cursor.
   */
  async fill(number, options) {
    const place = (await this.storage.get("kairan"))?.[number] ?? { refused: [] };
    const { changes, cursor, afresh } = await this.kairan.fill(place.cursor, { ...options, first: place.refused });
    await this.storage.set("kairan", { [number]: place, [number + 1]: { cursor, refused: [] } });
    return { changes, number: number + 1, afresh };
  }

  /** As `push`, after the pull of this number. What is refused comes once more with the next one, as it stands. */
  async push(number, writes) {
    const results = await this.kairan.push(writes), places = await this.storage.get("kairan");
    places[number].refused = results.filter(({ status }) => status === "rejected");
    await this.storage.set("kairan", places);
    return results;
  }
}
