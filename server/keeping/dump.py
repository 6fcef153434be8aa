"""A whole database into one file, and back: SQLite's online backup, PostgreSQL's own programs."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url

from server.processes.admin import Progress
from server.processes.ready import NotReady, read_only

_PAGES: Final = 2_000
_LOOK: Final = 0.2
_CLEAN: Final = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"
"""The database is Kairan's alone; what a newer schema added must go too, or its migration would meet it."""
_AFRESH: Final = """
UPDATE public.city SET on_hold = true;
UPDATE public.sync_meta SET epoch = greatest(epoch, {above:d}) + 1;
"""
"""In the data's own transaction: whoever starts Kairan after a restore that broke off must find both."""
_STRANGERS: Final = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


def copy_sqlite(source: Path, target: Path, progress: Progress) -> None:
    """Of a live file too: one snapshot, which writers neither wait for nor restart."""
    with closing(read_only(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        live.backup(copy, pages=_PAGES, progress=lambda _status, left, total: progress(total - left, total))
        live.execute("ROLLBACK")
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")


def dump_postgresql(url: str, target: Path, progress: Progress) -> None:
    """pg_dump's custom format."""
    command = [_program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--file", str(target)]
    _run(command, url, growing=target, progress=progress)
    _run([_program("pg_restore"), "--list", str(target)], url)


def restore_postgresql(url: str, dump: Path, folder: Path, above: int) -> None:
    """All in one transaction, at the end of which every city is on hold and in an epoch greater than `above`."""
    script = folder / "restore.sql"
    _run([_program("pg_restore"), "--no-owner", "--no-privileges", "--file", str(script), str(dump)], url)
    with script.open("a") as more:
        more.write(_AFRESH.format(above=above))
    whole = folder / "whole.sql"
    with whole.open("wb") as out, script.open("rb") as body:
        out.write(_CLEAN.encode())
        shutil.copyfileobj(body, out)
    options = [
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    _run([_program("psql"), *options, "--file", str(whole)], url)


def insist_on_nobody(url: str) -> None:
    """What is about to happen to the database bears no running Kairan. Raises NotReady."""
    said = _run(
        [_program("psql"), "--no-psqlrc", "--tuples-only", "--no-align", "--command", _STRANGERS], url
    )
    if said.strip() != "0":
        raise NotReady(
            f"{said.strip()} other connections to the database are open. "
            "Stop every `kairan serve` and `kairan work` first."
        )


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotReady(f"The program {name} is not here. Install the PostgreSQL client programs.")
    return found


def _run(
    command: list[str], url: str, *, growing: Path | None = None, progress: Progress | None = None
) -> str:
    """Its standard output. Raises NotReady with the first line of what it complained of."""
    with subprocess.Popen(
        command, env=_environment(make_url(url)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        while growing is not None and progress is not None and running.poll() is None:
            progress(growing.stat().st_size if growing.exists() else 0, 0)
            time.sleep(_LOOK)
        said, complained = running.communicate()
    if running.returncode != 0:
        first = (complained.strip().splitlines() or ["it did not say why"])[0]
        raise NotReady(f"{Path(command[0]).name} failed: {first}")
    return said


def _environment(url: URL) -> Mapping[str, str]:
    """The connection as libpq's variables: on the command line everybody on the machine could read the password."""
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    given = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl"),
        "PGCLIENTENCODING": "UTF8",
    }
    return dict(os.environ) | {name: value for name, value in given.items() if value}
