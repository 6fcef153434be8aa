"""What people took back after the backup holds after its restore: phones that were revoked, mail that was stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from notices import ids
from notices.enrolment import devices, records
from notices.models import Address, Device, Person
from notices.town import mailbox
from server import keys
from server.house import House, build, utc_now
from server.keeping import taken_back
from server.settings import Settings
from server.work.chores import Chores
from tests.server.commands import Machine
from tests.server.test_backup import read

T = TypeVar("T")
TENANT = "hana"


def on(machine: Machine, work: Callable[[House], Awaitable[T]]) -> T:
    """In the house of this machine, as its server would."""

    async def go() -> T:
        url = machine.settings.get("database_url", f"sqlite+aiosqlite:///{machine.database}")
        settings = Settings(database_url=url, files_url=str(machine.folder / "files"))
        house = build(settings, keys.read(machine.folder / "kairan.secret"), {}, utc_now)
        try:
            return await work(house)
        finally:
            await house.db.close()

    return asyncio.run(go())


async def enrolled(house: House) -> str:
    """→ a phone."""
    async with house.db.write() as session:
        person = await session.scalar(select(Person.id).order_by(Person.id).limit(1))
        now = house.clock()
        phone = Device(
            tenant=TENANT, id=ids.new_id(), person=person, name="電話", number="07", token_hash=b"x" * 32
        )
        phone.created_at = phone.seen_at = now
        session.add(phone)
        await session.flush()
        await records.refresh(session, TENANT, [phone.person])
        return phone.id


async def boxes(house: House) -> list[str]:
    """Mailboxes of different people, by their address."""
    async with house.db.read() as session:
        query = select(Address.id, Address.lookup).where(Address.channel == "mail").order_by(Address.id)
        return list({lookup: id for id, lookup in await session.execute(query)}.values())


async def wish(house: House, address: str, wanted: Any, topic: str | None = None) -> None:
    async with house.db.write() as session:
        await mailbox.wish(session, TENANT, address, wanted, topic, house.clock())


async def stands(house: House, address: str) -> tuple[bool, bool, tuple[str, ...]]:
    async with house.db.read() as session:
        box = await mailbox.look(session, TENANT, address)
        return box.stopped, box.wholly, tuple(box.topics)


def test_what_was_taken_back_since_the_backup_holds_before_anything_leaves(either: Machine) -> None:
    either.init()
    phone = on(either, enrolled)
    wholly, topics, again, *_ = on(either, boxes)
    on(either, lambda house: wish(house, again, "all"))
    assert either("backup", "night.tar").code == 0

    async def take_back(house: House) -> None:
        async with house.db.write() as session:
            await devices.revoke_device(session, TENANT, phone, None, house.clock())
        await wish(house, wholly, "wholly")
        await wish(house, topics, "topic", "events")
        await wish(house, topics, "topic", "money")
        await Chores(house).turn()

    async def think_again(house: House) -> None:
        await wish(house, again, "again")
        await taken_back.stay(house, TENANT, house.clock())

    on(either, lambda house: taken_back.stay(house, TENANT, house.clock()))
    on(either, take_back)
    on(either, think_again)
    assert either("restore", "night.tar", "--yes").code == 0
    assert read(either, select(Device.revoked_at).where(Device.id == phone)) == [(None,)]
    assert on(either, lambda house: stands(house, wholly)) == (False, False, ())
    assert either("release").code == 0
    assert read(either, select(Device.revoked_at).where(Device.id == phone)) != [(None,)]
    assert on(either, lambda house: stands(house, wholly)) == (True, True, ())
    assert on(either, lambda house: stands(house, topics)) == (False, False, ("events", "money"))
    assert on(either, lambda house: stands(house, again)) == (False, False, ()), "who wants it again has it"
    assert on(either, lambda house: taken_back.stay(house, TENANT, house.clock())) == 0, "once"


def test_what_is_new_is_noted_within_minutes_and_an_older_note_gives_way(machine: Machine) -> None:
    machine.init()
    phone = on(machine, enrolled)
    box, *_ = on(machine, boxes)

    async def go(house: House) -> None:
        chores = Chores(house)
        await chores.turn()
        async with house.db.write() as session:
            await devices.revoke_device(session, TENANT, phone, None, house.clock())
        await wish(house, box, "all")
        await taken_back.note(house, TENANT, house.clock() - timedelta(minutes=5))
        first = await notes(house)
        assert [each for each in first if "/device." in each] == [f"{TENANT}/taken-back/device.{phone}"]
        assert len([each for each in first if each.endswith(".stopped")]) == len(first) - 1 > 0
        await wish(house, box, "wholly")
        await taken_back.note(house, TENANT, house.clock() - timedelta(minutes=5))
        await taken_back.stay(house, TENANT, house.clock())
        second = await notes(house)
        wholly = [each for each in second if each.endswith(".stopped-wholly")]
        assert len(wholly) == len(second) - 1 == len(first) - 1, "one note for each, the newest"

    on(machine, go)


async def notes(house: House) -> list[str]:
    return [key async for key, _ in house.store.place.listed(f"{TENANT}/taken-back")]
