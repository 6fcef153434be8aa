"""HOUSEHOLDS' STAMPS ARE TAKEN here, many at once: after a question to a whole town they come by the hundred.

The first press of a household and round stands, whoever else presses; a stamp that comes late, twice or out of order
changes nothing. However many there are, it takes the same seven statements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, ids
from notices.alarm.kinds import STAMPED
from notices.errors import (
    FieldWrong,
    KairanError,
    NoStampAsked,
    NotFound,
    NotYourHousehold,
    Withdrawn,
)
from notices.ledger import homes, late_comers, reach
from notices.models import Notice, NoticeHousehold, Person, Stamp
from notices.proxies.acting import What
from notices.records import audience as places
from notices.tokyo import wire
from notices.town import speaking
from notices.town.standing import Standing
from sync import Change, record

_row = NoticeHousehold
_Door = tuple[str, str]
"""Notice and household."""


@dataclass(frozen=True, slots=True)
class Press:
    """`at`: when it was pressed, by the phone's clock."""

    by: Standing
    device: str | None
    notice: str
    household: str
    round: int
    at: datetime
    proxy: bool = False
    """Whether somebody else presses for the home: found out here."""
    right: What = "stamp"
    """What whoever presses must be allowed: `answer` where it is the answer that proves."""

    @property
    def door(self) -> _Door:
        return self.notice, self.household

    @property
    def name(self) -> tuple[str, str, int]:
        """What it is the stamp of; the second of two with one name changes nothing."""
        return self.notice, self.household, self.round


async def stamp(session: AsyncSession, press: Press, now: datetime) -> None:
    """Raises what stamp_all returns."""
    [refusal] = await stamp_all(session, [press], now)
    if refusal is not None:
        raise refusal


async def stamp_all(
    session: AsyncSession, presses: Sequence[Press], now: datetime
) -> list[KairanError | None]:
    """For each, in order, why it is refused: NotYourHousehold, NotFound, Withdrawn, NoStampAsked, FieldWrong."""
    refusals: list[KairanError | None] = [None] * len(presses)
    for tenant in sorted({press.by.tenant for press in presses}):
        mine = [n for n, press in enumerate(presses) if press.by.tenant == tenant]
        for n, refusal in zip(mine, await _in(session, tenant, [presses[n] for n in mine], now), strict=True):
            refusals[n] = refusal
    return refusals


async def _in(
    session: AsyncSession, tenant: str, presses: Sequence[Press], now: datetime
) -> list[KairanError | None]:
    presses = [replace(press, proxy=not press.by.lives_in(press.household)) for press in presses]
    asked = {press.notice for press in presses if ids.is_id(press.notice) and ids.is_id(press.household)}
    notices = await _notices(session, tenant, asked)
    rows = await _locked(session, tenant, [press for press in presses if press.notice in notices])
    chosen = {id: await late_comers.chosen(session, notice) for id, notice in sorted(notices.items())}
    refusals = [
        _refusal(press, notices.get(press.notice), rows, chosen.get(press.notice)) for press in presses
    ]
    for n, press in enumerate(presses):
        if isinstance(refusals[n], NotYourHousehold) and ids.is_id(press.household):
            refusals[n] = await speaking.why_not(session, tenant, press.by.person, press.household, now)
    good: dict[tuple[str, str, int], Press] = {}
    for press, refusal in zip(presses, refusals, strict=True):
        if refusal is None:
            good.setdefault(press.name, press)
    if good:
        await _keep(session, tenant, [press for _, press in sorted(good.items())], now)
        await _journal(session, tenant, good)
        proofs = [(press, rows.get(press.door)) for press in good.values()]
        proofs += await _for_homes_joined(session, tenant, list(good.values()))
        await _prove(session, tenant, proofs, now)
    return refusals


async def _for_homes_joined(
    session: AsyncSession, tenant: str, presses: Sequence[Press]
) -> list[tuple[Press, Any]]:
    """A home that became a part of this one in the middle of a circular: its row is proven by the same press."""
    joined = await homes.joined(session, tenant, {press.household for press in presses})
    for_them = [
        replace(press, household=home) for press in presses for home in joined.get(press.household, ())
    ]
    rows = await _locked(session, tenant, for_them)
    return [(press, rows.get(press.door)) for press in for_them]


