"""AN ANSWER ABOUT SAFETY IS TAKEN here, many at once: after an earthquake they come by the hundred in a second.

The newest by the order of presses counts, however late, twice or out of order they arrive: none is ever overwritten by
an older one. Who may say it is judged at arrival: the home's own people, whoever they have asked to speak for them, and
who stood at the door. However many there are, it takes the same few statements.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, ids
from notices.alarm.kinds import SAFETY_CHECK
from notices.errors import ChoiceUnknown, KairanError, NotFound, NotYourHousehold, TextTooLong, Withdrawn
from notices.ledger import late_comers, whose
from notices.models import Notice, Resident, SafetyAnswer
from notices.safety import household_records, proving
from notices.safety.proving import Door as _Door
from notices.safety.proving import Proof
from notices.safety.safety_errors import NoSafetyAsked, NotOfThisHome
from notices.safety.standing_of import STATES
from notices.town import speaking
from notices.town.standing import Standing

NOTE: Final = 200
PLACE: Final = 100
How = Literal["app", "proxy", "visit"]


@dataclass(frozen=True, slots=True)
class Press:
    """`person`: whom it is about; None: everybody in the home. `said_at`: `at`, where that is yet to come."""

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


@dataclass(frozen=True, slots=True)
class _Known:
    """What a batch is judged by, read once. `rows`: the ledger's, of the homes that are counted."""

    notices: Mapping[str, Notice]
    rows: Mapping[_Door, Any]
    officers: Mapping[_Door, str | None]
    chosen: Mapping[str, Collection[str] | None]
    living: Mapping[str, set[str]]


async def _in(
    session: AsyncSession, tenant: str, presses: Sequence[Press], now: datetime
) -> list[KairanError | None]:
    known = await _known(session, tenant, presses)
    refusals: list[KairanError | None] = []
    kept: list[tuple[Press, How]] = []
    for press in presses:
        found = await _judged(session, press, known, now)
        refusals.append(found if isinstance(found, KairanError) else None)
        if not isinstance(found, KairanError):
            kept.append((press, found))
    if kept:
        await _keep(session, tenant, kept, known.notices, now)
        await household_records.write(session, tenant, {press.door for press, _ in kept})
        said = {press.door: Proof(press.by.person, how == "proxy") for press, how in reversed(kept)}
        await proving.prove(session, tenant, said, known.rows, now)
    return refusals


async def _known(session: AsyncSession, tenant: str, presses: Sequence[Press]) -> _Known:
    asked = {press.notice for press in presses}
    query = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(sorted(asked)))
    notices = {notice.id: notice for notice in await session.scalars(query)}
    rows = await proving.locked(session, tenant, {each.door for each in presses if each.notice in notices})
    officers = await _officers(session, notices, rows)
    chosen = {id: await late_comers.chosen(session, notice) for id, notice in sorted(notices.items())}
    living = await _living(session, tenant, {press.household for press in presses if press.person})
    return _Known(notices, rows, officers, chosen, living)


async def _officers(
    session: AsyncSession, notices: Mapping[str, Notice], rows: Mapping[_Door, Any]
) -> Mapping[_Door, str | None]:
    """Door → the association whose officers answer there: asked once for each notice."""
    blocks: dict[str, set[str]] = defaultdict(set)
    for (notice, _), row in rows.items():
        blocks[notice].add(row.block)
    of = {id: await whose.associations(session, notices[id], blocks[id]) for id in sorted(blocks)}
    return {door: of[door[0]].get(row.block) for door, row in rows.items()}


async def _living(session: AsyncSession, tenant: str, homes: Collection[str]) -> Mapping[str, set[str]]:
    """Household → who lives there, or has: an answer may have been on its way for days."""
    query = select(Resident.household, Resident.person)
    query = query.where(Resident.tenant == tenant, Resident.household.in_(sorted(homes)))
    living: dict[str, set[str]] = defaultdict(set)
    for household, person in await session.execute(query):
        living[household].add(person)
    return living


async def _judged(session: AsyncSession, press: Press, known: _Known, now: datetime) -> KairanError | How:
    """By what right it is said, or why it is not taken."""
    notice = known.notices.get(press.notice)
    if notice is None or notice.published_at is None:
        return NotFound()
    if notice.state == "withdrawn":
        return Withdrawn()
    if notice.kind != SAFETY_CHECK:
        return NoSafetyAsked()
    right = await _right(session, press, known, now)
    if isinstance(right, KairanError):
        return right
    # Who moved in since is not counted, and may say all the same that they need help.
    counted, chosen = press.door in known.rows, known.chosen[notice.id]
    if not counted and not late_comers.reaches(notice, press.by, press.household, chosen):
        return NotFound()
    if press.person is not None and press.person not in known.living[press.household]:
        return NotOfThisHome()
    return right


async def _right(session: AsyncSession, press: Press, known: _Known, now: datetime) -> KairanError | How:
    by = press.by
    if (spoken := by.speaks_for_home(press.household, "answer")) is not None:
        return "app" if spoken == "own" else "proxy"
    row = known.rows.get(press.door)
    if row is not None and (by.leads(row.block) or by.officer_of(known.officers[press.door])):
        return "visit"
    if not ids.is_id(press.household):
        return NotYourHousehold()
    return await speaking.why_not(session, by.tenant, by.person, press.household, now)


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
