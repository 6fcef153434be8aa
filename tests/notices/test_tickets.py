"""Tickets, slips, carry codes and devices: who gets in, once, and who does not."""

import asyncio
import random
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from notices import ids
from notices.enrolment import carrying, codes, tickets
from notices.enrolment.devices import Enrolled
from notices.enrolment.guesses import Guesses
from notices.enrolment.ticket_rows import SECRETS
from notices.enrolment.tickets import Knock
from notices.models import Address, Audit, City, Device, Resident, Ticket
from notices.records import projection
from notices.town.people_errors import (
    CannotCarry,
    CannotEnrol,
    CodeMistyped,
    CodeRefused,
    DeviceKeyWrong,
    DeviceNameWrong,
    DeviceUnknown,
    TicketsForNobody,
    TooManyTries,
)
from tests.notices.rosters import NOW, PRESIDENT, TENANT, VAULT, Ground, home, one

POINT = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)


@dataclass
class Table:
    """A table at the hall: a helper hands out tickets, phones come in."""

    ground: Ground
    guesses: Guesses

    async def issue(self, name: str = "佐藤 太郎", kind: Literal["slip", "qr"] = "slip") -> str:
        person = (await self.ground.person(name)).id
        async with self.ground.db.write() as session:
            made = await tickets.issue(session, VAULT, TENANT, [person], kind, None, self.ground.now)
        return made[0].code

    async def redeem(
        self, code: str, name: str = "電話", key: str | None = None, caller: str = "192.0.2.1"
    ) -> Enrolled:
        return await self.admit(Knock(code, name, key, caller))

    async def admit(self, knock: Knock) -> Enrolled:
        async with self.ground.db.write() as session:
            return await tickets.redeem(session, VAULT, self.guesses, knock, self.ground.now)

    async def carry(self, device: str, source: random.Random = SECRETS) -> str:
        async with self.ground.db.write() as session:
            made = await carrying.carry_code(session, VAULT, TENANT, device, self.ground.now, source=source)
        return made.code

    async def redeem_carry(self, code: str, caller: str = "192.0.2.1") -> Enrolled:
        return await self.admit(Knock(code, "アプリ", None, caller, carry=True))

    async def device(self, id: str) -> Device:
        async with self.ground.db.read() as session:
            return await session.get_one(Device, (TENANT, id))


@pytest.fixture
async def table(database_url: str) -> AsyncIterator[Table]:
    ground = Ground(database_url)
    await ground.settle()
    await ground.read_in(
        [home("1", one("佐藤 太郎", PRESIDENT), one("佐藤 花子")), home("2", one("田中 一"))]
    )
    yield Table(ground, Guesses())
    await ground.db.close()


async def test_a_slip_enrols_one_device_and_its_token_is_kept_as_a_hash(table: Table) -> None:
    code = await table.issue()
    key = urlsafe_b64encode(POINT).rstrip(b"=").decode()
    came = await table.redeem(code.lower().replace("-", " "), "  祖母の電話 ", key)
    device = await table.device(came.device)
    assert came.person == device.person == (await table.ground.person("佐藤 太郎")).id
    assert (device.name, device.public_key, device.number) == ("祖母の電話", POINT, came.number)
    assert came.token.startswith(f"{TENANT}_")
    assert len(came.token) == len(TENANT) + 1 + 43
    assert device.token_hash == VAULT.token_hash(came.token)


async def test_a_ticket_is_good_once(table: Table) -> None:
    code = await table.issue()
    await table.redeem(code)
    with pytest.raises(CodeRefused):
        await table.redeem(code)


async def test_of_two_phones_with_one_ticket_at_once_one_wins(table: Table) -> None:
    code = await table.issue()
    came = await asyncio.gather(*(table.redeem(code, str(n)) for n in range(5)), return_exceptions=True)
    assert sum(isinstance(each, Enrolled) for each in came) == 1
    assert sum(isinstance(each, CodeRefused) for each in came) == 4
    async with table.ground.db.read() as session:
        assert len((await session.scalars(select(Device))).all()) == 1


