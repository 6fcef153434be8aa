"""A safety check: answered without a signal, for oneself and for others; the board adds up, and it ends."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices import ids
from notices.ledger import reach
from notices.models import Consent, FormAnswer, Greeting, Look, Stamp, Visit
from notices.privacy.consent import NEWEST
from notices.safety import boards
from notices.tokyo import today, wire
from server.work import duties
from tests.journeys import alarms, circulars, families, forms, homes, story
from tests.journeys.story import LEADER_2, MIDORI_LEADER, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, town


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def ask(here: Town, by: Phone, **more: Any) -> str:
    said = {"kind": "safety-check", "title": "地震です。ご無事ですか", "body": "答えてください。"}
    answer = await alarms.of_association(here, by, **(said | more))
    assert answer.status_code == 201, answer.text
    await here.work()
    id: str = answer.json()["id"]
    return id


def say(here: Town, by: Phone, notice: str, household: str, state: str, **said: Any) -> None:
    home = here.households[household]
    data = {"notice": notice, "household": home, "state": state, "at": here.clock().isoformat()}
    by.write("answers", f"sa.{notice}.{home}", data | said)


async def board(by: Phone, notice: str, **asked: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/notices/{notice}/safety", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    adds_up(found)
    return found


def adds_up(board: dict[str, Any]) -> None:
    if "rows" in board:
        asked = [row for row in board["rows"] if row["asked"]]
        assert sum(board["households"].values()) == len(asked)
        for column, count in board["households"].items():
            assert sum(row["column"] == column for row in asked) == count
    for each in board.get("associations", ()):
        assert set(each["households"]) == {"needHelp", "missing", "atShelter", "safe"}


def row_of(board: dict[str, Any], name: str) -> dict[str, Any]:
    [row] = [row for row in board["rows"] if row["name"] == name]
    return dict(row)


@pytest.mark.everyday
async def test_an_answer_leaves_with_the_signal_and_is_seen_by_leader_officers_and_city(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader, clerk = await here.phone(LEADER_2), await circulars.clerk(here)
    notice = await ask(here, president)
    await resident.pull()
    say(
        here,
        resident,
        notice,
        "伊藤",
        "need-help",
        person=me(resident),
        note="足をけがしました",
        place="自宅",
    )
    [kept] = await resident.push()
    assert kept["status"] == "ok"
    await here.work()
    await here.work()
    found = await board(president, notice)
    assert (found["households"]["needHelp"], found["households"]["missing"]) == (1, 6)
    row = row_of(found, "伊藤")
    [person] = [each for each in row["people"] if each["said"]]
    assert (person["said"]["note"], person["said"]["how"], person["said"]["by"]["name"]) == (
        "足をけがしました",
        "app",
        RESIDENT,
    )
    for phone, suffix in ((leader, "l"), (president, "o")):
        await phone.pull()
        record = phone.records["safety", f"{notice}.{here.blocks['二班']}.{suffix}"]
        assert record["households"]["needHelp"] == 1
        assert row_of(record, "伊藤")["column"] == "needHelp"
    await clerk.pull()
    city = clerk.records["safety", notice]
    assert city["households"]["needHelp"] == 1
    assert [home["name"] for home in city["needHelp"]] == ["伊藤"], "the city is told whom to rescue"
    ledger = await story.reach(president, notice)
    assert (story.grade_of(ledger, here.households["伊藤"]), ledger["hows"]["answer"]) == ("stamped", 1)
    await resident.pull()
    held = resident.records["answers", f"sa.{notice}.{here.households['伊藤']}"]
    assert held["said"][me(resident)]["state"] == "need-help"


async def test_who_needs_help_is_on_the_board_before_a_town_s_ledgers_are_written(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "LEDGERS_AT_ONCE", 1)
    president, resident, leader = [await here.phone(each) for each in (PRESIDENT, RESIDENT, LEADER_2)]
    notice = await ask(here, president)
    async with here.house.db.write() as session:
        await reach.changed(session, TENANT, notice, here.clock())
    here.clock.pass_(seconds=2)
    await resident.pull()
    say(here, resident, notice, "伊藤", "need-help", person=me(resident))
    await resident.push()
    here.clock.pass_(seconds=2)
    assert await duties.write_ledgers(here.house)
    await leader.pull()
    record = leader.records["safety", f"{notice}.{here.blocks['二班']}.l"]
    assert record["households"]["needHelp"] == 1


def me(phone: Phone) -> str:
    [membership] = phone.all("memberships")
    id: str = membership["person"]["id"]
    return id


async def test_who_changes_their_mind_is_heard_and_an_older_press_that_comes_late_changes_nothing(
    here: Town,
) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await resident.pull()
    early = here.clock().isoformat()
    here.clock.pass_(minutes=5)
    say(here, resident, notice, "伊藤", "family-safe")
    await resident.push()
    say(here, resident, notice, "伊藤", "need-help", person=me(resident), at=early)
    [late] = await resident.push()
    assert late["status"] == "ok", "it is kept, and counts for nothing"
    row = row_of(await board(president, notice), "伊藤")
    assert row["column"] == "safe"
    here.clock.pass_(minutes=5)
    say(here, resident, notice, "伊藤", "at-shelter", person=me(resident), place="桜小学校")
    await resident.push()
    assert row_of(await board(president, notice), "伊藤")["column"] == "atShelter"


async def test_two_presses_of_a_phone_whose_clock_is_ahead_keep_their_order(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await resident.pull()
    say(here, resident, notice, "伊藤", "need-help", at="2027-01-01T00:00:00+09:00")
    say(here, resident, notice, "伊藤", "family-safe", at="2027-01-01T00:00:05+09:00")
    assert [each["status"] for each in await resident.push()] == ["ok", "ok"]
    assert row_of(await board(president, notice), "伊藤")["column"] == "safe"
    here.clock.pass_(minutes=1)
    leader = await here.phone(LEADER_2)
    say(here, leader, notice, "伊藤", "need-help")
    await leader.push()
    assert row_of(await board(president, notice), "伊藤")["column"] == "needHelp", "it holds nobody up"


def at(here: Town, **late: float) -> str:
    """What a phone shows whose clock is so late."""
    return (here.clock() - timedelta(**late)).isoformat()


async def push_at(phone: Phone, shown: str) -> list[str]:
    """What waits on it, sent while its clock shows that."""
    said = {"mutations": phone.outbox, "now": shown}
    phone.outbox = []
    answer = await phone.http.post("/sync/v1/push", params={"for": "safety"}, json=said)
    assert answer.status_code == 200, answer.text
    return [each["status"] for each in answer.json()["results"]]


async def test_a_press_counts_by_our_clock_whatever_the_phones_own_shows(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader = await here.phone(LEADER_2)
    notice = await ask(here, president)
    await resident.pull()
    for wrong in (timedelta(hours=1), timedelta(days=20_000), timedelta(days=-400)):
        here.clock.pass_(minutes=5)
        say(here, leader, notice, "伊藤", "family-safe")
        await leader.push()
        here.clock.pass_(minutes=5)
        shown = here.clock() - wrong
        say(here, resident, notice, "伊藤", "need-help", at=shown.isoformat())
        here.clock.pass_(minutes=10)
        # It leaves when the line is back; the phone's clock has gone on as ours has.
        assert await push_at(resident, (shown + timedelta(minutes=10)).isoformat()) == ["ok"]
        row = row_of(await board(president, notice), "伊藤")
        assert (row["column"], row["whole"]["at"]) == ("needHelp", wire(here.clock() - timedelta(minutes=10)))
        say(here, leader, notice, "伊藤", "family-safe", at=at(here, minutes=11))
        await leader.push()
        assert row_of(await board(president, notice), "伊藤")["column"] == "needHelp", (
            "that was said before it"
        )


@pytest.mark.parametrize("slow", [timedelta(hours=1), timedelta(), -timedelta(hours=1)])
async def test_a_correction_that_waited_on_a_phone_is_no_later_than_it_was_pressed(
    here: Town, slow: timedelta
) -> None:
    """It stands after the answer that it takes the place of, and before whatever was said since, whatever its clock shows."""
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader = await here.phone(LEADER_2)
    notice = await ask(here, president)
    await resident.pull()
    say(here, leader, notice, "伊藤", "need-help")
    await leader.push()
    seen = row_of(await board(president, notice), "伊藤")["whole"]["at"]
    here.clock.pass_(minutes=5)
    shown = here.clock() - slow
    say(here, resident, notice, "伊藤", "family-safe", at=shown.isoformat(), after=seen)
    here.clock.pass_(minutes=5)
    say(here, leader, notice, "伊藤", "need-help")
    await leader.push()
    here.clock.pass_(hours=2)
    assert await push_at(resident, (shown + timedelta(hours=2, minutes=5)).isoformat()) == ["ok"]
    assert row_of(await board(president, notice), "伊藤")["column"] == "needHelp"


async def test_a_correction_stands_after_what_it_takes_the_place_of(here: Town) -> None:
    """Also from a phone that is less than a minute slow, or whose clock has been set back since."""
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader = await here.phone(LEADER_2)
    notice = await ask(here, president)
    await resident.pull()
    say(here, leader, notice, "伊藤", "family-safe")
    await leader.push()
    seen = row_of(await board(president, notice), "伊藤")["whole"]["at"]
    here.clock.pass_(seconds=10)
    say(here, resident, notice, "伊藤", "need-help", at=at(here, seconds=40), after=seen)
    assert await push_at(resident, at(here, seconds=40)) == ["ok"]
    assert row_of(await board(president, notice), "伊藤")["column"] == "needHelp"
    say(
        here,
        resident,
        notice,
        "伊藤",
        "family-safe",
        at=at(here, minutes=5),
        after="2099-01-01T00:00:00+09:00",
    )
    assert await push_at(resident, at(here)) == ["ok"]
    row = row_of(await board(president, notice), "伊藤")
    assert (row["column"], row["whole"]["at"]) == ("safe", wire(here.clock())), (
        "nothing is later than it came"
    )


async def test_a_minute_between_the_clocks_is_a_slow_line(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await resident.pull()
    pressed = here.clock()
    say(here, resident, notice, "伊藤", "need-help")
    here.clock.pass_(seconds=60)
    assert await push_at(resident, pressed.isoformat()) == ["ok"]
    assert row_of(await board(president, notice), "伊藤")["whole"]["at"] == wire(pressed)


@pytest.mark.parametrize("shown", ["きのう", "2026-11-20", "2026-11-20T10:00:00", 1795000000, {}, ""])
async def test_a_clock_that_cannot_be_read_is_refused_before_anything_is_done(here: Town, shown: Any) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await resident.pull()
    say(here, resident, notice, "伊藤", "need-help")
    said = {"mutations": resident.outbox, "now": shown}
    is_a_problem(await resident.http.post("/sync/v1/push", json=said), 400, slug="body-unreadable")
    assert row_of(await board(president, notice), "伊藤")["column"] == "missing"


async def test_every_press_of_such_a_phone_is_put_right(here: Town) -> None:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    circular = (await here.post(president))["id"]
    survey = (await here.post(president, form=forms.SURVEY))["id"]
    await leader.pull()
    assert (await families.greets(leader)).status_code == 200
    pressed, slow = here.clock(), at(here, hours=3)
    shown = {"at": slow}
    home = leader.home()
    leader.write(
        "stamps", f"st.{circular}.{home}.1", {"notice": circular, "household": home, "round": 1} | shown
    )
    door = {"notice": circular, "household": here.households["伊藤"], "kind": "told"}
    leader.write("visits", ids.new_id(), door | shown)
    leader.write("looks", ids.new_id(), {"block": here.blocks["二班"], "notice": circular} | shown)
    leader.write("consents", f"{leader.person}.{NEWEST}", {"version": NEWEST, "locale": "ja"} | shown)
    leader.write("greetings", leader.person, {"day": today(pressed).isoformat()} | shown)
    forms.reply(leader, survey, at=here.clock() - timedelta(hours=3), answers={"when": "am"})
    here.clock.pass_(minutes=20)
    assert await push_at(leader, at(here, hours=3)) == ["ok"] * 6
    async with here.house.db.read() as session:
        for column in (Stamp.at, Visit.at, Look.at, Consent.at, Greeting.pressed_at, FormAnswer.at):
            assert await session.scalar(select(column)) == pressed, str(column)


async def test_the_leader_walks_to_the_missing_and_says_what_was_said_at_the_door(here: Town) -> None:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    notice = await ask(here, president)
    say(here, leader, notice, "渡辺", "family-safe")
    leader.visit(notice, here.households["伊藤"], "not-home")
    assert [each["status"] for each in await leader.push()] == ["ok", "ok"]
    await here.work()
    await leader.pull()
    record = leader.records["safety", f"{notice}.{here.blocks['二班']}.l"]
    row = row_of(record, "渡辺")
    assert (row["column"], row["whole"]["how"], row["whole"]["by"]["name"]) == ("safe", "visit", LEADER_2)
    assert row_of(record, "伊藤")["notHomeAt"] is not None
    left = (await leader.http.get(f"/api/v1/notices/{notice}/walking-list")).json()
    assert "渡辺" not in [door["name"] for each in left["blocks"] for door in each["doors"]]


async def test_nobody_answers_for_a_home_that_is_not_theirs(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    stranger = await here.phone(MIDORI_LEADER)
    notice = await ask(here, president)
    await resident.pull()
    wrong: list[tuple[Phone, str, str, dict[str, Any], str]] = [
        (stranger, "伊藤", "safe", {}, "not-your-household"),
        (resident, "渡辺", "safe", {}, "not-your-household"),
        (stranger, "加藤", "safe", {}, "unknown-notice"),
        (resident, "伊藤", "gone", {}, "choice-unknown"),
        (resident, "伊藤", "safe", {"note": "あ" * 201}, "text-too-long"),
        (resident, "伊藤", "safe", {"person": here.households["伊藤"]}, "not-of-this-home"),
    ]
    for phone, home, state, more, code in wrong:
        say(here, phone, notice, home, state, **more)
        [answer] = await phone.push()
        assert (answer["status"], answer.get("code")) == ("rejected", code)
    circular = (await here.post(president))["id"]
    say(here, resident, circular, "伊藤", "safe")
    [answer] = await resident.push()
    assert answer["code"] == "no-safety-asked"
    assert (await board(president, notice))["households"]["missing"] == 7


async def export(by: Phone, notice: str, encoding: str) -> httpx.Response:
    return await by.http.get(f"/api/v1/notices/{notice}/safety.csv", params={"encoding": encoding})


async def test_it_ends_with_a_list_and_what_comes_later_is_taken_and_marked(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await resident.pull()
    assert (await story.act(resident, notice, "close")).status_code in (403, 404)
    closed = await story.act(president, notice, "close")
    assert closed.status_code == 200, closed.text
    assert (await story.act(president, notice, "close")).json() == closed.json(), "twice closes once"
    say(here, resident, notice, "伊藤", "safe", person=me(resident))
    [kept] = await resident.push()
    assert kept["status"] == "ok"
    await here.work()
    await resident.pull()
    assert resident.records["notices", notice]["closedAt"] == closed.json()["closedAt"]
    found = await board(president, notice)
    assert row_of(found, "伊藤")["late"] is True
    assert found["late"]["homes"] == 1
    for encoding, name in (("utf-8", "utf-8-sig"), ("cp932", "cp932")):
        sheet = (await export(president, notice, encoding)).content.decode(name)
        [line] = [each for each in sheet.splitlines() if f",{RESIDENT}," in each and "○" in each]
        assert "無事" in line
    is_a_problem(await export(president, notice, "ebcdic"), 422, slug="choice-unknown")
    circular = (await here.post(president))["id"]
    is_a_problem(await story.act(president, circular, "close"), 409, slug="no-safety-asked")


async def test_a_check_of_the_whole_city_is_counted_by_association(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    midori, president = await here.phone(MIDORI_LEADER), await here.phone(PRESIDENT)
    made = await alarms.send(here, clerk, kind="safety-check", title="ご無事ですか")
    await here.work()
    say(here, resident, made["id"], "伊藤", "family-safe")
    say(here, midori, made["id"], "加藤", "need-help")
    for phone in (resident, midori):
        assert [each["status"] for each in await phone.push()] == ["ok"]
    await here.work()
    await here.work()
    whole = await board(clerk, made["id"])
    assert whole["households"] == {"needHelp": 1, "missing": 7, "atShelter": 0, "safe": 1}
    assert [each["name"] for each in whole["needHelp"]] == ["加藤"]
    assert whole["needHelpMore"] == 0
    assert {each["name"]: each["households"]["needHelp"] for each in whole["associations"]} == {
        "さくら町内会": 0,
        "みどり自治会": 1,
    }
    own = await board(president, made["id"])
    assert len(own["rows"]) == 7, "an officer sees the own association"
    assert (await story.act(president, made["id"], "close")).status_code in (403, 404)
    assert (await story.act(clerk, made["id"], "close")).status_code == 200


async def test_a_visit_that_brings_no_answer_is_no_proof(here: Town) -> None:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    notice = await ask(here, president)
    for kind in ("told", "paper"):
        leader.visit(notice, here.households["渡辺"], kind)
        [answer] = await leader.push()
        assert (answer["status"], answer.get("code")) == ("rejected", "answer-wanted")
    ledger = await story.reach(president, notice)
    assert story.grade_of(ledger, here.households["渡辺"]) != "stamped", "somebody still goes and asks"


async def test_a_check_whose_time_is_over_stays_on_the_boards_as_ended(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader, clerk = await here.phone(LEADER_2), await circulars.clerk(here)
    notice = await ask(here, president, expiresAt=(here.clock() + timedelta(hours=6)).isoformat())
    await resident.pull()
    here.clock.pass_(hours=7)
    await here.work()
    say(here, resident, notice, "伊藤", "need-help")
    assert [each["status"] for each in await resident.push()] == ["ok"]
    await here.work()
    await here.work()
    for phone, id in ((leader, f"{notice}.{here.blocks['二班']}.l"), (clerk, notice)):
        await phone.pull()
        record = phone.records["safety", id]
        assert record["closedAt"] is not None
        assert (record["households"]["needHelp"], record["late"]["homes"]) == (1, 1)
    assert (await story.act(president, notice, "close")).status_code == 200


async def test_who_moved_in_since_is_on_the_board_and_in_no_sum(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    leader, clerk = await here.phone(LEADER_2), await circulars.clerk(here)
    notice = await ask(here, president)
    # Somebody stays behind in the old home.
    await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
    new = here.households["新居"] = ids.new_id()
    said = {"id": new, "people": [resident.person], "name": "新居"}
    await homes.done(president, here.households["伊藤"], "split", **said)
    await resident.pull()
    say(here, resident, notice, "新居", "need-help", note="はしごが要ります")
    assert [each["status"] for each in await resident.push()] == ["ok"]
    await here.work()
    await here.work()
    found = await board(president, notice)
    row = row_of(found, "新居")
    assert (row["asked"], row["column"], row["whole"]["note"]) == (False, "needHelp", "はしごが要ります")
    assert sum(found["households"].values()) == 7
    await leader.pull()
    record = leader.records["safety", f"{notice}.{here.blocks['二班']}.l"]
    assert row_of(record, "新居")["column"] == "needHelp"
    await clerk.pull()
    city = clerk.records["safety", notice]
    assert [home["name"] for home in city["needHelp"]] == ["新居"], "the city is told of them too"
    assert (city["households"]["needHelp"], city["needHelpMore"]) == (0, 0)


async def test_who_moved_in_since_answers_only_what_is_asked_where_they_live(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    clerk = await circulars.clerk(here)
    other_block = await ask(here, president, audience={"blocks": [here.blocks["一班"]]})
    city = (
        await alarms.send(
            here, clerk, kind="safety-check", title="ご無事ですか", audience={"associations": [here.midori]}
        )
    )["id"]
    await here.work()
    for notice in (other_block, city):
        say(here, resident, notice, "伊藤", "safe")
        [answer] = await resident.push()
        assert answer.get("code") == "unknown-notice"


async def test_an_answer_proves_the_homes_that_joined_this_one_too(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
    await resident.pull()
    say(here, resident, notice, "伊藤", "family-safe")
    assert [each["status"] for each in await resident.push()] == ["ok"]
    ledger = await story.reach(president, notice)
    found = await board(president, notice)
    for name in ("伊藤", "渡辺"):
        assert story.grade_of(ledger, here.households[name]) == "stamped"
        assert row_of(found, name)["column"] == "safe", "and nobody looks for them"
    joined = row_of(found, "渡辺")
    assert (joined["livesIn"]["name"], joined["livesIn"]["blockName"], joined["gone"]) == (
        "伊藤",
        "二班",
        False,
    )
    assert (found["households"]["safe"], found["people"]["safe"], found["people"]["missing"]) == (2, 2, 6)
    sheet = (await export(president, notice, "utf-8")).text
    assert "渡辺（いまは「伊藤」の世帯）" in sheet


async def test_that_a_home_was_safe_says_nothing_of_who_joins_it_later(here: Town) -> None:
    president, resident, other = [await here.phone(name) for name in (PRESIDENT, RESIDENT, NO_CHANNEL)]
    leader = await here.phone(LEADER_2)
    notice = await ask(here, president)
    await resident.pull()
    await other.pull()
    person = me(other)
    say(here, resident, notice, "伊藤", "family-safe")
    assert [each["status"] for each in await resident.push()] == ["ok"]
    here.clock.pass_(minutes=1)
    merged = await homes.done(president, here.households["渡辺"], "merge", into=here.households["伊藤"])
    await here.work()
    for name, grade, column in (("伊藤", "stamped", "safe"), ("渡辺", "noChannel", "missing")):
        assert story.grade_of(await story.reach(president, notice), here.households[name]) == grade
        assert row_of(await board(president, notice), name)["column"] == column
    await leader.pull()
    held = leader.records["safety", f"{notice}.{here.blocks['二班']}.l"]
    assert row_of(held, "渡辺")["livesIn"]["walk"] == row_of(held, "伊藤")["walk"], "that is where to go"
    here.clock.pass_(minutes=1)
    say(here, resident, notice, "伊藤", "at-shelter", person=person)
    assert [each["status"] for each in await resident.push()] == ["ok"]
    found = await board(president, notice)
    assert (row_of(found, "渡辺")["column"], found["people"]["atShelter"]) == ("atShelter", 1)
    assert story.grade_of(await story.reach(president, notice), here.households["渡辺"]) == "stamped"
    assert (await homes.take_back(president, merged["change"])).status_code == 200
    found = await board(president, notice)
    assert (row_of(found, "渡辺")["column"], row_of(found, "渡辺")["livesIn"]) == ("missing", None)
    assert story.grade_of(await story.reach(president, notice), here.households["渡辺"]) == "noChannel"


async def test_a_home_that_joins_one_that_joins_another_is_looked_for_where_it_is(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    notice = await ask(here, president)
    for name, into in (("渡辺", "田中"), ("田中", "伊藤")):
        here.clock.pass_(minutes=1)
        await homes.done(president, here.households[name], "merge", into=here.households[into])
    await resident.pull()
    say(here, resident, notice, "伊藤", "family-safe")
    assert [each["status"] for each in await resident.push()] == ["ok"]
    found = await board(president, notice)
    assert {row["name"] for row in found["rows"] if row["column"] == "safe"} == {"渡辺", "田中", "伊藤"}
    assert {row_of(found, name)["livesIn"]["name"] for name in ("渡辺", "田中")} == {"伊藤"}


async def test_an_answer_stands_when_a_visit_is_taken_back(here: Town) -> None:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    notice = await ask(here, president)
    visit = leader.visit(notice, here.households["伊藤"], "not-home")
    say(here, leader, notice, "伊藤", "family-safe")
    await leader.push()
    leader.take_back(visit)
    assert [each["status"] for each in await leader.push()] == ["ok"]
    ledger = await story.reach(president, notice)
    assert story.grade_of(ledger, here.households["伊藤"]) == "stamped"


async def test_the_city_is_told_how_many_more_need_help_than_are_named(
    here: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "NAMED", 1)
    president, leader, clerk = (
        await here.phone(PRESIDENT),
        await here.phone(LEADER_2),
        await circulars.clerk(here),
    )
    notice = await ask(here, president)
    for home, state in (
        ("高橋", "need-help"),
        ("渡辺", "need-help"),
        ("伊藤", "need-help"),
        ("田中", "safe"),
    ):
        say(here, leader, notice, home, state)
    here.clock.pass_(minutes=1)
    say(here, leader, notice, "高橋", "family-safe")
    assert [each["status"] for each in await leader.push()] == ["ok"] * 5
    await here.work()
    await here.work()
    await clerk.pull()
    city = clerk.records["safety", notice]
    assert (city["households"]["needHelp"], len(city["needHelp"]), city["needHelpMore"]) == (2, 1, 1)
