// A client in the hands of pytest: one JSON command per line on standard input, one JSON answer per line back.

import { createInterface } from "node:readline";

export const said = JSON.parse(process.argv[2]); // { origin, token }

const answers = process.stdout.write.bind(process.stdout);
console.log = console.info = console.warn = console.error; // libraries talk too

/** As an application does it: again, soon (a test has no five minutes), until it has gone through. */
export async function untilDone(attempt) {
  for (const end = Date.now() + 100_000; ; ) {
    try {
      return await attempt();
    } catch (error) {
      const final = error.status === 401 || error.status === 403 || error.status === 400;
      if (final || Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

export async function talk(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...rest } = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await commands[name](rest)) ?? null };
    } catch (error) {
      answer = { error: `${error.message}\n${error.stack}` };
    }
    answers(JSON.stringify(answer) + "\n");
  }
  process.exit(0);
}
