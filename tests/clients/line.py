"""A bad line: a TCP proxy that goes down, cuts an answer off, answers itself, or acts at a chosen request."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Moment = Literal["request", "answer"]


@dataclass
class Accident:
    """Happens once: when such a request has been passed on, or when the first of its answer arrives, which is lost."""

    path: str
    moment: Moment
    action: Callable[[], None]
    over: threading.Event = field(default_factory=threading.Event)

    def happen(self) -> None:
        self.action()
        self.over.set()


class Line:
    def __init__(self, to: str) -> None:
        where = urlsplit(to)
        self._to = (where.hostname or "", where.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[str] = []
        """First lines, as they went by: `GET /sync/v1/pull?…`"""
        self._accidents: list[Accident] = []
        self._open: set[socket.socket] = set()
        self._up = True
        self.blocked: tuple[str, ...] = ()
        """Paths of requests that get no further than here."""
        self._instead: list[tuple[str, bytes]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def down(self) -> None:
        self._up = False
        for each in list(self._open):
            _hang_up(each)

    def up(self) -> None:
        self._up = True

    def cut(self, path: str) -> Accident:
        """The next answer to such a request breaks off in the middle; the server has done its work."""
        return self.at(path, "answer", lambda: None)

    def at(self, path: str, moment: Moment, action: Callable[[], None]) -> Accident:
        accident = Accident(path, moment, action)
        self._accidents.append(accident)
        return accident

    def instead(self, path: str, status: str, body: str, *headers: str, times: int = 1) -> None:
        """The next such requests get no further: somebody on the way answers them, and hangs up."""
        head = (f"HTTP/1.1 {status}", *headers, "Connection: close")
        self._instead += [(path, "\r\n".join((*head, "", body)).encode())] * times

    def close(self) -> None:
        self.down()
        self._listener.close()

    def count(self, path: str) -> int:
        return sum(path in request for request in self.requests)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        if not self._up:
            _hang_up(client)
            return
        try:
            server = socket.create_connection(self._to)
        except OSError:
            _hang_up(client)
            return
        self._open |= {client, server}
        doomed: list[Accident] = []
        back = threading.Thread(target=self._back, args=(server, client, doomed), daemon=True)
        back.start()
        self._forth(client, server, doomed)
        back.join()
        self._open -= {client, server}

    def _forth(self, client: socket.socket, server: socket.socket, doomed: list[Accident]) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if any(path in data.split(b" HTTP/", 1)[0].decode(errors="replace") for path in self.blocked):
                    break
                accident = self._examine(data)
                if answer := self._other_answer(data):
                    client.sendall(answer)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass  # what is unread at the end would cost the answer
                    break
                if accident and accident.moment == "answer":
                    doomed.append(accident)
                server.sendall(data)
                if accident and accident.moment == "request":
                    accident.happen()
        _hang_up(server)

    def _back(self, server: socket.socket, client: socket.socket, doomed: list[Accident]) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if doomed:
                    accident = doomed.pop()
                    accident.happen()
                    client.sendall(data[: len(data) // 2])
                    break
                client.sendall(data)
        _hang_up(client)
        _hang_up(server)

    def _examine(self, data: bytes) -> Accident | None:
        """The accident that waits for the request that begins here, if one does."""
        if not data.startswith((b"GET /", b"POST /")):
            return None
        request = data.split(b" HTTP/", 1)[0].decode()
        self.requests.append(request)
        for accident in self._accidents:
            if accident.path in request:
                self._accidents.remove(accident)
                return accident
        return None

    def _other_answer(self, data: bytes) -> bytes | None:
        request = data.split(b" HTTP/", 1)[0].decode(errors="replace")
        for path, answer in self._instead:
            if path in request:
                self._instead.remove((path, answer))
                return answer
        return None


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
