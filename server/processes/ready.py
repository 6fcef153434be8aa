"""What must hold before a command works; every refusal is a sentence that says what to do.

Nothing here changes a database, and nothing here runs inside an event loop.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import URL, make_url

from server import keys, migrate
from server.db import DatabaseMissing
from server.keeping import lock
from server.settings import Settings, load

T = TypeVar("T")


class NotReady(Exception):
    """A sentence for the operator."""


def settings_and_keys() -> tuple[Settings, keys.Keys]:
    """Raises WrongSetting, KeysMissing, DatabaseMissing, NotReady."""
    settings = load()
    insist_on_schema(settings)
    return settings, kept_keys(settings)


def kept_keys(settings: Settings) -> keys.Keys:
    """Raises KeysMissing, NotReady."""
    try:
        return keys.read(Path(settings.secret_file))
    except PermissionError:
        raise NotReady(
            f"The key file {settings.secret_file} may not be read by this user. "
            "Run Kairan as the user that owns it."
        ) from None
    except (ValueError, KeyError, TypeError, OSError):
        raise NotReady(
            f"The key file {settings.secret_file} is damaged, or no key file. Put the copy back."
        ) from None


def database_file(settings: Settings) -> Path | None:
    """The SQLite file; None on PostgreSQL."""
    url = make_url(settings.database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """With the lock of the file held, for what bears no other process; on PostgreSQL there is no such lock.

    Raises Locked.
    """
    file = database_file(settings)
    if file is None:
        yield
        return
    file.absolute().parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.writing(file))
        except lock.Locked as locked:
            raise lock.Locked(f"{locked} Stop it first.") from None
        yield


def insist_on_schema(settings: Settings) -> None:
    """The database is there, and of the schema this program knows."""
    file = database_file(settings)
    if file is not None and not file.exists():
        raise DatabaseMissing(
            f"The database file {file} is not there. If this is a new machine, run `kairan init`; "
            "if not, put the file back or use `kairan restore`."
        )
    at = asked(settings, lambda: migrate.present(settings.database_url))
    if at is None:
        raise NotReady(f"{where(settings)} is empty. Run `kairan init` first, or `kairan restore`.")
    if at not in known_revisions():
        raise NotReady(
            f"{where(settings)} was made by a newer Kairan (schema {at}). Install that version or a later one."
        )
    if at != migrate.newest():
        raise NotReady(
            f"{where(settings)} has the schema {at}, this program needs {migrate.newest()}. "
            "Make a backup, then run `kairan migrate`."
        )


def known_revisions() -> set[str]:
    return set(migrate.revisions())


def insist_on_sound_file(file: Path) -> None:
    """SQLite's own quick check. Raises NotReady."""
    try:
        with closing(read_only(file)) as connection:
            answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise NotReady(
            f"The database file {file} is damaged ({answer.splitlines()[-1]}). Keep it aside, and bring back the last "
            "backup with `kairan restore`."
        )


def read_only(file: Path) -> sqlite3.Connection:
    """A connection that neither writes nor checkpoints: another process may be writing."""
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=5)
    connection.execute("PRAGMA query_only=ON")
    return connection


def asked(settings: Settings, question: Callable[[], T]) -> T:
    """What the database answers. Raises NotReady where it does not; drivers raise whatever they like."""
    try:
        return question()
    except Exception as error:
        file = database_file(settings)
        if file is not None:
            insist_on_sound_file(file)
        said = (str(error).splitlines() or [""])[0][:200]
        raise NotReady(
            f"{where(settings)} does not answer ({type(error).__name__}: {said}). "
            "Look at KAIRAN_DATABASE_URL, and whether the database runs."
        ) from error


def where(settings: Settings) -> str:
    """The database as the operator knows it, without its password."""
    url: URL = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return f"The database file {url.database}"
    host = url.host or url.query.get("host") or "localhost"
    return f"The database {url.database} at {host}"
