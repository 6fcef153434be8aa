"""AN ANSWER ABOUT SAFETY IS TAKEN here, many at once: after an earthquake they come by the hundred in a second.

The newest by the order of presses counts, however late, twice or out of order they arrive: none is ever overwritten by
an older one. Who may say it is judged at arrival: the home's own people, whoever they have asked to speak for them, and
who stood at the door. However many there are, it takes the same few statements.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import Table, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, ids
from notices.alarm.kinds import SAFETY_CHECK
from notices.errors import ChoiceUnknown, KairanError, NotFound, NotYourHousehold, TextTooLong, Withdrawn
from notices.ledger import reach, whose
from notices.models import Notice, NoticeHousehold, Resident, SafetyAnswer
from notices.safety import household_records
from notices.safety.safety_errors import NoSafetyAsked, NotOfThisHome
from notices.safety.standing_of import STATES
from notices.town import speaking
from notices.town.standing import Standing

NOTE: Final = 200
PLACE: Final = 100
How = Literal["app", "proxy", "visit"]
_row = NoticeHousehold
_Door = tuple[str, str]
"""Notice and household."""


@dataclass(frozen=True, slots=True)
class Press:
    """`person`: whom it is about; None: everybody in the home. `said_at`: `at` as the phone's clock had it."""

    by: Standing
    device: str | None
    notice: str
    household: str
    person: str | None
    state: str
    note: str
    place: str
    at: datetime
    said_at: datetime
    id: str

    @property
    def door(self) -> _Door:
        return self.notice, self.household

    @property
    def subject(self) -> str:
        return self.person or self.household


def checked(press: Press) -> Press:
    """Raises ChoiceUnknown, TextTooLong."""
    if press.state not in STATES:
        raise ChoiceUnknown(field="state", choices=", ".join(STATES))
    for text, most in ((press.note, NOTE), (press.place, PLACE)):
        if len(text) > most:
            raise TextTooLong(most=most, length=len(text))
    return press


async def answer_all(
    session: AsyncSession, presses: Sequence[Press], now: datetime
) -> list[KairanError | None]:
    """For each, in order, why it is refused; None where it is kept."""
    refusals: list[KairanError | None] = [None] * len(presses)
    for tenant in sorted({press.by.tenant for press in presses}):
        mine = [n for n, press in enumerate(presses) if press.by.tenant == tenant]
        for n, refusal in zip(mine, await _in(session, tenant, [presses[n] for n in mine], now), strict=True):
            refusals[n] = refusal
    return refusals


async def _in(
    session: AsyncSession, tenant: str, presses: Sequence[Press], now: datetime
) -> list[KairanError | None]:
    asked = {press.notice for press in presses}
    query = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(sorted(asked)))
    notices = {notice.id: notice for notice in await session.scalars(query)}
    rows = await _locked(session, tenant, [press for press in presses if press.notice in notices])
    living = await _living(session, tenant, {press.household for press in presses if press.person})
    refusals: list[KairanError | None] = []
    kept: list[tuple[Press, How]] = []
    for press in presses:
        notice, row = notices.get(press.notice), rows.get(press.door)
        found = await _judged(session, press, notice, row, living, now)
        refusals.append(found if isinstance(found, KairanError) else None)
        if not isinstance(found, KairanError):
            kept.append((press, found))
    if kept:
        await _keep(session, tenant, kept, notices, now)
        await household_records.write(session, tenant, {press.door for press, _ in kept})
        await _prove(session, tenant, kept, rows, now)
    return refusals


async def _locked(session: AsyncSession, tenant: str, presses: Sequence[Press]) -> dict[_Door, Any]:
    """The ledger's rows of these doors, held until COMMIT: two answers for one home wait for each other."""
    doors = {press.door for press in presses}
    query = (
        select(_row.notice, _row.household, _row.block, _row.stamped_at)
        .where(_row.tenant == tenant, _row.notice.in_(sorted({notice for notice, _ in doors})))
        .where(_row.household.in_(sorted({household for _, household in doors})))
        .order_by(_row.notice, _row.household)
    )
    found = await session.execute(query.with_for_update())
    return {(row.notice, row.household): row for row in found}


async def _living(session: AsyncSession, tenant: str, homes: Collection[str]) -> Mapping[str, set[str]]:
    """Household → who lives there, or has: an answer may have been on its way for days."""
    query = select(Resident.household, Resident.person)
    query = query.where(Resident.tenant == tenant, Resident.household.in_(sorted(homes)))
    living: dict[str, set[str]] = defaultdict(set)
    for household, person in await session.execute(query):
        living[household].add(person)
    return living


