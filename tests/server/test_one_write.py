"""Answers that leave in one write are, byte by byte, what uvicorn would have said in two."""

import asyncio
import json
import socket

import pytest

from server.edge import one_write
from tests.server.commands import Machine
from tests.server.test_live import enrol

pytestmark = pytest.mark.slow
PULL = "GET /sync/v1/pull HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\r\n"


Answer = tuple[bytes, dict[bytes, bytes], bytes]
"""Status line, headers, body."""


def ask(line: socket.socket, request: str) -> Answer:
    line.sendall(request.encode())
    said = b""
    while b"\r\n\r\n" not in said:
        said += line.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    named = dict(each.split(b": ", 1) for each in headers)
    while len(body) < int(named.get(b"content-length", b"0")):
        body += line.recv(65536)
    assert len(body) == int(named.get(b"content-length", b"0"))
    return status, named, body


def names(answer: Answer) -> set[bytes]:
    return set(answer[1])


def test_a_page_in_one_write_is_the_page_in_two(machine: Machine) -> None:
    code = machine.init()["code"]
    with machine.serving() as serving:
        token = asyncio.run(enrol(serving.url, code))
        with socket.create_connection(("127.0.0.1", machine.port)) as line:
            once = ask(line, PULL.format(token=token, more=""))
            again = ask(line, PULL.format(token=token, more=""))
            # Whoever hangs up after the answer is answered uvicorn's own way.
            apart = ask(line, PULL.format(token=token, more="Connection: close\r\n"))
            assert line.recv(1) == b""
        assert once[0] == again[0] == apart[0] == b"HTTP/1.1 200 OK"
        assert names(once) == names(again) == names(apart) - {b"connection"}
        changes = [json.loads(each[2])["changes"] for each in (once, again, apart)]
        assert changes[0]
        assert changes[0] == changes[1] == changes[2]
        refused = PULL.replace("/pull", "/pull?limit=0").format(token=token, more="")
        with socket.create_connection(("127.0.0.1", machine.port)) as line:
            assert ask(line, refused)[0] == b"HTTP/1.1 400 Bad Request"
            assert ask(line, PULL.format(token=token, more=""))[0] == b"HTTP/1.1 200 OK", "the line goes on"


def test_a_page_and_its_head_arrive_together(machine: Machine) -> None:
    """It would still be right in two, and nobody would notice that nothing is gained any more."""
    code = machine.init()["code"]
    with machine.serving() as serving:
        token = asyncio.run(enrol(serving.url, code))
        with socket.create_connection(("127.0.0.1", machine.port)) as line:
            arrived = [whole_at_once(line, token) for _ in range(20)]
    assert sum(arrived) >= 18


def whole_at_once(line: socket.socket, token: str) -> bool:
    line.sendall(PULL.format(token=token, more="").encode())
    first = line.recv(one_write.SHORT)
    head, _, body = first.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    complete = len(body) == length
    while len(body) < length:
        body += line.recv(one_write.SHORT)
    return complete
