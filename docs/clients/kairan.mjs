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

export const same = (one, other) => text(one) === text(other);

/** A name for what has none of its own and is otherwise at every write: its hash. */
export async function nameOf(value) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text(value)));
  return [...new Uint8Array(bytes, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Mutations that fit one push: at most 100, and 256 KiB with the brackets. */
function* batches(writes) {
  let batch = [], bytes = 0;
  for (const write of writes) {
    const mutation = { ...write, op: write.d ? "put" : "delete" };
    const size = new TextEncoder().encode(JSON.stringify(mutation)).length + 1;
    if (batch.length === 100 || (batch.length && bytes + size > 255 * 1024)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(mutation);
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

  /** Pages until there are `enough` changes, or all. `afresh`: they are everything, from the beginning. */
  async fill(cursor, { enough = Infinity, ...options } = {}) {
    const changes = [];
    let page = { cursor, more: true };
    try {
      while (page.more && changes.length < enough) {
        page = await this.pull(page.cursor, options);
        changes.push(...page.changes);
      }
      return { changes, cursor: page.cursor, afresh: !cursor && !page.more };
    } catch (problem) {
      // The cursor counts no more; a second time in a row something else is wrong.
      if (problem.slug !== "resync-required" || !cursor) throw problem;
      return this.fill(null, options);
    }
  }

  /**
   * `writes`: { mid, t, id, d, base }; without `d` it deletes. A result for each, in order, which has what stands as `d`.
   * Throws at the first batch that had no answer: push all of them again.
   */
  async push(writes) {
    const results = [];
    for (const mutations of batches(writes)) {
      const answer = await this.fetch("/sync/v1/push", { body: JSON.stringify({ mutations }) });
      results.push(...(await answer.json()).results);
    }
    return results.map(({ id, status, current: d }, i) => ({ t: writes[i].t, id, status, d }));
  }

  /** As many of the writes as fit, and a page, in one round trip: what a line of two seconds' delay asks for. */
  async pushAndPull(writes, cursor) {
    const [mutations] = batches(writes);
    if (!mutations) return { results: [], pull: await this.pull(cursor) };
    const body = JSON.stringify({ mutations, pull: { cursor, limit: 200 } });
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
