"""Segments of the log: made and put into the store, removed again, and found by an address that counts for minutes."""

import hmac
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from server.house import House
from sync import snapshots
from sync.delta import Address
from sync.segments import Segment

KINDS: Final = ("association", "city")
"""Scopes that may have a segment: large, shared by many, and the same for all of them."""
VALID: Final = timedelta(minutes=5)
_MAC: Final = 22


async def make(house: House, tenant: str, now: datetime) -> bool:
    """One segment that is wanted; True where one was made. The writer is held for the naming alone.

    What is behind and cannot be made anew is withdrawn: its scope shrank, or a sealed record came into it.
    """
    async with house.db.read() as session:
        wanting = await snapshots.wanting(session, tenant, KINDS, now)
        outlived = await snapshots.outlived(session, tenant, now)
    for sha in outlived:
        await _withdraw(house, tenant, sha, now)
    for scope in wanting:
        if await renew(house, tenant, scope, now):
            return True
    return False


async def renew(house: House, tenant: str, scope: int, now: datetime) -> bool:
    """The segment of a scope as it stands now; False, and none any more, where a record in it is sealed."""
    made = await snapshots.make(house.db.read, tenant, scope)
    if made is None:
        async with house.db.read() as session:
            old = await snapshots.named(session, tenant, scope)
        if old is not None:
            await _withdraw(house, tenant, old, now)
        return False
    await house.store.put(tenant, made.sha.hex(), made.body)
    async with house.db.write() as session:
        await snapshots.publish(session, tenant, made, now)
    return True


async def _withdraw(house: House, tenant: str, sha: bytes, now: datetime) -> None:
    async with house.db.write() as session:
        await snapshots.withdraw(session, tenant, sha, now)


async def clear(house: House, tenant: str, now: datetime) -> None:
    """Bytes before their row: what a crash leaves in between is found again."""
    async with house.db.read() as session:
        old = await snapshots.replaced(session, tenant, now)
    for sha in old:
        await house.store.delete(tenant, sha.hex())
        async with house.db.write() as session:
            await snapshots.forget(session, tenant, sha)


def address(house: House, tenant: str) -> Address:
    """Of segments of this tenant, for a phone that is in their scopes now."""

    def signed(segment: Segment) -> str:
        ends = int((house.clock() + VALID).timestamp())
        query = urlencode({"t": tenant, "e": ends, "m": _mac(house, tenant, segment.sha256, ends)})
        return f"/sync/v1/seg/{segment.sha256}?{query}"

    return signed


def signed_for(house: House, tenant: str, sha256: str, ends: int, mac: str) -> bool:
    """Whether we signed this address, and it still counts."""
    ours = _mac(house, tenant, sha256, ends)
    return hmac.compare_digest(ours.encode(), mac.encode()) and house.clock().timestamp() < ends


def _mac(house: House, tenant: str, sha256: str, ends: int) -> str:
    said = b"sync segment\0" + f"{tenant}\0{sha256}\0{ends}".encode()
    return hmac.digest(house.keys.cursor, said, "sha256").hex()[: _MAC * 2]
