"""What is due at a time, a row each: notices that come out or end, terms that turn, ledgers that are written."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.approval import asking as approvals
from notices.approval import telling
from notices.auditing import mailing as heads
from notices.circulation import counting
from notices.deliver import instead
from notices.forms import answering, results
from notices.healing import paper
from notices.ladder import beginning
from notices.ladder import telling as left
from notices.ledger import reach, reach_records
from notices.models import Due, Notice
from notices.planning import plan
from notices.privacy import erasure
from notices.proxies import ending, greeting, unseen, waiting
from notices.publishing import drafts
from notices.records import rewriting
from notices.records.projection import Touched, refresh
from notices.safety import boards
from notices.sign_in import asking, mailing
from notices.town import people
from notices.town.standing import seats_ever_held
from server.house import House
from server.keeping import erased
from server.work import circulars

log = logging.getLogger("kairan.worker")

AT_ONCE: Final = 50
LEDGERS: Final = (reach.ANSWERED, reach.CHANGED)
LEDGERS_AT_ONCE: Final = 50
"""Blocks in one transaction: whoever else wants to write waits for it."""


async def do_all(house: House, but: Collection[str] = ()) -> bool:
    """As many as are due, up to a bound, so that a town's debounced ledgers do not starve the plan. None of the kinds `but`."""
    done = 0
    while done < AT_ONCE and await _do_one(house, but=but):
        done += 1
    return done > 0


async def write_ledgers(house: House) -> bool:
    """Of the blocks in which somebody has just said how they are; of the others, as many as one transaction takes. True
    where there may be more."""
    for _ in range(AT_ONCE):
        if not await _do_one(house, only=reach.ANSWERED):
            break
    return await _do_one(house, only=reach.CHANGED)


async def _do_one(house: House, *, but: Collection[str] = (), only: str = "") -> bool:
    """One piece in one transaction: the row goes with its effect, or stays."""
    now = house.clock()
    async with house.db.read() as session:
        piece = await due.oldest(session, now, but=but, only=only)
    if piece is None:
        return False
    if piece.kind in LEDGERS and await _write_ledgers(house, piece, now):
        return True
    try:
        if await circulars.tally(house, piece, now):
            return True
        if piece.kind == erasure.KIND:
            await erased.when_due(house, piece, now)
        elif piece.kind == erasure.NAMELESS:
            await erased.make_nameless(house, piece, now)
        else:
            async with house.db.write() as session:
                await _do(house, session, piece, now)
    except Exception as error:
        log.error("due %s failed: %s", piece.kind, type(error).__name__, exc_info=log.isEnabledFor(10))
        async with house.db.write() as session:
            await due.postpone(session, piece.tenant, piece.kind, piece.subject, now)
    return True


async def _write_ledgers(house: House, piece: Due, now: datetime) -> bool:
    """A town that is written to has thousands due at once. False where one of them cannot be written: then one by one."""
    try:
        async with house.db.write() as session:
            subjects = await due.take_alike(session, piece, now, LEDGERS_AT_ONCE)
            await _ledgers_of(session, piece.tenant, subjects, now)
    except Exception as error:
        log.error("ledgers failed: %s", type(error).__name__, exc_info=log.isEnabledFor(10))
        return False
    return True


