"""Rotation of the key that encrypts: a new key, everything encrypted once more in batches, the old key dropped.

The first byte of every ciphertext is the number of its key, so the work that is left can be read off the rows: what
was interrupted goes on where it was. Look-up hashes have a key of their own and stay.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from sqlalchemy import ColumnElement, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from notices import audit
from notices.models import Address, City, Gateway, Household, MailedCode, MailedHead, Person
from notices.vault import Vault
from server import keys
from server.db import Database
from server.house import utc_now
from server.processes.admin import Progress
from server.processes.ready import NotReady
from sync.models import SyncRecord

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Secret:
    """A column of ciphertexts, and the primary key of its rows."""

    model: Any
    column: InstrumentedAttribute[Any]
    only: ColumnElement[bool]

    @property
    def key(self) -> Sequence[InstrumentedAttribute[Any]]:
        return [getattr(self.model, column.key) for column in self.model.__table__.primary_key]


SECRETS: Final = (
    Secret(Address, Address.secret, Address.secret.is_not(None)),
    Secret(Gateway, Gateway.url, Gateway.url.is_not(None)),
    Secret(Gateway, Gateway.secret, Gateway.secret.is_not(None)),
    Secret(Household, Household.street, Household.street.is_not(None)),
    Secret(MailedCode, MailedCode.address, MailedCode.address.is_not(None)),
    Secret(MailedCode, MailedCode.code, MailedCode.code.is_not(None)),
    Secret(MailedHead, MailedHead.mailbox, MailedHead.mailbox.is_not(None)),
    Secret(Person, Person.phone, Person.phone.is_not(None)),
    Secret(SyncRecord, SyncRecord.body, SyncRecord.sealed.is_(True) & SyncRecord.body.is_not(None)),
)


async def rotate(url: str, secret_file: Path, progress: Progress) -> int:
    """Nothing else may be running. → how many values were encrypted anew. Raises NotReady, KeysMissing."""
    if len(keys.read(secret_file).vault.encryption) == 1:
        keys.add_encryption_key(secret_file)
    vault = keys.read(secret_file).vault
    db = Database(url, vault)
    try:
        count = await _encrypt_anew(db, vault, progress)
        async with db.write() as session:
            for city in await session.scalars(select(City)):
                detail = {"key": vault.newest, "values": count}
                await audit.write(session, city.tenant, None, "keys.rotated", city.id, detail, utc_now())
    finally:
        await db.close()
    keys.drop_encryption_keys_before(secret_file, vault.newest)
    return count


def forget_old_pages(file: Path) -> None:
    """SQLite keeps replaced ciphertexts in free pages until the file is written anew."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _encrypt_anew(db: Database, vault: Vault, progress: Progress) -> int:
    total = 0
    async with db.read() as session:
        for secret in SECRETS:
            total += await session.scalar(select(func.count()).where(*_old(secret, vault))) or 0
    done = 0
    for secret in SECRETS:
        async for count in _batches(db, vault, secret):
            done += count
            progress(done, total)
    return done


def _old(secret: Secret, vault: Vault) -> Sequence[ColumnElement[bool]]:
    newest = literal(bytes([vault.newest]), secret.column.type)
    return secret.only, func.substr(secret.column, 1, 1) != newest


async def _batches(db: Database, vault: Vault, secret: Secret) -> AsyncIterator[int]:
    """Each in a transaction of its own, in the order of the primary key."""
    after: Sequence[Any] | None = None
    while True:
        async with db.write() as session:
            query = select(*secret.key, secret.column).where(*_old(secret, vault))
            if after is not None:
                pairs = zip(after, secret.key, strict=True)
                query = query.where(tuple_(*secret.key) > tuple_(*(literal(v, c.type) for v, c in pairs)))
            rows = (await session.execute(query.order_by(*secret.key).limit(_BATCH))).all()
            for row in rows:
                await _replace(session, vault, secret, row[:-1], row[-1])
        if not rows:
            return
        yield len(rows)
        after = rows[-1][:-1]


async def _replace(
    session: AsyncSession, vault: Vault, secret: Secret, key: Sequence[Any], value: bytes
) -> None:
    try:
        plain = vault.open(key[0], value)
    except (InvalidTag, KeyError):
        raise NotReady(
            f"A value in the table {secret.model.__tablename__} cannot be read with any key of the key file. "
            "No key was dropped; put the right key file back, then run `kairan keys rotate` again."
        ) from None
    row = update(secret.model).where(*(c == v for c, v in zip(secret.key, key, strict=True)))
    anew = row.values({secret.column: vault.seal(key[0], plain)})
    # What phones hold does not change: the sealing is the server's own.
    await session.execute(anew, execution_options={"journalled": True, "synchronize_session": False})
