"""What people do meanwhile: publish, withdraw, correct, move out, unsubscribe; and an operator who holds the post."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.errors import KairanError, NotFound
from notices.ledger import reach, stamps
from notices.models import City, Notice, Resident
from notices.planning.finished import finished
from notices.publishing import amend, publish
from notices.publishing.compose import Draft
from notices.tokyo import end_of, today
from notices.town import mailbox, preferences
from notices.town.standing import Standing, standing

if TYPE_CHECKING:
    from tests.simulation.scenario import Event
    from tests.simulation.world import Run

_OPEN_OF = """
SELECT (SELECT count(*) FROM planning WHERE closed_at IS NULL AND tenant = ?1 AND notice = ?2)
     + (SELECT count(*) FROM delivery d JOIN message m ON m.tenant = d.tenant AND m.id = d.message
        WHERE d.tenant = ?1 AND d.notice = ?2 AND m.state IN ('due', 'sending', 'later'))
"""


async def all_of(run: Run) -> None:
    for event in run.scenario.events:
        await asyncio.sleep(max(event.at - run.time.seconds, 0))
        run.record.note(run.time.seconds, f"{event.what} ({event.luck:.3f})")
        await _until_it_is_done(run, event)
        await look_whether_finished(run)
    await look_whether_finished(run)


async def _until_it_is_done(run: Run, event: Event) -> None:
    """Whoever is told that the house is busy tries again."""
    while True:
        try:
            return await DEEDS[event.what](run, event)
        except OperationalError:
            await asyncio.sleep(5)


async def look_whether_finished(run: Run) -> None:
    """I4, at some moment: what the house says, beside what the rows say."""
    for tenant, notice in run.accepted:
        async with run.desk.db.read() as session:
            said = await finished(session, tenant, notice)
        if said:
            left = run.record.rows(_OPEN_OF, tenant, ids.bytes_of(notice))[0][0]
            run.said_finished.append((tenant, notice, left))


def _any(run: Run, event: Event) -> tuple[Standing, tuple[str, str]] | None:
    """One of the notices that are out, and who may speak of it."""
    if not run.accepted:
        return None
    tenant, notice = run.accepted[int(event.luck * len(run.accepted))]
    return next(by for by, _ in run.town.speakers if by.tenant == tenant), (tenant, notice)


def _somebody(run: Run, event: Event) -> tuple[str, str, str]:
    return run.town.residents[int(event.luck * len(run.town.residents))]


async def _publish(run: Run, event: Event) -> None:
    by, association = run.town.speakers[int(event.luck * 10) == 9]
    urgency = ("ordinary", "urgent", "emergency")[int(event.luck * 100) % 3]
    kind = ("notice", "circular")[int(event.luck * 1000) % 2]
    topic = ("events", "money")[int(event.luck * 10_000) % 2]
    now = run.time()
    until = end_of(today(now) + timedelta(days=3)) if int(event.luck * 100_000) % 3 == 0 else None
    draft = Draft(kind=kind, topic=topic, title="清掃", body="公園", urgency=urgency, deadline=until)
    async with run.desk.db.write() as session:
        notice = await publish.write(session, by, association, draft, now)
        await publish.announce(session, by, notice, now, now - now)
    run.accepted.append((by.tenant, notice.id))


@asynccontextmanager
async def _changing(run: Run) -> AsyncIterator[AsyncSession]:
    """What is in a worker's hands when this is committed is noted at that very moment."""
    async with run.desk.db.write() as session:
        listen(session.sync_session, "after_commit", lambda _: run.record.something_changed(), once=True)
        yield session


async def _withdraw(run: Run, event: Event) -> None:
    if (found := _any(run, event)) is None:
        return
    by, key = found
    async with _changing(run) as session:
        notice = await session.get_one(Notice, key)
        if notice.state == "published":
            await amend.withdraw(session, by, notice, run.time())


async def _correct(run: Run, event: Event) -> None:
    if (found := _any(run, event)) is None:
        return
    by, key = found
    async with _changing(run) as session:
        notice = await session.get_one(Notice, key)
        if notice.state == "published":
            changes = {"title": "清掃（訂正）"}
            await amend.correct(session, by, notice, notice.revision, changes, None, run.time(), resend="all")


async def _move(run: Run, event: Event) -> None:
    tenant, household, person = _somebody(run, event)
    rows = update(Resident).where(
        Resident.tenant == tenant, Resident.household == household, Resident.person == person
    )
    async with _changing(run) as session:
        await _quietly(session, rows.values(until=run.time()))


async def _stop(run: Run, event: Event) -> None:
    tenant, address = run.town.addresses[int(event.luck * len(run.town.addresses))]
    async with _changing(run) as session:
        # Of a phone's address nobody has a link to press.
        with suppress(NotFound):
            wanted: mailbox.Wish = "wholly" if int(event.luck * 100) % 2 else "all"
            await mailbox.wish(session, tenant, address, wanted, None, run.time())


async def _wish(run: Run, event: Event) -> None:
    """Somebody has had enough of a topic, and waits for no bundle any more."""
    tenant, _, person = _somebody(run, event)
    async with run.desk.db.write() as session:
        by = await standing(session, tenant, person, run.time())
        if by is not None:
            said = preferences.Wish(topics={"events": False}, digest=preferences.Digest("now"))
            await preferences.prefer(session, by, said, run.time())
    run.record.something_changed()


async def _read(run: Run, event: Event) -> None:
    """Somebody's phone has it."""
    tenant, _, person = _somebody(run, event)
    mine = {notice: [person] for city, notice in run.accepted if city == tenant}
    async with run.desk.db.write() as session:
        await reach.on_phones(session, tenant, mine, run.time())
    run.record.something_changed()


async def _stamp(run: Run, event: Event) -> None:
    """Somebody has read it, and says so. Who has moved out, or is asked for nothing, cannot."""
    tenant, household, person = _somebody(run, event)
    for city, notice in run.accepted:
        async with run.desk.db.write() as session:
            by = await standing(session, tenant, person, run.time())
            if by is None or city != tenant:
                continue
            press = stamps.Press(by, None, notice, household, 1, run.time())
            with suppress(KairanError):
                await stamps.stamp(session, press, run.time())
    run.record.something_changed()


async def _hold(run: Run, event: Event) -> None:
    for on_hold in (True, False):
        async with run.desk.db.write() as session:
            await _quietly(session, update(City).values(on_hold=on_hold))
        await asyncio.sleep(event.luck * 60 * on_hold)
    run.desk.db.work()


async def _quietly(session: AsyncSession, rows: object) -> None:
    """Phones, which would be told, are no part of this."""
    await session.execute(rows, execution_options={"journalled": True, "synchronize_session": False})  # type: ignore[call-overload]


DEEDS = {
    "publish": _publish,
    "withdraw": _withdraw,
    "correct": _correct,
    "move": _move,
    "stop": _stop,
    "hold": _hold,
    "wish": _wish,
    "read": _read,
    "stamp": _stamp,
}
