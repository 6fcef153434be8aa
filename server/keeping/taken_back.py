"""WHAT PEOPLE HAVE TAKEN BACK stays taken back: a phone that was revoked, mail that its reader stopped by the link in it.

A restore brings back what the backup held, so both lie beside the attachments, outside the database and of every backup's
reach. Every five minutes what is new is noted; at each start, every hour and before a release both sides are compared,
and the newer word wins. Of a phone there is one word, which is the last.

    <tenant>/taken-back/device.<device>
    <tenant>/taken-back/mail.<address>.<milliseconds>.<reason, or live>[.<topic>...]     in the place that KAIRAN_FILES_URL names

Where the attachments are lost with the database there are no notes, and nothing is done again.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import devices
from notices.models import Device
from notices.town import mailbox
from notices.town.mailbox import Word
from server.house import House

_AT_ONCE: Final = 100
"""In one transaction."""
_MARGIN: Final = timedelta(minutes=1)
"""Clocks of several machines do not agree."""


class Noted(NamedTuple):
    """`keys`: of each address all notes, the newest last."""

    devices: set[str]
    mail: dict[str, Word]
    keys: dict[str, list[str]]


async def note(house: House, tenant: str, since: datetime) -> None:
    """What was taken back since then; again does no harm. Raises StoreAway."""
    since -= _MARGIN
    async with house.db.read() as session:
        gone = await session.scalars(_gone(tenant).where(Device.revoked_at >= since))
        words = await mailbox.words(session, tenant, since=since)
        keys = [*(_device(tenant, id) for id in gone), *(_mail(tenant, id, words[id]) for id in words)]
    for key in keys:
        await house.store.place.put(key, b"1")


async def stay(house: House, tenant: str, now: datetime) -> int:
    """Notes what is not noted, and does again what the database does not know. → how many of these. Raises StoreAway."""
    noted = await _noted(house, tenant)
    async with house.db.read() as session:
        gone = set(await session.scalars(_gone(tenant)))
        words = await mailbox.words(session, tenant, of=noted.mail)
        back = [each async for each in _still_there(session, tenant, noted.devices - gone)]
    for id in sorted(gone - noted.devices):
        await house.store.place.put(_device(tenant, id), b"1")
    older = [id for id, word in noted.mail.items() if id in words and words[id].at < word.at]
    for id, word in words.items():
        if id not in older and (id not in noted.mail or noted.mail[id].at < word.at):
            await house.store.place.put(_mail(tenant, id, word), b"1")
            noted.keys.setdefault(id, []).append("")
    for keys in noted.keys.values():
        for key in keys[:-1]:
            await house.store.place.delete(key)
    for some in _batches(back):
        async with house.db.write() as session:
            for id in some:
                await devices.end(session, await session.get_one(Device, (tenant, id)), now)
    for some in _batches(sorted(older)):
        async with house.db.write() as session:
            for id in some:
                await mailbox.say_again(session, tenant, id, noted.mail[id])
    return len(back) + len(older)


async def _noted(house: House, tenant: str) -> Noted:
    found = Noted(set(), {}, {})
    async for key, _ in house.store.place.listed(f"{tenant}/taken-back"):
        kind, id, *said = key.rpartition("/")[2].split(".")
        if kind == "device":
            found.devices.add(id)
        elif kind == "mail" and len(said) > 1 and said[0].isdigit():
            word = Word(_moment(int(said[0])), said[1], tuple(said[2:]))
            if id not in found.mail or found.mail[id].at <= word.at:
                found.mail[id] = word
                found.keys.setdefault(id, []).append(key)
            else:
                found.keys[id].insert(0, key)
    return found


async def _still_there(session: AsyncSession, tenant: str, ids: Iterable[str]) -> AsyncIterator[str]:
    for some in _batches(sorted(ids)):
        live = select(Device.id).where(Device.tenant == tenant, Device.revoked_at.is_(None))
        for id in await session.scalars(live.where(Device.id.in_(some))):
            yield id


def _gone(tenant: str) -> Select[str]:
    return select(Device.id).where(Device.tenant == tenant, Device.revoked_at.is_not(None))


def _device(tenant: str, id: str) -> str:
    return f"{tenant}/taken-back/device.{id}"


def _mail(tenant: str, id: str, word: Word) -> str:
    milliseconds = int(word.at.timestamp() * 1000)
    return ".".join([f"{tenant}/taken-back/mail", id, f"{milliseconds:013}", word.reason, *word.topics])


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
