"""LINE counts the messages of a month: who is about to send is told, and nobody is lost when there are none left."""

from typing import Any

from sqlalchemy import select

from notices.models import Message, NoticeHousehold
from server.canary import by_line
from tests.journeys import circulars
from tests.journeys import test_taking_it_on_line as line_journey
from tests.journeys.story import LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_forecast import forecast
from tests.journeys.test_reachability import homes
from tests.journeys.test_taking_it_on_line import SACHI, STRANGER, Account, code_of, no_mail
from tests.messaging_api import user
from tests.phone import Phone

account = line_journey.account


async def by_line_alone(account: Account, name: str, number: int) -> Phone:
    phone = await account.here.phone(name)
    await account.hears_code(await code_of(phone), number)
    await no_mail(phone)
    return phone


async def asked(account: Account) -> None:
    """As with each canary."""
    await by_line.fly(account.here.house, "a flight")


async def test_a_forecast_says_of_whom_too_few_messages_are_left(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    before = await forecast(president, here.sakura)
    await by_line_alone(account, RESIDENT, SACHI)
    await by_line_alone(account, LEADER_2, STRANGER)
    assert "scarce" not in await forecast(president, here.sakura), "nobody has asked LINE yet"
    account.line.limit, account.line.used = 200, 198
    await asked(account)
    assert "scarce" not in await forecast(president, here.sakura), "there are as many left as people"
    account.line.used = 199
    await asked(account)
    seen = await forecast(president, here.sakura)
    assert seen["scarce"] == [{"channel": "line", "people": 2, "left": 1}]
    assert seen["withChannel"] == before["withChannel"]
    account.line.used = 200
    await asked(account)
    seen = await forecast(president, here.sakura)
    assert seen["scarce"] == [{"channel": "line", "people": 2, "left": 0}]
    assert seen["without"] == {"line-quota": 2, "never": 1}
    assert seen["withChannel"] == before["withChannel"] - 2
    here.clock.pass_(hours=2)
    assert "scarce" not in await forecast(president, here.sakura), "that was two hours ago"


async def test_homes_of_a_spent_month_are_listed_with_what_helps_until_it_is_over(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    await by_line_alone(account, RESIDENT, SACHI)
    account.line.limit, account.line.used = 200, 200
    assert "伊藤" not in await homes(president, here.sakura)
    await asked(account)
    listed = (await homes(president, here.sakura))["伊藤"]
    assert (listed["why"], listed["remedies"]) == ("line-quota", ["visit", "mail", "paper"])
    here.clock.pass_(hours=2)
    assert "伊藤" not in await homes(president, here.sakura), "nobody knows; a call will tell"


async def test_what_was_said_last_month_or_hours_ago_is_not_told_as_of_now(account: Account) -> None:
    here = account.here
    here.clock.pass_(days=10, hours=13, minutes=55)  # five minutes to December, in Tokyo
    account.line.limit, account.line.used = 200, 200
    await asked(account)
    clerk = await circulars.clerk(here)

    async def quota() -> dict[str, Any]:
        [one] = (await clerk.http.get("/api/v1/operations/lanes")).json()["quotas"]
        return dict(one)

    now = await quota()
    assert (now["left"], "料金プラン" in now["sentence"]) == (0, True)
    for unknown in ({"minutes": 10}, {"hours": 2}):
        here.clock.pass_(**unknown)
        later = await quota()
        assert (later["left"], "確かめられません" in later["sentence"]) == (None, True)
        assert "料金プラン" not in later["sentence"]
        await asked(account)
        assert (await quota())["left"] == 0, "asked again, it is known again"


async def test_nobody_is_counted_on_line_twice_who_hears_by_mail_first(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    sachi = await here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    account.line.limit = 0
    await asked(account)
    seen = await forecast(president, here.sakura)
    assert ("scarce" in seen, seen["without"]) == (False, {"never": 1})


async def test_a_spent_month_is_one_call_and_the_home_goes_on_to_the_next_step(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    await by_line_alone(account, RESIDENT, SACHI)
    account.line.limit = 0
    notice = (await here.post(president))["id"]
    await here.work()
    async with here.house.db.read() as session:
        sent = await session.scalars(select(Message).where(Message.channel == "line"))
        assert [(row.state, row.reason) for row in sent] == [("failed", "line-quota")]
        home = select(NoticeHousehold.planned, NoticeHousehold.failed).where(
            NoticeHousehold.notice == notice, NoticeHousehold.household == here.households["伊藤"]
        )
        assert (await session.execute(home)).one() == (0, "line-quota")
    assert account.line.got == {}
    seen = (await president.http.get(f"/api/v1/notices/{notice}/deliveries")).json()
    assert "LINEで今月送れる数を使い切ったため" in str(seen), "the leader reads why, and goes"


async def test_clerks_read_what_is_left_and_metrics_count_it(account: Account) -> None:
    here = account.here
    account.line.limit, account.line.used = 200, 150
    await asked(account)
    clerk = await circulars.clerk(here)
    for used, sentence in ((150, "150通を使いました。"), (170, "残りが少なく"), (200, "料金プランを上げて")):
        account.line.used = used
        await asked(account)
        [quota] = (await clerk.http.get("/api/v1/operations/lanes")).json()["quotas"]
        assert (quota["channel"], quota["used"], quota["most"]) == ("line", used, 200)
        assert sentence in quota["sentence"]
    assert user(SACHI) not in account.line.got, "nobody was written to"


async def test_a_clerk_is_told_before_an_emergency_of_whom_line_can_tell_too_few(account: Account) -> None:
    here, clerk = account.here, await circulars.clerk(account.here)
    await by_line_alone(account, RESIDENT, SACHI)
    await by_line_alone(account, LEADER_2, STRANGER)
    path = f"/api/v1/cities/{await circulars.city(here)}/forecast"

    async def foreseen(**asked: str) -> dict[str, Any]:
        return dict((await clerk.http.get(path, params=asked)).json())

    before = {urgency: await foreseen(urgency=urgency) for urgency in ("emergency", "ordinary")}
    assert not any("scarce" in each for each in before.values()), "nobody has asked LINE yet"
    # In an emergency their mailboxes are written to, though they have stopped mail.
    for used, left, fewer in (
        (199, 1, {"emergency": 0, "ordinary": 0}),
        (200, 0, {"emergency": 0, "ordinary": 2}),
    ):
        account.line.limit, account.line.used = 200, used
        await asked(account)
        for urgency, then in before.items():
            seen = await foreseen(urgency=urgency)
            assert seen["scarce"] == [{"channel": "line", "people": 2, "left": left}]
            assert seen["withChannel"] == then["withChannel"] - fewer[urgency]
        assert "scarce" not in await foreseen(association=here.midori), "none of them lives there"
