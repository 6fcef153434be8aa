"""What officers' and residents' phones know without asking: phones, slips, notices that are out; and nothing secret."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from notices.models import Device, Ticket
from server.db import Database
from server.migrate import upgrade
from sync.errors import Unjournalled
from sync.models import SyncRecord, SyncScope
from tests.phone import Phone
from tests.town import TENANT, Town, town


def of_kind(phone: Phone, kind: str) -> dict[str, dict[str, Any]]:
    return {id: body for (t, id), body in phone.records.items() if t == kind}


async def enrolments(officer: Phone) -> dict[str, dict[str, Any]]:
    """By person."""
    await officer.pull()
    return {body["person"]: body for body in officer.all("enrolments")}


async def test_an_officer_sees_who_has_a_phone_and_whose_slip_is_out(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        sachi = here.people["伊藤 さち"]
        assert sachi not in await enrolments(president)

        await here.code_for("伊藤 さち")
        assert (await enrolments(president))[sachi]["slip"] == "open"

        resident = await here.phone("伊藤 さち")
        found = (await enrolments(president))[sachi]
        assert (found["slip"], [d["id"] for d in found["devices"]]) == ("used", [resident.device])

        [device] = found["devices"]
        path = f"/api/v1/associations/{here.sakura}/devices/{device['id']}"
        assert (await president.http.delete(path)).status_code == 204
        assert (await enrolments(president))[sachi]["devices"] == []


async def test_my_other_phone_is_known_to_me_and_gone_when_it_is_signed_out(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        first, second = await here.phone("伊藤 さち"), await here.phone("伊藤 さち")
        await first.pull()
        assert set(of_kind(first, "devices")) == {first.device, second.device}
        assert (await second.http.delete(f"/api/v1/me/devices/{second.device}")).status_code == 204
        await first.pull()
        assert list(of_kind(first, "devices")) == [first.device]


async def test_neighbours_learn_nothing_of_anybodys_phones(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        resident, leader = await here.phone("伊藤 さち"), await here.phone("田中 実")
        foreign = await here.phone("小林 茂")
        for phone in (leader, foreign):
            await phone.pull()
            assert resident.device not in json.dumps(list(phone.records.values()))
        assert of_kind(leader, "enrolments") == {}


async def test_who_moves_out_leaves_the_officers_list_with_all_phones(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.phone("渡辺 誠")
        assert here.people["渡辺 誠"] in await enrolments(president)
        roster = (await president.http.get(f"/api/v1/associations/{here.sakura}/roster")).text
        without = "".join(line for line in roster.splitlines(keepends=True) if "渡辺" not in line)
        answer = await president.http.post(
            f"/api/v1/associations/{here.sakura}/roster",
            content=without.encode(),
            headers={"Content-Type": "text/csv"},
        )
        assert answer.json()["applied"], answer.text
        assert here.people["渡辺 誠"] not in await enrolments(president)


async def test_a_published_notice_stays_with_its_officers_also_when_it_is_withdrawn(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        # He lives in another block than the one it is for: everybody's record never reaches him.
        vice = await here.phone("高橋 健")
        president = await here.phone("山田 花子")
        notice = await here.post(president, audience={"blocks": [here.blocks["一班"]]})
        await vice.pull()
        sent = of_kind(vice, "sent")[notice["id"]]
        assert of_kind(vice, "notices") == {}
        assert (sent["state"], sent["author"]["name"], sent["forecast"]["households"]) == (
            "published",
            "山田 花子",
            3,
        )
        await president.http.patch(
            f"/api/v1/notices/{notice['id']}", json={"baseRevision": 1, "title": "清掃の日が変わります"}
        )
        await vice.pull()
        assert of_kind(vice, "sent")[notice["id"]]["title"] == "清掃の日が変わります"
        await president.http.post(f"/api/v1/notices/{notice['id']}/withdraw")
        await vice.pull()
        assert of_kind(vice, "sent")[notice["id"]]["state"] == "withdrawn"


async def test_the_week_a_phone_was_used_is_told_once_a_week(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone("伊藤 さち")
        await resident.pull()
        await here.work()

        async def written() -> int:
            await resident.pull()
            await here.work()
            async with here.house.db.read() as session:
                query = select(func.sum(SyncRecord.rev)).where(SyncRecord.type == "devices")
                return await session.scalar(query) or 0

        first = await written()
        here.clock.pass_(hours=2)
        assert await written() == first
        here.clock.pass_(days=7)
        assert await written() == first + 1
        await resident.pull()
        [device] = of_kind(resident, "devices").values()
        assert device["usedWeek"] <= here.clock().date().isoformat()


async def test_a_database_of_an_older_program_gets_the_records_it_never_had(
    database_url: str, tmp_path: Path
) -> None:
    new = ("devices", "enrolments", "sent")
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone("山田 花子"), await here.phone("伊藤 さち")
        notice = await here.post(president)
        await here.work()
        async with here.house.db.write() as session:
            older = delete(SyncRecord).where(SyncRecord.type.in_(new))
            await session.execute(older, execution_options={"journalled": True})
        await asyncio.to_thread(upgrade, database_url)
        await here.work()
        fresh, mine = await _copy(president), await _copy(resident)
        assert list(of_kind(fresh, "sent")) == [notice["id"]]
        assert {d["person"] for d in fresh.all("enrolments")} == {president.person, resident.person}
        assert list(of_kind(mine, "devices")) == [resident.device]

        before = await _heads(here.house.db)
        await asyncio.to_thread(upgrade, database_url)
        await here.work()
        assert await _heads(here.house.db) == before


async def _copy(phone: Phone) -> Phone:
    """What the phone would hold if it began anew."""
    phone.records.clear()
    phone.cursor = ""
    await phone.pull()
    return phone


async def _heads(db: Database) -> dict[int, int]:
    async with db.read() as session:
        return dict((await session.execute(select(SyncScope.id, SyncScope.head))).all())


async def test_a_ledger_tells_paper_homes_from_those_nobody_can_reach(
    database_url: str, tmp_path: Path
) -> None:
    """Also of a plain notice, whose ledger names no homes."""
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        for kind in ("circular", "notice"):
            notice = await here.post(president, kind=kind)
            await here.work()
            await president.pull()
            ledgers = [each for each in president.all("reach") if each["notice"] == notice["id"]]
            told = {each["block"]: (each["grades"]["noChannel"], each["paper"]) for each in ledgers}
            # 鈴木 of the first block is on paper; 渡辺 of the second has nothing at all.
            assert told == {here.blocks["一班"]: (1, 1), here.blocks["二班"]: (1, 0)}


async def test_a_phone_or_a_slip_cannot_change_without_a_word_to_who_holds_a_copy(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone("伊藤 さち")
        with pytest.raises(Unjournalled):
            await _revoke_in_silence(here, resident.device)
        with pytest.raises(Unjournalled):
            await _end_all_slips_in_silence(here)


async def _revoke_in_silence(here: Town, id: str) -> None:
    async with here.house.db.write() as session:
        device = await session.get_one(Device, (TENANT, id))
        device.revoked_at = here.clock()


async def _end_all_slips_in_silence(here: Town) -> None:
    async with here.house.db.write() as session:
        await session.execute(update(Ticket).values(revoked_at=here.clock()))
