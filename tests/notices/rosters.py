"""A city with an association, and rosters to put into it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from notices import ids, roster
from notices.models import Association, Block, City, Household, Person, Seat, Term
from notices.records import projection
from notices.records.projection import Touched
from notices.roster import Report, sheet
from notices.roster.rows import HouseholdRow, PersonRow, SeatRow
from notices.tokyo import today
from notices.vault import Vault
from server.db import Database

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TENANT = "hana"
VAULT = Vault(encryption={1: bytes(range(32))}, newest=1, look_up=bytes(32))


class Ground:
    """A database with one city and one association, and the clock."""

    def __init__(self, url: str) -> None:
        self.db = Database(url, VAULT)
        self.now = NOW
        self.association = ids.new_id()

    async def settle(self) -> None:
        async with self.db.write() as session:
            city = City(tenant=TENANT, id=ids.new_id(), name="花水木市", contact="市役所", created_at=NOW)
            session.add(city)
            await projection.city(session, city)
        await self.found(self.association, "sakura")

    async def found(self, association: str, slug: str) -> None:
        async with self.db.write() as session:
            row = Association(
                tenant=TENANT, id=association, name="さくら町内会", slug=slug, contact="", created_at=NOW
            )
            session.add(row)
            await projection.refresh(session, VAULT, TENANT, Touched(associations={association}), NOW)

    async def seat(self, name: str, title: str = "会長", role: str = "president") -> str:
        """Somebody who holds a seat and lives in no household, as `init` makes the first officer."""
        person, seat = ids.new_id(), ids.new_id()
        async with self.db.write() as session:
            session.add(Person(tenant=TENANT, id=person, name=name, created_at=NOW))
            session.add(Seat(tenant=TENANT, id=seat, role=role, title=title, association=self.association))
            term = Term(tenant=TENANT, id=ids.new_id(), seat=seat, person=person, begins=date(2026, 4, 1))
            session.add(term)
            await projection.refresh(session, VAULT, TENANT, Touched(people={person}, seats={seat}), NOW)
        return person

    async def read_in(
        self,
        rows: Sequence[HouseholdRow],
        association: str | None = None,
        *,
        actor: str | None = None,
        columns: str | None = None,
        dry_run: bool = False,
        really: bool = False,
    ) -> Report:
        """Through a file, as an officer would. `columns`: only these, by field."""
        parsed = sheet.parse(sheet.format(rows), today(self.now))
        if columns:
            parsed = replace(parsed, columns=frozenset(columns.split()))
        async with self.db.write() as session:
            return await roster.apply(
                session,
                VAULT,
                TENANT,
                association or self.association,
                parsed,
                actor,
                self.now,
                dry_run=dry_run,
                really=really,
            )

    async def read_out(self, association: str | None = None) -> list[HouseholdRow]:
        async with self.db.read() as session:
            return await roster.export(session, VAULT, TENANT, association or self.association, self.now)

    async def household(self, number: str) -> Household:
        async with self.db.read() as session:
            query = select(Household).where(Household.tenant == TENANT, Household.number == number)
            query = query.where(Household.left_at.is_(None))
            return (await session.scalars(query)).one()

    async def person(self, name: str) -> Person:
        async with self.db.read() as session:
            query = select(Person).where(Person.tenant == TENANT, Person.name == name)
            return (await session.scalars(query)).one()

    async def block(self, name: str) -> Block:
        async with self.db.read() as session:
            query = select(Block).where(Block.tenant == TENANT, Block.name == name, Block.ended_at.is_(None))
            return (await session.scalars(query)).one()

    async def terms(self, title: str) -> list[Term]:
        async with self.db.read() as session:
            seat = (Seat.tenant == Term.tenant) & (Seat.id == Term.seat)
            query = select(Term).join(Seat, seat).where(Term.tenant == TENANT, Seat.title == title)
            return list(await session.scalars(query.order_by(Term.begins)))

    def later(self, **of: float) -> None:
        self.now += timedelta(**of)


def home(
    number: str, *people: PersonRow, block: str = "1班", walk: int | None = None, name: str = ""
) -> HouseholdRow:
    return HouseholdRow(block, walk or int(number), number, name or f"世帯{number}", people=people)


def one(name: str, *seats: SeatRow, mail: str = "", number: str = "", born: int | None = None) -> PersonRow:
    return PersonRow(name, number, born=born, mail=mail, seats=seats)


PRESIDENT = SeatRow("会長", "president")
LEADER = SeatRow("班長", "block-leader")
