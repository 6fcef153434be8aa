"""Mistakes that distributions make, planted on purpose: each must be found by the same seeds that guard the real code.

Each replaces a name of the product, for as long as its `with` lasts; where that name is gone, AttributeError is raised.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import deliver, many
from notices.deliver.letters import Office
from notices.ladder import climbing
from notices.models import Message, Notice, NoticeHousehold
from notices.planning import messages, plan
from server.work.desk import Desk

_WHOM: Final = import_module("notices.deliver.whom")
_FENCE: Final = import_module("notices.deliver.fence")


def _unfenced(dialect: str) -> ColumnElement[bool]:
    """Whoever answers last is believed."""
    c = _FENCE._c
    ids = many.among(c.id, "its_ids", embedded=dialect == "sqlite")
    return and_(c.tenant == bindparam("its_tenant"), ids)


async def _not_crossing(_desk: Desk, given: Sequence[str]) -> Collection[str]:
    return given


_recover = deliver.recover


async def _recover_as_new(session: AsyncSession, office: Office, now: deliver.Moment) -> int:
    ended = update(Message).where(Message.lease_until < now.database).values(crossing_at=None)
    await session.execute(ended.execution_options(synchronize_session=False))
    return await _recover(session, office, now)


_cut = plan._cut


def _one_short(households: Sequence[str], homes: Any) -> Any:
    taken, chosen = _cut(households, homes)
    if len(taken) > 1:
        chosen.pop(taken[-1], None)
    return taken, chosen


def _still_right(_notice: object, _message: object, to: Any) -> str | None:
    return None if to.address is not None and to.person is not None else "moved"


async def _nobody_remembers(*_given: object) -> dict[tuple[str, str], str]:
    """Whether another home of theirs has it already."""
    return {}


async def _as_if_nobody_answered(
    session: AsyncSession, notice: Notice, homes: Sequence[str]
) -> dict[str, str]:
    found = await session.execute(
        select(NoticeHousehold.household, NoticeHousehold.block)
        .where(NoticeHousehold.tenant == notice.tenant, NoticeHousehold.notice == notice.id)
        .where(NoticeHousehold.household.in_(homes))
    )
    return {household: block for household, block in found}


_rungs = climbing._rows


def _a_home_is_let_fall(notice: Notice, todo: Any) -> Any:
    return _rungs(notice, todo)[1:] or _rungs(notice, todo)


class Fault(NamedTuple):
    """`found`: a seed that found it when this was written, and is played first."""

    place: Any
    name: str
    wrong: Callable[..., Any]
    found: int


FAULTS: Final[dict[str, Fault]] = {
    "settle without the fence": Fault(_FENCE, "_ours", _unfenced, 17),
    "crossing forgotten": Fault(Desk, "cross", _not_crossing, 0),
    "recovery forgets the crossing": Fault(deliver, "recover", _recover_as_new, 25),
    "the chunk's last household is skipped": Fault(plan, "_cut", _one_short, 0),
    "withdrawn is not looked at again": Fault(_WHOM, "why_not", _still_right, 7),
    "who has answered is asked again": Fault(climbing, "_unproven", _as_if_nobody_answered, 198),
    "a home's next rung is lost": Fault(climbing, "_rows", _a_home_is_let_fall, 5),
    "a second home gets a second message": Fault(messages, "_already", _nobody_remembers, 0),
}


@contextmanager
def fault(name: str | None) -> Iterator[None]:
    if name is None:
        yield
        return
    planted = FAULTS[name]
    right = getattr(planted.place, planted.name)
    setattr(planted.place, planted.name, planted.wrong)
    _forget_statements()
    try:
        yield
    finally:
        setattr(planted.place, planted.name, right)
        _forget_statements()


def _forget_statements() -> None:
    """The fence's are made once."""
    _FENCE._writing.cache_clear()
    _FENCE._LOCKING._texts.clear()
