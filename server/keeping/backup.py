"""One file that holds everything but the keys: a tar of the database and the attachments.

    kairan.json              {format, made, kind, revision, sha256, files}
    database                 an SQLite file, or pg_dump's custom format
    files/<city>/<ab>/<sha>  attachments, named by their SHA-256

The database comes first, so that every attachment it names was kept when the files were read; they are in the backup
wherever they are kept, in a folder or a bucket. Unfinished uploads are not. Without the keys (KAIRAN_SECRET_FILE)
nobody reads an address in it: they belong to another place.
"""

import asyncio
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from server import migrate
from server.attachments import store
from server.attachments.store import Kept, Store
from server.edge.errors import StoreAway
from server.keeping import dump
from server.processes import ready
from server.processes.admin import Progress
from server.processes.ready import NotReady
from server.settings import Settings

FORMAT: Final = 1
_ABOUT: Final = "kairan.json"
_DATABASE: Final = "database"
_FILE: Final = re.compile(r"files/([a-z][a-z0-9]{1,7})/([0-9a-f]{2})/([0-9a-f]{64})")
_CHUNK: Final = 1 << 20
_WIDTH: Final = tarfile.BLOCKSIZE
"""Bytes of what a backup says of itself: it is said once more when all is written."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself. `made`: ISO 8601; `kind`: the database's; `files`: how many attachments."""

    made: str
    kind: str
    revision: str
    sha256: str
    files: int


@dataclass(frozen=True, slots=True)
class Made:
    about: About
    size: int
    damaged: list[str]
    """Attachments whose bytes are not what their name says; they are in the backup as they are on disk."""


def make(settings: Settings, target: Path, progress: Progress) -> Made:
    """Written beside, verified, then renamed: `target` is the old backup or the new one, never half of one."""
    ready.insist_on_schema(settings)
    beside = target.with_name(target.name + ".new")
    try:
        with TemporaryDirectory(dir=target.absolute().parent, prefix=".kairan-") as folder:
            database = Path(folder) / _DATABASE
            _save(settings, database, progress)
            about = About(
                made=datetime.now(UTC).isoformat(timespec="seconds"),
                kind="sqlite" if ready.database_file(settings) else "postgresql",
                revision=migrate.newest(),
                sha256=_sha256_of(database),
                files=0,
            )
            with reaching(settings) as (kept, runner):
                about = _write(beside, about, database, kept, runner, progress)
        damaged = verify(beside, progress)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return Made(about, target.stat().st_size, damaged)


def _save(settings: Settings, to: Path, progress: Progress) -> None:
    file = ready.database_file(settings)
    if file is None:
        dump.dump_postgresql(settings.database_url, to, progress)
        return
    dump.copy_sqlite(file, to, progress)
    ready.insist_on_sound_file(to)


@contextmanager
def reaching(settings: Settings) -> Iterator[tuple[Store, asyncio.Runner]]:
    """The attachments, for a command that has no event loop. Raises NotReady where their place does not answer."""
    try:
        with asyncio.Runner() as runner:
            yield store.opened(settings), runner
    except StoreAway as away:
        raise NotReady(f"{away.why[:1].upper()}{away.why[1:]}. Look at KAIRAN_FILES_URL.") from away


async def _listed(kept: Store) -> list[Kept]:
    return [each async for each in kept.listed()]


def _write(
    beside: Path, about: About, database: Path, kept: Store, runner: asyncio.Runner, progress: Progress
) -> About:
    """→ `about` with the number of attachments that were there when their turn came."""
    files = runner.run(_listed(kept))
    done = database.stat().st_size
    total = done + sum(file.size for file in files)
    # The addresses in it are encrypted, the names are not: for its owner alone.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            tar.addfile(_entry(_ABOUT, _WIDTH), BytesIO(_said(about)))
            with database.open("rb") as data:
                tar.addfile(_entry(_DATABASE, done), data)
            for file in files:
                about = replace(about, files=about.files + _add(tar, kept, runner, file))
                progress(done := done + file.size, total)
        out.seek(tarfile.BLOCKSIZE)
        out.write(_said(about))
        out.flush()
        os.fsync(out.fileno())
    return about


def _add(tar: tarfile.TarFile, kept: Store, runner: asyncio.Runner, file: Kept) -> int:
    """1, or 0 for what went meanwhile (a segment of the log that was replaced)."""
    try:
        data = runner.run(kept.read(file.tenant, file.sha256))
    except FileNotFoundError:
        return 0
    tar.addfile(_entry(f"files/{file.tenant}/{file.sha256[:2]}/{file.sha256}", len(data)), BytesIO(data))
    return 1


def _said(about: About) -> bytes:
    return json.dumps({"format": FORMAT} | _fields(about)).encode().ljust(_WIDTH)


def _fields(about: About) -> dict[str, Any]:
    return {name: getattr(about, name) for name in About.__slots__}


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def about(source: Path) -> About:
    """Raises NotReady for what is no backup of ours."""
    with _opened(source) as tar:
        return _about(source, tar)


def verify(source: Path, progress: Progress) -> list[str]:
    """Reads it all back. → names of damaged attachments. Raises NotReady where the backup is no good."""
    damaged, files = [], 0
    with _opened(source) as tar:
        told = _about(source, tar)
        total = source.stat().st_size
        seen = ""
        for entry in tar:
            progress(tar.offset, total)
            data = tar.extractfile(entry)
            digest = _digest(data) if data is not None else ""
            if entry.name == _DATABASE:
                seen = digest
            elif named := _FILE.fullmatch(entry.name):
                files += 1
                damaged += [entry.name] if digest != named[3] else []
    if seen != told.sha256 or files != told.files:
        raise NotReady(f"The backup {source} is damaged: it does not hold what was written. Use another one.")
    return damaged


def take_database(source: Path, to: Path) -> None:
    """The database out of a verified backup."""
    with (
        _opened(source) as tar,
        os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out,
    ):
        data = tar.extractfile(_DATABASE)
        assert data is not None
        while chunk := data.read(_CHUNK):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())


def attachments(source: Path) -> Iterator[tuple[str, str, bytes]]:
    """(city, SHA-256, bytes) of every attachment that is whole."""
    with _opened(source) as tar:
        for entry in tar:
            if named := _FILE.fullmatch(entry.name):
                data = tar.extractfile(entry)
                whole = data.read() if data is not None else b""
                if hashlib.sha256(whole).hexdigest() == named[3]:
                    yield named[1], named[3], whole


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    if not source.is_file():
        raise NotReady(f"There is no backup {source}.")
    try:
        with tarfile.open(source, "r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as error:
        raise NotReady(f"{source} is no backup of Kairan, or is damaged ({error}).") from None


def _about(source: Path, tar: tarfile.TarFile) -> About:
    try:
        data = tar.extractfile(_ABOUT)
        told = json.loads(data.read()) if data is not None else {}
        if told.pop("format") != FORMAT:
            raise NotReady(f"{source} was made by a newer Kairan. Install that version or a later one.")
        return About(**told)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NotReady(f"{source} is no backup of Kairan, or is damaged.") from None


def _sha256_of(file: Path) -> str:
    with file.open("rb") as data:
        return _digest(data)


def _digest(data: IO[bytes]) -> str:
    whole = hashlib.sha256()
    while chunk := data.read(_CHUNK):
        whole.update(chunk)
    return whole.hexdigest()
