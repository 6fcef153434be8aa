"""The rows that name a person, read for that person: ids become titles and names, times are those of Tokyo."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import (
    Address,
    Association,
    Audit,
    Block,
    Carriage,
    Delivery,
    Device,
    File,
    Household,
    Look,
    Message,
    Notice,
    NoticeHousehold,
    NoticeRevision,
    Passkey,
    Person,
    Question,
    Resident,
    Seat,
    Stamp,
    Term,
    Ticket,
    Visit,
)
from notices.tokyo import wire
from notices.vault import Vault

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    session: AsyncSession
    tenant: str
    person: str


async def told(who: Whose, query: Select[*tuple[Any, ...]], *names: str) -> list[Body]:
    """A row each, its columns by these names."""
    rows = (await who.session.execute(query)).all()
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]


def lived_in(who: Whose, household: Any, at: Any) -> ColumnElement[bool]:
    """Columns: of a home of theirs at that time. What it said before they came, or after they went, is not theirs."""
    there = select(Resident.household).where(Resident.tenant == who.tenant, Resident.person == who.person)
    there = there.where(Resident.household == household, Resident.since <= at)
    return there.where(or_(Resident.until.is_(None), Resident.until > at)).exists()


def _plain(value: Any) -> Any:
    if hasattr(value, "tzinfo"):
        return wire(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


async def homes(who: Whose, vault: Vault) -> list[Body]:
    query = (
        select(Household, Association.name, Block.name, Resident.since, Resident.until)
        .join(Resident, (Resident.tenant == Household.tenant) & (Resident.household == Household.id))
        .join(
            Association, (Association.tenant == Household.tenant) & (Association.id == Household.association)
        )
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(Household.tenant == who.tenant, Resident.person == who.person)
        .order_by(Resident.since, Household.id)
    )
    return [
        {
            "name": home.name,
            "number": home.number,
            "association": association,
            "block": block,
            "street": vault.decrypt(who.tenant, home.street) if home.street else None,
            "paper": home.on_paper,
            "since": wire(since),
            "until": wire(until),
        }
        for home, association, block, since, until in (await who.session.execute(query)).all()
    ]


async def seats(who: Whose) -> list[Body]:
    query = (
        select(Seat.role, Seat.title, Association.name, Block.name, Term.begins, Term.ends)
        .join(Term, (Term.tenant == Seat.tenant) & (Term.seat == Seat.id))
        .outerjoin(Association, (Association.tenant == Seat.tenant) & (Association.id == Seat.association))
        .outerjoin(Block, (Block.tenant == Seat.tenant) & (Block.id == Seat.block))
        .where(Seat.tenant == who.tenant, Term.person == who.person)
        .order_by(Term.begins, Term.id)
    )
    return await told(who, query, "role", "title", "association", "block", "begins", "ends")


async def addresses(who: Whose) -> Sequence[Address]:
    query = select(Address).where(Address.tenant == who.tenant, Address.person == who.person)
    return (await who.session.scalars(query.order_by(Address.created_at, Address.id))).all()


async def devices(who: Whose) -> list[Body]:
    columns = (Device.name, Device.number, Device.created_at, Device.seen_at, Device.revoked_at)
    query = select(*columns).where(Device.tenant == who.tenant, Device.person == who.person)
    names = ("name", "number", "createdAt", "seenAt", "revokedAt")
    return await told(who, query.order_by(Device.created_at, Device.id), *names)


async def tickets(who: Whose) -> list[Body]:
    columns = (Ticket.kind, Ticket.created_at, Ticket.expires_at, Ticket.used_at, Ticket.revoked_at)
    query = select(*columns).where(Ticket.tenant == who.tenant, Ticket.person == who.person)
    names = ("kind", "createdAt", "expiresAt", "usedAt", "revokedAt")
    return await told(who, query.order_by(Ticket.created_at, Ticket.id), *names)


async def stamps(who: Whose) -> list[Body]:
    """Each press, and whether the household's stamp is by it: first proof wins."""
    row = NoticeHousehold
    query = (
        select(Notice.title, Household.name, Stamp.round, Stamp.proxy, Stamp.at, Stamp.received_at)
        .add_columns(row.stamped_by == Stamp.person)
        .join(Notice, (Notice.tenant == Stamp.tenant) & (Notice.id == Stamp.notice))
        .join(Household, (Household.tenant == Stamp.tenant) & (Household.id == Stamp.household))
        .outerjoin(
            row,
            (row.tenant == Stamp.tenant) & (row.notice == Stamp.notice) & (row.household == Stamp.household),
        )
        .where(Stamp.tenant == who.tenant, Stamp.person == who.person)
        .order_by(Stamp.received_at, Stamp.notice)
    )
    return await told(who, query, "notice", "household", "round", "proxy", "at", "receivedAt", "counts")


