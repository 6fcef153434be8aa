"""Planted mistakes beside the page: in segments, in pulls that wait, after a restore, on a replica."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from server.keeping import epochs
from server.live.waiting import news_for
from server.reading import apart
from server.routes.sync import pulling
from sync import log, snapshots
from sync.delta import Head
from sync.segments import Segment
from tests.laws.planting import fault, replace


@fault
def segment_past_a_collection() -> None:
    """One is named though a deletion above it has been collected: nobody ever says that the record went."""

    def make(original: Any) -> Any:
        async def segments(cut: Any, tenant: str, fresh: Sequence[Head]) -> dict[int, Segment]:
            bare = [dataclasses.replace(head, floor=0) for head in fresh]
            found: dict[int, Segment] = await original(cut, tenant, bare)
            return found

        return segments

    replace(log, "segments", make)


@fault
def segment_taken_for_all() -> None:
    """Who is named one gets a cursor at the head, and not where the segment ends."""

    def make(original: Any) -> Any:
        async def segments(cut: Any, tenant: str, fresh: Sequence[Head]) -> dict[int, Segment]:
            heads = {head.id: head.head for head in fresh}
            found: dict[int, Segment] = await original(cut, tenant, fresh)
            return {id: dataclasses.replace(each, seq=heads[id]) for id, each in found.items()}

        return segments

    replace(log, "segments", make)


@fault
def segments_for_strangers() -> None:
    """Whoever knows the hash of one may read it."""

    def make(_original: Any) -> Any:
        async def readable(*_: Any) -> bool:
            return True

        return readable

    replace(snapshots, "readable", make)


@fault
def waits_and_does_not_look_again() -> None:
    """A pull that waited is answered with what was there when it began to."""

    def make(_original: Any) -> Any:
        async def news(house: Any, token: str, wanted: Any, receive: Any) -> Any:
            async with news_for(house, token, receive) as moved:
                page, _ = await pulling.next_page(house, token, wanted)
                await moved(wanted.wait)
            return page

        return news

    replace(pulling, "_news", make)


@fault
def restore_goes_unnoticed() -> None:
    """Nobody compares the database with the one that was last seen here."""

    def make(_original: Any) -> Any:
        async def look(*_: Any, **__: Any) -> bool:
            return False

        return look

    replace(epochs, "_look", make)


@fault
def replica_read_while_behind() -> None:
    """A replica is taken to be as far as the primary."""
    replace(apart._Standby, "has", lambda _: lambda *_: True)
