"""Uploads over a real socket to a server of its own: the line is cut, the process is killed, and nothing is lost."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from notices.ids import new_id
from tests.journeys.story import PRESIDENT
from tests.server.test_uploads import BODY, MAP, PART, lying
from tests.town import TENANT, Town, town

pytestmark = pytest.mark.slow


@contextmanager
def serving(here: Town, point: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process of its own over the town's database and store; it dies at `point`."""
    settings = here.house.settings
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        told = {
            f"KAIRAN_{name.upper()}": str(getattr(settings, name)) for name in ("database_url", "files_url")
        }
        now = here.clock().isoformat()
        secret = Path(settings.files_url).with_name("kairan.secret")
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying_upload", point, str(listener.fileno()), now],
            env=os.environ | told | {"KAIRAN_SECRET_FILE": str(secret)},
            pass_fds=[listener.fileno()],
        )
        host, port = listener.getsockname()
        try:
            yield process, f"http://{host}:{port}"
        finally:
            process.kill()
            process.wait(60)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


def part_at(at: int, last: bool = False) -> dict[str, str]:
    return BODY | {"Upload-Offset": str(at), "Upload-Complete": "?1" if last else "?0"}


@pytest.mark.parametrize("point", ["lies", "counts", "kept", "noted"])
async def test_a_kill_in_the_last_part_costs_at_most_that_part(
    database: str, tmp_path: Path, point: str
) -> None:
    async with town(database, tmp_path, chores=True) as here:
        president = await here.phone(PRESIDENT)
        begun = await president.http.post(
            "/api/v1/files", content=MAP[: 2 * PART], headers={"Upload-Complete": "?0"}
        )
        path = begun.headers["location"]
        last = {"content": MAP[2 * PART :], "headers": part_at(2 * PART, last=True)}
        with serving(here, point) as (process, address):
            token = president.http.headers["authorization"]
            async with httpx.AsyncClient(base_url=address, headers={"authorization": token}) as line:
                with pytest.raises(httpx.TransportError):
                    await line.patch(path, timeout=60, **last)  # type: ignore[arg-type]
            assert await asyncio.to_thread(process.wait, 30) == -signal.SIGKILL
        told = (await president.http.head(path)).headers
        known = 2 * PART if point == "lies" else len(MAP)
        assert (int(told["upload-offset"]), told["upload-complete"]) == (
            known,
            "?1" if point == "noted" else "?0",
        )
        rest = {"content": MAP[known:], "headers": part_at(known, last=True)}
        for again in (rest, last):
            answer = await president.http.patch(path, **again)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()["sha256"]) == (201, sha256(MAP).hexdigest())
        fetched = await president.http.get(f"/files/{answer.json()['sha256']}")
        assert fetched.content == MAP
        await here.work()
        assert len(await lying(here)) == 1, "what the kill left behind is swept"


async def test_a_line_cut_in_the_middle_of_a_part_leaves_the_offset_where_it_was(
    database: str, tmp_path: Path
) -> None:
    async with town(database, tmp_path, chores=True) as here:
        president = await here.phone(PRESIDENT)
        token = president.http.headers["authorization"]
        begun = await president.http.post(
            "/api/v1/files", content=MAP[:PART], headers={"Upload-Complete": "?0"}
        )
        path = begun.headers["location"]
        with serving(here, "never") as (_, address):
            head = [f"PATCH {path} HTTP/1.1", f"Host: {address[7:]}", f"Authorization: {token}"]
            fields = [f"{name}: {value}" for name, value in part_at(PART, last=True).items()]
            for length in (f"Content-Length: {PART}", "Transfer-Encoding: chunked"):
                raw = "\r\n".join([*head, *fields, length, "", ""]).encode()
                half = MAP[PART : PART + PART // 2]
                body = half if "Content" in length else f"{len(half):x}\r\n".encode() + half + b"\r\n"
                await _send_and_hang_up(address, raw + body)
            async with httpx.AsyncClient(base_url=address, headers={"authorization": token}) as line:
                told = await line.head(path, timeout=60)
                assert told.headers["upload-offset"] == str(PART)
                assert (await line.head(path + new_id())).status_code == 404, "and no body where none may be"
                assert (await line.head(path)).status_code == 204
                done = await line.patch(path, content=MAP[PART:], headers=part_at(PART, last=True))
                assert (done.status_code, done.json()["sha256"]) == (201, sha256(MAP).hexdigest())
                whole = await line.head(f"/files/{done.json()['sha256']}")
                assert whole.headers["content-length"] == str(len(MAP))
        assert len(await lying(here)) == 1
        assert await here.house.store.uploads(TENANT) == {}


async def _send_and_hang_up(address: str, data: bytes) -> None:
    """As when a phone enters a tunnel: no more comes. Returns when the server has noticed."""
    host, port = address[7:].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    await writer.drain()
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
    await writer.wait_closed()
