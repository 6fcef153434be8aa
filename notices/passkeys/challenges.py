"""What a passkey is to sign: 16 random bytes and the time, under a MAC that says for what and for whom.

Nothing is kept of it, so that whoever asks for options all day fills no table; what is kept, until it would be too old
anyhow, is that it was answered.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from notices.due import upsert
from notices.models import SpentChallenge
from notices.passkeys.passkey_errors import ChallengeOld, PasskeysNotOffered
from notices.vault import Vault

LIVES: Final = timedelta(minutes=5)
_RANDOM, _TIME, _MAC = 16, 8, 16
SIGN_IN: Final = "sign-in"


@dataclass(frozen=True, slots=True)
class Page:
    """Where passkeys are made and used: the origin, and the name that they are bound to (WebAuthn §5.1.2, RP ID)."""

    origin: str
    name: str


def page_of(origin: str) -> Page:
    """Raises PasskeysNotOffered where the origin is an address of numbers."""
    name = urlsplit(origin).hostname or ""
    try:
        ip_address(name)
    except ValueError:
        return Page(origin.rstrip("/"), name)
    raise PasskeysNotOffered


def about(purpose: str, tenant: str, person: str, device: str) -> str:
    """`purpose`: `register` or `step-up`. Of a sign-in nobody knows yet who it is: SIGN_IN."""
    return " ".join((purpose, tenant, person, device))


def make(vault: Vault, about: str, now: datetime, random: Callable[[int], bytes]) -> bytes:
    """40 bytes."""
    nonce = random(_RANDOM) + int(now.timestamp()).to_bytes(_TIME, "big")
    return nonce + vault.challenge_mac(about, nonce)


def check(vault: Vault, challenge: bytes, about: str, now: datetime) -> None:
    """Raises ChallengeOld."""
    nonce, mac = challenge[:-_MAC], challenge[-_MAC:]
    ours = len(challenge) == _RANDOM + _TIME + _MAC and hmac.compare_digest(
        vault.challenge_mac(about, nonce), mac
    )
    if not ours:
        raise ChallengeOld
    made = datetime.fromtimestamp(int.from_bytes(nonce[_RANDOM:], "big"), UTC)
    if not timedelta(seconds=-1) <= now - made < LIVES:
        raise ChallengeOld


async def spend(session: AsyncSession, tenant: str, challenge: bytes, now: datetime) -> None:
    """It was answered. Raises ChallengeOld where it was before: of two at once the second waits here, and is."""
    old = delete(SpentChallenge).where(SpentChallenge.tenant == tenant, SpentChallenge.expires_at <= now)
    await session.execute(old.execution_options(synchronize_session=False))
    row = upsert(session, SpentChallenge.__table__).values(
        tenant=tenant, challenge=challenge, expires_at=now + LIVES
    )
    fresh = row.on_conflict_do_nothing().returning(SpentChallenge.__table__.c.challenge)
    if await session.scalar(fresh) is None:
        raise ChallengeOld
