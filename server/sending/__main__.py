"""The sender: `python -m server.sending SECONDS AUTHORITIES FOLDER`, with the house at its standard input, a socket.

It knows no database and no ledger. When the house hangs up, however that came about, it ends at once: what it has
under way is in doubt then, and a push may be repeated.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from notices.channels import PushAddress
from notices.channels.push.sealing import Sealing
from notices.channels.push.transport import Bounds, Post, Route
from notices.channels.push.wire import Wire
from server.sending.frames import Answer, Answers, Hand, Handed, Prepare, Prepared, Unpacking, packed

_AT_A_TIME: Final = 1 << 18
_KEPT: Final = 1_000


class _Carried(Post):
    __slots__ = ("_payload", "number")

    def __init__(self, handed: Handed, headers: Sequence[str], payload: bytes) -> None:
        super().__init__(PushAddress(handed.endpoint, handed.p256dh, handed.auth), urgent=handed.urgent)
        self.number, self._payload = handed.number, payload
        self.headers, self.listen = headers, handed.listen

    @property
    def payload(self) -> bytes:
        return self._payload


class _Sender:
    def __init__(self, house: socket.socket, bounds: Bounds) -> None:
        self._house = house
        self._sealing = Sealing()
        self._wire = Wire(self._sealing.body, self._tell, bounds)
        # A line keeps requests by these objects, so what says the same has to be the same.
        self._routes: dict[Route, Route] = {}
        self._headers: dict[tuple[str, ...], tuple[str, ...]] = {}

    def work(self) -> None:
        """Until the house hangs up."""
        self._wire.start()
        unpacking = Unpacking()
        while piece := self._house.recv(_AT_A_TIME):
            for frame in unpacking.take(piece):
                if isinstance(frame, Hand):
                    self._carry(frame)
                elif isinstance(frame, Prepare):
                    made = self._sealing.prepare([PushAddress(*each) for each in frame.addresses])
                    self._house.sendall(packed(Prepared(made)))

    def _carry(self, frame: Hand) -> None:
        if len(self._routes) > _KEPT or len(self._headers) > _KEPT:
            self._routes.clear()
            self._headers.clear()
        route = self._routes.setdefault(frame.route, frame.route)
        headers = [self._headers.setdefault(each, each) for each in frame.headers]
        self._wire.hand(
            route,
            [_Carried(each, headers[each.headers], frame.payloads[each.payload]) for each in frame.posts],
        )

    def _tell(self, posts: Sequence[Post]) -> None:
        """On the thread of the wire."""
        self._house.sendall(packed(Answers([_answer(post) for post in posts])))


def _answer(post: Post) -> Answer:
    assert isinstance(post, _Carried)
    error = None if post.error is None else type(post.error).__name__
    return Answer(post.number, post.status, post.retry_after, post.trouble, post.http2, error)


def main() -> None:
    # Whoever stops the house wants it to finish what it has begun; the sender ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.freeze()
    seconds, authorities, folder = sys.argv[1:]
    bounds = Bounds(float(seconds), authorities or None, folder or None)
    with socket.socket(fileno=os.dup(0)) as house:
        with suppress(ConnectionError):
            _Sender(house, bounds).work()
        os._exit(0)


main()
