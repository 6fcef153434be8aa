"""The one program by which everybody is measured: kept connections, each asking again as soon as it is answered.

Run as a process of its own; standard input takes one JSON object (`Order`), standard output gives one (`Load`).
It reads answers no further than it must: status, Content-Length or chunks. One thread and epoll: it takes the
second core, and about 10 µs of it for each request.
"""

from __future__ import annotations

import asyncio
import json
import re
import select
import socket
import sys
import time
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it. `rate`: answers per second; `p50`, `p99`: ms; `status`: of the last answer."""

    rate: float
    p50: float
    p99: float
    status: int
    odd: int
    """Answers with another status than the last."""
    sent: int
    received: int
    """Bytes of one request and of one answer, heads included."""


async def load(
    port: int, requests: list[bytes], *, connections: int = 32, seconds: float = 3.0, host: str = "127.0.0.1"
) -> Load:
    """`requests`: whole HTTP/1.1 requests; asked in turn by whoever is free. The first half second does not count."""
    order = {
        "host": host,
        "port": port,
        "requests": [b64encode(each).decode() for each in requests],
        "connections": connections,
        "seconds": seconds,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.sync.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    out, _ = await process.communicate(json.dumps(order).encode())
    if process.returncode:
        raise RuntimeError(f"the load on port {port} broke off")
    return Load(**json.loads(out))


def get(path: str, headers: dict[str, str] | None = None) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Line:
    """A connection with one request on its way."""

    def __init__(self, host: str, port: int, request: bytes) -> None:
        self.socket = socket.create_connection((host, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request
        self.buffer = b""
        self.asked = 0.0

    def ask(self) -> None:
        self.buffer = b""
        self.asked = time.perf_counter()
        self.socket.sendall(self.request)

    def hear(self) -> int:
        """The length of the whole answer once it is there, else 0."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the server hung up")
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return 0
        if found := _LENGTH.search(self.buffer, 0, head + 2):
            whole = head + 4 + int(found[1])
            return whole if len(self.buffer) >= whole else 0
        if self.buffer[9:12] in (b"204", b"304"):
            return head + 4
        return len(self.buffer) if self.buffer.endswith(b"0\r\n\r\n") else 0


def _run(order: dict[str, Any]) -> Load:
    requests = [b64decode(each) for each in order["requests"]]
    turns = cycle(requests)
    lines = [_Line(order["host"], order["port"], next(turns)) for _ in range(order["connections"])]
    poll = select.epoll()
    by_number = {line.socket.fileno(): line for line in lines}
    for number, line in by_number.items():
        poll.register(number, select.EPOLLIN)
        line.ask()
    begin = time.perf_counter() + 0.5
    end = begin + order["seconds"]
    took: list[float] = []
    statuses: list[bytes] = []
    received = 0
    while (now := time.perf_counter()) < end:
        for number, _ in poll.poll(5):
            line = by_number[number]
            if length := line.hear():
                if now >= begin:
                    took.append(time.perf_counter() - line.asked)
                    statuses.append(line.buffer[9:12])
                    received = length
                line.request = next(turns)
                line.ask()
    return _told(took, statuses, time.perf_counter() - begin, len(requests[0]), received)


def _told(took: list[float], statuses: list[bytes], seconds: float, sent: int, received: int) -> Load:
    if not took:
        return Load(0.0, 0.0, 0.0, 0, 0, sent, received)
    took.sort()
    odd = sum(1 for each in statuses if each != statuses[-1])
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    return Load(len(took) / seconds, p50, p99, int(statuses[-1]), odd, sent, received)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_run(json.loads(sys.stdin.read())))))
