"""An orphaned association: its officers are gone, and the city brings it back, on record."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from notices import ids
from notices.models import Association, Audit, Device, Seat, Term
from notices.records import projection
from notices.records.projection import Touched
from notices.tokyo import today
from tests.journeys import city_hall, story
from tests.journeys.story import LEADER_1, MIDORI_LEADER, MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import in_both_languages, is_a_problem
from tests.server.test_matrix import another_city
from tests.town import TENANT, Town, town


async def clerk_of(here: Town, name: str = MIDORI_LEADER) -> Phone:
    """Somebody who works for the city; it happens to be a neighbour."""
    person, seat, now = here.people[name], ids.new_id(), here.clock()
    journalled = {"journalled": True}
    async with here.house.db.write() as session:
        row = {"tenant": TENANT, "id": seat, "role": "clerk", "title": "市民協働課"}
        await session.execute(insert(Seat).values(row), execution_options=journalled)
        term = {"tenant": TENANT, "id": ids.new_id(), "seat": seat, "person": person, "begins": today(now)}
        await session.execute(insert(Term).values(term), execution_options=journalled)
        await projection.refresh(session, here.house.keys.vault, TENANT, Touched(people={person}), now)
    return await here.phone(name)


async def state_of(clerk: Phone, association: str) -> dict[str, Any]:
    answer = await clerk.http.get("/api/v1/operations/associations")
    assert answer.status_code == 200, answer.text
    [found] = [each for each in answer.json()["associations"] if each["id"] == association]
    alone = await clerk.http.get(f"/api/v1/associations/{association}/recovery")
    assert found.items() <= alone.json().items(), "the list and the page say the same"
    row: dict[str, Any] = found
    return row


async def recover(here: Town, clerk: Phone, association: str, person: str) -> Any:
    await city_hall.proved(here, clerk.person)
    return await clerk.http.post(f"/api/v1/associations/{association}/recovery", json={"person": person})


async def test_an_orphaned_association_is_seen_by_the_city_and_brought_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, clerk = await here.phone(PRESIDENT), await clerk_of(here)
        sent = await here.post(president, title="最後の回覧")
        assert (await state_of(clerk, here.sakura))["state"] == "well"

        # Spring comes, and nobody thought of a handover: all terms are over.
        here.clock.pass_(days=140)
        await here.work()
        assert (await state_of(clerk, here.sakura)).items() >= {"officers": 0, "state": "orphaned"}.items()
        assert (await here.try_post(president, deadline=None)).status_code == 403

        made = await recover(here, clerk, here.sakura, "いとう")
        is_a_problem(made, 422, slug="nobody-of-that-name")
        made = await recover(here, clerk, here.sakura, "伊藤さち")
        assert made.status_code == 201, made.text
        [slip] = made.json()["tickets"]
        assert (slip["name"], slip["block"]) == (RESIDENT, "さくら町内会")

        new = Phone(here.http(), RESIDENT)
        here.phones.append(new)
        await new.enrol(slip["code"])
        await new.pull()
        assert [seat["title"] for seat in new.all("memberships")[0]["seats"]] == ["会長"]
        assert sent["id"] in story.ids_of(new, "sent"), "what was sent before stays with the seat"
        assert (await here.try_post(new, deadline=None)).status_code == 201
        assert (await state_of(clerk, here.sakura)).items() >= {"officers": 1, "state": "alone"}.items()
        async with here.house.db.read() as session:
            query = select(Audit.actor).where(Audit.action == "officer.seated")
            assert list(await session.scalars(query)) == [clerk.person], "it is on record who did it"


async def test_where_officers_are_at_work_the_city_seats_nobody(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        await here.phone(PRESIDENT)
        clerk = await clerk_of(here)
        is_a_problem(await recover(here, clerk, here.sakura, RESIDENT), 409, slug="association-has-officers")
        path = f"/api/v1/associations/{here.sakura}/recovery"
        await in_both_languages(clerk.http, "POST", path, json={"person": RESIDENT})
        is_a_problem(await recover(here, clerk, here.sakura, ""), 400, slug="body-unreadable")


async def test_phones_that_nobody_has_heard_of_for_two_months_make_an_association_silent(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        await here.phone(PRESIDENT)
        clerk = await clerk_of(here)
        assert (await state_of(clerk, here.midori))["state"] == "silent", "its president has no phone at all"
        async with here.house.db.write() as session:
            long_ago = here.clock() - timedelta(days=61)
            rows = update(Device).where(Device.person == here.people[PRESIDENT])
            await session.execute(
                rows.values(created_at=long_ago, seen_at=None), execution_options={"journalled": True}
            )
        assert (await state_of(clerk, here.sakura))["state"] == "silent"
        assert (await recover(here, clerk, here.sakura, PRESIDENT)).json()["slug"] == "holds-already"
        assert (await recover(here, clerk, here.sakura, LEADER_1)).status_code == 201
        held = (await clerk.http.get(f"/api/v1/associations/{here.sakura}/recovery")).json()["seats"]
        [chair] = [seat for seat in held if seat["role"] == "president"]
        assert [each["name"] for each in chair["holders"]] == [LEADER_1], (
            "the silent one's term ends that day"
        )


async def test_an_officer_whose_phone_is_gone_comes_back_by_a_slip_of_the_city(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await clerk_of(here)
        path = f"/api/v1/associations/{here.sakura}/recovery/slips"
        alone = await clerk.http.post(path, json={"person": here.people[OFFICER_2]})
        is_a_problem(
            alone, 403, slug="passkey-needed", what="a clerk's phone in other hands opens no association"
        )
        await city_hall.proved(here, clerk.person)
        made = await clerk.http.post(path, json={"person": here.people[OFFICER_2]})
        assert made.status_code == 201, made.text
        officer = Phone(here.http(), OFFICER_2)
        here.phones.append(officer)
        await officer.enrol(made.json()["tickets"][0]["code"])
        assert (await here.try_post(officer, deadline=None)).status_code == 201
        nobody = await clerk.http.post(path, json={"person": here.people[RESIDENT]})
        is_a_problem(nobody, 404, slug="no-officer-here")
        async with here.house.db.read() as session:
            actions = (await session.execute(select(Audit.action, Audit.actor))).all()
        assert ("officer.let-in-anew", clerk.person) in [tuple(row) for row in actions]


async def test_nobody_but_the_city_of_an_association_recovers_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, president = await clerk_of(here), await here.phone(PRESIDENT)
        (foreign, *_), _ = await another_city(here)
        for association, by, statuses in (
            (foreign, clerk, (404,)),
            (here.sakura, president, (403,)),
            (here.sakura, await here.phone(RESIDENT), (403,)),
            (here.midori, await here.phone(MIDORI_PRESIDENT), (403,)),
        ):
            is_a_problem(await recover(here, by, association, RESIDENT), *statuses)
            slips = f"/api/v1/associations/{association}/recovery/slips"
            is_a_problem(await by.http.post(slips, json={"person": here.people[PRESIDENT]}), *statuses)
            is_a_problem(await by.http.get(f"/api/v1/associations/{association}/recovery"), *statuses)
        answer = await president.http.get("/api/v1/operations/associations")
        is_a_problem(answer, 403, slug="not-allowed")
        async with here.house.db.read() as session:
            places = (await session.scalars(select(Association.tenant))).all()
        shown = (await clerk.http.get("/api/v1/operations/associations")).json()["associations"]
        assert len(shown) == 2 < len(places), "a city sees its own associations alone"
