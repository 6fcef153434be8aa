"""Others who do what a pull does: PouchDB's server in memory, and Kinto on PostgreSQL; one collection each, no scopes.

They are installed here, by the lock files in `installed/`, into a folder that goes with the benchmark.
"""

from __future__ import annotations

import asyncio
import os
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.sync import Row, at_least
from tests.bench.sync.lab import ROOT, Kind, Lab, free_port, process
from tests.bench.sync.load import get
from tests.bench.sync.pulls import PHONES, cursor_of, in_turn, notice, write_eight, write_one_each

FILES = Path(__file__).with_name("installed")
_LOGIN = "Basic " + b64encode(b"kairan:benchmark").decode()


async def rows(lab: Lab) -> list[Row]:
    pouch = await _beside(lab, "sqlite", pouchdb, 4, "PouchDB server in memory")
    return [*pouch, *await _beside(lab, "postgresql", kinto, 10, "Kinto's _since on PostgreSQL")]


async def _beside(lab: Lab, kind: Kind, peer: Any, bar: float, name: str) -> list[Row]:
    async with lab.site(kind) as site, peer(lab) as theirs:
        phones = await site.phones(site.town.homes[2].person, PHONES)
        await write_one_each(site)
        cursor = await cursor_of(site, phones[0])
        await write_eight(site)
        path = f"/sync/v1/pull?cursor={cursor}"
        deltas = [get(path, {"Authorization": f"Bearer {each}"}) for each in phones]
        ours, other = await in_turn((site.port, deltas), theirs)
        assert other.status == 200, f"{name} answered {other.status}"
        return [at_least(f"delta of 8 records, {kind} / {name}", ours.rate, other.rate, "/s", bar)]


@asynccontextmanager
async def pouchdb(lab: Lab) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Its port, and the request for the 8 newest of 16 documents."""
    folder = await _folder(lab, "pouchdb", "package.json", "package-lock.json", "pouch.js")
    node = str(ROOT / "scripts" / "with-node")
    await _run(folder, node, "npm", "ci", "--silent", "--ignore-scripts")
    port = free_port()
    environment = dict(os.environ)
    async with process(folder, port, [node, "node", "pouch.js", str(port)], environment, "/"):
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await _said(await http.put("/town"))
            for turn in ("before", "new"):
                docs = [{"_id": f"{turn}{n}"} | notice(n) for n in range(8)]
                await _said(await http.post("/town/_bulk_docs", json={"docs": docs}))
        yield port, [get("/town/_changes?since=8&include_docs=true")]


@asynccontextmanager
async def kinto(lab: Lab) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Its port, and the request for the 8 newest of 16 records."""
    folder = await _folder(lab, "kinto", "kinto.lock")
    await _run(folder, sys.executable, "-m", "venv", "venv")
    python = str(folder / "venv" / "bin" / "python")
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    await _run(folder, python, *pip, "-r", "kinto.lock")
    port = free_port()
    database = (await lab.postgresql()).replace("postgresql+asyncpg", "postgresql")
    settings = {"%(database)s": database.replace("%", "%%"), "%(port)s": str(port)}
    ini = (FILES / "kinto.ini").read_text()
    for name, value in settings.items():
        ini = ini.replace(name, value)
    (folder / "kinto.ini").write_text(ini)
    program = str(folder / "venv" / "bin" / "kinto")
    await _run(folder, program, "migrate", "--ini", "kinto.ini")
    command = [program, "start", "--ini", "kinto.ini", "--port", str(port)]
    async with process(folder, port, command, dict(os.environ), "/v1/"):
        yield port, [await _kinto_request(f"http://127.0.0.1:{port}")]


async def _kinto_request(url: str) -> bytes:
    login = {"Authorization": _LOGIN}
    records = "/v1/buckets/town/collections/notices/records"
    async with aiohttp.ClientSession(url, headers=login) as http:
        await _said(await http.put("/v1/buckets/town", json={}))
        await _said(await http.put("/v1/buckets/town/collections/notices", json={}))
        for n in range(8):
            await _said(await http.post(records, json={"data": notice(n)}))
        async with http.get(records) as answer:
            since = answer.headers["ETag"].strip('"')
        for n in range(8):
            await _said(await http.post(records, json={"data": notice(n)}))
    return get(f"{records}?_since={since}", login)


async def _said(answer: aiohttp.ClientResponse) -> None:
    async with answer:
        answer.raise_for_status()


async def _folder(lab: Lab, name: str, *files: str) -> Path:
    folder = lab.folder / name
    await asyncio.to_thread(folder.mkdir)
    for file in files:
        (folder / file).write_bytes((FILES / file).read_bytes())
    return folder


async def _run(folder: Path, *command: str) -> None:
    ran = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await ran.communicate()
    if ran.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {said.decode()[-1500:]}")
