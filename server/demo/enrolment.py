"""Phones for many people at once, by the same tickets and subscriptions as one phone at a time."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import tickets
from notices.models import Address
from notices.privacy import consent
from notices.town import addresses
from notices.town.standing import standing
from server.demo.running import TENANT
from server.house import House
from server.sinks.push import PushSink

T = TypeVar("T")

TOGETHER = 50
"""In one transaction."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A phone of the demo. Its device id is also the name of its subscription at the push sink."""

    association: str
    person: str
    household: str
    device: str
    token: str


async def enrol(
    session: AsyncSession, house: House, push: PushSink, people: Mapping[str, str], now: datetime
) -> list[tickets.Enrolled]:
    """`people`: person → name of the phone. Tickets, the phones that use them, and their subscriptions."""
    vault, made = house.keys.vault, []
    for ticket in await tickets.issue(session, vault, TENANT, list(people), "qr", None, now):
        name = people[ticket.person]
        knock = tickets.Knock(ticket.code, name, None, caller="demo")
        came = await tickets.redeem(session, vault, house.guesses, knock, now, tenant=TENANT)
        agreed = (consent.NEWEST, "ja", came.device)
        await consent.agree(session, TENANT, ticket.person, *agreed, now)
        await subscribe(session, house, push, ticket.person, came.device, now)
        made.append(came)
    return made


async def subscribe(
    session: AsyncSession,
    house: House,
    push: PushSink,
    person: str,
    device: str,
    now: datetime,
) -> None:
    who = await standing(session, TENANT, person, now)
    if who is None:
        return
    theirs = push.subscribe(device)
    keys = {"p256dh": theirs.p256dh, "auth": theirs.auth}
    lane = house.push_hosts.check(theirs.endpoint)
    await addresses.subscribe(session, house.keys.vault, who, device, lane, theirs.endpoint, keys, now)


async def enrol_all(
    house: House,
    push: PushSink,
    people: Sequence[tuple[str, str, str, str]],
    now: datetime,
    progress: Callable[[int], None],
) -> list[Enrolled]:
    """`people`: (association, household, person, name of the phone). `progress` is told how many more are done."""
    made: list[Enrolled] = []
    for some in _together(people):
        async with house.db.write() as session:
            names = {person: name for _, _, person, name in some}
            came = await enrol(session, house, push, names, now)
        homes = {person: (association, household) for association, household, person, _ in some}
        for each in came:
            association, household = homes[each.person]
            made.append(Enrolled(association, each.person, household, each.device, each.token))
        progress(len(some))
    return made


async def renew(house: House, push: PushSink, now: datetime) -> None:
    """The sink has moved to another port: every phone that knew the old one subscribes again."""
    query = select(Address.person, Address.device).where(
        Address.tenant == TENANT,
        Address.channel == "push",
        Address.state == "live",
        Address.lane.like("http://127.0.0.1:%"),
        Address.lane != push.origin,
    )
    async with house.db.read() as session:
        moved = [(person, device) for person, device in await session.execute(query) if device]
    for some in _together(moved):
        async with house.db.write() as session:
            for person, device in some:
                await subscribe(session, house, push, person, device, now)


def keep(file: Path, phones: Sequence[Enrolled]) -> None:
    file.write_text(json.dumps([asdict(each) for each in phones]))
    file.chmod(0o600)


def kept(file: Path) -> list[Enrolled]:
    return [Enrolled(**each) for each in json.loads(file.read_text())]


def _together(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), TOGETHER):
        yield items[start : start + TOGETHER]
