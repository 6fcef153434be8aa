"""A whole client of the sync protocol in plain Python: `Client(origin, token, path).sync()`, without a library."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit
from uuid import uuid4

TABLES = """
CREATE TABLE IF NOT EXISTS record (t, id, d, PRIMARY KEY (t, id));
CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, m); -- mutations, as they travel
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY, cursor);
INSERT OR IGNORE INTO place VALUES (1, '')"""


class Problem(Exception):
    """An answer that says no; its body as a dict. What to do for each: docs/sync.md."""


class Client:
    def __init__(self, origin: str, token: str, path: str) -> None:
        self.origin, self.headers = urlsplit(origin), {"Authorization": f"Bearer {token}"}
        self.db = sqlite3.connect(path)
        self.db.executescript(TABLES)

    def write(self, t: str, id: str, d: dict | None) -> None:
        """Needs no signal. The `mid` is made here, once, and stays the same however often the mutation is sent."""
        mutation = {"mid": uuid4().hex, "t": t, "id": id, "op": "put" if d else "delete", "d": d}
        with self.db:
            self.db.execute("INSERT INTO outbox (m) VALUES (?)", [json.dumps(mutation)])

    def read(self, t: str) -> dict:
        """What the server said, and over it what is yet to be sent: so nothing ever has to be rolled back."""
        said = self.db.execute("SELECT id, d FROM record WHERE t = ?", [t])
        unsent = self.db.execute("SELECT m->>'id', m->>'d' FROM outbox WHERE m->>'t' = ? ORDER BY n", [t])
        return {id: json.loads(d) for id, d in (dict(said) | dict(unsent)).items() if d}

    def sync(self) -> None:
        """Raises Problem, and OSError where there is no signal. No write says on which revision it was made, so the
        last one wins; why one was refused is in `read("corrections")`."""
        while rows := self.db.execute("SELECT n, m FROM outbox ORDER BY n LIMIT 50").fetchall():
            now = datetime.now(
                UTC
            ).isoformat()  # this phone's clock may be wrong; so the server knows by how much
            push = {"mutations": [json.loads(m) for _, m in rows], "now": now}
            results = self._ask("POST", "/push", push)["results"]
            done = [row[:1] for row, result in zip(rows, results, strict=True) if result["status"] != "retry"]
            with self.db:
                self.db.executemany("DELETE FROM outbox WHERE n = ?", done)
            if len(done) < len(rows):
                break
        (cursor,) = self.db.execute("SELECT cursor FROM place").fetchone()
        while page := self._ask("GET", f"/pull?cursor={cursor}"):  # until nothing is new
            cursor = page["cursor"]
            rows = [(one["t"], one["id"], json.dumps(one.get("d"))) for one in page["changes"]]
            with self.db:  # a page and its cursor: kept together or not at all
                self.db.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", rows)
                self.db.execute("DELETE FROM record WHERE d = 'null'")
                self.db.execute("UPDATE place SET cursor = ?", [cursor])

    def _ask(self, method: str, path: str, body: dict | None = None) -> dict:
        """The answer; an empty one where nothing is new."""
        connect = HTTPSConnection if self.origin.scheme == "https" else HTTPConnection
        try:
            with closing(connect(self.origin.netloc, timeout=30)) as line:
                line.request(method, f"/sync/v1{path}", body and json.dumps(body), self.headers)
                if (answer := line.getresponse()).status == 204:
                    return {}
                said = json.load(answer)
            slug = said["slug" if answer.status != 200 else "results" if body else "changes"]
        except (HTTPException, ValueError, LookupError, TypeError) as cut:
            # Half an answer, or one that is not Kairan's: a hotel's log-in page, a proxy's error.
            raise ConnectionError from cut
        if answer.status == 200:
            return said
        if slug == "resync-required" and not path.endswith("cursor="):  # from the beginning; the outbox stays
            self.db.executescript("BEGIN; DELETE FROM record; UPDATE place SET cursor = ''; COMMIT")
            return self._ask("GET", "/pull?cursor=")
        if said.get("wipe"):  # signed out by somebody else
            self.db.executescript("DELETE FROM outbox; DELETE FROM record; UPDATE place SET cursor = ''")
        raise Problem(said)
