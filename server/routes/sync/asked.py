"""What a pull asks for: its query and the few headers that matter, read without the framework's machinery.

`describe` says the same to whoever reads the OpenAPI document; a test holds the two together.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from server.edge.errors import BodyUnreadable
from server.live.waiting import LONGEST
from sync.journal import TYPE
from sync.pull import MAX_LIMIT

_TYPE = re.compile(TYPE)
_CURSOR_ALONE = re.compile(rb"cursor=([A-Za-z0-9_-]+)")
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
PAGE: Final = 200


class Asked(msgspec.Struct, frozen=True):
    """A page. `types`: None for all."""

    cursor: str | None = None
    types: list[str] | None = None
    limit: int = PAGE
    segments: bool = False
    wait: int = 0
    """Seconds for which the answer may be held back until there is something new."""


def asked(query: bytes) -> Asked:
    """What is said twice counts the last time, what is unknown not at all. Raises BodyUnreadable."""
    if not query:
        return Asked()
    if usual := _CURSOR_ALONE.fullmatch(query):
        return Asked(usual[1].decode())
    said = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    types = said["types"].split(",") if said.get("types") else None
    if types and not all(_TYPE.fullmatch(type) for type in types):
        raise BodyUnreadable(why="types: Expected names of kinds, separated by commas")
    return Asked(
        cursor=said.get("cursor") or None,
        types=types,
        limit=_number("limit", said["limit"], 1, MAX_LIMIT) if "limit" in said else PAGE,
        segments=_number("segments", said["segments"], 0, 1) == 1 if "segments" in said else False,
        wait=_number("wait", said["wait"], 0, LONGEST) if "wait" in said else 0,
    )


def _number(name: str, text: str, least: int, most: int) -> int:
    if not _NUMBER.fullmatch(text):
        raise BodyUnreadable(why=f"{name}: Expected `int`, got `str`")
    number = int(text)
    if number < least:
        raise BodyUnreadable(why=f"{name}: Expected `int` >= {least}")
    if number > most:
        raise BodyUnreadable(why=f"{name}: Expected `int` <= {most}")
    return number


@get("/sync/v1/pull", opt={"who": "enrolled"}, summary="A page of what changed", tags=["sync"])
async def describe(
    cursor: FromQuery[str | None] = None,
    types: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)] = PAGE,
    segments: Annotated[int, QueryParameter(ge=0, le=1)] = 0,
    wait: Annotated[int, QueryParameter(ge=0, le=LONGEST)] = 0,
) -> dict[str, Any]:
    """`changes`, `more`, `cursor`; 204 with X-Sync-Cursor when there is nothing new. Presenting a cursor acknowledges it.

    `wait`: seconds for which the answer may be held back until there is something new. `segments=1`: a scope that is
    new to the client may come as a segment.
    """
    raise NotImplementedError
