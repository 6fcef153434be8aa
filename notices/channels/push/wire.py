"""The thread of libcurl: one loop over its sockets, its timers and a door at which the event loop knocks."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import pycurl

from notices.channels.push.request import Request
from notices.channels.push.transport import CONNECTIONS, DRAIN_SECONDS, Bounds, Post, Route

log = logging.getLogger(__name__)

_MADE_AT_ONCE: Final = 32
"""Bodies made before the sockets have a turn again."""
_BREATH: Final = 0.1
_SPARE: Final = 1000
_STREAMS: Final = 1000
"""Over one connection, at most; a service says less."""
_READ: Final = selectors.EVENT_READ
_WRITE: Final = selectors.EVENT_WRITE


class Wire(threading.Thread):
    """`seal` makes the body of a post, `back` takes posts that have their answer; both are called on this thread."""

    def __init__(
        self, seal: Callable[[Post], bytes], back: Callable[[Sequence[Post]], None], bounds: Bounds
    ) -> None:
        super().__init__(name="push", daemon=True)
        self._seal, self._back, self._bounds = seal, back, bounds
        self._urgent: deque[tuple[Route, Post]] = deque()
        self._ordinary: deque[tuple[Route, Post]] = deque()
        self._door, self._knocker = socket.socketpair()
        self._door.setblocking(False)
        self._knocked = self._stopping = False
        self._done: list[Post] = []

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        """From any thread."""
        for post in posts:
            (self._urgent if post.urgent else self._ordinary).append((route, post))
        self._knock()

    def stop(self) -> None:
        self._stopping = True
        self._knock()

    def _knock(self) -> None:
        if not self._knocked:
            self._knocked = True
            self._knocker.send(b".")

    def run(self) -> None:
        try:
            while not self._stopping:
                self._open()
                try:
                    while not self._stopping:
                        self._turn()
                except Exception as error:
                    debugging = log.isEnabledFor(logging.DEBUG)
                    log.error("web push begins anew: %s", type(error).__name__, exc_info=debugging)
                    time.sleep(_BREATH)
                finally:
                    self._hang_up()
        finally:
            self._door.close()
            self._knocker.close()

    def _open(self) -> None:
        self._under_way: set[Request] = set()
        self._spare: dict[str, tuple[Route, list[Request]]] = {}
        self._draining: deque[tuple[float, Request, Post]] = deque()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, _READ)
        self._multi = multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, _STREAMS)
        multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
        multi.setopt(pycurl.M_MAXCONNECTS, 4 * CONNECTIONS)

    def _hang_up(self) -> None:
        for request in self._under_way:
            with suppress(pycurl.error):
                self._multi.remove_handle(request)
            self._done.append(request.hung_up())
            request.close()
        for _, requests in self._spare.values():
            for request in requests:
                request.close()
        self._multi.close()
        self._selector.close()
        if not self._stopping:
            self._tell()

    def _turn(self) -> None:
        for key, ready in self._selector.select(self._patience()):
            if key.fileobj is self._door:
                self._answer_door()
            else:
                self._act(key.fd, (ready & _READ and pycurl.CSELECT_IN) | (ready & _WRITE))
        if self._multi.timeout() == 0:
            self._act(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        self._cut_short()
        self._load()
        self._tell()

    def _patience(self) -> float | None:
        """Seconds until something is to be done without being asked."""
        if self._urgent or self._ordinary:
            return 0.0
        times = [max(0.0, self._draining[0][0] - time.monotonic())] if self._draining else []
        # Asked once a turn: told by a callback, libcurl would speak up at every request.
        if (milliseconds := self._multi.timeout()) >= 0:
            times.append(milliseconds / 1000)
        return min(times, default=None)

    def _answer_door(self) -> None:
        # The flag last: a knock between the two would be heard by nobody, and every later one be left out.
        # What was handed over before the flag falls is seen in this very turn.
        with suppress(BlockingIOError):
            self._door.recv(64)
        self._knocked = False

    def _act(self, fd: int, ready: int) -> None:
        self._multi.socket_action(fd, ready)

    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        """libcurl says which sockets it waits for."""
        wanted = {pycurl.POLL_IN: _READ, pycurl.POLL_OUT: _WRITE, pycurl.POLL_INOUT: _READ | _WRITE}.get(what)
        if wanted is None:
            with suppress(KeyError, ValueError, OSError):
                self._selector.unregister(fd)
            return
        try:
            self._selector.modify(fd, wanted)
        except KeyError:
            self._selector.register(fd, wanted)

    def _collect(self) -> None:
        left = 1
        while left:
            left, well, ill = self._multi.info_read()
            for request in well:
                self._finish(request, pycurl.E_OK)
            for request, number, _text in ill:
                self._finish(request, number)

    def _cut_short(self) -> None:
        """Answers that drip after their head: the status is known, the rest is not waited for."""
        draining, now = self._draining, time.monotonic()
        while draining and (draining[0][1].post is not draining[0][2] or draining[0][0] <= now):
            _, request, post = draining.popleft()
            if request.post is post:
                self._finish(request, pycurl.E_OK)

    def _finish(self, request: Request, number: int) -> None:
        self._multi.remove_handle(request)
        self._under_way.discard(request)
        self._done.append(request.answered(number))
        route, spare = self._spare.get(request.route.origin, (None, []))
        if route is request.route and len(spare) < _SPARE:
            spare.append(request)
        else:
            request.close()

    def _load(self) -> None:
        for _ in range(_MADE_AT_ONCE):
            waiting = self._urgent or self._ordinary
            if not waiting:
                return
            route, post = waiting.popleft()
            try:
                self._begin(route, post)
            except Exception as error:
                post.error = error
                self._done.append(post)

    def _begin(self, route: Route, post: Post) -> None:
        body = self._seal(post)
        request = self._request(route)
        request.begin(post, body)
        self._multi.add_handle(request)
        self._under_way.add(request)

    def _request(self, route: Route) -> Request:
        known, spare = self._spare.get(route.origin, (None, []))
        if known is not route:
            for request in spare:
                request.close()
            spare = []
            self._spare[route.origin] = route, spare
        if spare:
            return spare.pop()
        return Request(route, self._answer_begins, self._bounds)

    def _answer_begins(self, request: Request) -> None:
        if request.post is not None:
            self._draining.append((time.monotonic() + DRAIN_SECONDS, request, request.post))

    def _tell(self) -> None:
        if self._done:
            done, self._done = self._done, []
            # The loop may be closed already; then nobody waits for these.
            with suppress(RuntimeError):
                self._back(done)