async def _notices(session: AsyncSession, tenant: str, asked: Collection[str]) -> dict[str, Notice]:
    query = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(sorted(asked)))
    return {notice.id: notice for notice in await session.scalars(query)} if asked else {}


async def _locked(session: AsyncSession, tenant: str, presses: Sequence[Press]) -> dict[_Door, Any]:
    """The ledger's rows of these doors, held until COMMIT: whoever else proves something waits for its turn."""
    doors = {press.door for press in presses}
    if not doors:
        return {}
    query = (
        select(_row.notice, _row.household, _row.block, _row.round, _row.stamped_at)
        .where(_row.tenant == tenant, _row.notice.in_(sorted({notice for notice, _ in doors})))
        .where(_row.household.in_(sorted({household for _, household in doors})))
        .order_by(_row.notice, _row.household)
    )
    found = await session.execute(query.with_for_update())
    return {(row.notice, row.household): row for row in found}


def _refusal(
    press: Press, notice: Notice | None, rows: Mapping[_Door, Any], chosen: Collection[str] | None
) -> KairanError | None:
    if press.by.speaks_for_home(press.household, press.right) is None:
        return NotYourHousehold()
    if notice is None or notice.published_at is None:
        return NotFound()
    if notice.state == "withdrawn":
        return Withdrawn()
    if notice.kind not in STAMPED:
        return NoStampAsked()
    # What is not theirs looks like what is not there. Who is counted may stamp wherever they live now.
    if press.door not in rows and not late_comers.reaches(notice, press.by, press.household, chosen):
        return NotFound()
    if not 1 <= press.round <= notice.stamp_round:
        return FieldWrong(field="round", why=f"the notice is in round {notice.stamp_round}")
    return None


async def _keep(session: AsyncSession, tenant: str, presses: Sequence[Press], now: datetime) -> None:
    rows = [
        {
            "tenant": tenant,
            "notice": press.notice,
            "household": press.household,
            "round": press.round,
            "person": press.by.person,
            "device": press.device,
            "proxy": press.proxy,
            "at": press.at,
            "received_at": now,
        }
        for press in presses
    ]
    await session.execute(due.upsert(session, Stamp.__table__).on_conflict_do_nothing(), rows)


async def _journal(session: AsyncSession, tenant: str, names: Collection[tuple[str, str, int]]) -> None:
    """The household's phones converge on the stamp that came first, whoever else pressed."""
    query = (
        select(Stamp.notice, Stamp.household, Stamp.round, Stamp.person, Stamp.at, Person.name, Stamp.proxy)
        .join(Person, (Person.tenant == Stamp.tenant) & (Person.id == Stamp.person))
        .where(Stamp.tenant == tenant, Stamp.notice.in_(sorted({notice for notice, _, _ in names})))
        .where(Stamp.household.in_(sorted({household for _, household, _ in names})))
    )
    for notice, household, round, person, at, name, proxy in await session.execute(query):
        if (notice, household, round) not in names:
            continue
        body = {
            "notice": notice,
            "household": household,
            "round": round,
            "how": "app",
            "by": {"id": person, "name": name},
            "at": wire(at),
        }
        body |= {"proxy": True} if proxy else {}
        id = f"st.{notice}.{household}.{round}"
        record(session, tenant, Change(places.household_scope(household), "stamps", id, body))


async def _prove(
    session: AsyncSession, tenant: str, presses: Sequence[tuple[Press, Any]], now: datetime
) -> None:
    """First proof wins; a stamp of an earlier round proves nothing of this one."""
    fresh = [
        (press, row)
        for press, row in presses
        if row is not None and row.stamped_at is None and row.round == press.round
    ]
    if not fresh:
        return
    table = cast(Table, _row.__table__)
    c = table.c
    one = and_(c.tenant == tenant, c.notice == bindparam("of"), c.household == bindparam("home"))
    proof = {
        "stamped_at": now,
        "stamped_how": "app",
        "stamped_by": bindparam("who"),
        "proxy": bindparam("other"),
    }
    rows = [
        {"of": each.notice, "home": each.household, "who": each.by.person, "other": each.proxy}
        for each, _ in fresh
    ]
    await (await session.connection()).execute(update(table).where(one).values(proof), rows)
    for notice in sorted({press.notice for press, _ in fresh}):
        blocks = {row.block for press, row in fresh if press.notice == notice}
        await reach.changed(session, tenant, notice, now, blocks)
