"""May they speak for this home? The one question of all that takes a stamp or an answer."""

from datetime import timedelta
from pathlib import Path

from notices.ids import new_id
from notices.proxies.acting import WHATS, What
from notices.town.speaking import why_not
from notices.town.standing import standing
from tests.journeys import families
from tests.journeys.story import NO_CHANNEL, PRESIDENT, RESIDENT
from tests.town import TENANT, Town, town


async def asked(here: Town, person: str, home: str, what: What) -> str | None:
    async with here.house.db.read() as session:
        stands = await standing(session, TENANT, person, here.clock())
        return None if stands is None else stands.speaks_for_home(here.households[home], what)


async def test_its_people_speak_for_a_home_and_a_proxy_does_what_was_asked(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        mother, stranger = await here.phone(RESIDENT), await here.phone(NO_CHANNEL)
        asked_for = await families.ask(mother, whats=["answer"])
        daughter = await families.daughter(here, asked_for["code"])
        assert {await asked(here, mother.person, "伊藤", what) for what in WHATS} == {"own"}
        assert [await asked(here, daughter.person, "伊藤", what) for what in WHATS] == [None, None, "proxy"]
        assert await asked(here, daughter.person, "渡辺", "answer") is None
        assert await asked(here, stranger.person, "伊藤", "answer") is None
        assert await asked(here, new_id(), "伊藤", "answer") is None
        assert await asked(here, here.people[PRESIDENT], "山田", "stamp") == "own"
        async with here.house.db.read() as session:
            said = {
                who: await why_not(session, TENANT, who, here.households["伊藤"], here.clock())
                for who in (daughter.person, stranger.person)
            }
        assert said[daughter.person].slug == "not-asked-for-this"
        assert said[stranger.person].slug == "not-your-household"
        here.clock.pass_(days=400)
        assert await asked(here, daughter.person, "伊藤", "answer") is None, (
            "its days are over, without a worker"
        )


async def test_an_invitation_gives_no_right_before_it_is_taken_up(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        mother, other = await here.phone(RESIDENT), await here.phone(NO_CHANNEL)
        begins = str((here.clock() + timedelta(days=3)).date())
        invited = await families.ask(mother, begins=begins)
        assert await asked(here, other.person, "伊藤", "stamp") is None
        assert (await families.take_up(other, invited["code"])).status_code == 200
        assert await asked(here, other.person, "伊藤", "stamp") is None, "it has not begun"
        here.clock.pass_(days=3)
        assert await asked(here, other.person, "伊藤", "stamp") == "proxy"
