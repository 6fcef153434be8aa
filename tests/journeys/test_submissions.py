"""An officer publishes in the train: offline, repeated, too late."""

from pathlib import Path
from typing import Any

import pytest

from notices import ids
from tests.journeys import story
from tests.journeys.story import LEADER_1, MAILED, MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import NoSignal, Phone
from tests.town import SAKURA, Town, circular, town


def submit(here: Town, phone: Phone, association: str | None = None, **said: Any) -> str:
    """The press of the button without a signal. The notice's id."""
    id = ids.new_id()
    phone.write("submissions", id, circular() | {"association": association or here.sakura} | said)
    return id


async def test_a_notice_written_in_the_tunnel_goes_out_once_though_its_answer_was_lost(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        president.online = False
        id = submit(here, president)
        with pytest.raises(NoSignal):
            await president.push()
        president.online, president.drop_answers = True, 1
        with pytest.raises(NoSignal):
            await president.push()
        assert president.outbox, "no answer came, so it is still to be sent"
        (result,) = await president.push()
        assert result["status"] == "ok"
        assert result.get("dup") is True, "the server knew it already"
        await here.work()
        await resident.pull()
        await president.pull()
        assert ids_and_titles(resident) == {(id, circular()["title"])}
        assert set(story.sent_to(here)) == MAILED
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1
        assert president.records["submissions", id]["state"] == "published"
        listed = (await president.http.get(f"/api/v1/associations/{here.sakura}/notices")).json()
        assert [each["id"] for each in listed["notices"]] == [id]


async def test_a_submission_under_a_new_mid_is_still_one_notice(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        id = submit(here, president)
        president.outbox.append(president.outbox[0] | {"mid": ids.new_id()})
        first, second = await president.push()
        assert first["status"] == "ok"
        assert second["status"] in ("ok", "conflict", "rejected"), "final, whatever it is"
        await here.work()
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1
        assert (await story.notice(president, id))["state"] == "published"
        await president.pull()
        assert president.records["submissions", id]["state"] == "published"


async def test_a_submission_by_someone_whose_term_ended_is_rejected_shown_and_not_lost(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, other, resident = [await here.phone(each) for each in (PRESIDENT, OFFICER_2, RESIDENT)]
        await president.pull()
        id = submit(here, president, title="引き継ぎの前に書いたもの")
        handed_over = SAKURA.replace("会長,2026-04-01,2027-03-31", ",,", 1)
        assert (await story.import_roster(other, here.sakura, handed_over)).status_code == 200
        (result,) = await president.push()
        assert (result["status"], result["code"]) == ("rejected", "no-longer-officer")
        assert "current" not in result or result["current"] is None, "nothing she may no longer see"
        await here.work()
        for phone in (president, resident, other):
            await phone.pull()
        assert story.sent(here) == 0
        assert resident.titles() == set()
        corrections = [each for each in president.all("corrections") if each["id"] == id]
        assert [(each["t"], each["code"]) for each in corrections] == [("submissions", "no-longer-officer")]
        assert corrections[0]["message"], "the author sees what became of it, in words"
        assert other.all("corrections") == [], "nobody else sees it"


async def test_residents_leaders_and_strangers_cannot_submit(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        for name in (RESIDENT, LEADER_1, MIDORI_PRESIDENT):
            phone = await here.phone(name)
            submit(here, phone)
            (result,) = await phone.push()
            assert result["status"] == "rejected", name
        president = await here.phone(PRESIDENT)
        listed = await president.http.get(f"/api/v1/associations/{here.sakura}/notices")
        assert listed.json() == {"notices": []}


async def test_a_submission_that_is_wrong_is_rejected_and_does_not_block_the_next(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        wrong = [
            submit(here, president, title=""),
            submit(here, president, deadline="2026-06-31"),
            submit(here, president, deadline="2020-01-01"),
            submit(here, president, body="\u202e逆"),
            submit(here, president, audience={"blocks": [here.blocks["東"]]}),
            submit(here, president, association=here.midori),
            submit(here, president, files=[{"sha256": "0" * 64, "name": "ない.pdf"}]),
            submit(here, president, kind="event"),
        ]
        good = submit(here, president)
        results = {each["id"]: each["status"] for each in await president.push()}
        assert [results[id] for id in wrong] == ["rejected"] * len(wrong)
        assert results[good] == "ok"
        await president.pull()
        told = {each["id"] for each in president.all("corrections")}
        assert told == set(wrong), "each is shown to its author"


async def test_a_submission_is_held_like_any_other_press_and_can_be_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        id = submit(here, president)
        assert (await president.push())[0]["status"] == "ok"
        await here.work()
        await resident.pull()
        assert (resident.titles(), story.sent(here)) == (set(), 0)
        taken = await story.act(president, id, "undo")
        assert (taken.status_code, taken.json()["state"]) == (200, "draft")
        here.clock.pass_(minutes=5)
        await here.work()
        assert story.sent(here) == 0


def ids_and_titles(phone: Phone) -> set[tuple[str, str]]:
    return {(each["notice"], each["title"]) for each in phone.all("notices")}
