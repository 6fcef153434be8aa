"""The president changes on 1 April while an old phone is offline; and what can be wrong with a handover."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices import ids
from notices.models import Audit, Term
from tests.journeys import story
from tests.journeys.story import LEADER_1, LEADER_2, NO_CHANNEL, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import NoSignal, Phone
from tests.server.test_bad_input import in_both_languages, is_a_problem
from tests.town import SAKURA, TENANT, Town, circular, town

DAY = "2027-04-01"
APRIL = datetime(2027, 3, 31, 15, 0, 30, tzinfo=UTC)
"""Half a minute into 1 April in Tokyo."""
MID_APRIL = datetime(2027, 4, 14, 15, 0, 30, tzinfo=UTC)
"""Half a minute into 15 April: two weeks of overlap are over."""


def path(here: Town) -> str:
    return f"/api/v1/associations/{here.sakura}/handover"


async def held(by: Phone, here: Town) -> dict[str, Any]:
    answer = await by.http.get(path(here))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def seat_of(by: Phone, here: Town, title: str, block: str | None = None) -> str:
    seats = (await held(by, here))["seats"]
    [found] = [
        each["id"]
        for each in seats
        if each["title"] == title and (block is None or (each["block"] or {}).get("name") == block)
    ]
    return str(found)


async def ask(
    by: Phone, here: Town, changes: dict[str, list[str]], *, dry_run: bool = False, **said: Any
) -> httpx.Response:
    """`changes`: title of a seat → names of who holds it from then on; a leader's seat is named by its block."""
    seats = []
    for title, names in changes.items():
        seat = await (seat_of(by, here, "班長", title) if "班" in title else seat_of(by, here, title))
        seats.append({"seat": seat, "people": [here.people[name] for name in names]})
    body = {"begins": DAY, "overlapWeeks": 0, "seats": seats} | said
    return await by.http.post(path(here), json=body, params={"dryRun": dry_run})


async def schedule(by: Phone, here: Town, changes: dict[str, list[str]], **said: Any) -> dict[str, Any]:
    answer = await ask(by, here, changes, **said)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def terms(here: Town) -> list[tuple[Any, ...]]:
    async with here.house.db.read() as session:
        query = select(Term.seat, Term.person, Term.begins, Term.ends).where(Term.tenant == TENANT)
        rows = await session.execute(query.order_by(Term.seat, Term.begins, Term.id))
        return [tuple(row) for row in rows if row.ends is None or row.ends > row.begins]


