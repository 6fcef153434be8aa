"""The link in a mail: stop one topic, all but emergencies, or everything; and have it again. Never by looking."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from notices.ledger.reasons import REASONS
from notices.models import Address, Message
from notices.publishing import compose
from notices.wording.stopping import STOPPING
from notices.wording.tongues import TONGUES
from tests.journeys import story
from tests.journeys.story import HUSBAND, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town

SACHI, YAMADA = "sachi.ito@example.jp", "hanako.yamada@example.jp"


async def post_and_send(here: Town, **said: str) -> str:
    president = here.phones[0] if here.phones else await here.phone(PRESIDENT)
    notice = await here.post(president, **said)
    await here.work()
    return str(notice["id"])


def link(here: Town, to: str = SACHI) -> str:
    found = [each.unsubscribe for each in story.mails(here) if each.to.address == to][-1]
    assert found is not None
    return found.removeprefix(here.house.settings.origin)


def buttons(page: httpx.Response) -> set[str]:
    assert page.status_code == 200, page.text
    return set(re.findall(r'<button name="what" value="(\w+)">', page.text))


def got(here: Town, to: str = SACHI) -> int:
    return story.sent_to(here).count(to)


async def test_one_topic_is_stopped_and_the_others_come(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here, topic="events")
        page = await browser.get(link(here))
        assert "行事" in page.text
        assert buttons(page) == {"topic", "all", "wholly"}
        done = await browser.post(link(here), data={"what": "topic"})
        assert "行事" in done.text
        assert buttons(done) == {"again", "all", "wholly"}
        notice = await post_and_send(here, topic="events")
        assert got(here) == 1
        rows = (await here.phones[0].http.get(f"/api/v1/notices/{notice}/deliveries")).json()["rows"]
        (row,) = [each for each in rows if each["household"] == here.households["伊藤"]]
        assert (row["state"], row["reason"]) == ("skipped", REASONS["stopped-topic"])
        await post_and_send(here, topic="garbage")
        assert got(here) == 2
        assert got(here, "minoru.tanaka@example.jp") == 3, "nobody else is touched"
        assert buttons(await browser.post(link(here), data={"what": "topic"})) == {"again", "all", "wholly"}
        await post_and_send(here, topic="garbage")
        assert got(here) == 2


async def test_one_click_stops_all_and_the_page_gives_it_back(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here)
        done = await browser.post(link(here, YAMADA), data={"List-Unsubscribe": "One-Click"})
        assert buttons(done) == {"again", "wholly"}
        await post_and_send(here)
        assert got(here, YAMADA) == 1, "for both who share it"
        assert "緊急" in (await browser.get(link(here, YAMADA))).text
        again = await browser.post(link(here, YAMADA), data={"what": "again"})
        assert buttons(again) == {"topic", "all", "wholly"}
        await post_and_send(here)
        assert got(here, YAMADA) == 2


@pytest.mark.parametrize(("what", "comes"), [("topic", 1), ("all", 1), ("wholly", 0)])
async def test_an_emergency_comes_unless_its_reader_says_not_even_that(
    database_url: str, tmp_path: Path, what: str, comes: int
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here)
        await here.post(here.phones[0])
        async with here.house.db.write() as session:
            await session.execute(update(Message).where(Message.state == "due").values(urgency="emergency"))
        await browser.post(link(here), data={"what": what})
        await here.work()
        assert got(here) == 1 + comes


async def test_looking_submitting_by_get_and_nonsense_change_nothing_they_should_not(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as scanner:
        await post_and_send(here)
        path = link(here)
        for each in (
            path,
            f"{path}?what=all",
            f"{path}?what=wholly&topic=events",
            f"{path}?List-Unsubscribe=One-Click",
        ):
            assert buttons(await scanner.get(each)) == {"topic", "all", "wholly"}
            await scanner.head(each)
            await scanner.options(each)
        await post_and_send(here)
        assert got(here) == 2
        token = path.rpartition("/")[2]
        assert buttons(await scanner.get(f"/u/{token}")) == {"all", "wholly"}, "links of older mails go on"
        assert buttons(await scanner.get(f"/u/nonsense/{token}")) == {"all", "wholly"}
        unknown = await scanner.post(f"/u/nonsense/{token}", data={"what": "topic"})
        assert unknown.status_code == 422
        for forged in (f"/u/events/{token[:-4]}AAAA", "/u/events/x", "/u/x"):
            assert (await scanner.post(forged, data={"what": "all"})).status_code == 404
            assert (await scanner.get(forged)).status_code == 404
        await post_and_send(here)
        assert got(here) == 3
        many = "&".join(f"a{number}=1" for number in range(500)).encode()
        assert (await scanner.post(path, content=b"\xff\xfe" + many)).status_code == 200
        await post_and_send(here)
        assert got(here) == 3, "a POST that says nothing else is the one click"


async def test_the_settings_of_the_app_give_back_what_a_link_has_stopped(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here)
        resident = await here.phone("伊藤 さち")
        for what in ("all", "wholly"):
            await browser.post(link(here), data={"what": what})
            assert (await resident.http.get("/api/v1/me")).json()["channels"]["mail"] is False
            answer = await resident.http.put("/api/v1/me/preferences", json={"channels": {"mail": True}})
            assert answer.status_code == 200, answer.text
            assert (await resident.http.get("/api/v1/me")).json()["channels"]["mail"] is True


async def test_a_new_address_of_the_roster_keeps_what_its_owner_stopped(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here)
        await browser.post(link(here), data={"what": "wholly"})
        other = "minoru.tanaka@example.jp"
        await browser.post(link(here, other), data={"what": "topic"})
        moved = story.without().replace(SACHI, "sachi.new@example.jp").replace(other, "minoru.new@example.jp")
        answer = await story.import_roster(here.phones[0], here.sakura, moved)
        assert answer.status_code == 200, answer.text
        await post_and_send(here)
        assert got(here) == 1
        assert got(here, "sachi.new@example.jp") == 0
        assert got(here, "minoru.new@example.jp") == 0
        await post_and_send(here, topic="garbage")
        assert got(here, "minoru.new@example.jp") == 1


def test_every_topic_has_a_name_on_the_page_in_every_language() -> None:
    assert STOPPING.keys() == set(TONGUES)
    for lang, words in STOPPING.items():
        assert words.topics.keys() == compose.TOPICS, lang
        assert all(words.topics.values()), lang


@pytest.mark.parametrize(
    ("locale", "tag", "stop", "stopped"),
    [
        ("ja-easy", "ja", "緊急の お知らせだけ もらう", "メールを やめました"),
        ("en", "en", "Stop mail about events", "Mail is stopped. Only emergencies still come."),
        ("zh", "zh-Hans", "停止“活动”的邮件", "已停止发送邮件"),
        ("ko", "ko", "‘행사’ 메일 중지", "메일을 중지했습니다"),
    ],
)
async def test_the_page_speaks_the_language_of_the_mail(
    sqlite_database: str, tmp_path: Path, locale: str, tag: str, stop: str, stopped: str
) -> None:
    async with town(sqlite_database, tmp_path) as here, here.http() as browser:
        await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        answer = await resident.http.put("/api/v1/me/preferences", json={"locale": locale})
        assert answer.status_code == 200, answer.text
        await post_and_send(here, topic="events")
        page = await browser.get(link(here))
        assert f'<html lang="{tag}">' in page.text
        assert stop in page.text
        done = await browser.post(link(here), data={"what": "all"})
        assert stopped in done.text
        assert "ふたたび" not in done.text


async def mine(phone: Phone) -> dict[str, Any]:
    answer = await phone.http.get("/api/v1/me/mail")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def turn(phone: Phone, *, on: bool) -> None:
    answer = await phone.http.put("/api/v1/me/preferences", json={"channels": {"mail": on}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["channels"]["mail"] is on


async def test_who_did_not_stop_their_mail_sees_that_it_is_stopped_and_has_it_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as scanner:
        await post_and_send(here)
        resident, nobody = await here.phone(RESIDENT), await here.phone(NO_CHANNEL)
        assert await mine(resident) == {"state": "live", "topics": []}
        assert await mine(nobody) == {"state": "none", "topics": []}
        one_click = {"List-Unsubscribe": "One-Click"}
        assert (await scanner.post(link(here), data=one_click)).status_code == 200
        assert await mine(resident) == {"state": "stopped", "topics": []}
        await post_and_send(here)
        assert got(here) == 1
        await turn(resident, on=True)
        assert await mine(resident) == {"state": "live", "topics": []}
        await post_and_send(here)
        assert got(here) == 2
        await turn(resident, on=False)
        assert (await mine(resident))["state"] == "stopped"


async def test_topics_stopped_by_the_link_are_told_in_the_app_and_come_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        await post_and_send(here, topic="events")
        await browser.post(link(here), data={"what": "topic"})
        resident = await here.phone(RESIDENT)
        assert await mine(resident) == {"state": "live", "topics": ["events"]}
        await turn(resident, on=True)
        assert await mine(resident) == {"state": "live", "topics": []}


async def test_one_of_a_couple_has_mail_again_and_the_other_keeps_their_wish(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here, here.http() as browser:
        hanako, taro = await here.phone(PRESIDENT), await here.phone(HUSBAND)
        await post_and_send(here)
        await browser.post(link(here, YAMADA), data={"what": "all"})
        assert (await mine(hanako))["state"] == (await mine(taro))["state"] == "stopped"
        await turn(taro, on=True)
        assert ((await mine(hanako))["state"], (await mine(taro))["state"]) == ("stopped", "live")


@pytest.mark.parametrize(("reason", "state"), [("bounced", "failing"), ("bounced-softly", "resting")])
async def test_a_mailbox_that_mail_came_back_from_does_not_come_to_life_by_a_press(
    database_url: str, tmp_path: Path, reason: str, state: str
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        async with here.house.db.write() as session:
            hers = update(Address).where(Address.person == here.people[RESIDENT])
            await session.execute(hers.values(state="suppressed", reason=reason))
        assert (await mine(resident))["state"] == state
        answer = await resident.http.put("/api/v1/me/preferences", json={"channels": {"mail": True}})
        assert answer.json()["channels"]["mail"] is False
        assert (await mine(resident))["state"] == state
