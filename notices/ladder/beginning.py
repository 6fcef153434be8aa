"""What starts a ladder and what ends it. A notice costs its publication one due row; households' rungs come later,
only for those without proof by then.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, delete, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder import steps
from notices.models import Delivery, Due, Message, Notice, NoticeHousehold, Rung
from notices.proxies import waiting

LADDER: Final = "ladder"
REMIND: Final = "remind"
KINDS: Final = (LADDER, REMIND)
"""Of due rows: `ladder <notice>`, `remind <notice>.<eve or morning>`."""
_COLUMNS: Final = ("tenant", "notice", "household", "step", "urgency", "at")
_row = NoticeHousehold


def unproven(notice: Notice) -> ColumnElement[bool]:
    """Of a row of notice_household: nothing yet says that this home has it."""
    if steps.asks(notice.kind):
        return _row.stamped_at.is_(None)
    return and_(_row.on_phone_at.is_(None), _row.stamped_at.is_(None))


async def begin(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """The notice goes out now, or again: whatever an earlier ladder had in mind is off."""
    await _forget(session, notice)
    at = now + steps.first_after(notice.urgency, notice.kind)
    await due.put(session, notice.tenant, LADDER, notice.id, at)
    await remind(session, notice, now)
    await waiting.begin(session, notice, now)


async def remind(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Due rows for the reminders of the present deadline, in place of those of an earlier one."""
    await _no_reminders(session, notice)
    if steps.asks(notice.kind):
        for name, at in steps.reminders(notice.deadline, now).items():
            await due.put(session, notice.tenant, REMIND, f"{notice.id}.{name}", at)


async def end(session: AsyncSession, notice: Notice) -> None:
    """Withdrawn or expired: before its messages are called off, so that a step at work cannot add any."""
    await _forget(session, notice)
    rows = delete(Due).where(Due.tenant == notice.tenant, Due.kind == LADDER, Due.subject == notice.id)
    await session.execute(rows.execution_options(synchronize_session=False))
    await _no_reminders(session, notice)


async def _forget(session: AsyncSession, notice: Notice) -> None:
    rows = delete(Rung).where(Rung.tenant == notice.tenant, Rung.notice == notice.id)
    await session.execute(rows.execution_options(synchronize_session=False))


async def _no_reminders(session: AsyncSession, notice: Notice) -> None:
    subjects = [f"{notice.id}.{name}" for name in steps.REMINDERS]
    rows = delete(Due).where(Due.tenant == notice.tenant, Due.kind == REMIND, Due.subject.in_(subjects))
    await session.execute(rows.execution_options(synchronize_session=False))


async def fall(session: AsyncSession, tenant: str, messages: Collection[str], now: datetime) -> None:
    """These first messages will never arrive: the next channel of their homes is due at once."""
    for channel, step in steps.AFTER_CHANNEL.items():
        homes = (
            select(
                Delivery.tenant,
                Delivery.notice,
                Delivery.household,
                literal(step),
                Notice.urgency,
                literal(now, Rung.at.type),
            )
            .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
            .join(Notice, (Notice.tenant == Delivery.tenant) & (Notice.id == Delivery.notice))
            .where(Delivery.tenant == tenant, Delivery.message.in_(messages), Delivery.step == steps.FIRST)
            .where(Message.channel == channel)
            .distinct()
        )
        await _insert(session, homes)


async def start(session: AsyncSession, tenant: str, subject: str, now: datetime) -> None:
    """The rungs of what is due: `<notice>` or `<notice>.<reminder>`; one statement, however many homes."""
    id, _, reminder = subject.partition(".")
    notice = await session.get(Notice, (tenant, id))
    if notice is None or notice.state != "published":
        return
    step = reminder or steps.first_step(notice.urgency, notice.kind)
    homes = select(
        _row.tenant,
        _row.notice,
        _row.household,
        literal(step),
        literal(notice.urgency),
        literal(now, Rung.at.type),
    ).where(_row.tenant == tenant, _row.notice == id, unproven(notice))
    await _insert(session, homes)
    due.tap(session)


async def resume(session: AsyncSession, notice: Notice, household: str, now: datetime) -> None:
    """A proof was taken back. Where the ladder has let go of the home meanwhile, it stands before its door again."""
    begins = (notice.tenant, LADDER, notice.id)
    on_it = select(Rung.step).where(
        Rung.tenant == notice.tenant, Rung.notice == notice.id, Rung.household == household
    )
    if await session.get(Due, begins) is None and await session.scalar(on_it.limit(1)) is None:
        key = {"tenant": notice.tenant, "notice": notice.id, "household": household}
        session.add(Rung(**key, step=steps.DOOR, urgency=notice.urgency, at=now))
        due.tap(session)


async def _insert(session: AsyncSession, rungs: Select[*tuple[Any, ...]]) -> None:
    """Of a home that stands on such a rung already, the earlier one stays."""
    statement = due.upsert(session, Rung.__table__).from_select(_COLUMNS, rungs)
    await session.execute(statement.on_conflict_do_nothing())
