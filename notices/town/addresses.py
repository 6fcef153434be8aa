"""Where people are reached: a push subscription comes and goes with its device, a channel is switched on and off."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.models import Address, Device
from notices.planning.carried import BY_ITS_OWNER
from notices.town import mail_address, mailbox
from notices.town.address_errors import PushEndpointTaken
from notices.town.standing import Standing
from notices.vault import Vault

DEAD: Final = frozenset({"unsubscribed", "keys-refused", "vapid"})
"""Why a subscription is at its end by its service's own word: nothing that we do brings it back."""


async def subscribe(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    device: str,
    lane: str,
    endpoint: str,
    keys: Mapping[str, str],
    now: datetime,
) -> str:
    """This device's subscription, checked before (push_hosts), `lane` its origin. Another one of the device is at its end.

    An endpoint has one current device: with the same keys it moves here, with others it is somebody else's.
    → its state: `live`; still `off` where its person has switched it off (`switch`), as a phone posts at every start; or
    still `gone` where its service has called it dead, which its browser need not know: it has to make another.
    Raises PushEndpointTaken.
    """
    await _lock_device(session, by.tenant, device)
    off = await _switched_off(session, by, device)
    lookup = vault.lookup(by.tenant, endpoint)
    secret = {"endpoint": endpoint, "p256dh": keys["p256dh"], "auth": keys["auth"]}
    row = await _of_endpoint(session, by.tenant, lookup)
    if row is not None and row.device != device and _opened(vault, row) != secret:
        raise PushEndpointTaken()
    if row is not None and row.state == "gone" and row.reason in DEAD:
        return row.state
    await _end_others(session, by.tenant, device, lookup, now)
    if row is None:
        row = Address(
            tenant=by.tenant, id=ids.new_id(), channel="push", lookup=lookup, lane=lane, created_at=now
        )
        session.add(row)
    row.person, row.device = by.person, device
    row.secret = vault.encrypt(by.tenant, json.dumps(secret))
    row.state, row.reason = ("off", "stopped") if off else ("live", None)
    row.failures, row.changed_at = 0, now
    return row.state


async def _lock_device(session: AsyncSession, tenant: str, device: str) -> None:
    """Two of its requests at once would each find no row of the endpoint, and make one."""
    here = select(Device.id).where(Device.tenant == tenant, Device.id == device)
    await session.execute(here.with_for_update())


async def _of_endpoint(session: AsyncSession, tenant: str, lookup: bytes) -> Address | None:
    query = select(Address).where(
        Address.tenant == tenant, Address.lookup == lookup, Address.channel == "push"
    )
    return await session.scalar(query.with_for_update())


def _opened(vault: Vault, row: Address) -> dict[str, str]:
    said: dict[str, str] = json.loads(vault.decrypt(row.tenant, row.secret))
    return said


async def _switched_off(session: AsyncSession, by: Standing, device: str) -> bool:
    """Of this device, whatever its endpoint was: services give a new one when they like."""
    query = select(Address.id).where(
        Address.tenant == by.tenant,
        Address.person == by.person,
        Address.device == device,
        Address.channel == "push",
        Address.state == "off",
        Address.reason == "stopped",
    )
    return await session.scalar(query.limit(1)) is not None


async def _end_others(session: AsyncSession, tenant: str, device: str, lookup: bytes, now: datetime) -> None:
    others = update(Address).where(
        Address.tenant == tenant,
        Address.device == device,
        Address.channel == "push",
        Address.lookup != lookup,
        Address.state != "gone",
    )
    await session.execute(others.values(state="gone", reason="replaced", changed_at=now))


async def unsubscribe_push(session: AsyncSession, tenant: str, device: str, now: datetime) -> None:
    rows = update(Address).where(
        Address.tenant == tenant,
        Address.device == device,
        Address.channel == "push",
        Address.state != "gone",
    )
    await session.execute(rows.values(state="gone", reason="stopped", changed_at=now))


async def give_mail(
    session: AsyncSession, vault: Vault, tenant: str, person: str, text: str, actor: str, now: datetime
) -> str:
    """An address that an officer was told takes the place of the one on file; one that was dead is tried anew.

    → its state: `live`; `off` where this person has stopped mail, who alone can take that back.
    Raises MailAddressRefused.
    """
    address = mail_address.checked(text)
    query = select(Address).where(
        Address.tenant == tenant, Address.person == person, Address.channel == "mail"
    )
    rows = (await session.scalars(query.with_for_update())).all()
    reached = any(row.state in ("live", "suppressed") for row in rows)
    stopped = None if reached else next((row.reason for row in rows if row.reason in BY_ITS_OWNER), None)
    same = next((row for row in rows if vault.decrypt(tenant, row.secret) == address), None)
    for row in rows:
        if row is not same and (row.state in ("live", "suppressed") or row.reason in BY_ITS_OWNER):
            row.state, row.reason, row.changed_at = "off", "replaced", now
    if same is None:
        same = _mailbox(vault, tenant, person, address, now)
        session.add(same)
    same.state, same.reason = ("off", stopped) if stopped else ("live", None)
    same.failures, same.changed_at = 0, now
    same.hard_failed_on, same.soft_score, same.suppressed_at = None, None, None
    await audit.write(session, tenant, actor, "person.mail", person, {"state": same.state}, now)
    return same.state


def _mailbox(vault: Vault, tenant: str, person: str, address: str, now: datetime) -> Address:
    return Address(
        tenant=tenant,
        id=ids.new_id(),
        person=person,
        channel="mail",
        secret=vault.encrypt(tenant, address),
        lookup=vault.lookup(tenant, address.lower()),
        lane=mail_address.domain_of(address),
        created_at=now,
    )


async def switch(session: AsyncSession, by: Standing, channel: str, on: bool, now: datetime) -> bool:
    """Turns a channel of one's own on or off; what is gone or suppressed stays so. True where something changed."""
    if channel == "mail" and on:
        return await mailbox.turn_on(session, by, now)
    before, after = ("off", "live") if on else ("live", "off")
    rows = update(Address).where(
        Address.tenant == by.tenant,
        Address.person == by.person,
        Address.channel == channel,
        Address.state == before,
    )
    # A mailbox that the roster replaced is off for good; only what its owner stopped comes back.
    if on:
        rows = rows.where(Address.reason.in_(BY_ITS_OWNER))
    reason = None if on else "stopped"
    result = await session.execute(rows.values(state=after, reason=reason, changed_at=now))
    return isinstance(result, CursorResult) and result.rowcount > 0


async def live_channels(session: AsyncSession, by: Standing) -> dict[str, bool]:
    """Which channels of this person carry anything now."""
    query = select(Address.channel).where(
        Address.tenant == by.tenant, Address.person == by.person, Address.state == "live"
    )
    live = set((await session.scalars(query)).all())
    return {channel: channel in live for channel in ("mail", "push", "line")}
