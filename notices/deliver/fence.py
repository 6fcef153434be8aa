"""BEHIND THE FENCE: rows of messages in hand, written in few statements. One that another worker has taken over since
(another worker, another attempt, another state) is not touched, and its id is not among those returned.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.deliver.in_hand import Claim, Moment, lease
from notices.deliver.letters import Office
from notices.many import Bare
from notices.models import Message
from sync import Question, ask

Key = tuple[str, str]
"""(tenant, id) of a message."""

_AT_ONCE: Final = 1_000
"""Messages in one statement."""
_FEW: Final = 4
"""So few that become the same are written one by one: a statement of their own costs more."""

_message = cast(Table, Message.__table__)
_c = _message.c


class After(NamedTuple):
    """What a message's row becomes. In a batch nearly all become the same; those put off differ in `due_at`."""

    state: str
    due_at: datetime | None
    reason: str | None
    code: int | None
    doubt: int
    crash: int
    untried: int
    """1: it was never begun, and that it was taken counts as no attempt."""
    settled_at: datetime | None


async def write(
    session: AsyncSession, office: Office, given: Iterable[tuple[Sequence[Claim], After]]
) -> set[Key]:
    """→ those that were still ours. A statement for each group that becomes the same, and one for all others."""
    alike: Mapping[After, list[Claim]] = defaultdict(list)
    for claims, after in given:
        alike[after].extend(claims)
    done: set[Key] = set()
    apart: list[tuple[Claim, After]] = []
    for after, claims in alike.items():
        if len(claims) > _FEW or len(alike) == 1:
            done |= await _set(session, office, claims, after._asdict())
        else:
            apart.extend((claim, after) for claim in claims)
    return done | await _write_apart(session, office, apart)


async def cross(session: AsyncSession, office: Office, claims: Sequence[Claim], now: Moment) -> set[Key]:
    """Notes that these are about to pass the point of doubt; → those that are still ours to send."""
    ours: set[Key] = set()
    for urgency, some in _by_urgency(claims):
        values = {"crossing_at": now.ours, "lease_until": now.database + lease(urgency)}
        ours |= await _set(session, office, some, values)
    return ours


async def renew(session: AsyncSession, office: Office, claims: Sequence[Claim], now: Moment) -> None:
    """Keeps the lease of what is still in hand."""
    for urgency, some in _by_urgency(claims):
        await _set(session, office, some, {"lease_until": now.database + lease(urgency)})


async def _set(
    session: AsyncSession, office: Office, claims: Sequence[Claim], values: Mapping[str, object]
) -> set[Key]:
    done: set[Key] = set()
    statement = _writing(tuple(values))
    for tenant, attempt, some in _fenced(claims):
        found = await ask(session, statement, **values, **_fence(session, office, tenant, attempt, some))
        done |= _keys(some, [id for (id,) in found])
    return done


async def _write_apart(
    session: AsyncSession, office: Office, given: Sequence[tuple[Claim, After]]
) -> set[Key]:
    """Looked at and locked first: many runs of one statement do not say which of them met a row."""
    ours: set[Key] = set()
    for tenant, attempt, some in _fenced(claim for claim, _ in given):
        fence = _fence(session, office, tenant, attempt, some)
        ours |= _keys(some, [id for (id,) in await ask(session, _LOCKING, **fence)])
    rows = [
        {"its_tenant": claim.tenant, "its_id": claim.id} | after._asdict()
        for claim, after in given
        if (claim.tenant, claim.id) in ours
    ]
    if rows:
        each = update(_message).where(_c.tenant == bindparam("its_tenant"), _c.id == bindparam("its_id"))
        each = each.values(_values(**{name: bindparam(name) for name in After._fields}))
        await (await session.connection()).execute(each, rows)
    return ours


def _values(*, doubt: Any, crash: Any, untried: Any, **after: Any) -> dict[str, object]:
    """Of the fields of an After, or of parameters with their names."""
    more = {
        "doubts": _c.doubts + doubt,
        "crashes": _c.crashes + crash,
        "attempt": _c.attempt - untried,
    }
    return after | more | {"lease_until": None, "worker": None}


def _keys(asked: Sequence[Claim], found: Sequence[Bare]) -> set[Key]:
    """Nearly always all of them."""
    if len(found) < len(asked):
        there = frozenset(found)
        asked = [claim for claim in asked if claim.bare in there]
    return {(claim.tenant, claim.id) for claim in asked}


@cache
def _writing(names: tuple[str, ...]) -> Question:
    """The statement that writes these values to what is still ours."""
    given: dict[str, Any] = {name: bindparam(name) for name in names}
    values = _values(**given) if "doubt" in given else given
    return Question(
        lambda dialect: update(_message).where(_ours(dialect)).values(values).returning(many.bare(_c.id))
    )


_LOCKING: Final = Question(lambda dialect: select(many.bare(_c.id)).where(_ours(dialect)).with_for_update())


def _fence(
    session: AsyncSession, office: Office, tenant: str, attempt: int, claims: Sequence[Claim]
) -> dict[str, object]:
    """The parameters of `_ours`."""
    listed = many.listed(session, [claim.bare for claim in claims])
    return {"its_tenant": tenant, "its_ids": listed, "its_attempt": attempt, "its_worker": office.worker}


def _ours(dialect: str) -> ColumnElement[bool]:
    return and_(
        _c.tenant == bindparam("its_tenant"),
        many.among(_c.id, "its_ids", embedded=dialect == "sqlite"),
        _c.attempt == bindparam("its_attempt"),
        _c.worker == bindparam("its_worker"),
        _c.state == "sending",
    )


def _fenced(claims: Iterable[Claim]) -> Iterator[tuple[str, int, Sequence[Claim]]]:
    """(tenant, attempt, claims) that one statement can take: by the key alone the index finds each row at once."""
    groups: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.tenant, claim.attempt].append(claim)
    for (tenant, attempt), some in sorted(groups.items()):
        some.sort(key=_bare)
        for start in range(0, len(some), _AT_ONCE):
            yield tenant, attempt, some[start : start + _AT_ONCE]


_bare: Final = attrgetter("bare")


def _by_urgency(claims: Iterable[Claim]) -> Iterator[tuple[str, Sequence[Claim]]]:
    """Leases of emergencies are shorter."""
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.urgency].append(claim)
    yield from groups.items()