async def test_the_president_changes_on_1_april_while_an_old_phone_is_offline(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        old, new = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        officer = await here.phone(OFFICER_2)
        await old.pull()
        draft = await here.post(old, publish=False, title="来年度の総会", deadline="2027-05-30")
        made = await schedule(old, here, {"会長": [RESIDENT], "一班": ["鈴木 うめ"]}, overlapWeeks=2)
        assert [seat["title"] for seat in made["seats"]] == ["会長", "班長"]

        await new.pull()
        [coming] = new.all("memberships")[0]["coming"]
        assert (coming["title"], coming["begins"]) == ("会長", DAY), "the successor sees what is to come"
        assert new.all("roster") == [], "and holds nothing of it before the day"
        posted = await here.try_post(new, deadline=None)
        assert (posted.status_code, posted.json()["slug"]) == (403, "not-allowed")
        await officer.pull()
        assert [each["begins"] for each in officer.all("handovers")] == [DAY], "every officer knows of it"

        here.clock.at = APRIL
        # No worker has run yet: the dates alone decide, and for two weeks both may.
        assert (await here.try_post(new, deadline=None)).status_code == 201
        assert (await here.try_post(old, deadline=None)).status_code == 201
        await here.work()
        await new.pull()
        membership = new.all("memberships")[0]
        assert [seat["title"] for seat in membership["seats"]] == ["会長"]
        assert "coming" not in membership
        assert draft["id"] in story.ids_of(new, "drafts"), "the drafts are the seat's, not the person's"
        assert new.all("roster"), "and so is the list of homes"

        # In the mountains, without a signal, the old president writes once more.
        late = ids.new_id()
        old.write("submissions", late, circular(association=here.sakura, deadline="2027-05-30", title="お礼"))
        here.clock.at = MID_APRIL
        [result] = await old.push()
        assert (result["status"], result["code"]) == ("rejected", "no-longer-officer")
        await old.pull()
        [correction] = old.all("corrections")
        assert correction["said"]["title"] == "お礼", "what was written is not lost"
        assert story_sentence(correction["message"])
        for kind in ("roster", "drafts", "sent", "handovers", "enrolments"):
            assert old.all(kind) == [], f"{kind} of the officers left the phone with this pull"
        refused = await old.http.get(f"/api/v1/notices/{draft['id']}")
        assert refused.status_code == 403
        assert (await here.try_post(new, deadline=None)).status_code == 201


async def test_what_was_written_in_march_on_a_phone_that_comes_back_in_april_is_refused_and_shown(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        first, second = await here.phone(PRESIDENT), await here.phone(PRESIDENT)
        new = await here.phone(RESIDENT)
        await here.post(first, publish=False, title="来年度の総会", deadline="2027-05-30")
        await schedule(first, here, {"会長": [RESIDENT]})
        here.clock.at = datetime(2027, 3, 28, 3, tzinfo=UTC)
        await second.pull()
        for kind in ("roster", "drafts", "handovers"):
            assert second.all(kind), f"{kind} lie on the phone when it goes offline"
        second.online = False
        said = circular(association=here.sakura, deadline="2027-05-30", title="三月のお礼")
        second.write("submissions", ids.new_id(), said)
        with pytest.raises(NoSignal):
            await second.push()
        here.clock.at = APRIL
        await here.work()
        await new.pull()

        second.online = True
        [result] = await second.push()
        assert (result["status"], result["code"]) == ("rejected", "no-longer-officer")
        await second.pull()
        [correction] = second.all("corrections")
        assert correction["said"]["title"] == "三月のお礼", "shown to its author"
        assert story_sentence(correction["message"])
        for kind in OFFICERS_RECORDS:
            assert second.all(kind) == [], f"{kind} of the officers left the phone with this pull"
        await new.pull()
        assert "三月のお礼" not in new.titles() | {each["title"] for each in new.all("drafts")}
        await here.work()
        assert "三月のお礼" not in repr((await new.http.get(notices_of(here))).json())


OFFICERS_RECORDS = ("roster", "drafts", "sent", "handovers", "enrolments", "submissions", "changes", "reach")


def notices_of(here: Town) -> str:
    return f"/api/v1/associations/{here.sakura}/notices"


def story_sentence(text: str) -> bool:
    return text.endswith("。") and len(text) > 10


async def test_until_its_day_a_handover_is_taken_back_and_leaves_no_trace_but_the_record(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, successor = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        before, seats = await terms(here), (await held(president, here))["seats"]
        await schedule(president, here, {"会長": [RESIDENT], "副会長": [PRESIDENT]}, overlapWeeks=4)
        assert await terms(here) != before
        assert (await held(president, here))["handover"]["begins"] == DAY
        assert (await president.http.delete(path(here))).status_code == 204
        assert await terms(here) == before
        assert (await held(president, here))["seats"] == seats
        await president.pull()
        await successor.pull()
        assert president.all("handovers") == []
        assert "coming" not in successor.all("memberships")[0]
        is_a_problem(await president.http.delete(path(here)), 409, slug="no-handover-pending")
        here.clock.at = APRIL
        await here.work()
        assert (await here.try_post(successor, deadline=None)).status_code == 403
        async with here.house.db.read() as session:
            actions = (await session.scalars(select(Audit.action).where(Audit.subject.is_not(None)))).all()
        assert {"handover.scheduled", "handover.cancelled"} <= set(actions)


async def test_on_its_day_it_can_be_taken_back_no_more(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, successor = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await schedule(president, here, {"会長": [RESIDENT]})
        here.clock.at = APRIL
        is_a_problem(await successor.http.delete(path(here)), 409, slug="no-handover-pending")
        assert (await held(successor, here))["handover"] is None
        is_a_problem(await president.http.delete(path(here)), 403, slug="not-allowed")


async def test_a_handover_for_today_holds_at_the_next_request(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, successor = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await schedule(president, here, {"会長": [RESIDENT]}, begins="2026-11-20")
        assert (await here.try_post(president)).status_code == 403
        assert (await here.try_post(successor)).status_code == 201
        await president.pull()
        assert president.all("roster") == []


async def test_the_preview_says_who_comes_and_what_to_look_at_and_writes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        before = await terms(here)
        answer = await ask(president, here, {"会長": [NO_CHANNEL], "副会長": [NO_CHANNEL]}, dry_run=True)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        first = told["seats"][0]
        assert [each["name"] for each in first["from"]] == [PRESIDENT], (
            "who leaves on the day anyway is named too"
        )
        assert [(each["name"], each["device"], each["stays"]) for each in first["to"]] == [
            (NO_CHANNEL, False, False)
        ]
        assert told["officers"] == 1, "two seats of one person are one officer"
        assert [each["code"] for each in told["warnings"]] == ["no-device", "few-officers"]
        assert await terms(here) == before
        assert (await held(president, here))["handover"] is None
        # It is a warning alone: somebody without a phone may hold a seat, and gets a slip.
        await schedule(president, here, {"会長": [NO_CHANNEL], "副会長": [NO_CHANNEL]})


async def test_who_goes_on_keeps_the_seat_without_an_end(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await schedule(president, here, {"副会長": [OFFICER_2, LEADER_2], "会長": [PRESIDENT]})
        here.clock.at = APRIL
        await here.work()
        now = await held(president, here)
        holders = {seat["title"]: seat["holders"] for seat in now["seats"]}
        assert [(each["name"], each["ends"]) for each in holders["会長"]] == [(PRESIDENT, None)]
        assert {each["name"] for each in holders["副会長"]} == {OFFICER_2, LEADER_2}
        assert now["officers"] == 3


BAD: list[tuple[str, dict[str, list[str]], dict[str, Any], int, str]] = [
    ("to nobody", {"会長": []}, {}, 422, "handover-to-nobody"),
    ("of nothing", {}, {}, 422, "handover-of-nothing"),
    ("to a neighbour", {"会長": [story.MIDORI_PRESIDENT]}, {}, 422, "successor-foreign"),
    ("to one person twice", {"会長": [RESIDENT, RESIDENT]}, {}, 422, "successor-twice"),
    ("in the past", {"会長": [RESIDENT]}, {"begins": "2026-04-01"}, 422, "handover-past"),
    ("far ahead", {"会長": [RESIDENT]}, {"begins": "2031-04-01"}, 422, "handover-far"),
    ("on no day", {"会長": [RESIDENT]}, {"begins": "四月一日"}, 422, "date-unreadable"),
    ("with a year of overlap", {"会長": [RESIDENT]}, {"overlapWeeks": 52}, 422, "overlap-wrong"),
    ("back in time", {"会長": [RESIDENT]}, {"overlapWeeks": -1}, 422, "overlap-wrong"),
    (
        "of a seat that is not here",
        {},
        {"seats": [{"seat": ids.new_id(), "people": [ids.new_id()]}]},
        422,
        "seat-unknown",
    ),
    ("to what is no id", {}, {"seats": [{"seat": "会長", "people": ["花子"]}]}, 400, "body-unreadable"),
]


@pytest.mark.parametrize(("how", "changes", "said", "status", "slug"), BAD, ids=[each[0] for each in BAD])
async def test_a_wrong_handover_is_told_in_a_sentence_and_changes_nothing(
    database_url: str,
    tmp_path: Path,
    how: str,
    changes: dict[str, list[str]],
    said: dict[str, Any],
    status: int,
    slug: str,
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        before = await terms(here)
        for dry_run in (True, False):
            answer = await ask(president, here, changes, dry_run=dry_run, **said)
            is_a_problem(answer, status, slug=slug, what=how)
            assert await terms(here) == before
            assert (await held(president, here))["handover"] is None


async def test_one_handover_is_to_come_at_a_time_and_a_second_press_is_the_first(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, id = await here.phone(PRESIDENT), ids.new_id()
        first = await schedule(president, here, {"会長": [RESIDENT]}, id=id)
        after = await terms(here)
        assert await schedule(president, here, {"会長": [RESIDENT]}, id=id) == first
        body = {"begins": DAY, "seats": []}
        answer = await ask(president, here, {"会長": [LEADER_1]})
        assert "4月1日" in is_a_problem(answer, 409, slug="handover-pending")["detail"]
        seat = await seat_of(president, here, "会長")
        twice = [{"seat": seat, "people": [here.people[RESIDENT]]}] * 2
        is_a_problem(
            await president.http.post(path(here), json=body | {"seats": twice}), 422, slug="seat-twice"
        )
        assert await terms(here) == after
        await in_both_languages(president.http, "POST", path(here), json=body)


async def test_the_president_decides_and_where_there_is_none_any_officer(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, officer = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        assert (await held(officer, here))["mayDecide"] is False
        is_a_problem(await ask(officer, here, {"会長": [OFFICER_2]}), 403, slug="only-the-president")
        await story.import_roster(president, here.sakura, story.without(PRESIDENT))
        assert (await held(officer, here))["mayDecide"] is True
        await schedule(officer, here, {"会長": [OFFICER_2]})


async def test_a_roster_from_before_leaves_alone_what_a_handover_is_yet_to_bring(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, successor = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await schedule(president, here, {"会長": [RESIDENT]})
        answer = await story.import_roster(president, here.sakura, SAKURA)
        assert answer.status_code == 200, answer.text
        here.clock.at = APRIL
        assert (await here.try_post(successor, deadline=None)).status_code == 201


async def test_a_roster_that_was_written_after_a_handover_makes_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await schedule(president, here, {"会長": [RESIDENT]}, overlapWeeks=2)
        before = await terms(here)
        exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        assert DAY in exported.text, "what is to come stands in the list"
        answer = await story.import_roster(president, here.sakura, exported.content)
        assert answer.status_code == 200, answer.text
        assert await terms(here) == before


async def test_a_successor_who_moves_away_before_the_day_never_holds_the_seat(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, successor = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await schedule(president, here, {"会長": [RESIDENT]})
        answer = await story.import_roster(president, here.sakura, story.without(RESIDENT))
        assert answer.status_code == 200, answer.text
        here.clock.at = APRIL
        assert (await here.try_post(successor, deadline=None)).status_code == 403
