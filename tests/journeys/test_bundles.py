"""A bundle carried by two neighbours at once; and everything that is no bundle, or no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.enrolment import devices
from notices.models import Audit, Carriage, Stamp
from server.keeping import erased
from tests.journeys import alarms, bundling, forms, story
from tests.journeys.bundling import Signer, hand_in
from tests.journeys.story import LEADER_1, LEADER_2, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_erasure import where_it_stands
from tests.journeys.test_retention import pass_days
from tests.phone import Phone
from tests.server.test_matrix import another_city
from tests.town import TENANT, Town, town


@asynccontextmanager
async def cellar(
    database_url: str, folder: Path, circulars: int = 3
) -> AsyncIterator[tuple[Town, Phone, Signer, Phone]]:
    """The president, a resident without a signal who has stamped all circulars, and a neighbour who comes by."""
    async with town(database_url, folder) as here:
        president, resident, neighbour = (
            await here.phone(PRESIDENT),
            await here.phone(RESIDENT),
            await here.phone(NO_CHANNEL),
        )
        signer = Signer(resident)
        await signer.register()
        notices = [await here.post(president, title=f"回覧{n}") for n in range(circulars)]
        await resident.pull()
        await neighbour.pull()
        resident.online = False
        for notice in notices:
            resident.stamp(notice["id"], resident.home())
        yield here, president, signer, neighbour


async def carriages(here: Town) -> list[Carriage]:
    async with here.house.db.read() as session:
        return list(await session.scalars(select(Carriage).order_by(Carriage.id)))


async def ledger(president: Phone, signer: Signer) -> list[dict[str, Any]]:
    """The resident's home in the ledger of each circular."""
    home, found = signer.phone.home(), []
    for body in signer.phone.all("notices"):
        reach = await story.reach(president, body["notice"])
        found += [row for row in reach["rows"] if row["household"] == home]
    return found


@pytest.mark.everyday
async def test_a_bundle_carried_by_two_neighbours_at_once_counts_once(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, president, signer, first):
        second, resident = await here.phone(LEADER_2), signer.phone
        raw = signer.bundle(here.clock())
        answers = await asyncio.gather(hand_in(first, raw), hand_in(second, raw))
        assert [each.status_code for each in answers] == [200, 200]
        assert sorted(each.json()["state"] for each in answers) == ["known", "taken"]
        assert [row["grade"] for row in await ledger(president, signer)] == ["stamped"] * 3
        assert {row["how"] for row in await ledger(president, signer)} == {"app"}
        again = [(await hand_in(each, raw)).json()["state"] for each in (first, second)]
        assert again == [each.json()["state"] for each in answers], "a lost answer is given again"
        [carriage] = await carriages(here)
        taken = (first, second)[[each.json()["state"] for each in answers].index("taken")]
        assert (carriage.by, carriage.person, carriage.presses) == (taken.person, resident.person, 3)

        resident.online = True
        results = await resident.push()
        assert [(each["status"], each["dup"]) for each in results] == [("ok", True)] * 3, "and says the same"
        await resident.pull()
        assert len(resident.all("stamps")) == 3
        assert {each["by"]["name"] for each in resident.all("stamps")} == {RESIDENT}, "the press is hers"
        [told] = resident.all("carriages")
        assert (told["by"]["name"], told["presses"]) == (taken.name, 3), "she reads who brought it"
        await taken.pull()
        assert taken.all("carriages") == [], "which is hers alone to read"
        async with here.house.db.read() as session:
            query = select(Audit).where(Audit.tenant == TENANT, Audit.action == "bundle.carried")
            [entry] = await session.scalars(query)
        assert (entry.actor, entry.subject) == (taken.person, resident.person)
        assert entry.detail == {"device": carriage.device, "presses": 3}, (
            "of what and for which home stays no word"
        )


@pytest.mark.everyday
async def test_a_bundle_that_comes_again_or_after_its_owner_does_nothing_and_says_so(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, president, signer, neighbour):
        raw = signer.bundle(here.clock())
        signer.phone.online = True
        await signer.phone.push()
        before = await ledger(president, signer)
        for _ in range(3):
            answer = await hand_in(neighbour, raw)
            assert (answer.status_code, answer.json()["state"]) == (200, "known")
        assert await ledger(president, signer) == before
        assert await carriages(here) == []


