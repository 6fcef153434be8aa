"""Rows of an invented town, gathered and written in sets, straight into the product's tables.

For what a roster file cannot give: towns too large to be read line by line, and small ones that are made by the
thousand. No record of sync is written here: whoever wants these people's phones to know of them refreshes `touched`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.models import Address, Person, Resident
from notices.records.projection import Touched
from notices.town.linking import LANE
from notices.vault import Vault


@dataclass(frozen=True, slots=True)
class Way:
    """An address to be. `name` is what finds it again, `secret` what is sealed: of mail both are the mailbox."""

    channel: str
    lane: str
    name: str
    secret: str

    @classmethod
    def mail(cls, mailbox: str) -> "Way":
        return cls("mail", mailbox.rpartition("@")[2], mailbox, mailbox)

    @classmethod
    def push(cls, origin: str, endpoint: str, p256dh: str, auth: str) -> "Way":
        secret = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth}
        return cls("push", origin, endpoint, json.dumps(secret))

    @classmethod
    def line(cls, user: str) -> "Way":
        return cls("line", LANE, user, user)


class Census:
    """The rows of one city, in the making; everything in it is as old as `now`."""

    def __init__(self, tenant: str, vault: Vault, now: datetime) -> None:
        self.tenant, self.vault, self.now = tenant, vault, now
        self.rows: dict[Any, list[dict[str, Any]]] = {}
        self.touched = Touched()

    def add(self, model: Any, **values: Any) -> str:
        """Every row of a model has the same columns. Its id, where it has one."""
        if (rows := self.rows.get(model)) is None:
            rows = self.rows[model] = []
        values["tenant"] = self.tenant
        if model is not Resident:
            values["id"] = ids.new_id()
        rows.append(values)
        return str(values.get("id", ""))

    def person(self, name: str, homes: Sequence[str], **more: Any) -> str:
        person = self.add(Person, name=name, created_at=self.now, **more)
        for household in homes:
            self.add(Resident, household=household, person=person, since=self.now)
        self.touched.people.add(person)
        return person

    def address(self, person: str, way: Way, state: str = "live") -> str:
        return self.add(
            Address,
            person=person,
            channel=way.channel,
            secret=self.vault.encrypt(self.tenant, way.secret),
            lookup=self.vault.lookup(self.tenant, way.name),
            lane=way.lane,
            state=state,
            created_at=self.now,
            changed_at=self.now,
        )

    def sealed(self, text: str) -> bytes | None:
        return self.vault.encrypt(self.tenant, text) if text else None

    async def write(self, session: AsyncSession) -> None:
        """A statement for each table."""
        connection = await session.connection()
        for model, rows in self.rows.items():
            await connection.execute(insert(cast(Table, model.__table__)), rows)
