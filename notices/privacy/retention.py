"""WHAT IS KEPT HOW LONG, and how it goes: a few rows in a transaction, so that nobody waits for it.

Ledgers keep their sums for ever: of each home and notice the grade, and how and when it was stamped, but not by whom.
The chained record of what officers did stays whole, as it holds numbers and counts alone, and a part taken out of it
could not be told from one cut out by somebody with something to hide.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Delete, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.approval import records as approvals
from notices.attachments.files import UPLOADERS_DAY
from notices.circulation import records as circulars
from notices.ledger import reach
from notices.models import (
    Approval,
    Block,
    Bounce,
    Circulation,
    Delivery,
    File,
    FileGrant,
    Look,
    Memo,
    Message,
    Notice,
    NoticeFile,
    NoticeHousehold,
    NoticeRevision,
    Nudge,
    Person,
    Question,
    Stamp,
    Visit,
)
from notices.publishing import amend, drafts, life
from notices.records import audience as places
from sync import Change, record

AT_ONCE: Final = 200
"""Rows in one transaction; of notices a tenth of it, as each has records of its own."""
OBITUARY: Final = "訃報"
"""What is left of the title of one: it is a name."""

Rows = Sequence[Any]
Find = Callable[[AsyncSession, str, datetime], Awaitable[Rows]]
"""(tenant, before) → what is older, at most AT_ONCE."""
Remove = Callable[[AsyncSession, str, Rows, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`keeps`: the setting that says how long, keep_<keeps>_days."""

    what: str
    keeps: str
    find: Find
    remove: Remove