async def test_what_is_refused_in_a_bundle_is_told_to_its_owner_and_not_to_the_neighbour(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, president, signer, neighbour):
        gone = signer.phone.all("notices")[0]["notice"]
        await story.act(president, gone, "withdraw")
        answer = await hand_in(neighbour, signer.bundle(here.clock()))
        assert answer.json() == {"state": "taken", "presses": 3}
        signer.phone.online = True
        results = await signer.phone.push()
        assert [each.get("code") for each in results].count("withdrawn") == 1, "the same answer"
        await signer.phone.pull()
        assert [each["code"] for each in signer.phone.all("corrections")] == ["withdrawn"]
        await neighbour.pull()
        assert neighbour.all("corrections") == []


async def test_a_block_leaders_visits_are_carried_with_her_rights_as_of_arrival(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path, 1) as (here, president, signer, neighbour):
        leader, notice = await here.phone(LEADER_2), signer.phone.all("notices")[0]["notice"]
        hers = Signer(leader)
        await hers.register()
        leader.visit(notice, here.households["高橋"], "told")
        leader.visit(notice, here.households["鈴木"], "told")
        answer = await hand_in(neighbour, hers.bundle(here.clock()))
        assert answer.json() == {"state": "taken", "presses": 2}
        rows = {row["household"]: row for row in (await story.reach(president, notice))["rows"]}
        assert rows[here.households["高橋"]]["how"] == "told"
        assert rows[here.households["鈴木"]]["grade"] != "stamped", "another block is none of hers"


async def test_answers_about_safety_and_of_a_form_are_carried_too(database_url: str, tmp_path: Path) -> None:
    async with cellar(database_url, tmp_path, 0) as (here, president, signer, neighbour):
        resident = signer.phone
        asks = {"kind": "safety-check", "title": "地震です。ご無事ですか", "body": "答えてください。"}
        check = (await alarms.of_association(here, president, **asks)).json()["id"]
        survey = (await here.post(president, form=forms.SURVEY))["id"]
        resident.online = True
        await resident.pull()
        resident.online = False
        home, now = resident.home(), here.clock()
        said = {
            "notice": check,
            "household": home,
            "state": "need-help",
            "note": "足が痛い",
            "at": now.isoformat(),
        }
        resident.write("answers", f"sa.{check}.{home}", said)
        forms.reply(resident, survey, answers={"when": "am"}, at=now)
        raw = signer.bundle(now)
        assert (await hand_in(neighbour, raw)).json() == {"state": "taken", "presses": 2}
        await here.work()
        board = (await president.http.get(f"/api/v1/notices/{check}/safety")).json()
        assert board["households"]["needHelp"] == 1, "help is called by a neighbour's phone"
        counts = (await forms.stands(president, survey))["counts"]
        assert counts["questions"]["when"]["am"] == 1
        later = here.clock() + timedelta(minutes=5)
        here.clock.pass_(minutes=5)
        resident.write("answers", f"sa.{check}.{home}", said | {"state": "safe", "at": later.isoformat()})
        resident.online = True
        assert {each["status"] for each in await resident.push()} == {"ok"}
        assert (await hand_in(neighbour, raw)).json()["state"] == "taken", "the lost answer again"
        await here.work()
        board = (await president.http.get(f"/api/v1/notices/{check}/safety")).json()
        assert (board["households"]["needHelp"], board["households"]["safe"]) == (0, 1), (
            "the older one stays older"
        )


async def test_a_bundle_signed_by_a_clock_that_is_ahead_is_put_right_and_its_age_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """How long it was on its way nobody knows; that it was signed tomorrow means that its clock is ahead."""
    async with cellar(database_url, tmp_path, circulars=2) as (here, _, signer, neighbour):
        first, second = signer.phone.outbox
        pressed, ahead = here.clock(), timedelta(hours=5)
        first["d"]["at"], second["d"]["at"] = pressed.isoformat(), (pressed + ahead).isoformat()
        here.clock.pass_(minutes=10)
        slow = signer.bundle(here.clock(), mutations=[first])
        fast = signer.bundle(here.clock(), mutations=[second], issued=here.clock() + ahead)
        assert (await hand_in(neighbour, fast)).json()["state"] == "taken"
        here.clock.pass_(days=1)
        assert (await hand_in(neighbour, slow)).json()["state"] == "taken"
        async with here.house.db.read() as session:
            assert list(await session.scalars(select(Stamp.at))) == [pressed, pressed]


