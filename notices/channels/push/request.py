"""One request of libcurl, used again and again for one service; it believes as little as it can."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

import pycurl

from notices.channels.push.transport import ANSWER_BYTES, Bounds, Post, Route, Trouble


class Request(pycurl.Curl):  # type: ignore[misc]
    """`begun` is told when the head of an answer is there, or its body begins."""

    def __init__(self, route: Route, begun: Callable[[Request], None], bounds: Bounds) -> None:
        super().__init__()
        self.route, self._begun = route, begun
        self.post: Post | None = None
        self._headers: Sequence[str] = ()
        self._listening = False
        # pycurl works with copies of these; ours are closed when the request is over.
        self._lent: list[socket.socket] = []
        self._guard(bounds)
        self._bound(bounds.seconds)
        self.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        self.setopt(pycurl.PIPEWAIT, 1)
        self.setopt(pycurl.POST, 1)

    def _guard(self, bounds: Bounds) -> None:
        self.setopt(
            pycurl.PROTOCOLS, pycurl.PROTO_HTTPS if self.route.scheme == "https" else pycurl.PROTO_HTTP
        )
        self.setopt(pycurl.FOLLOWLOCATION, 0)
        # No proxy, whatever the environment says; no .netrc, no cookies, no other spelling of the path.
        self.setopt(pycurl.PROXY, "")
        self.setopt(pycurl.NOPROXY, "*")
        self.setopt(pycurl.PATH_AS_IS, 1)
        self.setopt(pycurl.RESOLVE, [self.route.pinned()])
        self.setopt(pycurl.OPENSOCKETFUNCTION, self._socket)
        if bounds.authorities:
            self.setopt(pycurl.CAINFO, bounds.authorities)
        if bounds.folder:
            self.setopt(pycurl.CAPATH, bounds.folder)

    def _bound(self, seconds: float) -> None:
        # Signals are the main thread's.
        self.setopt(pycurl.NOSIGNAL, 1)
        self.setopt(pycurl.TIMEOUT_MS, int(seconds * 1000))
        self.setopt(pycurl.CONNECTTIMEOUT_MS, int(seconds * 1000))
        # A connection that lives for ever would never learn of a new address.
        self.setopt(pycurl.MAXLIFETIME_CONN, 600)
        self.setopt(pycurl.WRITEFUNCTION, self._body)

    def begin(self, post: Post, body: bytes) -> None:
        self.post, self._room = post, ANSWER_BYTES
        self._status, self._answering, self._inside = 0, False, False
        if post.listen != self._listening:
            self._listening = post.listen
            if post.listen:
                self.setopt(pycurl.HEADERFUNCTION, self._header)
            else:
                self.unsetopt(pycurl.HEADERFUNCTION)
        self.setopt(pycurl.URL, post.to.endpoint)
        self.setopt(pycurl.POSTFIELDS, body)
        if post.headers is not self._headers:
            self._headers = post.headers
            self.setopt(pycurl.HTTPHEADER, [*post.headers, "Expect:", "Accept:"])

    def answered(self, number: int) -> Post:
        """The post with its answer; `number` is what libcurl ended with. A status counts, whatever came after it."""
        post = self._released()
        status = self._status if self._listening else self.getinfo(pycurl.RESPONSE_CODE)
        if status >= 200:
            post.status = status
            if not self._listening and (status == 429 or status >= 500):
                post.retry_after = str(self.getinfo(pycurl.RETRY_AFTER) or "") or None
        else:
            post.trouble = "inside" if self._inside else _TROUBLES.get(number, "hung-up")
        return post

    def hung_up(self) -> Post:
        post = self._released()
        post.trouble = "hung-up"
        return post

    def _released(self) -> Post:
        while self._lent:
            self._lent.pop().close()
        post, self.post = self.post, None
        assert post is not None, "a request is answered once"
        return post

    def _socket(self, _purpose: int, address: Any) -> socket.socket | int:
        """At each connection: exactly to what was judged, or to nobody."""
        family, kind, protocol, where = address
        if where[0] not in self.route.addresses:
            self._inside = True
            bad: int = pycurl.SOCKET_BAD
            return bad
        opened = socket.socket(family, kind, protocol)
        self._lent.append(opened)
        return opened

    def _header(self, line: bytes) -> None:
        if line[:5] == b"HTTP/":
            self._status = int(line.split(None, 2)[1])
            if self.post is not None:
                self.post.http2 = line[5:6] == b"2"
        elif line == b"\r\n":
            if self._status >= 200:
                self._answer_begins()
        elif line[:12].lower() == b"retry-after:" and self.post is not None:
            self.post.retry_after = line[12:].strip().decode("latin-1")

    def _answer_begins(self) -> None:
        if not self._answering:
            self._answering = True
            self._begun(self)

    def _body(self, chunk: bytes) -> int | None:
        """None takes it, 0 hangs up."""
        self._answer_begins()
        self._room -= len(chunk)
        return None if self._room >= 0 else 0


_TROUBLES: Final[dict[int, Trouble]] = {
    pycurl.E_COULDNT_RESOLVE_HOST: "unreachable",
    pycurl.E_COULDNT_CONNECT: "unreachable",
    pycurl.E_SSL_CONNECT_ERROR: "unreachable",
    pycurl.E_PEER_FAILED_VERIFICATION: "unreachable",
    pycurl.E_SSL_CACERT_BADFILE: "unreachable",
    pycurl.E_OPERATION_TIMEDOUT: "silent",
}
