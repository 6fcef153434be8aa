"""What the database knows of one association's roster, loaded whole, and the same as rows of a file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ids import bytes_of
from notices.models import Address, Block, Household, Person, Resident, Seat, Term
from notices.planning.carried import BY_ITS_OWNER
from notices.roster.rows import HouseholdRow, PersonRow, SeatRow
from notices.vault import Vault

_IN = 500
SENT_TO = frozenset({"live", "suppressed"})


@dataclass(frozen=True, slots=True)
class Register:
    """Rows as they are; `households` and `residents` with those who left, `terms` only those not over."""

    blocks: Sequence[Block]
    households: Sequence[Household]
    residents: Sequence[Resident]
    people: Mapping[str, Person]
    mails: Mapping[str, Sequence[Address]]
    """By person, the newest last."""
    seats: Sequence[Seat]
    terms: Sequence[Term]
    elsewhere: frozenset[str]
    """Those of `people` who also live, or hold a seat, outside this association: they never end here."""
    known_in_city: Sequence[Person]
    """People of the city who are not of this association and carry one of the numbers asked for."""


async def load(
    session: AsyncSession, tenant: str, association: str, today: date, numbers: Iterable[str] = ()
) -> Register:
    """`numbers`: 住民番号 to look for in the rest of the city where this association does not know them."""
    people = await _people(session, tenant, association, today)
    unknown = set(numbers) - {person.number for person in people.values()}
    return Register(
        blocks=(await session.scalars(_blocks(tenant, association))).all(),
        households=(await session.scalars(_households(tenant, association))).all(),
        residents=(
            await session.scalars(_residents(tenant).where(Household.association == association))
        ).all(),
        people=people,
        mails=await _mails(session, tenant, sorted(people)),
        seats=(await session.scalars(_seats(tenant, association))).all(),
        terms=(await session.scalars(_terms(tenant, today).where(Seat.association == association))).all(),
        elsewhere=await _elsewhere(session, tenant, association, today),
        known_in_city=[
            person for person in await _numbered(session, tenant, sorted(unknown)) if person.id not in people
        ],
    )


def as_rows(register: Register, vault: Vault, tenant: str) -> list[HouseholdRow]:
    """In the order of blocks and of the walking order; what has ended is left out."""
    homes: dict[str, list[Person]] = defaultdict(list)
    for resident in register.residents:
        if resident.until is None:
            homes[resident.household].append(register.people[resident.person])
    held = _held(register)
    names = {block.id: block.name for block in register.blocks}
    places = {block.id: block.position for block in register.blocks}
    here = [household for household in register.households if household.left_at is None]
    here.sort(key=lambda household: (places[household.block], household.walk, bytes_of(household.id)))
    return [
        HouseholdRow(
            block=names[household.block],
            walk=household.walk,
            number=household.number,
            name=household.name,
            street=vault.decrypt(tenant, household.street) if household.street else "",
            paper=household.paper,
            people=tuple(
                _person(person, held[person.id], household.block, register, vault)
                for person in sorted(homes[household.id], key=lambda person: bytes_of(person.id))
            ),
        )
        for household in here
    ]


def _person(
    person: Person, held: Sequence[tuple[Seat, Term]], home: str, register: Register, vault: Vault
) -> PersonRow:
    addresses = sorted(
        filter(_is_theirs, register.mails.get(person.id, ())), key=lambda row: row.state in SENT_TO
    )
    names = {block.id: block.name for block in register.blocks}
    return PersonRow(
        name=person.name,
        number=person.number or "",
        kana=person.kana,
        born=person.born,
        phone=vault.decrypt(person.tenant, person.phone) if person.phone else "",
        mail=vault.decrypt(person.tenant, addresses[-1].secret) if addresses else "",
        seats=tuple(
            SeatRow(
                title=seat.title,
                role=seat.role,
                block=names.get(seat.block) if seat.block and seat.block != home else None,
                begins=term.begins,
                until=term.ends - timedelta(days=1) if term.ends else None,
            )
            for seat, term in held
        ),
    )


def _is_theirs(address: Address) -> bool:
    """An address the person stopped is still theirs; one that was replaced is not."""
    return address.state in SENT_TO or address.reason in BY_ITS_OWNER


def _held(register: Register) -> Mapping[str, Sequence[tuple[Seat, Term]]]:
    seats = {seat.id: seat for seat in register.seats}
    held: dict[str, list[tuple[Seat, Term]]] = defaultdict(list)
    for term in sorted(register.terms, key=lambda term: (term.begins, bytes_of(term.id))):
        held[term.person].append((seats[term.seat], term))
    return held


async def _people(session: AsyncSession, tenant: str, association: str, today: date) -> dict[str, Person]:
    """Who ever lived here, or holds one of its seats."""
    lived = _residents(tenant).where(Household.association == association).with_only_columns(Resident.person)
    holds = _terms(tenant, today).where(Seat.association == association).with_only_columns(Term.person)
    people = select(Person).where(Person.tenant == tenant, or_(Person.id.in_(lived), Person.id.in_(holds)))
    return {person.id: person for person in await session.scalars(people)}


async def _elsewhere(session: AsyncSession, tenant: str, association: str, today: date) -> frozenset[str]:
    here = _residents(tenant).where(Household.association == association).with_only_columns(Resident.person)
    lives = _residents(tenant).where(Household.association != association, Resident.until.is_(None))
    holds = _terms(tenant, today).where(or_(Seat.association.is_(None), Seat.association != association))
    living = lives.with_only_columns(Resident.person).where(Resident.person.in_(here))
    holding = holds.with_only_columns(Term.person).where(Term.person.in_(here))
    return frozenset([*await session.scalars(living), *await session.scalars(holding)])


async def _mails(
    session: AsyncSession, tenant: str, people: Sequence[str]
) -> Mapping[str, Sequence[Address]]:
    mails: dict[str, list[Address]] = defaultdict(list)
    query = select(Address).where(Address.tenant == tenant, Address.channel == "mail")
    for start in range(0, len(people), _IN):
        theirs = query.where(Address.person.in_(people[start : start + _IN]))
        for address in await session.scalars(theirs.order_by(Address.created_at, Address.id)):
            mails[address.person].append(address)
    return mails


async def _numbered(session: AsyncSession, tenant: str, numbers: Sequence[str]) -> list[Person]:
    people: list[Person] = []
    query = select(Person).where(Person.tenant == tenant, Person.ended_at.is_(None))
    for start in range(0, len(numbers), _IN):
        people += await session.scalars(query.where(Person.number.in_(numbers[start : start + _IN])))
    return people


def _blocks(tenant: str, association: str) -> Select[Block]:
    return select(Block).where(
        Block.tenant == tenant, Block.association == association, Block.ended_at.is_(None)
    )


def _households(tenant: str, association: str) -> Select[Household]:
    return select(Household).where(Household.tenant == tenant, Household.association == association)


def _residents(tenant: str) -> Select[Resident]:
    home = (Household.tenant == Resident.tenant) & (Household.id == Resident.household)
    return select(Resident).join(Household, home).where(Resident.tenant == tenant)


def _seats(tenant: str, association: str) -> Select[Seat]:
    return select(Seat).where(Seat.tenant == tenant, Seat.association == association, Seat.ended_at.is_(None))


def _terms(tenant: str, today: date) -> Select[Term]:
    seat = (Seat.tenant == Term.tenant) & (Seat.id == Term.seat)
    not_over = or_(Term.ends.is_(None), (Term.ends > today) & (Term.ends > Term.begins))
    return select(Term).join(Seat, seat).where(Term.tenant == tenant, Seat.ended_at.is_(None), not_over)