async def test_whatever_is_wrong_with_a_bundle_does_nothing_and_says_what_to_do(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, president, signer, neighbour):
        now, good = here.clock(), signer.bundle(here.clock())
        stranger = Signer(signer.phone, sealing_key=signer.sealing_key)
        other_house = Signer(signer.phone, signer.key, bundling.point(stranger.key))
        day, year = timedelta(days=1), timedelta(days=365)
        look: dict[str, Any] = {"mid": "m", "t": "looks", "id": "x", "op": "put", "d": {}, "base": None}
        wrong: dict[str, list[bytes]] = {
            "bundle-cut": [b"", good[:30], good[: len(good) // 2], good[:-1], good + b"\0"],
            "bundle-forged": [
                stranger.bundle(now),
                signer.bundle(now, device=neighbour.device),
                signer.bundle(now, device=bundling.b64url(bytes(16))),
                bytes([1]) + bytes(64) + good[65:],
                bytes([1]) + b"\xff" * 64 + good[65:],
            ],
            "bundle-too-new": [signer.bundle(now, version=2), b"%PDF-1.7"],
            "bundle-too-large": [good + bytes(20_000)],
            "bundle-expired": [
                signer.bundle(now, issued=now - 4 * day),
                signer.bundle(now, expires=now),
                signer.bundle(now, issued=now - 400 * day, expires=now + day),
                signer.bundle(now, expires=now + 8 * day),
            ],
            "bundle-from-the-future": [
                signer.bundle(now, issued=now + year),
                signer.bundle(now, issued=now + 2 * day),
            ],
            "bundle-foreign": [signer.bundle(now, tenant="yuri")],
            "bundle-unreadable": [
                other_house.bundle(now),
                signer.bundle(now, count=2),
                signer.bundle(now, mutations=[]),
                signer.bundle(now, mutations=[look]),
                signer.bundle(now, mutations={"mutations": []}),
                signer.bundle(now, mutations=signer.phone.outbox * 40),
                signer.bundle(now, packed=b"nothing"),
                signer.bundle(now, packed=bundling._deflated(b" " * 10_000_000)),
                signer.bundle(now, packed=bundling._deflated(b"[" * 100_000)),
                signer.bundle(now, packed=bundling._deflated(b'[{"mid": "\xff"}]'), count=1),
            ],
        }
        found = []
        for slug, bundles in wrong.items():
            for place, raw in enumerate(bundles):
                answer = await hand_in(neighbour, raw)
                said = answer.json()
                if said.get("slug") != slug or not 400 <= answer.status_code < 500 or not said["detail"]:
                    found.append(f"{slug} {place}: {answer.status_code} {answer.text[:200]}")
        assert not found, "\n".join(found)
        assert "預かった束" in (await hand_in(neighbour, good[:99])).json()["detail"]
        assert "Read it again" in (await hand_in(neighbour, good[:99], "en")).json()["detail"]
        assert {row["grade"] for row in await ledger(president, signer)}.isdisjoint({"stamped"})
        assert await carriages(here) == []
        assert (await hand_in(neighbour, good)).json()["state"] == "taken", "and the good one still counts"


async def test_a_bundle_of_a_phone_that_was_revoked_or_has_another_key_now_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, president, signer, neighbour):
        early = signer.bundle(here.clock())
        renewed = Signer(signer.phone)
        await renewed.register()
        await renewed.register()
        assert (await hand_in(neighbour, early)).json()["slug"] == "bundle-forged", "replaced by its session"
        late = renewed.bundle(here.clock())
        async with here.house.db.write() as session:
            await devices.revoke_device(session, TENANT, signer.phone.device, president.person, here.clock())
        answer = await hand_in(neighbour, late)
        assert (answer.status_code, answer.json()["slug"]) == (403, "bundle-of-revoked-device")
        assert {row["grade"] for row in await ledger(president, signer)}.isdisjoint({"stamped"})


async def test_the_key_of_the_enrolment_is_the_one_that_counts_and_telling_it_again_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path, 1) as (here, _president, _signer, neighbour):
        leader = Phone(here.http(), LEADER_1)
        here.phones.append(leader)
        signer, ticket = Signer(leader), await here.code_for(LEADER_1)
        key = bundling.b64url(bundling.point(signer.key))
        asked = {"ticket": ticket, "deviceName": "x", "deviceKey": key}
        came = (await leader.http.post("/api/v1/enrol", json=asked)).json()
        leader.device = came["device"]["id"]
        leader.sign_in(came["token"])
        for _ in range(2):
            await signer.register()
        async with here.house.db.read() as session:
            keys = select(Audit).where(Audit.tenant == TENANT, Audit.subject == leader.device)
            assert [each.action for each in await session.scalars(keys.order_by(Audit.seq))] == [
                "device.enrolled"
            ]
        await leader.pull()
        leader.stamp(leader.all("notices")[0]["notice"], leader.home())
        assert (await hand_in(neighbour, signer.bundle(here.clock()))).json()["state"] == "taken"
        wrong = await leader.http.put("/api/v1/me/device-key", json={"deviceKey": "AAAA"})
        assert (wrong.status_code, wrong.json()["slug"]) == (422, "device-key-wrong")


