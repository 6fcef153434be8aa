"""The gentle question: whoever's phone has fallen silent is asked whether all is well, and to open the app once.

Opening it is the answer. At most once in AGAIN and TWICE in one silence, by day, outside their quiet hours. A question is
a memo (notices/memos); a row `question` for each of those it asks keeps them from being asked again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.healing import silence
from notices.ladder import steps
from notices.ladder.hours import Wishes, out_of_quiet
from notices.memos.rows import Answer, Said, memo_of, message_to
from notices.memos.short_letters import question_of
from notices.models import Address, Association, City, Household, Memo, Message, Person, Question, Resident
from notices.outcomes import Skipped
from notices.planning import carried
from notices.planning.soon import asleep
from notices.tokyo import TOKYO
from notices.vault import Vault

ABOUT: Final = "question"
AT_ONCE: Final = 100
"""People asked in one transaction."""
STRIDE: Final = 2_000
"""People looked at in one read."""
BY_DAY: Final = (time(10), time(17))
"""In Tokyo: nobody is startled, and whoever wants to ring somebody about it can."""
STALE: Final = timedelta(days=1)
"""What could not leave for so long does not leave any more; it counts for nothing, and they are asked after AGAIN."""


def by_day(now: datetime) -> bool:
    first, last = BY_DAY
    return first <= now.astimezone(TOKYO).time() < last


async def may_ask(session: AsyncSession, tenant: str) -> bool:
    """Not of a city on hold, nor of a demo. Locks the city: two workers that ask at a time would ask twice."""
    city = select(City.id).where(City.tenant == tenant, City.on_hold.is_(False), City.demo.is_(False))
    return await session.scalar(city.with_for_update()) is not None


async def next_to_ask(
    session: AsyncSession, tenant: str, after: str | None, now: datetime, stride: int = STRIDE
) -> tuple[Sequence[str], str | None]:
    """→ those of the next `stride` people behind `after` whose turn it is, at most AT_ONCE; and behind whom to go on, None
    at the end of the town. A town is walked through, never looked at as a whole.
    """
    if not by_day(now):
        return (), None
    people = Person.tenant == tenant
    if after is not None:
        people = and_(people, Person.id > after)
    last = await session.scalar(
        select(Person.id).where(people).order_by(Person.id).offset(stride - 1).limit(1)
    )
    if last is not None:
        people = and_(people, Person.id <= last)
    turn = _to_ask(tenant, now).where(people).order_by(Person.id).limit(AT_ONCE)
    found = [person for person, _ in await session.execute(turn)]
    return found, found[-1] if len(found) == AT_ONCE else last


async def ask(session: AsyncSession, tenant: str, of: Sequence[str], now: datetime) -> int:
    """Asks those of these people whose turn it still is. → how many they are."""
    if not of or not await may_ask(session, tenant):
        return 0
    turn = _to_ask(tenant, now).where(Person.id.in_(of)).order_by(Person.id)
    people = {person: association for person, association in await session.execute(turn)}
    messages: dict[tuple[str, bytes], Message] = {}
    for address in await _addresses(session, tenant, list(people), now):
        box = (address.channel, address.lookup)
        if box not in messages:
            messages[box] = message_to(address.tenant, address.person, address, now)
            about = people[address.person]
            session.add_all((messages[box], memo_of(messages[box], ABOUT, about, now)))
        session.add(
            Question(
                tenant=tenant,
                message=messages[box].id,
                person=address.person,
                association=people[address.person],
                at=now,
            )
        )
    due.tap(session)
    return len(people)


def _to_ask(tenant: str, now: datetime) -> Select[str, str]:
    """(person, an association of theirs) of those on the phone, and on the phone alone with one home at least."""
    home = (
        select(Household.association)
        .join(Resident, and_(Resident.tenant == Household.tenant, Resident.household == Household.id))
        .where(Resident.tenant == Person.tenant, Resident.person == Person.id, Resident.until.is_(None))
        .where(Household.left_at.is_(None), ~Household.on_paper)
        # By `since` first: in the order of ids SQLite would go through all homes of the city for each person.
        .order_by(Resident.since, Household.id)
        .limit(1)
        .scalar_subquery()
    )
    push = exists().where(
        Address.tenant == Person.tenant,
        Address.person == Person.id,
        Address.channel == "push",
        Address.state == "live",
    )
    lately = exists().where(
        Question.tenant == Person.tenant, Question.person == Person.id, Question.at > now - silence.AGAIN
    )
    return (
        select(Person.id, home)
        .where(Person.tenant == tenant, Person.ended_at.is_(None), push, home.is_not(None))
        .where(silence.silent(Person.tenant, Person.id, now), ~asleep(now), ~lately)
        .where(silence.asked_since_seen(Person.tenant, Person.id, now) < silence.TWICE)
    )


async def _addresses(
    session: AsyncSession, tenant: str, people: Sequence[str], now: datetime
) -> Sequence[Address]:
    """Their pushes, and the channel they hear by beside them; no mailbox that was asked of late for somebody else."""
    live = select(Address).where(
        Address.tenant == tenant, Address.person.in_(people), Address.state == "live"
    )
    of: dict[str, list[Address]] = defaultdict(list)
    for address in await session.scalars(live.order_by(Address.id)):
        of[address.person].append(address)
    boxes = {address.lookup for each in of.values() for address in each}
    lately = (
        select(Address.channel, Address.lookup)
        .join(Message, and_(Message.tenant == Address.tenant, Message.address == Address.id))
        .join(Question, and_(Question.tenant == Message.tenant, Question.message == Message.id))
        .where(Address.tenant == tenant, Address.lookup.in_(boxes), Question.at > now - silence.AGAIN)
    )
    asked = {(channel, lookup) for channel, lookup in await session.execute(lately)}
    return [
        address
        for person in people
        for address in _chosen(of[person])
        if (address.channel, address.lookup) not in asked
    ]


def _chosen(live: Sequence[Address]) -> Sequence[Address]:
    beside = steps.first_channels("ordinary", {address.channel for address in live} - {"push"})
    return [address for address in live if address.channel in {"push", *beside}]


@dataclass(frozen=True, slots=True)
class Asked:
    """One person of a question's message, as they are now."""

    at: datetime
    address: Address | None
    person: Person | None
    association: Association | None
    silent: bool

    def why_not(self, now: datetime) -> str | None:
        """The reason not to ask after all, a slug of REASONS; None where it is still right."""
        if self.person is None or self.person.ended_at is not None or self.association is None:
            return "moved"
        if self.address is None:
            return "address-changed"
        if not carried.takes(self.address, "ordinary"):
            return carried.why_not(self.address)
        if not self.silent:
            return "question-answered"
        awake = out_of_quiet(Wishes(self.person.quiet_from, self.person.quiet_to), now) == now
        return None if awake and by_day(now) and now - self.at < STALE else "question-late"


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    read = await _read(session, tenant, [each.message for each in memos], now)
    return {message: _said(asked, now) for message, asked in read.items()}


