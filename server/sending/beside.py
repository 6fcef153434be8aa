"""The house's end of its senders: a line (`notices.channels.push.transport`) that leads to processes beside this one.

The first is started at the first post. A second is where the first has its hands full and the machine a core for it:
to seal a push takes longer than all else that is done for it. One that dies is followed by another; what it had under way
comes back as hung up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from typing import Final

from notices.channels import PushAddress
from notices.channels.push.transport import Answered, Bounds, Post, Route
from notices.town.address_errors import PushKeysRefused
from server.sending.frames import Answer, Answers, Frame, Hand, Handed, Prepare, Prepared, Unpacking, packed

log = logging.getLogger("kairan.sending")

_AT_A_TIME: Final = 1 << 18
FULL: Final = 200
"""Posts under way with one sender: more are shared with a second."""


class NotSealed(Exception):
    """The sender could not make a body; it says no more than the kind of error."""


class Beside:
    def __init__(self, answered: Answered, bounds: Bounds, most: int = min(os.cpu_count() or 1, 2)) -> None:
        """`most`: senders at once."""
        self._answered, self._bounds, self._most = answered, bounds, most
        self._processes: list[_Process] = []

    @property
    def pids(self) -> Sequence[int]:
        """Of the senders that there are; the first has the keys that were made ahead."""
        return [each.pid for each in self._processes]

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        """Emergencies go where their keys are."""
        urgent = [post for post in posts if post.urgent]
        others = [post for post in posts if not post.urgent] if urgent else posts
        first = self._running(0)
        room = FULL - first.busy - len(urgent)
        if len(others) > room and self._most > 1:
            second = self._running(1)
            share = max((first.busy + len(urgent) + second.busy + len(others)) // 2 - second.busy, 0)
            others, rest = others[share:], others[:share]
            second.hand(route, rest)
        first.hand(route, [*urgent, *others])

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        return await self._running(0).prepare(addresses)

    async def close(self) -> None:
        processes, self._processes = self._processes, []
        for process in processes:
            await process.close()

    def _running(self, number: int) -> _Process:
        if number == len(self._processes):
            self._processes.append(_Process(self._answered, self._bounds))
        if self._processes[number].ended:
            self._processes[number] = _Process(self._answered, self._bounds)
        return self._processes[number]


class _Process:
    """One sender, from its start to its end."""

    def __init__(self, answered: Answered, bounds: Bounds) -> None:
        self._answered = answered
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[int, Post] = {}
        self._preparing: deque[asyncio.Future[int]] = deque()
        self._number = 0
        self._unpacking = Unpacking()
        self._unsent = bytearray()
        self.ended = False
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        command = [sys.executable, "-m", "server.sending", str(bounds.seconds)]
        command += [bounds.authorities or "", bounds.folder or ""]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._loop.add_reader(self._socket, self._read)

    @property
    def busy(self) -> int:
        """Posts under way."""
        return len(self._under_way)

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        if not posts:
            return
        frame = Hand(route, [], [], [])
        headers: dict[int, int] = {}
        payloads: dict[int, int] = {}
        for post in posts:
            payload = post.payload
            if (head := headers.setdefault(id(post.headers), len(headers))) == len(frame.headers):
                frame.headers.append(tuple(post.headers))
            if (body := payloads.setdefault(id(payload), len(payloads))) == len(frame.payloads):
                frame.payloads.append(payload)
            self._number += 1
            self._under_way[self._number] = post
            to = post.to
            frame.posts.append(
                Handed(self._number, to.endpoint, to.p256dh, to.auth, head, body, post.urgent, post.listen)
            )
        self._send(frame)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        """0 from a sender that dies over it."""
        made: asyncio.Future[int] = self._loop.create_future()
        self._preparing.append(made)
        self._send(Prepare([(each.endpoint, each.p256dh, each.auth) for each in addresses]))
        return await made

    async def close(self) -> None:
        """What is under way does not come back."""
        self._under_way.clear()
        self._hang_up()
        await asyncio.to_thread(self._process.wait)

    def _send(self, frame: Frame) -> None:
        waiting = bool(self._unsent)
        self._unsent += packed(frame)
        if not waiting and not self.ended:
            self._write()

    def _write(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._loop.call_soon(self._died)
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._socket, self._write)
        else:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        try:
            piece = self._socket.recv(_AT_A_TIME)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._died()
            return
        for frame in self._unpacking.take(piece):
            if isinstance(frame, Answers):
                self._answered([self._back(each) for each in frame.posts])
            elif isinstance(frame, Prepared):
                self._tell_made(frame.made)

    def _back(self, answer: Answer) -> Post:
        post = self._under_way.pop(answer.number)
        post.status, post.retry_after, post.trouble = answer.status, answer.retry_after, answer.trouble
        post.http2 = answer.http2
        if answer.error is not None:
            refused = answer.error == PushKeysRefused.__name__
            post.error = PushKeysRefused() if refused else NotSealed(answer.error)
        return post

    def _tell_made(self, made: int) -> None:
        future = self._preparing.popleft()
        if not future.done():
            future.set_result(made)

    def _died(self) -> None:
        if self.ended:
            return
        self._hang_up()
        self._process.kill()
        log.error("the sender of pushes ended with %d; another takes its place", self._process.wait())
        lost, self._under_way = list(self._under_way.values()), {}
        for post in lost:
            post.trouble = "hung-up"
        if lost:
            self._answered(lost)

    def _hang_up(self) -> None:
        self.ended = True
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        while self._preparing:
            self._tell_made(0)
