"""The local admin socket: how a command writes while `kairan serve` holds the lock of the SQLite file.

Newline-delimited JSON over a Unix socket beside the database, for the owner of the file alone:
`{"op", "args"}` → `{"progress": [done, total]}`* → `{"result"}` or `{"error": {"slug", "message", "facts"}}`.
The operations are the same functions the command runs by itself when nothing else is running.
"""

import asyncio
import json
import logging
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from notices.errors import KairanError
from server.house import House

log = logging.getLogger("kairan.admin")

Result = dict[str, Any]
Progress = Callable[[int, int], None]
"""Told how much is done, of how much; 0 of 0 where nobody can say."""
Operation = Callable[[House, Mapping[str, Any], Progress], Awaitable[Result]]
"""All in one transaction, or nothing; arguments and result are JSON."""

LARGEST = 32 * 1024 * 1024
"""Bytes of one line: a roster of 10 MB in base64, and room."""
LONGEST_PATH = 100
"""A Unix socket's path has room for 103 bytes on some systems, 107 on others."""
LAST_WORDS = 30.0


class Refused(Exception):
    """An operation said no: a sentence, and what a machine may want to know besides."""

    def __init__(self, message: str, slug: str = "refused", facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.slug = slug
        self.facts = dict(facts or {})


class NobodyListens(Exception):
    """No process answers at the socket."""


def refusal(error: KairanError) -> Refused:
    facts = msgspec.to_builtins(error.facts, enc_hook=str)
    return Refused(error.detail("en"), error.slug, facts)


def socket_path(database: Path) -> Path:
    """Beside the database; where that is too long for a socket, in the temporary directory, by a hash of it."""
    whole = database.resolve()
    beside = whole.with_name(whole.name + ".sock")
    if len(os.fsencode(beside)) <= LONGEST_PATH:
        return beside
    name = f"kairan-{sha256(os.fsencode(whole)).hexdigest()[:16]}.sock"
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / name


@asynccontextmanager
async def listening(house: House, database: Path, operations: Mapping[str, Operation]) -> AsyncIterator[None]:
    """For whoever holds the lock of the file: a socket that is still there was left by a process that is gone."""
    path = socket_path(database)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    # Before anybody can connect: a bound socket refuses until it listens.
    path.chmod(0o600)
    talks: set[asyncio.Task[None]] = set()
    answer = partial(_answer, house, operations, talks)
    server = await asyncio.start_unix_server(answer, sock=listener, limit=LARGEST)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)
        if talks:
            await asyncio.wait(talks, timeout=LAST_WORDS)


async def _answer(
    house: House,
    operations: Mapping[str, Operation],
    talks: set[asyncio.Task[None]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    task = asyncio.current_task()
    assert task is not None
    talks.add(task)

    def say(line: Mapping[str, Any]) -> None:
        writer.write(json.dumps(line).encode() + b"\n")

    try:
        say(await _do(house, operations, await reader.readline(), say))
        await writer.drain()
    except (OSError, ValueError):
        log.warning("a command went away before its answer")
    finally:
        talks.discard(task)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _do(
    house: House, operations: Mapping[str, Operation], line: bytes, say: Callable[[Result], None]
) -> Result:
    try:
        asked = json.loads(line)
        operation = operations[asked["op"]]
        result = await operation(house, asked["args"], lambda done, total: say({"progress": [done, total]}))
    except KairanError as error:
        return _error(refusal(error))
    except Refused as error:
        return _error(error)
    except Exception as error:
        log.error("an operation failed: %s", type(error).__name__)
        log.debug("an operation failed", exc_info=error)
        why = f"The running `kairan serve` could not do this ({type(error).__name__}); its log says more."
        return _error(Refused(why, "unexpected"))
    house.wake.now()
    return {"result": result}


def _error(refused: Refused) -> Result:
    return {"error": {"slug": refused.slug, "message": str(refused), "facts": refused.facts}}


def ask(database: Path, op: str, args: Mapping[str, Any], progress: Progress) -> Result:
    """The running process does it. Raises NobodyListens, Refused."""
    with socket.socket(socket.AF_UNIX) as line:
        _connect(line, database)
        line.sendall(json.dumps({"op": op, "args": dict(args)}).encode() + b"\n")
        with line.makefile("rb") as answers:
            for answer in map(json.loads, answers):
                if "progress" in answer:
                    progress(*answer["progress"])
                elif "error" in answer:
                    raise Refused(**answer["error"])
                else:
                    result: Result = answer["result"]
                    return result
    raise Refused("`kairan serve` ended before it had answered. Look whether it was done, then try again.")


def _connect(line: socket.socket, database: Path) -> None:
    """Only to a socket of the database's owner: in a shared temporary directory anybody may put one."""
    path = socket_path(database)
    try:
        owners = {database.stat().st_uid, os.geteuid(), 0}
        if path.stat().st_uid not in owners:
            raise NobodyListens
        line.connect(str(path))
    except PermissionError:
        raise Refused(
            f"`kairan serve` runs as another user, who alone may use {path}. Run this as that user."
        ) from None
    except OSError:
        raise NobodyListens from None
