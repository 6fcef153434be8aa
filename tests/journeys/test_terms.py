"""Seats are held for dated terms: a right begins and ends with a day in Tokyo, a phone learns it by sync."""

from datetime import UTC, date, datetime
from pathlib import Path

from notices.ids import new_id
from notices.tokyo import today
from tests.town import SAKURA, Town, circular, town

APRIL = datetime(2027, 3, 31, 15, 0, 30, tzinfo=UTC)
"""Half a minute into 1 April in Tokyo."""

NEXT_YEAR = SAKURA.replace(
    "6,田中 実,たなか みのる,1944,,minoru.tanaka@example.jp,班長,2026-04-01,2027-03-31",
    "6,田中 実,たなか みのる,1944,,minoru.tanaka@example.jp,班長,2026-04-01,2027-03-31\n"
    "二班,2,202,田中,3丁目 7-2,,6,田中 実,たなか みのる,1944,,minoru.tanaka@example.jp,会計（役員）,2027-04-01,2028-03-31",
)


async def april_comes(here: Town) -> None:
    here.clock.at = APRIL
    await here.work()


async def test_an_officer_whose_term_has_ended_may_nothing_from_the_first_request_of_april(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await president.pull()
        assert president.all("roster"), "an officer holds the roster"
        here.clock.at = APRIL
        # No worker has run yet: the dates alone decide.
        answer = await here.try_post(president, deadline=None)
        assert (answer.status_code, answer.json()["slug"]) == (403, "not-allowed")
        await president.pull()
        assert president.all("roster") == [], "and the officers' data leaves the phone at its next pull"
        await april_comes(here)
        await president.pull()
        assert president.all("memberships")[0]["seats"] == []


async def test_a_circular_written_offline_in_march_and_sent_in_april_is_shown_to_its_author(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await president.pull()
        president.write("submissions", new_id(), circular(association=here.sakura, deadline="2027-05-01"))
        await april_comes(here)
        (result,) = await president.push()
        assert (result["status"], result["code"]) == ("rejected", "no-longer-officer")
        await president.pull()
        (correction,) = president.all("corrections")
        assert correction["said"]["title"] == circular()["title"], "what was written is not lost"


async def test_a_seat_that_begins_in_april_is_there_in_april(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, treasurer = await here.phone("山田 花子"), await here.phone("田中 実")
        path = f"/api/v1/associations/{here.sakura}/roster"
        answer = await president.http.post(
            path, content=NEXT_YEAR.encode(), headers={"Content-Type": "text/csv"}
        )
        assert answer.status_code == 200, answer.text
        await treasurer.pull()
        assert [seat["title"] for seat in treasurer.all("memberships")[0]["seats"]] == ["班長"]
        await april_comes(here)
        assert today(here.clock()) == date(2027, 4, 1)
        await treasurer.pull()
        (seat,) = treasurer.all("memberships")[0]["seats"]
        assert (seat["role"], seat["begins"]) == ("officer", "2027-04-01")
        assert treasurer.all("roster"), "the officers' scope comes with the seat"
        posted = await here.try_post(treasurer, deadline=None)
        assert posted.status_code == 201, posted.text
