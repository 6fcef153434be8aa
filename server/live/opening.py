"""What a line may hear when it opens, read the way pulls are: a town that reconnects must not queue for the database."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from notices.records import audience
from server.live.lines import Visit
from server.reading import Cut
from server.reading.callers import Known, known
from sync import log
from sync.live import MADE
from sync.questions import Question

if TYPE_CHECKING:
    from server.house import House


async def visitor(house: House, token: str) -> Visit:
    """Raises NotSignedIn, DeviceRevoked, Busy."""
    now = house.clock()

    async def read(cut: Cut) -> tuple[Known, Visit]:
        passing = _Passing(cut)
        who = await known(passing, house.keys, token, now)
        return who, await _visit(passing, who)

    who, visit = await house.db.cuts.read(read)
    house.acks.seen(who.caller.tenant, who.caller.device, who.seen_at, now)
    return visit


async def _visit(cut: Cut, who: Known) -> Visit:
    caller = who.caller
    standing = await log.standing(cut, caller.tenant, caller.device, who.scopes)
    heads = {head.id: head.head for head in standing.heads}
    if len(heads) < len(set(who.scopes)):
        # One that nobody has written to yet is waited for.
        heads[MADE] = cut.recall(("youngest", caller.tenant))
    own = cut.recall((caller.tenant, audience.person_scope(caller.person)))
    return Visit(caller.tenant, caller.device, own.id if own else MADE, heads)


class _Passing:
    """A cut that uses what is remembered and adds nothing: who opens a line may not ask again for a minute, and ten
    thousand of them would fill the memory with each other."""

    def __init__(self, cut: Cut) -> None:
        self.dialect = cut.dialect
        self._cut = cut
        self._found: dict[Hashable, Any] = {}

    def recall(self, key: Hashable) -> Any:
        return self._found[key] if key in self._found else self._cut.recall(key)

    def keep(self, key: Hashable, value: Any) -> None:
        self._found[key] = value

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:
        return await self._cut.ask(question, about=about, **given)