def _said(asked: Sequence[Asked], now: datetime) -> Answer:
    """It leaves as long as one of those it asks is still to be asked."""
    reasons = [(each.why_not(now), each) for each in asked]
    to = next((each for reason, each in reasons if reason is None), None)
    if to is None or to.address is None or to.person is None or to.association is None:
        return Skipped(reasons[0][0] or "moved")
    return Said(to.address, question_of(to.association, to.person.locale))


async def _read(
    session: AsyncSession, tenant: str, messages: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Asked]]:
    """Message → whom it asks."""
    query = (
        select(Question.message, Question.at, Address, Person, Association)
        .add_columns(silence.silent(Question.tenant, Question.person, now))
        .join(Message, and_(Message.tenant == Question.tenant, Message.id == Question.message))
        .outerjoin(Address, and_(Address.tenant == Message.tenant, Address.id == Message.address))
        .outerjoin(Person, and_(Person.tenant == Question.tenant, Person.id == Question.person))
        .outerjoin(
            Association, and_(Association.tenant == Question.tenant, Association.id == Question.association)
        )
        .where(Question.tenant == tenant, Question.message.in_(messages))
        .order_by(Question.message, Question.person)
    )
    found: dict[str, list[Asked]] = defaultdict(list)
    for message, at, address, person, association, silent in await session.execute(query):
        found[message].append(Asked(at, address, person, association, bool(silent)))
    return found
