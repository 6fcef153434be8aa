"""`kairan doctor` on LINE: token and quota."""

from collections.abc import AsyncIterator

import pytest

from server.doctor import Patient
from server.doctor.line import line
from server.settings import Settings, WrongSetting, checked
from tests.messaging_api import ACCOUNT, SECRET, TOKEN, MessagingApi


@pytest.fixture
async def api() -> AsyncIterator[MessagingApi]:
    api = MessagingApi()
    await api.start()
    yield api
    await api.close()


def patient(api: MessagingApi, token: str = TOKEN) -> Patient:
    return Patient(
        Settings(
            line_channel_token=token,
            line_channel_secret=SECRET,
            line_account=ACCOUNT,
            line_api=api.origin,
        )
    )


async def test_nothing_is_said_of_line_where_it_is_not_set(api: MessagingApi) -> None:
    assert await line(patient(api, token="")) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "used", "level"),
    [(None, 5, "ok"), (200, 10, "ok"), (200, 160, "warn"), (200, 200, "fail"), (0, 0, "fail")],
)
async def test_the_quota_is_told(api: MessagingApi, limit: int | None, used: int, level: str) -> None:
    api.limit, api.used = limit, used
    [finding] = await line(patient(api))
    assert finding.level == level
    assert str(used) in finding.sentence


async def test_a_token_that_line_refuses_is_told(api: MessagingApi) -> None:
    [finding] = await line(patient(api, token="another"))
    assert (finding.level, "KAIRAN_LINE_CHANNEL_TOKEN" in finding.remedy) == ("fail", True)


async def test_a_line_that_is_away_is_told(api: MessagingApi) -> None:
    await api.close()
    [finding] = await line(patient(api))
    assert finding.level == "fail"


@pytest.mark.parametrize(
    "wrong",
    [
        {"line_channel_token": "t"},
        {"line_channel_token": "t", "line_channel_secret": "s"},
        {"line_channel_token": "t", "line_channel_secret": "s", "line_account": "kairan"},
        {"line_api": "http://line.example.jp"},
    ],
)
def test_half_a_set_up_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(WrongSetting):
        checked(Settings(**wrong))  # type: ignore[arg-type]
