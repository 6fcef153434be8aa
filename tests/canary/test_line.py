"""LINE's canary is its own test of our webhook: nobody gets a message, and nothing is counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from notices.channels.line import LineChannel
from notices.channels.line_api import LineApi
from tests.canary.rig import Rig, rig
from tests.journeys.test_taking_it_on_line import code_of
from tests.messaging_api import ACCOUNT, SECRET, TOKEN, MessagingApi, hook, said, signed, user

SILENT = "【Kairan】LINEが届いていません"


@asynccontextmanager
async def opened(
    database_url: str, folder: Path, canary_mail: str = "off"
) -> AsyncIterator[tuple[Rig, MessagingApi]]:
    api = MessagingApi()
    await api.start()
    facts: dict[str, Any] = {
        "line_channel_token": TOKEN,
        "line_channel_secret": SECRET,
        "line_account": ACCOUNT,
    }
    try:
        async with rig(database_url, folder, canary_mail=canary_mail, **facts) as it:
            channels = it.here.house.channels
            assert isinstance(channels, dict)
            channels["line"] = LineChannel(LineApi(TOKEN, api.origin))
            api.webhook = lambda body, signature: knocked(it, body, signature)
            yield it, api
    finally:
        await api.close()


async def knocked(it: Rig, body: bytes, signature: str) -> int:
    async with it.here.http() as line:
        answer = await line.post("/line/webhook", content=body, headers={"X-Line-Signature": signature})
    return answer.status_code


async def test_line_calls_our_webhook_every_five_minutes_and_no_message_is_used(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as (it, api):
        await it.round()
        await it.minutes(6)
        assert await it.state("line") == "well"
        assert (api.used, api.calls) == (0, [])


async def test_a_webhook_that_line_does_not_reach_is_told_and_so_is_a_quota_that_is_spent(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as (it, api):
        await it.round()
        webhook, api.webhook = api.webhook, answer_404
        await it.minutes(11)
        row = await it.row("line")
        assert row is not None
        assert (await it.state("line"), row.reason) == ("red", "line-webhook")
        assert it.told() == [SILENT]
        api.webhook = webhook
        await it.minutes(5)
        assert it.told() == [SILENT, "【Kairan】LINEは元に戻りました"]
        api.limit = 0
        await it.minutes(15)
        row = await it.row("line")
        assert row is not None
        assert (await it.state("line"), row.reason) == ("red", "line-quota")


async def test_a_clerk_who_has_tied_line_is_told_there_when_mail_does_not_arrive(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with opened(sqlite_database, tmp_path, canary_mail="") as (it, api):
        await it.round()
        assert await knocked(it, *tied(it, await code_of(it.clerk))) == 200
        it.relay.loses = True
        await it.minutes(11)
        (text,) = api.got[user(8)]
        assert text.startswith("【Kairan】メールが届いていません\n")


def tied(it: Rig, code: str) -> tuple[bytes, str]:
    body = hook(said(code, 8, int(it.here.clock().timestamp() * 1000)))
    return body, signed(body)


async def answer_404(_body: bytes, _signature: str) -> int:
    return 404


async def test_a_call_without_events_that_nobody_asked_for_is_taken_for_nothing(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with opened(sqlite_database, tmp_path) as (it, _):
        assert await knocked(it, hook(), signed(hook())) == 200
        assert await it.row("line") is None