async def _judged(
    session: AsyncSession,
    press: Press,
    notice: Notice | None,
    row: Any,
    living: Mapping[str, set[str]],
    now: datetime,
) -> KairanError | How:
    """By what right it is said, or why it is not taken."""
    if notice is None or notice.published_at is None:
        return NotFound()
    if notice.state == "withdrawn":
        return Withdrawn()
    if notice.kind != SAFETY_CHECK:
        return NoSafetyAsked()
    right = await _right(session, press, notice, row, now)
    if isinstance(right, KairanError):
        return right
    if row is None and not _reaches(press, notice):
        return NotFound()
    if press.person is not None and press.person not in living[press.household]:
        return NotOfThisHome()
    return right


async def _right(
    session: AsyncSession, press: Press, notice: Notice, row: Any, now: datetime
) -> KairanError | How:
    by = press.by
    if (spoken := by.speaks_for_home(press.household, "answer")) is not None:
        return "app" if spoken == "own" else "proxy"
    if row is not None:
        theirs = await whose.association(session, notice, row.block)
        if by.leads(row.block) or by.officer_of(theirs):
            return "visit"
    if not ids.is_id(press.household):
        return NotYourHousehold()
    return await speaking.why_not(session, by.tenant, by.person, press.household, now)


def _reaches(press: Press, notice: Notice) -> bool:
    """Who moved in since is not counted, and may say all the same that they need help."""
    by = press.by
    homes = {home.household: home.association for home in by.homes}
    homes |= {home.household: home.association for home in by.acts}
    return notice.association is None or notice.association == homes.get(press.household)


async def _keep(
    session: AsyncSession,
    tenant: str,
    kept: Sequence[tuple[Press, How]],
    notices: Mapping[str, Notice],
    now: datetime,
) -> None:
    """An older one changes nothing: the database compares, so that no answer that is in is ever lost to one."""
    rows = [
        {
            "tenant": tenant,
            "notice": press.notice,
            "household": press.household,
            "subject": press.subject,
            "state": press.state,
            "note": press.note,
            "place": press.place,
            "by": press.by.person,
            "how": how,
            "device": press.device,
            "at": press.at,
            "said_at": press.said_at,
            "press": press.id,
            "late": notices[press.notice].closed_at is not None,
            "received_at": now,
        }
        for press, how in sorted(kept, key=lambda each: (*each[0].door, each[0].subject))
    ]
    statement = due.upsert(session, SafetyAnswer.__table__)
    new, old = statement.excluded, SafetyAnswer
    newer = or_(
        new.at > old.at,
        and_(new.at == old.at, new.said_at > old.said_at),
        and_(new.at == old.at, new.said_at == old.said_at, new.press > old.press),
    )
    values = {name: new[name] for name in rows[0] if name not in _KEY}
    await session.execute(
        statement.on_conflict_do_update(index_elements=list(_KEY), set_=values, where=newer), rows
    )


_KEY: Final = ("tenant", "notice", "household", "subject")


async def _prove(
    session: AsyncSession,
    tenant: str,
    kept: Sequence[tuple[Press, How]],
    rows: Mapping[_Door, Any],
    now: datetime,
) -> None:
    """An answer is a proof: the ladder stops. The boards of the blocks are due, whatever it changed."""
    first = {press.door: (press, how) for press, how in reversed(kept) if press.door in rows}
    fresh = [
        {"of": notice, "home": home, "who": press.by.person, "other": how == "proxy"}
        for (notice, home), (press, how) in sorted(first.items(), key=lambda each: each[0])
        if rows[notice, home].stamped_at is None
    ]
    if fresh:
        table = cast(Table, _row.__table__)
        c = table.c
        one = and_(c.tenant == tenant, c.notice == bindparam("of"), c.household == bindparam("home"))
        proof = {"stamped_at": now, "stamped_how": "answer", "stamped_by": bindparam("who")}
        proof |= {"proxy": bindparam("other")}
        await (await session.connection()).execute(update(table).where(one).values(proof), fresh)
    blocks: dict[str, set[str]] = defaultdict(set)
    for notice, household in first:
        blocks[notice].add(rows[notice, household].block)
    for notice in sorted(blocks):
        await reach.changed(session, tenant, notice, now, blocks[notice])
