// Who is named to whom, by kind of notice: notices/privacy/naming.py, said here once more so that the page which explains
// it needs no network. A test holds that both say the same.

/** @type {Record<string, ("leader" | "officer" | "city")[]>} */
export const NAMED_TO = {
  "notice": [],
  "event": [],
  "circular": ["leader", "officer"],
  "exercise": ["leader", "officer"],
  "safety-check": ["leader", "officer", "city"],
  "emergency": ["leader", "officer", "city"],
};
