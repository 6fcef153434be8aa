"""A herd at the door: who is worked on now, and who is told when to come again.

After an alarm, or a power cut, every phone of a town asks at once. A process that takes them all answers none of
them: so it works on a bounded number, and refuses the rest at once, with a time to come back that is different for
each and later the more there are. What can wait is refused first. Nobody is judged by an address: two thousand
residents behind one carrier's address are two thousand people. Only a device that asks without a pause is stopped.
"""

import math
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from litestar.types import ASGIApp, Receive, Scope, Send

from server.edge.errors import Crowded, TooEager


@dataclass(frozen=True, slots=True)
class Class:
    """Worked on while fewer than this share of `requests_at_once` are in flight, of all classes."""

    name: str
    share: float


BULK: Final = Class("files, segments, repairs and first copies", 0.5)
PULL: Final = Class("pulls and other reading", 0.75)
PUSH: Final = Class("what people wrote", 1.0)
SAFETY: Final = Class("answers about safety, and publishing in an emergency", 1.25)
ORDER: Final = (BULK, PULL, PUSH, SAFETY)
"""The order of refusal."""
_FOR_SAFETY: Final = b"for=safety"
"""How a phone says of a push that it holds answers about safety. Whoever says so falsely takes a quarter more room, no more."""

MEMORY: Final = 10.0
"""Seconds over which refusals and answers are counted, older ones less and less."""
SLOWEST: Final = 20.0
"""Requests per second that are thought possible where nothing has been measured yet."""
SPAN: Final = (3.0, 300.0)
"""Seconds over which those who are refused are spread: at least, at most."""
DEVICE_RATE: Final = 10.0
"""Requests per second that a device may make for ever."""
DEVICES: Final = 20_000
"""How many devices are remembered; more than can ask at once."""
EAGER: Final = (30, 90)
"""Seconds a device that was too eager is told to wait."""


_COOKIE: Final = re.compile(rb'(?:^|[;\s])(?:__Host-)?kairan="?([^;"\s]*)')


def class_of(method: str, path: str, query: bytes) -> Class | None:
    """None for what is never refused: whether the process lives, how it fares, and the pages of the client."""
    if path == "/line/webhook":
        return PUSH
    if path.startswith("/sync/v1/"):
        if path == "/sync/v1/push":
            return SAFETY if query == _FOR_SAFETY else PUSH
        if path == "/sync/v1/pull":
            return PULL if _has_cursor(query) else BULK
        return PULL if path in ("/sync/v1/live", "/sync/v1/hello") else BULK
    if path.startswith(("/files/", "/api/v1/files")):
        return BULK
    if method == "POST" and path.startswith("/api/v1/notices/") and path.endswith("/send"):
        return SAFETY
    if path.startswith(("/api/", "/u/")):
        return PULL if method in ("GET", "HEAD") else PUSH
    return None


def _has_cursor(query: bytes) -> bool:
    if query.startswith(b"cursor=") and query[7:8] not in (b"", b"&"):
        return True
    return any(part.startswith(b"cursor=") and len(part) > 7 for part in query.split(b"&"))


@dataclass
class Fading:
    """A count whose older part weighs less and less: by 63 % after MEMORY seconds."""

    level: float = 0.0
    at: float = 0.0

    def add(self, now: float, amount: float = 1.0) -> None:
        self.level, self.at = self.now(now) + amount, now

    def now(self, now: float) -> float:
        return self.level * math.exp((self.at - now) / MEMORY)


@dataclass
class Door:
    most: int
    device_requests: int
    clock: Callable[[], float] = monotonic
    rng: random.Random = field(default_factory=random.SystemRandom)
    in_flight: int = 0
    refused: Fading = field(default_factory=Fading)
    answered: Fading = field(default_factory=Fading)
    _devices: dict[int, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def admit(self, wanted: Class) -> Iterator[None]:
        """Raises Crowded."""
        self.enter(wanted)
        try:
            yield
        finally:
            self.leave()

    def enter(self, wanted: Class) -> None:
        """Whoever was let in must `leave`. Raises Crowded."""
        if self.in_flight >= self.most * wanted.share:
            self.refused.add(self.clock())
            raise Crowded(retryAfter=self.come_back())
        self.in_flight += 1

    def leave(self) -> None:
        self.in_flight -= 1
        self.answered.add(self.clock())

    @contextmanager
    def outside(self) -> Iterator[None]:
        """While a request that is in flight only waits for news."""
        self.in_flight -= 1
        try:
            yield
        finally:
            self.in_flight += 1

    def come_back(self) -> int:
        """Seconds, at random over the time it takes to answer all who are waiting, here and out there."""
        return math.ceil(self.rng.uniform(1, self.span()))

    def span(self) -> float:
        now = self.clock()
        rate = max(self.answered.now(now) / MEMORY, SLOWEST)
        return min(max(SPAN[0], (self.in_flight + self.refused.now(now)) / rate), SPAN[1])

    def insist_on_patience(self, token: bytes) -> None:
        """Counted by device, as its token tells it. Raises TooEager."""
        if not self.device_requests:
            return
        now, device = self.clock(), hash(token)
        level, at = self._devices.get(device, (0.0, now))
        level = max(0.0, level - (now - at) * DEVICE_RATE) + 1
        if level > self.device_requests:
            raise TooEager(retryAfter=self.rng.randint(*EAGER))
        self._devices[device] = (level, now)
        if len(self._devices) > DEVICES:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Those with a clean sheet; and of a flood of invented tokens, all."""
        kept = {d: (n, at) for d, (n, at) in self._devices.items() if n > (now - at) * DEVICE_RATE + 1}
        self._devices = kept if len(kept) <= DEVICES // 2 else {}


def at_the_door(app: ASGIApp) -> ASGIApp:
    """Middleware: before anything of a request is read."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked: Any = scope
        wanted = None
        if asked["type"] == "http":
            wanted = class_of(asked["method"], asked["path"], asked["query_string"])
        if wanted is None:
            return await app(scope, receive, send)
        door: Door = asked["litestar_app"].state["house"].door
        if token := _token(asked["headers"]):
            door.insist_on_patience(token)
        # Not by `with`: of all that is done at the door it would take half of the time.
        door.enter(wanted)
        try:
            await app(scope, receive, send)
        finally:
            door.leave()

    return answer


def _token(headers: list[tuple[bytes, bytes]]) -> bytes:
    """What a device is known by, and nothing that it could say otherwise each time: else a loop would be many."""
    cookie = b""
    for name, value in headers:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:]
        if name == b"cookie" and (found := _COOKIE.search(value)):
            cookie = found[1]
    return cookie
