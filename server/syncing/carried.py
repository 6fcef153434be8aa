"""What a neighbour carried here is applied as its owner's own: whoever arrives first counts, by (device, mid)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bundles import carriages, envelope
from notices.bundles.bundle_errors import (
    BundleForged,
    BundleOfRevokedDevice,
    BundleUnreadable,
    TooManyBundles,
)
from notices.bundles.envelope import Bundle
from notices.enrolment.guesses import Limit
from notices.models import Device
from notices.town.people_errors import TooManyTries
from notices.town.standing import standings
from server.edge.auth import Caller
from server.house import House
from server.syncing import clocks, mutations, refusals
from server.syncing.author import Author
from sync.errors import Malformed
from sync.push import Mutation, Push, Result, Rules, parse_mutations, push_all

State = Literal["taken", "known", "again"]
"""It arrived by this neighbour · all of it was there · a part must come again: keep the bundle."""
_CARRIER: Final = Limit(60, timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Arrival:
    state: State
    presses: int


async def take(house: House, session: AsyncSession, caller: Caller, bundle: Bundle) -> Arrival:
    """In the caller's transaction. Raises what bundle_errors.py names; then nothing was done."""
    now = house.clock()
    _insist_on_patience(house, caller, now)
    envelope.insist_on_tenant(bundle, caller.tenant)
    envelope.insist_on_time(bundle, now)
    device = await _device(session, bundle)
    owner = (await standings(session, bundle.tenant, [device.person], now)).get(device.person)
    if device.revoked_at is not None or owner is None:
        raise BundleOfRevokedDevice()
    asked = _mutations(house, bundle)
    undo = timedelta(seconds=house.settings.undo_seconds)
    ahead = clocks.ahead_at_least(bundle.issued_at, now)
    author = Author(owner, device.id, caller.city, undo, now, ahead)
    rules = Rules(house.kinds, refusals.refuse, mutations.current, mutations.correct)
    [results] = await push_all(session, [Push(bundle.tenant, device.id, author, asked)], rules, now)
    fresh = _fresh(asked, results)
    if fresh and caller.device != device.id:
        await carriages.note(session, owner, caller.standing, bundle, fresh, now)
    hers = bool(fresh) or await carriages.brought(session, caller.standing, bundle, now)
    return Arrival(_state(results, hers), len(asked))


def _insist_on_patience(house: House, caller: Caller, now: datetime) -> None:
    try:
        house.guesses.spend({f"bundles {caller.device}": _CARRIER}, now)
    except TooManyTries:
        raise TooManyBundles from None


async def _device(session: AsyncSession, bundle: Bundle) -> Device:
    """Whose it is, by its signature. Raises BundleForged."""
    query = select(Device).where(Device.tenant == bundle.tenant, Device.id == bundle.device)
    device = await session.scalar(query)
    if device is None:
        raise BundleForged()
    envelope.insist_on_signature(bundle, device.public_key)
    return device


def _mutations(house: House, bundle: Bundle) -> list[Mutation]:
    pressed = envelope.opened(bundle, house.keys.bundles)
    try:
        asked = parse_mutations({"mutations": pressed})
    except Malformed as error:
        raise BundleUnreadable(why=str(error)) from None
    if strange := {each.type for each in asked} - set(envelope.KINDS):
        raise BundleUnreadable(why=f"it holds {', '.join(sorted(strange))}, which nobody may carry")
    return asked


def _fresh(asked: list[Mutation], results: list[Result]) -> list[str]:
    """What was applied or refused for good by this bundle first."""
    return [
        f"{each.type}.{each.id}"
        for each, result in zip(asked, results, strict=True)
        if not result.dup and result.status != "retry"
    ]


def _state(results: list[Result], hers: bool) -> State:
    if any(result.status == "retry" for result in results):
        return "again"
    return "taken" if hers else "known"
