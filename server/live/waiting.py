"""For a phone that cannot hold a line: its pull is answered when there is news, or after `wait` seconds."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from sync.live import MADE

if TYPE_CHECKING:
    from server.auth import Caller
    from server.house import House

LONGEST: Final = 25
"""Seconds; proxies and mobile networks give up at 30."""


async def wait_for_news(
    house: "House", caller: "Caller", scopes: Mapping[int, int] | Iterable[int], seconds: float
) -> bool:
    """Whether something moved in `scopes` within `seconds`; who the caller is must then be read anew.

    Give {scope: head} as read for the page that had nothing: what moved between that and this call is told at once.
    Plain ids are listened to from now on only. Raises LinesFull.
    """
    heard = {MADE: 0} | dict(scopes) if isinstance(scopes, Mapping) else [MADE, *scopes]
    with house.exchange.seat():
        async with house.hub.listen(caller.tenant, heard) as ears:
            return await ears.next(min(seconds, LONGEST)) is not None
