"""What a transport is given and what it brings back. It knows services and bytes; what they mean is said in `answers`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple, Protocol

from notices.channels import PushAddress

Trouble = Literal["unreachable", "silent", "hung-up", "inside"]
"""Why there was no answer. `inside`: the name resolved to an address that is not public."""

ANSWER_BYTES: Final = 4096
"""So much of an answer's body is read; the status is what counts."""
DRAIN_SECONDS: Final = 0.5
"""So long the rest of an answer may take after its head, so that the connection can be used again."""
CONNECTIONS: Final = 64
"""To one service at a time. Over HTTP/2 a few of them carry everything."""


class Route(NamedTuple):
    """A service, and the addresses that were judged and are therefore the only ones to connect to."""

    origin: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]

    def pinned(self) -> str:
        """As CURLOPT_RESOLVE wants it."""
        addresses = ",".join(f"[{each}]" if ":" in each else each for each in self.addresses)
        return f"{self.host}:{self.port}:{addresses}"


class Post:
    """One request. `headers` is the same object for all posts that share it.

    `payload` is asked for once per `begin`, when its turn comes, on whatever thread the transport works.
    `listen`: hear the whole head of the answer. libcurl tells it line by line, which costs as much as an encryption;
    without it there is the status, and of Retry-After the seconds.
    When it comes back, one of `status`, `trouble` and `error` (what sealing raised) is set.
    """

    __slots__ = ("error", "headers", "http2", "listen", "retry_after", "status", "to", "trouble", "urgent")

    def __init__(self, to: PushAddress, *, urgent: bool) -> None:
        self.to, self.urgent = to, urgent
        self.headers: Sequence[str] = ()
        self.http2, self.listen = False, True
        self.unanswered()

    @property
    def payload(self) -> bytes:
        raise NotImplementedError

    def unanswered(self) -> None:
        self.status: int | None = None
        self.retry_after: str | None = None
        self.trouble: Trouble | None = None
        self.error: Exception | None = None


Answered = Callable[[Sequence[Post]], None]
"""Takes posts that have their answer, on the event loop, many at a time."""


class Transport(Protocol):
    """`curl` or `plain`. Whoever uses it keeps count of what is under way."""

    def begin(self, origin: str, posts: Sequence[Post]) -> None:
        """Hands over posts to one service and returns at once; each comes back through `Answered` exactly once."""

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """Makes keys ahead where bodies are sealed; how many."""

    async def close(self) -> None:
        """Hangs up. What is under way does not come back."""


class Line(Protocol):
    """Where libcurl is at work: it seals and carries what has a route. Its methods are called on the event loop."""

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        """Each comes back through `Answered` exactly once."""

    async def prepare(self, addresses: Sequence[PushAddress]) -> int: ...

    async def close(self) -> None: ...


class Bounds(NamedTuple):
    """`seconds`: for a request in all. `authorities` and `folder`: where the certificates are that are believed."""

    seconds: float
    authorities: str | None
    folder: str | None = None


OpenLine = Callable[[Answered, Bounds], Line]
"""Called at the first post, on the event loop."""
