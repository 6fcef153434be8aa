"""What lies around the database: keys, folders, the address people use, the clock."""

import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select

from notices.models import Address, Audit
from server.doctor import Finding, Patient, fail, ok, warn
from server.house import utc_now
from server.keys import KeysMissing
from server.processes import ready

SKEW: Final = timedelta(seconds=60)


async def key_file(patient: Patient) -> Sequence[Finding]:
    file = Path(patient.settings.secret_file)
    try:
        keys = ready.kept_keys(patient.settings)
    except (KeysMissing, ready.NotReady) as error:
        return [fail("keys", str(error), "Without the keys nothing encrypted can be read.")]
    if others_may_read(file):
        return [fail("keys", f"Others on this machine can read {file}.", f"chmod 600 {file}")]
    if len(keys.vault.encryption) > 1:
        return [
            warn("keys", "A rotation of the keys was interrupted.", "Stop Kairan, run `kairan keys rotate`.")
        ]
    return [ok("keys", f"The key file {file} can be read, by its owner alone.")]


def others_may_read(file: Path) -> bool:
    return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)


async def origin(patient: Patient) -> Sequence[Finding]:
    address = patient.settings.origin
    if urlsplit(address).scheme == "https":
        return [ok("origin", f"People use {address}.")]
    said = f"Links point to {address}, which only this machine can open."
    return [warn("origin", said, "Set KAIRAN_ORIGIN to the https:// address people will use.")]


async def clock(patient: Patient) -> Sequence[Finding]:
    """Against the database's clock; a file has none, so against the newest entry of the record."""
    found = [*await _opens_addresses(patient)]
    async with patient.db.read() as session:
        now = utc_now()
        skew = abs(await patient.db.now(session, utc_now) - now)
        newest = await session.scalar(select(func.max(Audit.at)))
    if skew > SKEW:
        said = f"The clocks of this machine and of the database differ by {skew.total_seconds():.0f} s."
        return [*found, fail("clock", said, "Let both follow a time server (NTP).")]
    if newest is not None and newest > now + SKEW:
        said = f"The newest entry of the record is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come."
        return [*found, fail("clock", said, "The clock has gone back: let it follow a time server (NTP).")]
    return [*found, ok("clock", "The clock agrees with the database.")]


async def _opens_addresses(patient: Patient) -> Sequence[Finding]:
    vault = ready.kept_keys(patient.settings).vault
    async with patient.db.read() as session:
        address = await session.scalar(select(Address).order_by(Address.created_at.desc()).limit(1))
    try:
        if address is not None:
            vault.decrypt(address.tenant, address.secret)
    except (KeyError, InvalidTag):
        said = "The key file does not open the addresses in this database: it belongs to another one."
        return [fail("keys", said, "Put back the key file that was made with this database.")]
    return []
