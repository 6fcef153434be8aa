"""Who is told when a canary does not arrive, and when it does again: by the other channels, once an outage.

Operators by mail (KAIRAN_ALARM_MAIL), the city's clerks by push, and by LINE where they have tied it. Noted when one of
them was reached; until then it is tried again every minute. Only where no other channel takes it is the silent one tried.
"""

import asyncio
import json
import logging
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select, tuple_

from notices import ids
from notices.canary import rounds
from notices.canary.rounds import News
from notices.canary.words import Announcement, announcement
from notices.channels import LineAddress, LineMessage, Mail, MailAddress, Outgoing, Push
from notices.deliver.letters import subscription
from notices.models import Address, City, Seat, Term
from notices.outcomes import Outcome, Sent
from notices.town.mail_address import checked, domain_of
from notices.town.standing import runs
from notices.wording.line import LineBody
from notices.wording.payload import PushBody, topic_of
from notices.wording.render import bare_mail_of
from server.canary.flying import send
from server.house import House

log = logging.getLogger("kairan.canary")

PATIENCE: Final = 25.0
"""Seconds for a channel to take an alarm: twice that is less than the minute for which it is ours to tell."""
_TTL: Final = 24 * 3600
_ROLES: Final = ("clerk", "approver")


async def tell_all(house: House, channels: Collection[str], *, unwatched: bool = False) -> None:
    """One after the other: what is in hand must be told, and noted, before its minute is over."""
    while (news := await _next(house, channels, unwatched)) is not None:
        if await _tell(house, news):
            async with house.db.write() as session:
                await rounds.told(session, news)


async def _next(house: House, channels: Collection[str], unwatched: bool) -> News | None:
    async with house.db.write() as session:
        now = await house.db.now(session, house.clock)
        return await rounds.untold(session, channels, now, unwatched=unwatched)


async def _tell(house: House, news: News) -> bool:
    """Whether somebody was reached, or there is nobody to reach."""
    said = announcement(news)
    _write_down(news)
    messages = {
        "push": await _pushes(house, news, said),
        "mail": _mails(house, said),
        "line": await _line_messages(house, said),
    }
    if not any(messages.values()):
        log.error("nobody is there to be told: set KAIRAN_ALARM_MAIL")
        return True
    own = messages.pop(news.channel, [])
    others = (_taken(house, channel, those) for channel, those in messages.items())
    reached = await asyncio.gather(*others)
    if any(reached) or await _taken(house, news.channel, own):
        return True
    log.error("nobody could be told; it is tried again")
    return False


async def _taken(house: House, channel: str, messages: Sequence[Outgoing]) -> bool:
    """Whether one of them, at least, left the house."""
    outcomes: dict[str, Outcome] = {}
    try:
        async with asyncio.timeout(PATIENCE):
            await send(house, channel, messages, outcomes)
    except Exception as error:  # one channel's trouble must not keep the other from telling it
        log.error("an alarm by %s failed: %s", channel, type(error).__name__)
    return any(isinstance(outcome, Sent) for outcome in outcomes.values())


def _write_down(news: News) -> None:
    if news.until is None:
        log.error("the canary of %s has not been seen since %s", news.channel, news.since.isoformat())
    else:
        log.warning("the canary of %s is seen again", news.channel)


def _mails(house: House, said: Announcement) -> list[Outgoing]:
    settings = house.settings
    sender = settings.mail_from
    addresses = [checked(each.strip()) for each in settings.alarm_mail.split(",") if each.strip()]
    if not (addresses and "mail" in house.channels):
        return []
    body = bare_mail_of(said.title, said.text, origin=settings.origin, sender=sender)
    return [
        Mail(ids.new_id(), domain_of(each), MailAddress(each), body, urgency="urgent") for each in addresses
    ]


async def _to_clerks(house: House, channel: str) -> Sequence[Address]:
    async with house.db.read() as session:
        held = select(City.tenant).where(City.on_hold.is_(True))
        holders = (
            select(Term.tenant, Term.person)
            .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
            .where(Seat.role.in_(_ROLES), Seat.ended_at.is_(None), runs(house.clock()))
        )
        theirs = tuple_(Address.tenant, Address.person).in_(holders)
        live = select(Address).where(Address.channel == channel, Address.state == "live", theirs)
        return (await session.scalars(live.where(Address.tenant.not_in(held)))).all()


async def _pushes(house: House, news: News, said: Announcement) -> list[Outgoing]:
    body, vault = _push_body(house, news, said), house.keys.vault
    return [
        Push(ids.new_id(), each.lane, subscription(vault, each.tenant, each.secret), body, urgency="urgent")
        for each in await _to_clerks(house, "push")
    ]


async def _line_messages(house: House, said: Announcement) -> list[Outgoing]:
    if "line" not in house.channels:
        return []
    body, vault = LineBody(f"{said.title}\n{said.text}"), house.keys.vault
    return [
        LineMessage(
            ids.new_id(),
            each.lane,
            LineAddress(vault.decrypt(each.tenant, each.secret)),
            body,
            urgency="urgent",
        )
        for each in await _to_clerks(house, "line")
    ]


def _push_body(house: House, news: News, said: Announcement) -> PushBody:
    """The all-clear takes the place of the alarm on the phone, and at the push service."""
    about = f"canary-{news.channel}"
    notification = {
        "title": said.title,
        "body": said.text,
        "lang": "ja",
        "tag": about,
        "navigate": f"{house.settings.origin}/lanes",
        "data": {},
    }
    message = {"web_push": 8030, "notification": notification, "mutable": True}
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return PushBody(payload=payload, short=payload, ttl=_TTL, urgency="high", topic=topic_of(about))