async def visits(who: Whose) -> list[Body]:
    """At her homes while she lived there, and those that she made or was asked at."""
    mine = lived_in(who, Visit.household, Visit.at)
    query = (
        select(Notice.title, Household.name, Visit.kind, Person.name, Visit.at, Visit.by == who.person)
        .join(Notice, (Notice.tenant == Visit.tenant) & (Notice.id == Visit.notice))
        .join(Household, (Household.tenant == Visit.tenant) & (Household.id == Visit.household))
        .join(Person, (Person.tenant == Visit.tenant) & (Person.id == Visit.by))
        .where(Visit.tenant == who.tenant)
        .where(or_(mine, Visit.by == who.person, Visit.said_by == who.person))
        .order_by(Visit.at, Visit.id)
    )
    return await told(who, query, "notice", "household", "kind", "by", "at", "byYou")


async def looks(who: Whose) -> list[Body]:
    """At the block of a home while she lived there, and those that she made herself."""
    there = select(Household.id).where(Household.tenant == who.tenant, Household.block == Look.block)
    there = there.where(lived_in(who, Household.id, Look.at))
    query = (
        select(Block.name, Notice.title, Person.name, Look.at, Look.by == who.person)
        .join(Block, (Block.tenant == Look.tenant) & (Block.id == Look.block))
        .join(Person, (Person.tenant == Look.tenant) & (Person.id == Look.by))
        .outerjoin(Notice, (Notice.tenant == Look.tenant) & (Notice.id == Look.notice))
        .where(Look.tenant == who.tenant, or_(there.exists(), Look.by == who.person))
        .order_by(Look.at, Look.id)
    )
    return await told(who, query, "block", "notice", "by", "at", "byYou")


async def carriages(who: Whose) -> list[Body]:
    """What a neighbour brought for her, and what she brought for neighbours: not whose that was."""
    mine = Carriage.by == who.person
    columns = (mine, Carriage.presses, Carriage.issued_at, Carriage.received_at)
    query = select(*columns).where(Carriage.tenant == who.tenant, or_(mine, Carriage.person == who.person))
    names = ("byYou", "presses", "issuedAt", "receivedAt")
    return await told(who, query.order_by(Carriage.received_at, Carriage.id), *names)


async def messages(who: Whose) -> list[Body]:
    """What was sent to her: a digest carries several notices, a question none."""
    columns = (Message.id, Message.channel, Message.state, Message.reason)
    query = select(*columns, Message.created_at, Message.settled_at)
    query = query.where(Message.tenant == who.tenant, Message.person == who.person)
    names = ("id", "channel", "state", "reason", "createdAt", "settledAt")
    found = await told(who, query.order_by(Message.created_at, Message.id), *names)
    titles = await _carried(who)
    return [each | {"notices": titles.get(each.pop("id"), [])} for each in found]


async def _carried(who: Whose) -> Mapping[str, list[str]]:
    query = (
        select(Delivery.message, Notice.title)
        .join(Notice, (Notice.tenant == Delivery.tenant) & (Notice.id == Delivery.notice))
        .where(Delivery.tenant == who.tenant, Delivery.person == who.person)
        .distinct()
        .order_by(Delivery.message, Notice.title)
    )
    titles: dict[str, list[str]] = defaultdict(list)
    for message, title in await who.session.execute(query):
        titles[message].append(title)
    return titles


async def passkeys(who: Whose) -> list[Body]:
    query = (
        select(Passkey.name, Passkey.created_at, Passkey.used_at)
        .where(Passkey.tenant == who.tenant, Passkey.person == who.person)
        .order_by(Passkey.created_at)
    )
    return await told(who, query, "name", "createdAt", "usedAt")


async def questions(who: Whose) -> list[Body]:
    query = (
        select(Association.name, Question.at)
        .join(Association, (Association.tenant == Question.tenant) & (Association.id == Question.association))
        .where(Question.tenant == who.tenant, Question.person == who.person)
        .order_by(Question.at)
    )
    return await told(who, query, "association", "at")


async def written(who: Whose) -> list[Body]:
    """Notices that she wrote, sent or corrected; their texts are the association's."""
    corrected = select(NoticeRevision.notice).where(
        NoticeRevision.tenant == who.tenant, NoticeRevision.by == who.person
    )
    hers = or_(Notice.author == who.person, Notice.announced_by == who.person, Notice.id.in_(corrected))
    columns = (Notice.title, Notice.author_title, Notice.state, Notice.created_at, Notice.published_at)
    query = select(*columns).where(Notice.tenant == who.tenant, hers)
    names = ("title", "asWhat", "state", "createdAt", "publishedAt")
    return await told(who, query.order_by(Notice.created_at, Notice.id), *names)


async def files(who: Whose) -> list[Body]:
    query = select(File.sha256, File.type, File.size, File.uploaded_at)
    query = query.where(File.tenant == who.tenant, File.uploaded_by == who.person)
    return await told(who, query.order_by(File.uploaded_at, File.sha256), "sha256", "type", "size", "at")


async def deeds(who: Whose) -> list[Body]:
    """Of the record that cannot be changed: what she did, and what was done to her entry."""
    query = select(Audit.at, Audit.action, Audit.actor == who.person).where(Audit.tenant == who.tenant)
    query = query.where(or_(Audit.actor == who.person, Audit.subject == who.person)).order_by(Audit.seq)
    return await told(who, query, "at", "action", "byYou")
