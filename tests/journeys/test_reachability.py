"""Homes that cannot be reached: an officer sees why, does what helps, and the home is on the list no more."""

from pathlib import Path
from typing import Any

from notices.channels import Mail
from notices.channels.memory import MemoryChannel
from notices.healing.silence import QUIET
from notices.models import Household
from notices.planning.reachability import PAGE, REMEDIES
from notices.planning.ways import WITHOUT
from server.demo.census import Census
from tests.journeys import story
from tests.journeys.story import NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import subscription
from tests.journeys.test_forecast import set_mail
from tests.phone import Phone
from tests.town import TENANT, Town, town


async def homes(by: Phone, association: str) -> dict[str, dict[str, Any]]:
    answer = await by.http.get(f"/api/v1/associations/{association}/reachability")
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["unreachable"] == len(said["homes"]) <= said["households"]
    assert "@" not in answer.text, "no address is shown"
    return {home["name"]: home for home in said["homes"]}


async def give(by: Phone, here: Town, name: str, address: str) -> dict[str, Any]:
    path = f"/api/v1/associations/{here.sakura}/people/{here.people[name]}/mail"
    answer = await by.http.put(path, json={"address": address})
    said: dict[str, Any] = answer.json()
    return said | {"status": answer.status_code}


def test_every_reason_has_something_that_helps() -> None:
    assert set(REMEDIES) == {*WITHOUT, "quiet"}
    assert all(remedies[-1] == "paper" for remedies in REMEDIES.values()), "paper helps in the end"


async def test_a_home_with_nothing_is_listed_and_one_on_paper_is_not(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        listed = await homes(await here.phone(PRESIDENT), here.sakura)
        assert set(listed) == {"渡辺"}
        home = listed["渡辺"]
        assert (home["why"], home["remedies"], home["blockName"]) == (
            "never",
            ["slip", "mail", "paper"],
            "二班",
        )
        assert [person["name"] for person in home["people"]] == [NO_CHANNEL]


async def test_an_address_that_was_asked_for_brings_the_home_back_and_the_next_notice_to_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        assert await give(president, here, NO_CHANNEL, "makoto.watanabe@example.jp") == {
            "state": "live",
            "status": 200,
        }
        assert await homes(president, here.sakura) == {}
        await here.post(president)
        await here.work()
        mail = here.house.channels["mail"]
        assert isinstance(mail, MemoryChannel)
        told = {each.to.address for each in mail.kept if isinstance(each, Mail)}
        assert "makoto.watanabe@example.jp" in told


async def test_a_mailbox_that_was_dead_is_tried_anew_when_an_officer_gives_it_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await set_mail(here, RESIDENT, "gone", "mailbox-unknown")
        assert (await homes(president, here.sakura))["伊藤"]["why"] == "gone"
        assert (await give(president, here, RESIDENT, "sachi.ito@example.jp"))["state"] == "live"
        assert "伊藤" not in await homes(president, here.sakura)


async def test_who_has_stopped_mail_is_not_written_to_at_another_address(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await set_mail(here, RESIDENT, "off", "stopped")
        assert (await homes(president, here.sakura))["伊藤"]["remedies"] == ["visit", "paper"]
        assert (await give(president, here, RESIDENT, "another.ito@example.jp"))["state"] == "off"
        assert (await homes(president, here.sakura))["伊藤"]["why"] == "stopped"


async def test_what_is_no_address_is_refused_and_strangers_are_not_there(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        refused = await give(president, here, NO_CHANNEL, "makoto@example.jp>,<b@example.jp")
        assert (refused["status"], refused["slug"]) == (422, "mail-address-refused")
        assert (await give(president, here, story.MIDORI_LEADER, "a@example.jp"))["status"] == 404


async def test_a_large_association_is_told_of_so_many_homes_at_once_and_of_all_in_number(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        census = Census(TENANT, here.house.keys.vault, here.clock())
        for number in range(PAGE + 5):
            place = {"association": here.sakura, "block": here.blocks["二班"], "joined_at": here.clock()}
            home = census.add(Household, walk=100 + number, number=f"L{number}", name=f"家{number}", **place)
            census.person(f"人{number}", [home])
        async with here.house.db.write() as session:
            await census.write(session)
        president = await here.phone(PRESIDENT)
        answer = await president.http.get(f"/api/v1/associations/{here.sakura}/reachability")
        said = answer.json()
        assert (said["unreachable"], len(said["homes"]), said["households"]) == (PAGE + 6, PAGE, PAGE + 12)
        assert [home["name"] for home in said["homes"][:2]] == ["渡辺", "家0"]
        await president.http.patch(f"/api/v1/households/{here.households['渡辺']}", json={"paper": True})
        answer = await president.http.get(f"/api/v1/associations/{here.sakura}/reachability")
        assert [answer.json()["homes"][at]["name"] for at in (0, -1)] == ["家0", f"家{PAGE - 1}"], (
            "the next come"
        )


async def test_paper_takes_a_home_off_the_list(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        path = f"/api/v1/households/{here.households['渡辺']}"
        assert (await president.http.patch(path, json={"paper": True})).status_code == 200
        assert await homes(president, here.sakura) == {}


async def test_a_phone_nobody_has_used_for_two_months_is_asked_after(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        assert (await homes(president, here.sakura))["渡辺"]["why"] == "no-push"
        answer = await resident.http.put("/api/v1/me/push-subscription", json=subscription())
        assert answer.status_code == 200, answer.text
        await resident.pull()
        assert await homes(president, here.sakura) == {}
        here.clock.pass_(days=QUIET.days + 8)
        assert (await homes(president, here.sakura))["渡辺"]["why"] == "quiet"
        await resident.pull()
        here.clock.pass_(minutes=5)
        await here.work()
        assert await homes(president, here.sakura) == {}
