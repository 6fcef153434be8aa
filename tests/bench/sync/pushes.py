"""Accepted mutations per second, in pushes of 20, as phones send them: over HTTP, each with its own token.

The phones are one program of their own (this module, run), which takes its share of the two cores. Each push is new;
what is counted are mutations answered `ok`. On PostgreSQL the statistics are gathered first, as autovacuum would.
"""

from __future__ import annotations

import asyncio
import json
import re
import select
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import text

from notices import ids
from notices.publishing import publish
from notices.publishing.compose import Draft
from notices.town.standing import standing
from server.house import utc_now
from tests.bench.sync import Row, no_less, told, town
from tests.bench.sync.lab import Kind, Lab, Site
from tests.bench.sync.load import _Line

PHONES = 1_000
EACH = 20
CONNECTIONS = 64
SECONDS = 6.0
SERVER = ("-m", "tests.bench.sync.notes")
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_MARK = b"@@@@@@@@@@@@"
_OK = re.compile(rb'"status":"ok"')


async def rows(lab: Lab) -> list[Row]:
    found = []
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql")
    for kind in kinds:
        async with lab.site(kind, households=PHONES, serve=SERVER) as site:
            phones = _Phones(site, await town.enrol(site.db, [home.person for home in site.town.homes]))
            name = f"accepted mutations, pushes of {EACH}, {_NAMES[kind]}"
            await _settle_down(site)
            many = await phones.write(_own_scope)
            found.append(no_less(f"{name}, 1,000 scopes", many, "per s", 10_000))
            one = await phones.write(_one_scope)
            bar = no_less(f"{name}, one scope", one, "per s", 2_500)
            found.append(bar if kind == "postgresql" else told(bar.name, one, "per s"))
            stamps = await phones.write(await _stamps(site), once=True)
            found.append(told(f"stamps (the real kind), pushes of {EACH}, {_NAMES[kind]}", stamps, "per s"))
    return found


async def _settle_down(site: Site) -> None:
    if site.kind == "postgresql":
        async with site.db.write() as session:
            await session.execute(text("ANALYZE"))


class _Phones:
    def __init__(self, site: Site, tokens: list[str]) -> None:
        self._site = site
        self._tokens = tokens

    async def write(self, mutations: Any, *, once: bool = False) -> float:
        """Mutations accepted per second. `mutations(site, phone)`: what a push holds; `once`: each phone has one."""
        requests = [_request(token, mutations(self._site, phone)) for phone, token in enumerate(self._tokens)]
        order = {"port": self._site.port, "requests": requests, "once": once}
        command = (sys.executable, "-m", "tests.bench.sync.pushes")
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        out, _ = await process.communicate(json.dumps(order).encode())
        if process.returncode:
            raise RuntimeError("the phones broke off")
        said = json.loads(out)
        if said["odd"]:
            raise RuntimeError(f"{said['odd']} pushes were not accepted, such as: {said['such']}")
        return float(said["rate"])


def _own_scope(site: Site, phone: int) -> list[dict[str, Any]]:
    return _notes(["household", site.town.homes[phone].household])


def _one_scope(site: Site, phone: int) -> list[dict[str, Any]]:
    return _notes(["association", site.town.association])


def _notes(scope: list[str]) -> list[dict[str, Any]]:
    said = {"text": "防災訓練の当番を代わってください", "scope": scope}
    name = _MARK.decode()
    return [
        {"mid": f"{name}{n}", "t": "notes", "id": f"{name}{n}", "op": "put", "d": said} for n in range(EACH)
    ]


async def _stamps(site: Site) -> Any:
    """As many circulars as a push has mutations; each household stamps all of them."""
    circulars = [await _publish(site) for _ in range(EACH)]
    at = utc_now().isoformat()

    def press(site: Site, phone: int) -> list[dict[str, Any]]:
        home = site.town.homes[phone].household
        return [
            {
                "mid": f"{_MARK.decode()}{n}",
                "t": "stamps",
                "id": f"st.{notice}.{home}.1",
                "op": "put",
                "d": {"notice": notice, "household": home, "round": 1, "at": at},
            }
            for n, notice in enumerate(circulars)
        ]

    return press


async def _publish(site: Site) -> str:
    now, chair = utc_now(), site.town.homes[0].person
    draft = Draft("circular", "events", "秋の清掃", "11月29日午前8時から。", {}, (), None, None)
    async with site.db.write() as session:
        by = await standing(session, town.TENANT, chair, now)
        assert by is not None
        notice = await publish.write(session, by, site.town.association, draft, now, ids.new_id())
        await publish.announce(session, by, notice, now, timedelta(0), None)
        return notice.id


def _request(token: str, mutations: list[dict[str, Any]]) -> str:
    body = json.dumps({"mutations": mutations}, ensure_ascii=False, separators=(",", ":"))
    lines = ["POST /sync/v1/push HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def _run(order: dict[str, Any]) -> dict[str, Any]:
    requests = _fresh([each.encode() for each in order["requests"]], once=order["once"])
    lines = [_Line("127.0.0.1", order["port"], next(requests)) for _ in range(CONNECTIONS)]
    poll = select.epoll()
    open_lines = {line.socket.fileno(): line for line in lines}
    for number, line in open_lines.items():
        poll.register(number, select.EPOLLIN)
        line.ask()
    begin, accepted, odd, such = time.perf_counter(), 0, 0, b""
    while open_lines:
        for number, _ in poll.poll(30):
            line = open_lines[number]
            if not line.hear():
                continue
            good = len(_OK.findall(line.buffer))
            accepted += good
            if good != EACH:
                odd, such = odd + 1, line.buffer[-300:]
            line.request = next(requests, b"")
            if line.request and (order["once"] or time.perf_counter() - begin < SECONDS):
                line.ask()
            else:
                poll.unregister(number)
                del open_lines[number]
    rate = accepted / (time.perf_counter() - begin)
    return {"rate": rate, "odd": odd, "such": such.decode(errors="replace")}


def _fresh(requests: list[bytes], *, once: bool) -> Iterator[bytes]:
    """Each phone in turn, with names never used before."""
    run = b"%06x" % (time.time_ns() // 1_000_000 % 16**6)
    for turn in count():
        if once and turn == len(requests):
            return
        yield requests[turn % len(requests)].replace(_MARK, run + b"%06x" % turn)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run(json.loads(sys.stdin.read()))))
