"""A resident ties LINE to their notices, gets them there, blocks the account, comes back, and stops."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from notices import deliver
from notices.channels import Channel
from notices.channels.line import Calls, LineChannel
from notices.channels.line_api import LineApi
from notices.channels.memory import MemoryChannel
from notices.deliver import Moment
from notices.models import Address, LineCode, Message
from notices.outcomes import Outcome
from server.work.clerk import moment
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.messaging_api import ACCOUNT, SECRET, TOKEN, MessagingApi, event, hook, said, signed, user
from tests.phone import Phone
from tests.town import Town, town

SACHI, STRANGER = 7, 8


@dataclass
class Account:
    """The official account: what people do there comes in as LINE would bring it."""

    here: Town
    line: MessagingApi
    _later: int = 0

    def at(self) -> int:
        self._later += 1
        return int(self.here.clock().timestamp() * 1000) + self._later - 60_000

    async def hears(self, *events: dict[str, Any], signature: str | None = None) -> httpx.Response:
        body = hook(*events)
        headers = {"x-line-signature": signed(body) if signature is None else signature}
        async with self.here.http() as http:
            return await http.post("/line/webhook", content=body, headers=headers)

    async def hears_code(self, code: str, number: int = SACHI) -> None:
        answer = await self.hears(said(code, number, self.at()))
        assert answer.status_code == 200, answer.text

    async def states(self) -> list[tuple[str, str | None]]:
        async with self.here.house.db.read() as session:
            query = select(Address.state, Address.reason).where(Address.channel == "line")
            return [(state, reason) for state, reason in await session.execute(query.order_by(Address.id))]


async def no_mail(phone: Phone) -> None:
    """Who has a mailbox hears there first, and by LINE where nobody answers."""
    answer = await phone.http.put("/api/v1/me/preferences", json={"channels": {"mail": False}})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def account(database_url: str, tmp_path: Path) -> AsyncIterator[Account]:
    line = MessagingApi()
    await line.start()
    channel = LineChannel(LineApi(TOKEN, line.origin, seconds=2.0), Calls(again=0.01))
    channels: dict[str, Channel] = {
        "mail": MemoryChannel("mail"),
        "push": MemoryChannel("push"),
        "line": channel,
    }
    set_up: dict[str, Any] = {
        "line_channel_token": TOKEN,
        "line_channel_secret": SECRET,
        "line_account": ACCOUNT,
        "line_api": line.origin,
    }
    async with town(database_url, tmp_path, channels, **set_up) as here:
        yield Account(here, line)
        await channel.close()
    await line.close()


async def code_of(phone: Phone) -> str:
    answer = await phone.http.post("/api/v1/me/line")
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


async def state_of(phone: Phone) -> str:
    state: str = (await phone.http.get("/api/v1/me/line")).json()["state"]
    return state


async def test_a_resident_ties_line_and_the_circular_comes_there(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    sachi = await here.phone(RESIDENT)
    assert (await sachi.http.get("/api/v1/me/line")).json() == {"account": ACCOUNT, "state": "none"}
    made = (await sachi.http.post("/api/v1/me/line")).json()
    assert made["link"] == f"https://line.me/R/oaMessage/%40kairan-hana/?{made['code']}"
    await account.hears_code(f" {made['code'][:3]}　{made['code'][3:]} ")
    assert await state_of(sachi) == "live"
    await no_mail(sachi)
    notice = await here.post(president, title="𠮷野の清掃")
    await here.work()
    [text] = account.line.got[user(SACHI)]
    assert text.startswith("回覧：𠮷野の清掃\nしめきり：11月30日（月）")
    assert f"http://localhost:8000/n/{notice['id']}" in text
    async with here.house.db.read() as session:
        sent = await session.scalars(select(Message.state).where(Message.channel == "line"))
        assert list(sent) == ["sent"]


async def test_a_worker_that_dies_after_the_call_leaves_a_doubt_and_at_most_one_copy(
    account: Account,
) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    for name, number in ((RESIDENT, SACHI), ("高橋 健", STRANGER)):
        phone = await here.phone(name)
        await account.hears_code(await code_of(phone), number)
        await no_mail(phone)
    await here.post(president)
    await here.worker.plan()
    dying = replace(here.house.office, worker="dying")
    async with here.house.db.write() as session:
        now = await moment(here.house, session)
        claims = await deliver.claim(session, dying, "line", "line", now)
    async with here.house.db.read() as session:
        batch = await deliver.ready(session, dying, claims, now.ours)

    async def cross(ids: Sequence[str]) -> Collection[str]:
        async with here.house.db.write() as session:
            claims = [batch.claims[id] for id in ids]
            ours = await deliver.cross(session, dying, claims, await moment(here.house, session))
        return {id for _, id in ours}

    async def settle(_answers: Sequence[tuple[str, Outcome]]) -> None:
        """It dies before it writes."""

    await here.house.channels["line"].send(batch.outgoing, settle=settle, crossing=cross)
    async with here.house.db.write() as session:
        now = await moment(here.house, session)
        later = Moment(now.ours, now.database + timedelta(minutes=2))
        assert await deliver.recover(session, dying, later) == 2
    here.clock.pass_(minutes=15)
    await here.work()
    assert account.line.calls == [("multicast", 2), ("push", 1), ("push", 1)]
    assert sorted(len(texts) for texts in account.line.got.values()) == [2, 2]
    async with here.house.db.read() as session:
        states = await session.scalars(select(Message.state).where(Message.channel == "line"))
        assert list(states) == ["sent", "sent"]


async def test_a_user_whom_line_does_not_know_is_gone_and_asked_to_tie_it_again(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    sachi = await here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    await no_mail(sachi)
    account.line.unknown = {user(SACHI)}
    await here.post(president)
    await here.work()
    assert await account.states() == [("gone", "line-unknown")]
    assert await state_of(sachi) == "none"


async def test_the_answer_at_the_account_says_who_was_tied(account: Account) -> None:
    await account.hears_code(await code_of(await account.here.phone(RESIDENT)))
    channel = account.here.house.channels["line"]
    assert isinstance(channel, LineChannel)
    await channel.replied()
    [(_, text)] = account.line.replies
    assert text.startswith("伊藤 さちさん、つながりました。")


async def test_the_id_lies_nowhere_in_clear(account: Account) -> None:
    await account.hears_code(await code_of(await account.here.phone(RESIDENT)))
    async with account.here.house.db.read() as session:
        row = (await session.scalars(select(Address).where(Address.channel == "line"))).one()
        assert user(SACHI).encode() not in row.secret + row.lookup
        assert row.lane == "line"


async def test_a_code_is_good_once_and_for_ten_minutes(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    first = await code_of(sachi)
    second = await code_of(sachi)
    await account.hears_code(first)
    assert await state_of(sachi) == "none", "a newer code ends the older one"
    account.here.clock.pass_(minutes=10)
    await account.hears_code(second)
    assert await state_of(sachi) == "none"
    third = await code_of(sachi)
    await account.hears_code(third)
    await account.hears_code(third, STRANGER)
    assert await account.states() == [("live", None)]
    async with account.here.house.db.read() as session:
        assert (await session.scalars(select(LineCode))).all() == []


async def test_guesses_are_counted(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    right = await code_of(sachi)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    for _ in range(5):
        await account.hears_code(wrong)
    await account.hears_code(right)
    assert await state_of(sachi) == "none", "five wrong ones, and the sixth is not looked at"
    await account.hears_code(right, STRANGER)
    assert await state_of(sachi) == "live", "another account is not held up by them"


@pytest.mark.parametrize("forge", ["", "AAAA", "other secret", "other body", "ＡＡ"])
async def test_a_wrong_signature_is_turned_away_and_nothing_else_happens(
    account: Account, forge: str
) -> None:
    sachi = await account.here.phone(RESIDENT)
    message = said(await code_of(sachi), SACHI, account.at())
    signature = {"other secret": signed(hook(message), "other"), "other body": signed(hook())}.get(forge)
    async with account.here.http() as http:
        headers = {"x-line-signature": (forge if signature is None else signature).encode()}
        answer = await http.post("/line/webhook", content=hook(message), headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["slug"]) == (401, "line-signature-wrong")
    assert await state_of(sachi) == "none"
    channel = account.here.house.channels["line"]
    assert isinstance(channel, LineChannel)
    await channel.replied()
    assert account.line.replies == []


async def test_who_blocks_the_account_is_not_reached_until_they_are_back(account: Account) -> None:
    here, president = account.here, await account.here.phone(PRESIDENT)
    sachi = await here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    blocked = event("unfollow", SACHI, account.at())
    await account.hears(blocked)
    assert await state_of(sachi) == "blocked"
    await here.post(president)
    await here.work()
    assert account.line.got == {}
    back = event("follow", SACHI, account.at(), replyToken="r")
    await account.hears(back)
    assert await state_of(sachi) == "live"
    redelivered = blocked | {"deliveryContext": {"isRedelivery": True}}
    assert (await account.hears(redelivered, blocked)).status_code == 200
    assert await state_of(sachi) == "live", "what LINE brings again, or late, changes nothing"


async def test_an_event_of_the_future_does_not_outlast_what_happens_next(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    in_a_year = account.at() + int(timedelta(days=365).total_seconds() * 1000)
    await account.hears(event("unfollow", SACHI, in_a_year))
    account.here.clock.pass_(minutes=2)
    await account.hears(event("follow", SACHI, account.at(), replyToken="r"))
    assert await state_of(sachi) == "live"


async def test_who_stops_gets_no_more_and_a_follow_does_not_bring_it_back(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    assert (await sachi.http.delete("/api/v1/me/line")).status_code == 204
    await account.hears(event("unfollow", SACHI, account.at()), event("follow", SACHI, account.at()))
    assert await state_of(sachi) == "none"
    await account.hears_code(await code_of(sachi))
    await account.hears(event("unfollow", SACHI, account.at()))
    assert (await sachi.http.delete("/api/v1/me/line")).status_code == 204
    await account.hears(event("follow", SACHI, account.at()))
    assert await state_of(sachi) == "none", "who stops while the account is blocked has stopped as well"
    assert await account.states() == [("gone", "stopped")]
    await account.hears_code(await code_of(sachi))
    assert await account.states() == [("live", None)]


async def test_another_line_takes_the_place_of_the_first(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    await account.hears_code(await code_of(sachi), STRANGER)
    assert sorted(await account.states()) == [("gone", "replaced"), ("live", None)]


async def test_line_can_be_switched_off_and_on(account: Account) -> None:
    sachi = await account.here.phone(RESIDENT)
    await account.hears_code(await code_of(sachi))
    for on, state in ((False, "off"), (True, "live")):
        answer = await sachi.http.put("/api/v1/me/preferences", json={"channels": {"line": on}})
        assert answer.json()["channels"]["line"] is on
        assert await state_of(sachi) == state


@pytest.mark.parametrize(
    "strange",
    [
        {"type": "message"},
        {"source": {"type": "group", "groupId": "G", "userId": user(SACHI)}},
        {"mode": "standby"},
        {"source": {"type": "user"}},
        {"timestamp": "now"},
        {"message": {"type": "sticker"}},
        {"message": {"type": "text", "text": "🙂" * 5000}},
    ],
)
async def test_what_is_no_code_of_one_person_ties_nobody(account: Account, strange: dict[str, Any]) -> None:
    sachi = await account.here.phone(RESIDENT)
    message = said(await code_of(sachi), SACHI, account.at()) | {"message": {}} | strange
    if "source" in strange or "mode" in strange or "timestamp" in strange:
        message["message"] = said(await code_of(sachi), SACHI, 0)["message"]
    assert (await account.hears(message)).status_code == 200
    assert await state_of(sachi) == "none"


async def test_a_signed_body_that_is_no_list_of_events_is_a_clear_error(account: Account) -> None:
    for body in (b"", b"[]", b"\xff", b'{"events": 5}', b"[" * 100_000):
        async with account.here.http() as http:
            answer = await http.post(
                "/line/webhook", content=body, headers={"x-line-signature": signed(body)}
            )
        assert answer.status_code == 400, body[:20]


async def test_a_house_without_line_offers_none(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        sachi = await here.phone(RESIDENT)
        assert (await sachi.http.get("/api/v1/me/line")).json() == {"account": None, "state": "none"}
        answer = await sachi.http.post("/api/v1/me/line")
        assert (answer.status_code, answer.json()["slug"]) == (404, "line-not-offered")
        answer = await sachi.http.post("/line/webhook", content=hook())
        assert answer.status_code == 404