async def _do(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    # The notice before the row that is due, as whoever presses a button locks them in this order.
    notice: Notice | None = None
    if piece.kind in ("publish", "expire", drafts.COUNT):
        notice = await session.get(Notice, (piece.tenant, piece.subject), with_for_update=True)
    if not await due.take(session, piece, now):
        return
    if piece.kind in circulars.KINDS:
        await circulars.do(session, piece, now)
    elif piece.kind in beginning.KINDS:
        await beginning.start(session, piece.tenant, piece.subject, now)
    elif piece.kind in DUTIES:
        await DUTIES[piece.kind](house, session, piece, now)
    elif notice is not None and piece.kind == drafts.COUNT:
        await drafts.keep(session, notice)
    elif notice is not None:
        await (circulars.release if piece.kind == "publish" else circulars.expire)(session, notice, now)


async def _ledgers(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await _ledgers_of(session, piece.tenant, [piece.subject], now)


async def _ledgers_of(session: AsyncSession, tenant: str, subjects: Sequence[str], now: datetime) -> None:
    await reach_records.write(session, tenant, subjects)
    await counting.moved(session, tenant, subjects, now)
    await boards.write(session, tenant, subjects, now)


async def _board_of_city(_house: House, session: AsyncSession, piece: Due, _now: datetime) -> None:
    await boards.write_city(session, piece.tenant, piece.subject)


async def _heard(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await paper.come_back(session, house.keys.vault, piece.tenant, [piece.subject], now)


async def _code(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await mailing.send(session, house.keys.vault, piece.tenant, piece.subject, now)


async def _form(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await results.write(session, piece.tenant, piece.subject, now)


async def _approval(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await telling.count_and_tell(session, piece.tenant, piece.subject, now)


async def _head(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await heads.send(session, house.keys.vault, piece.tenant, house.settings.audit_boxes, now)


async def _anew(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await rewriting.rewrite(session, house.keys.vault, piece.tenant, piece.subject, now)


async def _term(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    seats = await seats_ever_held(session, piece.tenant, piece.subject)
    gone = await ending.with_their_seat(session, piece.tenant, piece.subject, now)
    await _refresh(house, session, piece.tenant, Touched(people={piece.subject} | gone, seats=seats), now)
    await people.await_next_turn(session, piece.tenant, piece.subject, now)


async def _proxy(house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    turned = await ending.turn(session, piece.tenant, piece.subject, now)
    await _refresh(house, session, piece.tenant, Touched(people=turned), now)


async def _refresh(house: House, session: AsyncSession, tenant: str, touched: Touched, now: datetime) -> None:
    await refresh(session, house.keys.vault, tenant, touched, now)


async def _unseen(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await unseen.look(session, piece.tenant, piece.subject, now)


async def _left(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await left.tell(session, piece.tenant, piece.subject, now)


async def _greeting(_house: House, session: AsyncSession, piece: Due, now: datetime) -> None:
    await greeting.look(session, piece.tenant, piece.subject, now)


Duty = Callable[[House, AsyncSession, Due, datetime], Awaitable[None]]
DUTIES: Final[Mapping[str, Duty]] = {
    reach.ANSWERED: _ledgers,
    reach.CHANGED: _ledgers,
    boards.KIND: _board_of_city,
    paper.HEARD: _heard,
    asking.KIND: _code,
    answering.COUNT: _form,
    approvals.KIND: _approval,
    heads.KIND: _head,
    rewriting.KIND: _anew,
    "term": _term,
    ending.KIND: _proxy,
    waiting.UNSEEN: _unseen,
    greeting.KIND: _greeting,
    left.KIND: _left,
}
"""By kind of the due row; what begins with a notice or circulars is above."""


async def next_to_plan(house: House) -> str | None:
    """Its urgency, where there is something to plan."""
    async with house.db.read() as session:
        return await plan.next_urgency(session, house.clock())


async def plan_a_chunk(house: House) -> bool:
    """The next chunk of the planning whose turn it is; True where there was one."""
    now = house.clock()
    key: tuple[str, str, int] | None = None
    try:
        async with house.db.write() as session:
            planning = await plan.next_open(session, now)
            if planning is not None:
                key = (planning.tenant, planning.notice, planning.revision)
                if lost := await plan.chunk(session, planning, now):
                    await instead.start(session, planning.tenant, lost, now)
                if planning.closed_at is not None:
                    # By a transaction of its own: it takes long in a town, and locks the notice before all else.
                    await due.put(session, planning.tenant, drafts.COUNT, planning.notice, now)
    except Exception as error:
        if key is None:
            raise
        log.error("plan failed: %s", type(error).__name__, exc_info=log.isEnabledFor(10))
        async with house.db.write() as session:
            await plan.postpone(session, key, now)
    return key is not None