async def test_of_tickets_issued_at_once_for_one_person_one_is_open(table: Table) -> None:
    given = await asyncio.gather(*(table.issue() for _ in range(5)))
    came = await asyncio.gather(*(table.redeem(code) for code in given), return_exceptions=True)
    assert sum(isinstance(each, Enrolled) for each in came) == 1, "a new ticket revokes the earlier one"


async def test_two_helpers_who_name_the_same_people_in_another_order_do_not_wait_for_ever(
    table: Table,
) -> None:
    people = [(await table.ground.person(name)).id for name in ("佐藤 太郎", "佐藤 花子", "田中 一")]

    async def hand_out(order: list[str]) -> None:
        async with table.ground.db.write() as session:
            await tickets.issue(session, VAULT, TENANT, order, "slip", None, table.ground.now)

    await asyncio.gather(*(hand_out(order) for order in (people, people[::-1]) for _ in range(4)))
    async with table.ground.db.read() as session:
        query = select(Ticket.person).where(Ticket.revoked_at.is_(None), Ticket.used_at.is_(None))
        assert sorted(await session.scalars(query)) == sorted(people)


async def test_a_qr_ticket_lives_ten_minutes_and_a_slip_until_it_is_used(table: Table) -> None:
    qr, slip = await table.issue(kind="qr"), await table.issue("佐藤 花子")
    table.ground.later(minutes=10)
    with pytest.raises(CodeRefused):
        await table.redeem(qr)
    table.ground.later(days=300)
    assert await table.redeem(slip)


async def test_a_new_ticket_revokes_the_earlier_ones_of_the_person_alone(table: Table) -> None:
    lost, hers = await table.issue(), await table.issue("佐藤 花子")
    new = await table.issue()
    with pytest.raises(CodeRefused):
        await table.redeem(lost)
    assert await table.redeem(new)
    assert await table.redeem(hers)


async def test_unknown_used_revoked_and_expired_codes_get_the_same_answer(table: Table) -> None:
    revoked = await table.issue()
    used = await table.issue()
    expired = await table.issue("佐藤 花子", "qr")
    await table.redeem(used)
    table.ground.later(minutes=11)
    answers = set()
    for code in [revoked, used, expired, codes.new_code(random.Random(1))]:
        with pytest.raises(CodeRefused) as refused:
            await table.redeem(code)
        answers.add((refused.value.detail(), *refused.value.facts))
    assert len(answers) == 1


