"""What house and sender say to each other over a socket: a length, and that many bytes of MessagePack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from notices.channels.push.transport import Route, Trouble

_LENGTH: Final = 4


class Handed(NamedTuple):
    """A post on its way to the sender. `headers` and `payload` are places in the lists of its frame."""

    number: int
    endpoint: str
    p256dh: str
    auth: str
    headers: int
    payload: int
    urgent: bool
    listen: bool


class Answer(NamedTuple):
    """What became of a post. `error`: the name of what sealing raised."""

    number: int
    status: int | None
    retry_after: str | None
    trouble: Trouble | None
    http2: bool
    error: str | None


class Hand(msgspec.Struct, tag=True, array_like=True):
    route: Route
    headers: list[tuple[str, ...]]
    payloads: list[bytes]
    posts: list[Handed]


class Prepare(msgspec.Struct, tag=True, array_like=True):
    """Addresses that are to have keys ahead; answered by how many were made."""

    addresses: list[tuple[str, str, str]]


class Answers(msgspec.Struct, tag=True, array_like=True):
    posts: list[Answer]


class Prepared(msgspec.Struct, tag=True, array_like=True):
    made: int


Frame = Hand | Prepare | Answers | Prepared

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Hand | Prepare | Answers | Prepared)


def packed(frame: Frame) -> bytes:
    body = _encoder.encode(frame)
    return len(body).to_bytes(_LENGTH, "big") + body


class Unpacking:
    """Frames out of bytes, in whatever pieces these come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, piece: bytes) -> Iterator[Frame]:
        rest = self._rest
        rest += piece
        begin = 0
        while len(rest) >= begin + _LENGTH:
            end = begin + _LENGTH + int.from_bytes(rest[begin : begin + _LENGTH], "big")
            if len(rest) < end:
                break
            yield _decoder.decode(rest[begin + _LENGTH : end])
            begin = end
        del rest[:begin]
