"""A phone falls silent: its person is asked after, twice and gently; in the end the home gets paper, and one look at the
app brings everything back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from notices.channels import Push
from notices.healing import questions, silence
from notices.models import Address, City, Household, Message, Question
from notices.records import projection
from notices.tokyo import today
from server.work.worker import Worker
from tests.journeys import story
from tests.journeys.story import HUSBAND, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.journeys.test_reachability import homes
from tests.phone import Phone
from tests.town import SAKURA, TENANT, Town, town

QUIET = silence.QUIET.days + 1
AGAIN = silence.AGAIN.days
ASKED = "お変わりありませんか"


@asynccontextmanager
async def spring(database_url: str, folder: Path) -> AsyncIterator[Town]:
    """A town in the first days of its officers' terms: silences last for most of a year."""
    async with town(database_url, folder, chores=True) as here:
        here.clock.pass_(days=-230)
        yield here


async def on_the_phone(here: Town, name: str, number: int = 1) -> Phone:
    """Enrolled, with push, and synced once."""
    phone = await here.phone(name)
    await subscribe(phone, subscription(number))
    await phone.pull()
    await here.work()
    return phone


async def look(here: Town, phone: Phone) -> None:
    await phone.pull()
    await here.work()


async def days(here: Town, n: int) -> None:
    here.clock.pass_(days=n)
    await here.work()


def said(push: Push) -> dict[str, Any]:
    notification: dict[str, Any] = json.loads(push.body.payload)["notification"]
    return notification


def asked_by_push(here: Town) -> list[dict[str, Any]]:
    return [each for each in map(said, pushes(here)) if each["title"] == ASKED]


def mails_to(here: Town, address: str) -> list[str]:
    return [story.text_of(here, mail).decode() for mail in story.mails(here) if mail.to.address == address]


async def publish(here: Town, by: Phone) -> dict[str, Any]:
    """A circular, and what a plan sends of it at once."""
    notice = await here.post(by, deadline=(today(here.clock()) + timedelta(days=10)).isoformat())
    await here.work()
    return notice


