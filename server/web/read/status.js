// The state of things in one sentence, from the last request and not from what the browser believes about the network.

import { dayTime } from "./days.js";
import { words } from "../words/words.js";

/**
 * @param {{running: boolean, trouble: import("../data/api.js").Trouble | null, received: number, syncedAt: string, waiting: number, enrolled: boolean}} now
 */
export function statusLine({ running, trouble, received, syncedAt, waiting, enrolled }) {
  const w = words.status;
  if (!enrolled) return "";
  const queue = waiting > 0 ? w.waiting(waiting) : "";
  if (trouble?.kind === "offline") return (syncedAt ? w.offline(dayTime(syncedAt)) : w.offlineEmpty) + queue;
  if (trouble) return trouble.sentence + queue;
  if (!syncedAt) return received > 0 ? w.receiving(received) : w.first;
  if (running && waiting > 0) return w.sending(waiting);
  return w.fresh(dayTime(syncedAt)) + queue;
}
