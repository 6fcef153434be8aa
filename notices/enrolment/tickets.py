"""Ways in: tickets for one named person and one use; and the code by which somebody is asked to speak for another.

A ticket is a QR code that lives for 10 minutes or a paper slip that is good until used or revoked; a new one
revokes the person's earlier ones. A device that has just been enrolled may move once, by a carry code (carrying.py).
Codes and tokens are shown once and kept as hashes; the answer to a code is the same whether it never was, was used,
was revoked or has expired.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.enrolment import carrying, codes, devices, records
from notices.enrolment.devices import Enrolled, Newcomer, leave, revoke_device
from notices.enrolment.guesses import Guesses, Limit
from notices.enrolment.ticket_rows import (
    SECRETS,
    batches,
    by_hash,
    enrollable,
    fresh_codes,
    take,
    unused,
)
from notices.ids import bytes_of, new_id
from notices.models import Person, Proxy, Ticket
from notices.proxies import taking_up
from notices.proxies.taking_up import invitation
from notices.records import projection
from notices.records.projection import Touched
from notices.town.people_errors import (
    CannotEnrol,
    CodeMistyped,
    TicketsForNobody,
)
from notices.vault import Vault

__all__ = [
    "Enrolled",
    "Issued",
    "Knock",
    "issue",
    "leave",
    "redeem",
    "revoke_device",
]

QR_LIVES: Final = timedelta(minutes=10)

_TEN_MINUTES: Final = timedelta(minutes=10)
# 45 bits bear many guesses: these limits only keep a machine from trying all day.
_CALLER: Final = Limit(30, _TEN_MINUTES)
_ALL: Final = Limit(3_000, _TEN_MINUTES)
# 20 bits do not: with 20 codes open day and night, 200 wrong guesses a day hit one in 250 days.
_CARRY_CALLER: Final = Limit(5, _TEN_MINUTES)
_CARRY_ALL: Final = Limit(50, _TEN_MINUTES)
_CARRY_DAY: Final = Limit(200, timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Issued:
    """`code` as it is printed, `XXXXX-XXXXX`; from now on it exists nowhere else."""

    ticket: str
    person: str
    code: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Knock:
    """Who is at the door: the code they give, and what their device says of itself (devices.newcomer).

    `caller`: the address the request came from (of IPv6 the first 64 bits). `carry`: whether it is a carry code.
    `key`: the phone's own random text; with it, an answer that was lost can be asked for again for 10 minutes.
    """

    code: str = field(repr=False)
    device_name: str
    device_key: str | None
    caller: str
    key: str | None = field(default=None, repr=False)
    carry: bool = False


async def issue(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    people: Sequence[str],
    kind: Literal["slip", "qr"],
    issued_by: str | None,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> list[Issued]:
    """One ticket each. Raises TicketsForNobody, and CannotEnrol for who neither lives here nor holds a seat."""
    wanted = list(dict.fromkeys(people))
    if not wanted:
        raise TicketsForNobody
    if strangers := set(wanted) - await enrollable(session, tenant, wanted, now):
        raise CannotEnrol(people=sorted(strangers))
    await _revoke_earlier(session, tenant, wanted, now)
    fresh = await fresh_codes(session, vault, tenant, len(wanted), source)
    expires = now + QR_LIVES if kind == "qr" else None
    issued = [
        Issued(new_id(), person, codes.shown(code), expires)
        for person, code in zip(wanted, fresh, strict=True)
    ]
    same = {"tenant": tenant, "kind": kind, "issued_by": issued_by, "created_at": now, "expires_at": expires}
    rows = [
        same | {"id": each.ticket, "person": each.person, "code_hash": code_hash}
        for each, code_hash in zip(issued, fresh.values(), strict=True)
    ]
    await session.execute(insert(Ticket), rows)
    await records.refresh(session, tenant, wanted)
    detail = {"kind": kind, "people": len(wanted)}
    subject = wanted[0] if len(wanted) == 1 else "people"
    await audit.write(session, tenant, issued_by, "tickets.issued", subject, detail, now)
    return issued


async def _revoke_earlier(session: AsyncSession, tenant: str, people: Sequence[str], now: datetime) -> None:
    # Two officers at once would each revoke what they see, and leave both new tickets open.
    for batch in batches(sorted(people, key=bytes_of)):
        them = select(Person.id).where(Person.tenant == tenant, Person.id.in_(batch)).order_by(Person.id)
        await session.execute(them.with_for_update())
    for batch in batches(people):
        theirs = unused(tenant).where(Ticket.person.in_(batch), Ticket.kind != "carry")
        await session.execute(theirs.values(revoked_at=now))


async def redeem(
    session: AsyncSession,
    vault: Vault,
    guesses: Guesses,
    knock: Knock,
    now: datetime,
    *,
    tenant: str | None = None,
    source: random.Random = SECRETS,
) -> Enrolled:
    """`tenant` where the origin tells it. By a carry code the device that asked for it is revoked.

    Raises CodeMistyped, CodeRefused, TooManyTries, DeviceNameWrong, DeviceKeyWrong.
    """
    new = devices.newcomer(knock.device_name, knock.device_key)
    meant = codes.read_carry_code(knock.code) if knock.carry else codes.read_code(knock.code)
    if meant is None:
        raise CodeMistyped
    limits = _limits(knock)
    guesses.spend(limits, now)
    kind = Ticket.kind == "carry" if knock.carry else Ticket.kind != "carry"
    query = by_hash(vault.token_hash(meant), tenant).where(kind)
    secret = None if knock.key is None else vault.enrolment_secret(meant, knock.key)
    came = await _answered(session, vault, query, secret, now)
    came = came or await _answered(session, vault, taking_up.by_hash(vault, meant, tenant), secret, now)
    invited = (
        None if came is not None or knock.carry else await invitation(session, vault, meant, tenant, now)
    )
    if invited is not None:
        came = await _let_in_for_another(session, vault, invited, new, secret, now, source)
    elif came is None:
        came = await _let_in(session, vault, await take(session, query, now), new, secret, now, source)
    guesses.give_back(limits, now)
    return came


def _limits(knock: Knock) -> dict[str, Limit]:
    if knock.carry:
        return {f"carry {knock.caller}": _CARRY_CALLER, "carry": _CARRY_ALL, "carry day": _CARRY_DAY}
    return {f"code {knock.caller}": _CALLER, "code": _ALL}


async def _let_in(
    session: AsyncSession,
    vault: Vault,
    ticket: Ticket,
    new: Newcomer,
    secret: bytes | None,
    now: datetime,
    source: random.Random,
) -> Enrolled:
    left = await carrying.moved_out(session, ticket, now) if ticket.kind == "carry" else None
    came = await devices.enrol(
        session,
        vault,
        ticket.tenant,
        ticket.person,
        new,
        now,
        source,
        secret=secret,
        carried_from=left.id if left else None,
        ticket=left.ticket if left else ticket.id,
    )
    if left is None:
        action, detail = "device.enrolled", {"ticket": ticket.id}
    else:
        action, detail = "device.carried", {"from": left.id}
    await audit.write(session, came.tenant, came.person, action, came.device, detail, now)
    return came


async def _let_in_for_another(
    session: AsyncSession,
    vault: Vault,
    invited: Proxy,
    new: Newcomer,
    secret: bytes | None,
    now: datetime,
    source: random.Random,
) -> Enrolled:
    """Somebody who lives elsewhere, and was asked to speak for somebody who lives here."""
    person = await taking_up.newcomer(session, invited, now)
    came = await devices.enrol(session, vault, invited.tenant, person, new, now, source, secret=secret)
    await projection.refresh(session, vault, invited.tenant, Touched(people={person}), now)
    detail = {"proxy": invited.id}
    await audit.write(session, came.tenant, person, "device.enrolled", came.device, detail, now)
    return came


async def _answered(
    session: AsyncSession,
    vault: Vault,
    query: Select[Ticket] | Select[Proxy],
    secret: bytes | None,
    now: datetime,
) -> Enrolled | None:
    """What the same phone was answered for this code before. A slow line repeats itself; nobody is let in twice."""
    if secret is None:
        return None
    for ticket in (await session.scalars(query)).all():
        if (before := await devices.again(session, vault, ticket.tenant, secret, now)) is not None:
            return before
    return None
