"""A cursor says what a client holds. The client keeps it, the server keeps nothing.

    base64url( MAC[16] · schema[1] · msgpack [epoch, holder, types, [[scope, seq, snap]…], [[scope, seq, snap, type, id]…]] )

It is read only after its MAC (HMAC-SHA-256, cut to 16 bytes) has been found right: nothing a stranger wrote is
ever parsed. It is bound to one person of one tenant, one epoch of the database, one schema of bodies and one
choice of types, and contains no clock: a phone that slept for a year goes on where it was.

For each scope: all rows up to `seq` are held. `snap` is the head at which a snapshot began that is not yet
complete, else 0. A scope on its way out keeps these two, and the last (type, id) that was removed.

A client stores a page and its cursor together. One that stored a page and lost the cursor may ask with the older
cursor again, except where a snapshot began in between: what was deleted meanwhile is never told to the new one.
The sums then do not add up, which is how it finds out.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

import msgspec

from sync.errors import CursorMalformed, ResyncRequired

_MAC = 16
_BLOCK = 64
_KNOWN = 10_000
"""Cursors, and their holders, that are remembered as read."""
_SHAPE = re.compile(r"[A-Za-z0-9_-]{24,16384}")


class Position(msgspec.Struct, frozen=True):
    seq: int = 0
    snap: int = 0

    @property
    def safe(self) -> int:
        """Deletions collected up to here are not missed: a snapshot never saw what was gone when it began.

        With `seq` alone, a client in the middle of a long snapshot would be sent back to its start after every
        collection, and never finish.
        """
        return max(self.seq, self.snap)


@dataclass(frozen=True, slots=True)
class Leaving:
    held: Position
    after: tuple[str, str] | None = None
    """The last (type, id) removed; None while nothing has been."""


class Vector(msgspec.Struct, frozen=True):
    """Whoever is given one does not change it."""

    scopes: dict[int, Position] = {}
    leaving: dict[int, Leaving] = {}


class Person(Protocol):
    @property
    def tenant(self) -> str: ...
    @property
    def person(self) -> str: ...


class _Wire(msgspec.Struct, array_like=True, frozen=True):
    epoch: int
    holder: bytes
    types: bytes
    scopes: list[tuple[int, int, int]]
    leaving: list[tuple[int, int, int, str, str]]


_DECODER = msgspec.msgpack.Decoder(_Wire)


class Signer:
    """Writes and reads cursors. `schema`: raise it when bodies change so that held copies are of no use."""

    def __init__(self, key: bytes, schema: int = 1) -> None:
        self._mac_of = _Mac(key, b"sync cursor\0")
        self._schema = bytes([schema])
        # A phone with nothing new comes again with the same one. What is refused is not kept.
        self._known = lru_cache(_KNOWN)(self._opened)

    def write(self, vector: Vector, holder: Person, epoch: int, types: Sequence[str] | None) -> str:
        wire = _Wire(
            epoch,
            _holder(holder.tenant, holder.person),
            _types(types),
            [(scope, at.seq, at.snap) for scope, at in sorted(vector.scopes.items())],
            [
                (scope, gone.held.seq, gone.held.snap, *(gone.after or ("", "")))
                for scope, gone in sorted(vector.leaving.items())
            ],
        )
        payload = self._schema + msgspec.msgpack.encode(wire)
        return base64.urlsafe_b64encode(self._mac_of(payload) + payload).rstrip(b"=").decode()

    def read(self, cursor: str, holder: Person, epoch: int, types: Sequence[str] | None) -> Vector:
        """Raises CursorMalformed for what is no cursor, ResyncRequired for one that does not count here."""
        wire, vector = self._known(cursor)
        if wire.holder != _holder(holder.tenant, holder.person):
            raise ResyncRequired("wrong-user")
        if wire.epoch != epoch:
            raise ResyncRequired("epoch-changed")
        if wire.types != _types(types):
            raise ResyncRequired("types-changed")
        return vector

    def _opened(self, cursor: str) -> tuple[_Wire, Vector]:
        if not _SHAPE.fullmatch(cursor) or len(cursor) % 4 == 1:
            raise CursorMalformed("The cursor is not one this server wrote; start without a cursor.")
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, payload = raw[:_MAC], raw[_MAC:]
        if not hmac.compare_digest(mac, self._mac_of(payload)):
            raise ResyncRequired("cursor-invalid")
        if payload[:1] != self._schema:
            raise ResyncRequired("schema-changed")
        wire = _DECODER.decode(payload[1:])
        return wire, _vector(wire)


class _Mac:
    """HMAC (RFC 2104) over `before` and what follows, cut; key and `before` are hashed once, and not for each cursor."""

    def __init__(self, key: bytes, before: bytes) -> None:
        block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(each ^ 0x36 for each in block) + before)
        self._outer = sha256(bytes(each ^ 0x5C for each in block))

    def __call__(self, payload: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(payload)
        outer.update(inner.digest())
        return outer.digest()[:_MAC]


def _vector(wire: _Wire) -> Vector:
    return Vector(
        {scope: Position(seq, snap) for scope, seq, snap in wire.scopes},
        {
            scope: Leaving(Position(seq, snap), (type, id) if type else None)
            for scope, seq, snap, type, id in wire.leaving
        },
    )


@lru_cache(_KNOWN)
def _holder(tenant: str, person: str) -> bytes:
    return sha256(f"{tenant}\0{person}".encode()).digest()[:8]


def _types(types: Sequence[str] | None) -> bytes:
    return b"" if types is None else sha256("\0".join(sorted(set(types))).encode()).digest()[:6]
