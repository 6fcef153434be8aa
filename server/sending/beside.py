"""The house's end of its sender: a line (`notices.channels.push.transport`) that leads to a process beside this one.

It is started at the first post. One that dies is followed by another; what it had under way comes back as hung up.
"""

from __future__ import annotations

import asyncio
import logging
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


class NotSealed(Exception):
    """The sender could not make a body; it says no more than the kind of error."""


class Beside:
    def __init__(self, answered: Answered, bounds: Bounds) -> None:
        self._answered, self._bounds = answered, bounds
        self._process: _Process | None = None

    @property
    def pid(self) -> int | None:
        """Of the sender, where there is one."""
        return None if self._process is None else self._process.pid

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        self._running().hand(route, posts)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        return await self._running().prepare(addresses)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    def _running(self) -> _Process:
        if self._process is None or self._process.ended:
            self._process = _Process(self._answered, self._bounds)
        return self._process


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
        command += [bounds.authorities] if bounds.authorities else []
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._loop.add_reader(self._socket, self._read)

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
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
