"""Who may write an SQLite file: the process that holds this lock beside it. The kernel drops it when the process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Locked(Exception):
    """A sentence for the operator."""


@contextmanager
def writing(database: Path) -> Iterator[None]:
    """Raises Locked where another process writes."""
    with database.with_name(database.name + ".lock").open("a") as beside:
        try:
            fcntl.flock(beside, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"Another Kairan process is writing {database}.") from None
        yield