async def test_a_typing_mistake_is_told_apart_and_costs_no_try(table: Table) -> None:
    code = await table.issue()
    for _ in range(50):
        with pytest.raises(CodeMistyped):
            await table.redeem(code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert await table.redeem(code)


async def test_guessing_is_stopped_for_the_caller_and_forgiven_after_ten_minutes(table: Table) -> None:
    code, source = await table.issue(), random.Random(5)
    for _ in range(30):
        with pytest.raises(CodeRefused):
            await table.redeem(codes.new_code(source))
    with pytest.raises(TooManyTries) as stopped:
        await table.redeem(code)
    assert "10分ほど" in stopped.value.detail()
    assert await table.redeem(code, caller="198.51.100.7")
    table.ground.later(minutes=10)
    assert await table.redeem(await table.issue())


@pytest.mark.slow
async def test_right_codes_cost_no_try(table: Table) -> None:
    for _ in range(35):
        await table.redeem(await table.issue())


async def test_who_has_moved_away_gets_no_ticket_and_an_old_one_is_refused(table: Table) -> None:
    old, person = await table.issue("田中 一"), (await table.ground.person("田中 一")).id
    await table.ground.read_in([home("1", one("佐藤 太郎", PRESIDENT), one("佐藤 花子"))])
    with pytest.raises(CodeRefused):
        await table.redeem(old)
    with pytest.raises(CannotEnrol) as refused:
        await table.issue("田中 一")
    assert refused.value.facts == {"people": [person]}


async def test_who_holds_a_seat_and_lives_nowhere_here_may_enrol(table: Table) -> None:
    await table.ground.seat("遠山 桜", "相談役", "officer")
    assert await table.redeem(await table.issue("遠山 桜"))


async def test_nobody_and_strangers_get_no_tickets(table: Table) -> None:
    for people, error in [([], TicketsForNobody), ([ids.new_id()], CannotEnrol)]:
        with pytest.raises(error):
            async with table.ground.db.write() as session:
                await tickets.issue(session, VAULT, TENANT, people, "slip", None, NOW)


@pytest.mark.slow
async def test_many_slips_are_made_at_once_each_with_its_own_code(table: Table) -> None:
    await table.ground.read_in([home(str(n), one(f"住民{n}")) for n in range(1, 1201)], really=True)
    async with table.ground.db.write() as session:
        living = select(Resident.person).where(Resident.until.is_(None))
        everybody = (await session.scalars(living)).all()
        made = await tickets.issue(session, VAULT, TENANT, everybody, "slip", None, NOW)
    assert len({one.code for one in made}) == len({one.person for one in made}) == 1200
    assert await table.redeem(made[777].code)
    async with table.ground.db.read() as session:
        entry = (await session.scalars(select(Audit).where(Audit.action == "tickets.issued"))).one()
    assert entry.detail == {"kind": "slip", "people": 1200}


async def test_a_device_says_its_name_and_key_in_order(table: Table) -> None:
    code = await table.issue()
    for name in ["a\u202eb", "a\nb", "あ" * 61]:
        with pytest.raises(DeviceNameWrong):
            await table.redeem(code, name)
    for key in ["", "AAAA", "あ", urlsafe_b64encode(b"\x04" + bytes(64)).decode()]:
        with pytest.raises(DeviceKeyWrong):
            await table.redeem(code, "電話", key)
    assert (await table.device((await table.redeem(code, " ")).device)).name == "スマートフォン"


# --- carry ------------------------------------------------------------------------------------------------


async def push_address(table: Table, came: Enrolled) -> None:
    async with table.ground.db.write() as session:
        session.add(
            Address(
                tenant=TENANT,
                id=ids.new_id(),
                person=came.person,
                channel="push",
                secret=VAULT.encrypt(TENANT, "{}"),
                lookup=bytes(16),
                lane="https://push.example.jp",
                device=came.device,
                created_at=NOW,
                changed_at=NOW,
            )
        )


async def address(table: Table) -> tuple[str, str | None]:
    async with table.ground.db.read() as session:
        row = (await session.scalars(select(Address).where(Address.channel == "push"))).one()
        return row.state, row.reason


async def test_a_carry_code_moves_the_enrolment_once(table: Table) -> None:
    browser = await table.redeem(await table.issue())
    await push_address(table, browser)
    code = await table.carry(browser.device)
    app = await table.redeem_carry(f"{code[:3]} {code[3:]}")
    assert app.person == browser.person
    assert (await table.device(browser.device)).revoked_at == NOW
    assert (await table.device(app.device)).carried_from == browser.device
    assert await address(table) == ("gone", "device-revoked")
    with pytest.raises(CodeRefused):
        await table.redeem_carry(code)
    with pytest.raises(DeviceUnknown):
        await table.carry(browser.device)
    with pytest.raises(CannotCarry):
        await table.carry(app.device)


async def test_of_two_apps_with_one_carry_code_at_once_one_wins(table: Table) -> None:
    browser = await table.redeem(await table.issue())
    code = await table.carry(browser.device)
    came = await asyncio.gather(*(table.redeem_carry(code) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, Enrolled) for each in came) == 1


async def test_a_carry_code_lives_ten_minutes_and_is_given_within_a_day(table: Table) -> None:
    browser = await table.redeem(await table.issue())
    late = await table.carry(browser.device)
    table.ground.later(minutes=10)
    with pytest.raises(CodeRefused):
        await table.redeem_carry(late)
    first, second = await table.carry(browser.device), await table.carry(browser.device)
    with pytest.raises(CodeRefused):
        await table.redeem_carry(first)
    table.ground.later(hours=24)
    with pytest.raises(CannotCarry):
        await table.carry(browser.device)
    assert second


async def test_six_digits_are_tried_five_times_by_one_caller_and_fifty_times_by_all(table: Table) -> None:
    browser = await table.redeem(await table.issue())
    right = await table.carry(browser.device)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for caller in range(10):
        for _ in range(5):
            with pytest.raises(CodeRefused):
                await table.redeem_carry(wrong, f"192.0.2.{caller}")
        with pytest.raises(TooManyTries):
            await table.redeem_carry(right, f"192.0.2.{caller}")
    with pytest.raises(TooManyTries):
        await table.redeem_carry(right, "198.51.100.1")
    table.ground.later(minutes=10)
    assert await table.redeem_carry(await table.carry(browser.device), "192.0.2.1")


async def test_six_digits_are_tried_two_hundred_times_a_day(table: Table) -> None:
    refused = 0
    for tried in range(300):
        try:
            await table.redeem_carry("000000", f"caller {tried}")
        except CodeRefused:
            refused += 1
        except TooManyTries:
            table.ground.later(minutes=10)
    assert refused == 200


async def test_open_carry_codes_differ_and_spent_ones_come_round_again(table: Table) -> None:
    first = await table.redeem(await table.issue())
    second = await table.redeem(await table.issue("佐藤 花子"))
    codes_given = [await table.carry(device.device, random.Random(3)) for device in (first, second)]
    assert codes_given[0] != codes_given[1]
    table.ground.later(minutes=11)
    assert await table.carry(second.device, random.Random(3)) == codes_given[0]
    assert (await table.redeem_carry(codes_given[0])).person == second.person


async def test_a_slip_is_no_carry_code_and_a_carry_code_no_slip(table: Table) -> None:
    slip = await table.issue()
    browser = await table.redeem(await table.issue("佐藤 花子"))
    with pytest.raises(CodeMistyped):
        await table.redeem_carry(slip)
    with pytest.raises(CodeMistyped):
        await table.redeem(await table.carry(browser.device))


# --- devices ----------------------------------------------------------------------------------------------


async def test_a_revoked_device_has_no_push_and_no_way_to_move(table: Table) -> None:
    came = await table.redeem(await table.issue())
    await push_address(table, came)
    code = await table.carry(came.device)
    for _ in range(2):
        async with table.ground.db.write() as session:
            await tickets.revoke_device(session, TENANT, came.device, None, NOW)
    assert (await table.device(came.device)).revoked_at == NOW
    assert await address(table) == ("gone", "device-revoked")
    with pytest.raises(CodeRefused):
        await table.redeem_carry(code)
    async with table.ground.db.read() as session:
        entries = (await session.scalars(select(Audit.action))).all()
    assert entries.count("device.revoked") == 1


async def test_nobody_signs_out_the_device_of_another(table: Table) -> None:
    came = await table.redeem(await table.issue())
    other = (await table.ground.person("佐藤 花子")).id
    with pytest.raises(DeviceUnknown):
        async with table.ground.db.write() as session:
            await tickets.leave(session, TENANT, other, came.device, NOW)
    async with table.ground.db.write() as session:
        await tickets.leave(session, TENANT, came.person, came.device, NOW)
    assert (await table.device(came.device)).revoked_at is not None


async def test_a_code_finds_its_city_among_several(table: Table) -> None:
    code = await table.issue()
    async with table.ground.db.write() as session:
        city = City(tenant="ume", id=ids.new_id(), name="梅市", contact="", created_at=NOW)
        session.add(city)
        await projection.city(session, city)
    assert (await table.redeem(code)).tenant == TENANT


async def test_codes_and_tokens_are_nowhere_in_the_database(table: Table) -> None:
    code = await table.issue()
    came = await table.redeem(code)
    async with table.ground.db.read() as session:
        for model in (Ticket, Device, Audit):
            for row in await session.execute(select(model.__table__)):
                assert code.replace("-", "") not in str(row)
                assert came.token.partition("_")[2] not in str(row)


def test_a_clock_set_back_locks_nobody_out() -> None:
    guesses, limit = Guesses(), {"somebody": tickets._CARRY_CALLER}
    ahead = datetime(2036, 1, 1, tzinfo=UTC)
    for _ in range(5):
        guesses.spend(limit, ahead)
    with pytest.raises(TooManyTries):
        guesses.spend(limit, ahead)
    guesses.spend(limit, ahead - timedelta(days=3650))


def test_guesses_of_many_callers_are_forgotten_when_their_time_is_over() -> None:
    guesses, now = Guesses(), NOW
    for caller in range(10_001):
        guesses.spend({f"caller {caller}": tickets._CALLER}, now)
    guesses.spend({"late": tickets._CALLER}, now + timedelta(minutes=11))
    assert len(guesses._windows) == 1