async def forecast(by: Phone, association: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/associations/{association}/forecast")
    assert answer.status_code == 200, answer.text
    seen: dict[str, Any] = answer.json()
    return seen


async def listed(by: Phone, association: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/associations/{association}/reachability")
    found: dict[str, Any] = answer.json()
    return found


async def paper_of(by: Phone, notice: dict[str, Any], here: Town, home: str) -> bool:
    ledger = await story.reach(by, notice["id"])
    rows = [row["paper"] for row in ledger["rows"] if row["household"] == here.households[home]]
    assert len(rows) == 1
    return bool(rows[0])


async def test_a_silent_phone_is_told_by_push_and_mail_and_by_push_alone_after_its_first_pull(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        president, resident = await here.phone(PRESIDENT), await on_the_phone(here, RESIDENT)

        async def told() -> tuple[int, int]:
            before = len(pushes(here)), len(mails_to(here, "sachi.ito@example.jp"))
            await publish(here, president)
            return len(pushes(here)) - before[0], len(mails_to(here, "sachi.ito@example.jp")) - before[1]

        assert await told() == (1, 0), "push is the first channel"
        await days(here, QUIET)
        assert await told() == (1, 1), "a phone that may lie in a drawer"
        await look(here, resident)
        assert await told() == (1, 0)


async def test_a_quiet_phone_is_not_foretold_to_hear_within_half_an_hour_and_a_mailbox_beside_it_is(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        president = await here.phone(PRESIDENT)
        lone, resident = await on_the_phone(here, NO_CHANNEL, 1), await on_the_phone(here, RESIDENT, 2)

        async def soon() -> tuple[int, int]:
            seen = await forecast(president, here.sakura)
            return seen["withChannel"], seen["withinHalfHour"]

        channels, at_once = await soon()
        await days(here, QUIET)
        assert await soon() == (channels, at_once - 1)
        await look(here, lone)
        assert await soon() == (channels, at_once)
        await look(here, resident)
        assert await soon() == (channels, at_once)


async def test_a_silent_person_is_asked_twice_a_month_apart_however_often_the_worker_starts(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        resident = await on_the_phone(here, NO_CHANNEL)
        await days(here, QUIET - 2)
        assert asked_by_push(here) == []
        await days(here, 2)
        (question,) = asked_by_push(here)
        assert question["navigate"] == f"{here.house.settings.origin}/"
        assert "アプリを一度ひらくと" in question["body"]
        for _ in range(3):
            here.worker = Worker(here.house)
            await days(here, AGAIN // 4)
        assert len(asked_by_push(here)) == 1
        await days(here, AGAIN)
        assert len(asked_by_push(here)) == 2
        for _ in range(3):
            await days(here, AGAIN + 1)
        assert len(asked_by_push(here)) == 2, "then it is for people to ask"
        await look(here, resident)
        await days(here, QUIET)
        assert len(asked_by_push(here)) == 3, "another silence"


async def test_nobody_is_asked_by_night_nor_in_their_quiet_hours(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        resident = await on_the_phone(here, NO_CHANNEL)
        wishes = {"quietHours": {"from": "09:00", "to": "15:00"}}
        assert (await resident.http.put("/api/v1/me/preferences", json=wishes)).status_code == 200
        here.clock.pass_(days=QUIET, hours=10)
        await here.work()
        assert asked_by_push(here) == [], "20:00"
        here.clock.pass_(hours=13)
        await here.work()
        assert asked_by_push(here) == [], "9:00 of the next day"
        here.clock.pass_(hours=3)
        await here.work()
        assert asked_by_push(here) == [], "noon, which this person keeps to themselves"
        here.clock.pass_(hours=4)
        await here.work()
        assert len(asked_by_push(here)) == 1


@pytest.mark.parametrize("quiet", ["on_hold", "demo"])
async def test_a_city_on_hold_and_a_demo_ask_nobody(database_url: str, tmp_path: Path, quiet: str) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await on_the_phone(here, NO_CHANNEL)
        async with here.house.db.write() as session:
            city = await session.scalar(select(City))
            assert city is not None
            setattr(city, quiet, True)
            await projection.city(session, city)
        for _ in range(6):
            await days(here, QUIET)
        async with here.house.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(Question)) == 0
        assert await fallen(here) == 0


async def test_a_couple_with_one_mailbox_gets_one_mail(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await on_the_phone(here, PRESIDENT, 1)
        await on_the_phone(here, HUSBAND, 2)
        await days(here, QUIET)
        assert len(asked_by_push(here)) == 2
        assert len(mails_to(here, "hanako.yamada@example.jp")) == 1


async def test_two_workers_at_once_ask_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await on_the_phone(here, NO_CHANNEL)
        here.clock.pass_(days=QUIET)

        async def ask() -> int:
            async with here.house.db.write() as session:
                return await questions.ask(session, TENANT, [here.people[NO_CHANNEL]], here.clock())

        assert sorted(await asyncio.gather(ask(), ask())) == [0, 1]
        await here.work()
        assert len(asked_by_push(here)) == 1


@pytest.mark.parametrize("stride", [1, 3, 5, 1_000])
async def test_a_town_is_walked_through_in_strides_and_everybody_silent_is_found_once(
    database_url: str, tmp_path: Path, stride: int
) -> None:
    async with town(database_url, tmp_path) as here:
        silent = [NO_CHANNEL, RESIDENT, HUSBAND, PRESIDENT]
        for number, name in enumerate(silent):
            await on_the_phone(here, name, number)
        here.clock.pass_(days=QUIET)
        found: list[str] = []
        after: str | None = None
        async with here.house.db.read() as session:
            for _ in range(20):
                some, after = await questions.next_to_ask(session, TENANT, after, here.clock(), stride)
                found += some
                if after is None:
                    break
        assert after is None, "the walk ends"
        assert sorted(found) == sorted(here.people[name] for name in silent)


async def test_a_question_that_was_answered_before_it_left_is_not_sent(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        resident = await on_the_phone(here, NO_CHANNEL)
        here.clock.pass_(days=QUIET)
        async with here.house.db.write() as session:
            people, _ = await questions.next_to_ask(session, TENANT, None, here.clock())
            assert await questions.ask(session, TENANT, people, here.clock()) == 1
        await look(here, resident)
        assert asked_by_push(here) == []
        async with here.house.db.read() as session:
            (row,) = (await session.execute(select(Message.state, Message.reason))).all()
        assert tuple(row) == ("skipped", "question-answered")


async def test_a_home_that_was_asked_in_vain_is_listed_with_a_new_slip_first(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        president = await here.phone(PRESIDENT)
        await on_the_phone(here, NO_CHANNEL)
        await days(here, QUIET)
        home = (await homes(president, here.sakura))["渡辺"]
        assert (home["why"], home["asked"], home["remedies"][0]) == ("quiet", False, "visit")
        await days(here, AGAIN)
        assert not (await homes(president, here.sakura))["渡辺"]["asked"], "a month to answer"
        await days(here, AGAIN + 1)
        home = (await homes(president, here.sakura))["渡辺"]
        assert (home["why"], home["asked"], home["remedies"]) == ("quiet", True, ["slip", "visit", "paper"])


async def fallen(here: Town) -> int:
    async with here.house.db.read() as session:
        return await session.scalar(select(func.count()).where(Household.fell_at.is_not(None))) or 0


async def given_up(here: Town) -> None:
    """From the last sync until a home falls to paper."""
    for wait in (QUIET, AGAIN, AGAIN):
        await days(here, wait)
    assert await fallen(here) == 0
    await days(here, silence.GIVEN_UP.days + 1)


async def test_in_the_end_a_home_gets_paper_by_itself_and_one_pull_brings_it_back(
    database_url: str, tmp_path: Path
) -> None:
    async with spring(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await on_the_phone(here, NO_CHANNEL)
        paper = (await forecast(president, here.sakura))["paper"]
        await given_up(here)
        found = await listed(president, here.sakura)
        assert [home["name"] for home in found["onPaper"]] == ["渡辺"]
        assert "渡辺" not in {home["name"] for home in found["homes"]}
        assert (await forecast(president, here.sakura))["paper"] == paper + 1
        assert await paper_of(president, await publish(here, president), here, "渡辺")
        await look(here, resident)
        assert (await listed(president, here.sakura))["onPaper"] == []
        assert (await forecast(president, here.sakura))["paper"] == paper
        assert not await paper_of(president, await publish(here, president), here, "渡辺")


async def test_officers_see_by_sync_that_it_was_no_officer(database_url: str, tmp_path: Path) -> None:
    async with spring(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await on_the_phone(here, NO_CHANNEL)

        async def record() -> tuple[bool, bool]:
            await president.pull()
            here_now = [
                each for each in president.all("roster") if each["household"] == here.households["渡辺"]
            ]
            found = here_now[0]
            return found["paper"], found["paperByItself"]

        assert await record() == (False, False)
        await given_up(here)
        assert await record() == (True, True)
        await look(here, resident)
        assert await record() == (False, False)


async def test_a_home_with_a_live_mail_address_never_falls_and_one_that_gets_an_address_comes_back(
    database_url: str, tmp_path: Path
) -> None:
    async with spring(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await on_the_phone(here, RESIDENT, 1)
        await on_the_phone(here, NO_CHANNEL, 2)
        await given_up(here)
        assert [home["name"] for home in (await listed(president, here.sakura))["onPaper"]] == ["渡辺"]
        path = f"/api/v1/associations/{here.sakura}/people/{here.people[NO_CHANNEL]}/mail"
        answer = await president.http.put(path, json={"address": "makoto.watanabe@example.jp"})
        assert answer.status_code == 200, answer.text
        here.clock.pass_(hours=2)
        await here.work()
        assert (await listed(president, here.sakura))["onPaper"] == []


async def test_a_home_that_an_officer_takes_off_paper_does_not_fall_again_before_it_was_heard_of(
    database_url: str, tmp_path: Path
) -> None:
    async with spring(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await on_the_phone(here, NO_CHANNEL)
        await given_up(here)
        path = f"/api/v1/households/{here.households['渡辺']}"
        answer = await president.http.patch(path, json={"paper": False})
        assert answer.json()["paper"] is False
        await days(here, QUIET)
        assert (await listed(president, here.sakura))["onPaper"] == []
        await look(here, resident)
        await given_up(here)
        assert await fallen(here) == 1, "another silence"


async def test_a_home_whose_dead_subscription_could_not_be_asked_falls_after_the_same_time(
    database_url: str, tmp_path: Path
) -> None:
    async with spring(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await on_the_phone(here, NO_CHANNEL)
        await look(here, resident)
        async with here.house.db.write() as session:
            mine = update(Address).where(Address.person == here.people[NO_CHANNEL])
            await session.execute(mine.values(state="gone", reason="unsubscribed"))
        await days(here, QUIET + 2 * AGAIN)
        assert (await homes(president, here.sakura))["渡辺"]["why"] == "gone"
        assert (await listed(president, here.sakura))["onPaper"] == []
        await days(here, AGAIN)
        assert len((await listed(president, here.sakura))["onPaper"]) == 1


async def test_who_is_asked_is_found_without_going_through_the_homes_of_the_city_for_each(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        looked: list[tuple[str, Any]] = []
        async with here.house.db.read() as session:
            connection = await session.connection()
            event.listen(
                connection.sync_connection,
                "before_cursor_execute",
                lambda _c, _cur, statement, given, _ctx, _many: looked.append((statement, given)),
            )
            await questions.next_to_ask(session, TENANT, None, here.clock())
            statement, given = looked[-1]
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)).all()
        homes_read = [step for *_, step in plan if " household " in step]
        assert homes_read
        assert all("(tenant=? AND id=?)" in step for step in homes_read), homes_read


async def returned(here: Town, name: str, reason: str = "bounced", state: str = "suppressed") -> None:
    """All mail to somebody has come back for good, as the rules of bounces leave it."""
    async with here.house.db.write() as session:
        mine = update(Address).where(Address.person == here.people[name])
        now = here.clock()
        await session.execute(mine.values(state=state, reason=reason, suppressed_at=now, changed_at=now))


async def test_a_home_with_a_mailbox_alone_falls_when_its_mail_has_long_come_back_and_returns_with_another(
    database_url: str, tmp_path: Path
) -> None:
    async with spring(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await returned(here, RESIDENT)
        await days(here, QUIET - 2)
        assert (await homes(president, here.sakura))["伊藤"]["why"] == "failing", "officers may mend it first"
        assert (await listed(president, here.sakura))["onPaper"] == []
        await days(here, 2)
        assert [home["name"] for home in (await listed(president, here.sakura))["onPaper"]] == ["伊藤"]
        assert await paper_of(president, await publish(here, president), here, "伊藤")
        answer = await story.import_roster(
            president, here.sakura, SAKURA.replace("sachi.ito@", "ito.sachi@"), really="true"
        )
        assert answer.status_code == 200, answer.text
        await days(here, 1)
        assert (await listed(president, here.sakura))["onPaper"] == []


@pytest.mark.parametrize(("reason", "state"), [("bounced-softly", "suppressed"), ("stopped", "off")])
async def test_a_mailbox_that_rests_or_that_its_owner_closed_is_not_given_up(
    database_url: str, tmp_path: Path, reason: str, state: str
) -> None:
    async with spring(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await returned(here, RESIDENT, reason, state)
        async with here.house.db.write() as session:
            worn = update(Address).where(Address.person == here.people[RESIDENT])
            await session.execute(worn.values(soft_score=1e9, soft_failed_at=here.clock()))
        await days(here, QUIET)
        assert (await listed(president, here.sakura))["onPaper"] == []


async def test_a_home_where_somebody_has_another_way_does_not_fall(database_url: str, tmp_path: Path) -> None:
    async with spring(database_url, tmp_path) as here:
        president = await on_the_phone(here, PRESIDENT)
        await returned(here, PRESIDENT)
        await returned(here, HUSBAND)
        for _ in range(4):
            await days(here, 20)
            await look(here, president)
        assert (await listed(president, here.sakura))["onPaper"] == []