async def test_a_neighbour_of_another_city_cannot_hand_it_in_and_nobody_can_without_a_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path) as (here, _president, signer, _neighbour):
        _, lily = await another_city(here)
        raw = signer.bundle(here.clock())
        answer = await hand_in(lily, raw)
        assert (answer.status_code, answer.json()["slug"]) == (403, "bundle-foreign")
        async with here.http() as nobody:
            assert (await nobody.post("/api/v1/bundles", content=raw)).status_code == 401


@pytest.mark.slow
async def test_no_byte_of_a_bundle_can_be_another(database_url: str, tmp_path: Path) -> None:
    async with cellar(database_url, tmp_path, 1) as (here, president, signer, _neighbour):
        raw, carriers = signer.bundle(here.clock()), [await here.phone(LEADER_1)]
        for place in range(len(raw)):
            if place % 60 == 59:
                here.clock.pass_(minutes=11)
            answer = await hand_in(carriers[0], bundling.altered(raw, place))
            assert answer.json().get("slug", "").startswith("bundle-"), f"byte {place}: {answer.text[:200]}"
        assert {row["grade"] for row in await ledger(president, signer)}.isdisjoint({"stamped"})
        assert (await hand_in(carriers[0], raw)).json()["state"] == "taken"


@pytest.mark.slow
async def test_a_phone_that_hands_in_without_end_is_told_to_wait(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with cellar(sqlite_database, tmp_path, 1) as (here, _president, signer, neighbour):
        raw = signer.bundle(here.clock())
        slugs = [(await hand_in(neighbour, raw)).json().get("slug") for _ in range(61)]
        assert slugs == [None] * 60 + ["too-many-bundles"]
        here.clock.pass_(minutes=11)
        assert (await hand_in(neighbour, raw)).status_code == 200


async def test_a_neighbour_who_is_erased_has_carried_it_without_a_name(
    database_url: str, tmp_path: Path
) -> None:
    async with cellar(database_url, tmp_path, 1) as (here, _president, signer, neighbour):
        await hand_in(neighbour, signer.bundle(here.clock()))
        signer.phone.online = True
        await signer.phone.pull()
        assert signer.phone.all("carriages")[0]["by"]["name"] == NO_CHANNEL
        await erased.erase(here.house, TENANT, neighbour.person, here.clock())
        await here.work()
        await signer.phone.pull()
        [told] = signer.phone.all("carriages")
        assert told["by"] == {"id": neighbour.person, "name": ""}
        assert await where_it_stands(here, NO_CHANNEL) == set()


async def test_who_carried_for_whom_is_told_in_the_export_and_goes_with_the_proofs(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with cellar(sqlite_database, tmp_path, 1) as (here, _president, signer, neighbour):
        await hand_in(neighbour, signer.bundle(here.clock()))
        hers = (await signer.phone.http.get("/api/v1/me/export")).json()["carriages"]
        theirs = (await neighbour.http.get("/api/v1/me/export")).json()["carriages"]
        assert [(each["byYou"], each["presses"]) for each in hers + theirs] == [(False, 1), (True, 1)]
        await pass_days(here, 402)
        assert await carriages(here) == []
        signer.phone.online = True
        await signer.phone.pull()
        assert signer.phone.all("carriages") == []