async def _texts(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    old = (Notice.tenant == tenant, Notice.published_at < before, Notice.body != "")
    query = select(Notice.id).where(*old).order_by(Notice.id).limit(AT_ONCE // 10)
    return (await session.scalars(query)).all()


async def _empty(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:
    """The title and who sent it stay, so that the year can be read; of an obituary not even that."""
    for id in rows:
        notice = await session.get_one(Notice, (tenant, id))
        if not life.stays(notice.state, "expire"):
            notice.expires_at = now
            await amend.expire(session, notice, now)
        notice.body, notice.translations, notice.form = "", {}, None
        notice.title = OBITUARY if notice.topic == "obituary" else notice.title
        whose = (NoticeFile.tenant == tenant, NoticeFile.notice == id)
        await session.execute(delete(NoticeFile).where(*whose))
        said = update(NoticeRevision).where(NoticeRevision.tenant == tenant, NoticeRevision.notice == id)
        await session.execute(said.values(said={}))
        await session.flush()
        await drafts.keep(session, notice)
        if notice.association is None:
            await _empty_passages(session, notice)


async def _empty_passages(session: AsyncSession, circular: Notice) -> None:
    """Of the city's own: what associations said to it, why it was approved, and what officers and clerks hold of it."""
    of = (Circulation.tenant == circular.tenant, Circulation.circular == circular.id)
    passages = (await session.scalars(select(Circulation).where(*of))).all()
    for passage in passages:
        passage.cover, passage.reason = "", None
    await circulars.place(session, circular, passages)
    asked = update(Approval).where(Approval.tenant == circular.tenant, Approval.notice == circular.id)
    options = {"journalled": True, "synchronize_session": False}
    await session.execute(asked.values(reason=None, correction=None), execution_options=options)
    await approvals.keep_newest(session, circular.tenant, circular.id)


async def _messages(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    """By the notices, which are few: the table of messages has no index by time."""
    query = (
        select(Message.id)
        .join(Delivery, (Delivery.tenant == Message.tenant) & (Delivery.message == Message.id))
        .join(Notice, (Notice.tenant == Delivery.tenant) & (Notice.id == Delivery.notice))
        .where(Notice.tenant == tenant, Notice.published_at < before, Message.settled_at < before)
        .limit(AT_ONCE)
    )
    return (await session.scalars(query)).all()


async def _without_notice(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    """Memos, and what has lost even those: by their ids, which begin with the time they were made."""
    of_notice = select(Delivery.message).where(
        Delivery.tenant == Message.tenant, Delivery.message == Message.id
    )
    query = select(Message.id).where(Message.tenant == tenant, Message.id < ids.first_of(before))
    query = query.where(Message.settled_at < before, ~of_notice.exists())
    return (await session.scalars(query.order_by(Message.id).limit(AT_ONCE))).all()


async def _questions(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = select(Question.message).where(Question.tenant == tenant, Question.at < before)
    return (await session.scalars(query.limit(AT_ONCE))).all()


async def _forget_messages(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:  # noqa: ARG001
    """To whom it went, by which address, and what became of it."""
    of: tuple[Any, ...] = (Delivery, Bounce, Question, Memo, Nudge)
    for table in of:
        await _delete(session, delete(table).where(table.tenant == tenant, table.message.in_(set(rows))))
    await _delete(session, delete(Message).where(Message.tenant == tenant, Message.id.in_(set(rows))))


async def _stamps(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = (
        select(Stamp.notice, Stamp.household, Stamp.round)
        .join(Notice, (Notice.tenant == Stamp.tenant) & (Notice.id == Stamp.notice))
        .where(Notice.tenant == tenant, Notice.published_at < before, Stamp.received_at < before)
        .limit(AT_ONCE)
    )
    return (await session.execute(query)).all()


async def _forget_stamps(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:
    whose: dict[str, set[str]] = defaultdict(set)
    for notice, household, round in rows:
        id = f"st.{notice}.{household}.{round}"
        record(session, tenant, Change(places.household_scope(household), "stamps", id, None))
        key = (Stamp.tenant == tenant, Stamp.notice == notice, Stamp.household == household)
        await _delete(session, delete(Stamp).where(*key, Stamp.round == round))
        whose[notice].add(household)
    await _forget_whose(session, tenant, whose, now)


async def _visits(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = (
        select(Visit.id, Visit.notice, Visit.household, Block.association, NoticeHousehold.block)
        .join(Notice, (Notice.tenant == Visit.tenant) & (Notice.id == Visit.notice))
        .join(
            NoticeHousehold,
            (NoticeHousehold.tenant == Visit.tenant)
            & (NoticeHousehold.notice == Visit.notice)
            & (NoticeHousehold.household == Visit.household),
        )
        .join(Block, (Block.tenant == NoticeHousehold.tenant) & (Block.id == NoticeHousehold.block))
        .where(Notice.tenant == tenant, Notice.published_at < before, Visit.received_at < before)
        .limit(AT_ONCE)
    )
    return (await session.execute(query)).all()


async def _forget_visits(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:
    whose: dict[str, set[str]] = defaultdict(set)
    for id, notice, household, association, block in rows:
        # It stands in one of them, by the seat of whoever made it.
        for scope in (places.leader_scope(block), places.officers_scope(association)):
            record(session, tenant, Change(scope, "visits", id, None))
        await _delete(session, delete(Visit).where(Visit.tenant == tenant, Visit.id == id))
        whose[notice].add(household)
    await _forget_whose(session, tenant, whose, now)


async def _forget_whose(
    session: AsyncSession, tenant: str, homes: Mapping[str, Collection[str]], now: datetime
) -> None:
    """`homes`: notice → households. The lists of homes on phones say who it was, by name."""
    row = NoticeHousehold
    for notice, households in sorted(homes.items()):
        rows = update(row).where(row.tenant == tenant, row.notice == notice, row.household.in_(households))
        rows = rows.where(row.stamped_by.is_not(None)).values(stamped_by=None)
        gone = rows.returning(row.block).execution_options(synchronize_session=False)
        await reach.changed(session, tenant, notice, now, set(await session.scalars(gone)))


async def _looks(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = select(Look.id, Look.block).where(Look.tenant == tenant, Look.at < before)
    return (await session.execute(query.limit(AT_ONCE))).all()


async def _forget_looks(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:  # noqa: ARG001
    for id, block in rows:
        record(session, tenant, Change(places.block_scope(block), "looks", id, None))
    seen = [id for id, _ in rows]
    await _delete(session, delete(Look).where(Look.tenant == tenant, Look.id.in_(seen)))


async def _delete(session: AsyncSession, statement: Delete) -> None:
    """What phones hold of it is recorded by the caller."""
    options = {"journalled": True, "synchronize_session": False}
    await session.execute(statement, execution_options=options)


async def left(session: AsyncSession, tenant: str, before: datetime) -> Sequence[str]:
    """Who has moved away so long ago; they become numbers (erasure.py)."""
    gone = (Person.tenant == tenant, Person.ended_at < before, Person.erased_at.is_(None))
    query = select(Person.id).where(*gone).order_by(Person.id).limit(AT_ONCE // 10)
    return (await session.scalars(query)).all()


async def unread(session: AsyncSession, tenant: str, now: datetime) -> Sequence[str]:
    """SHA-256 of attachments that no notice has any more and nobody may read."""
    needed = select(NoticeFile.sha256).where(NoticeFile.tenant == tenant)
    granted = select(FileGrant.sha256).where(FileGrant.tenant == tenant)
    old = (File.tenant == tenant, File.uploaded_at < now - 2 * UPLOADERS_DAY)
    query = select(File.sha256).where(*old, File.sha256.not_in(needed), File.sha256.not_in(granted))
    return (await session.scalars(query.order_by(File.sha256).limit(AT_ONCE // 10))).all()


async def forget_file(session: AsyncSession, tenant: str, sha256: str) -> None:
    await session.execute(delete(File).where(File.tenant == tenant, File.sha256 == sha256))


RULES: Final = (
    Rule("texts", "texts", _texts, _empty),
    Rule("messages", "messages", _messages, _forget_messages),
    Rule("messages without a notice", "messages", _without_notice, _forget_messages),
    Rule("questions", "messages", _questions, _forget_messages),
    Rule("stamps", "proofs", _stamps, _forget_stamps),
    Rule("visits", "proofs", _visits, _forget_visits),
    Rule("looks", "looks", _looks, _forget_looks),
)
