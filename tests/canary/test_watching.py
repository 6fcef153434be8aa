"""Who watches the house sees whether what is sent arrives, and what to do; where nothing is set up there is nothing."""

from pathlib import Path
from typing import Any

import pytest

from notices.canary import address
from server.canary.keeper import Keeper
from server.doctor import Finding, Patient
from server.doctor.canary import canary
from server.settings import Settings, WrongSetting, checked
from tests.canary.rig import ALARM, Rig, rig
from tests.server.test_bounces import DOMAIN
from tests.server.test_watching import TOKEN, read
from tests.town import town


async def findings(it: Rig, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    house = it.here.house
    monkeypatch.setattr("server.doctor.canary.utc_now", it.here.clock)
    return list(await canary(Patient(house.settings, house.db)))


async def page(it: Rig) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await it.clerk.http.get("/api/v1/operations/lanes")).json()["canaries"]
    return found


async def test_metrics_and_page_follow_a_channel_from_its_first_round_to_red_and_back(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path, metrics_token=TOKEN) as it:
        assert (await page(it))[0]["state"] == "unwatched"
        await it.round()
        well, work = await page(it)
        assert (well["channel"], well["state"]) == ("mail", "well")
        assert (work["channel"], work["state"]) == ("work", "well")
        it.relay.answer = "550 5.7.1 We do not know you"
        await it.minutes(12)
        red, work = await page(it)
        assert (red["state"], work["state"]) == ("red", "well")
        assert "試しのメールが12分届いていません。" in red["sentence"]
        assert "kairan doctor" in red["sentence"]
        _, seen, _ = await read(it.here)
        assert seen['kairan_canary_red{channel="mail"}'] == 1
        assert 720 <= seen['kairan_canary_age_seconds{channel="mail"}'] < 780
        it.relay.answer = None
        await it.minutes(5)
        _, seen, _ = await read(it.here)
        assert seen['kairan_canary_red{channel="mail"}'] == 0
        await it.pass_(11)
        assert (await page(it))[0]["state"] == "unwatched", "the worker stands still"


async def test_doctor_says_what_is_wrong_and_what_to_do(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rig(database_url, tmp_path, alarm_mail=ALARM) as it:
        before = await findings(it, monkeypatch)
        assert [(each.level, "no worker runs" in each.sentence) for each in before] == [("fail", True)] * 2
        await it.round()
        well, work = await findings(it, monkeypatch)
        assert (well.level, well.sentence) == ("ok", "The canary of mail arrived 0 minutes ago.")
        assert (work.level, work.sentence) == ("ok", "What must leave is done, planned and claimed in time.")
        it.relay.loses = True
        await it.minutes(11)
        red, _ = await findings(it, monkeypatch)
        assert red.level == "fail"
        assert "has not arrived for 11 minutes: it left, and nobody knows where it is" in red.sentence
        assert "MX record" in red.remedy


async def test_doctor_shows_where_a_mailbox_outside_must_pass_it_on_to(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts: dict[str, Any] = {
        "canary_mail": "canary@city.example.jp",
        "secret_file": str(tmp_path / "kairan.secret"),
    }
    async with rig(sqlite_database, tmp_path, **facts) as it:
        house = it.here.house
        said = await findings(it, monkeypatch)
        home = address.home(house.keys.vault, DOMAIN)
        assert any(home in each.sentence for each in said)
        assert any(each.remedy == "Set KAIRAN_ALARM_MAIL." for each in said)


async def test_where_nothing_is_set_up_nothing_runs_and_nothing_is_said(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path, metrics_token=TOKEN) as here:
        keeper = Keeper(here.house, look=0)
        await keeper.turn()
        await keeper.idle()
        _, seen, _ = await read(here)
        assert not [name for name in seen if "canary" in name]
        assert await canary(Patient(here.house.settings, here.house.db)) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"canary_mail": "a@b@example.jp"}, "KAIRAN_CANARY_MAIL must be a mail address"),
        ({"canary_mail": "canary@example.jp"}, "KAIRAN_BOUNCE_DOMAIN"),
        ({"canary_push": "https://push.example.jp"}, "KAIRAN_CANARY_PUSH must be like wss://"),
        ({"canary_push": "ws://push.example.jp"}, "KAIRAN_CANARY_PUSH must be like wss://"),
        ({"alarm_mail": "operator@example.jp,nobody"}, "KAIRAN_ALARM_MAIL must be a mail address"),
    ],
)
def test_a_wrong_setting_fails_at_the_start_with_a_sentence(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongSetting, match=said.replace(".", r"\.")):
        checked(Settings(**wrong))


def test_the_settings_of_the_documentation_are_taken() -> None:
    given = Settings(
        smtp_url="smtps://mail.example.jp",
        mail_from="kairan@example.jp",
        bounce_domain=DOMAIN,
        bounce_secret="a secret of the provider",
        canary_mail="canary@example.jp",
        canary_push="wss://push.services.mozilla.com/",
        alarm_mail="one@example.jp, two@example.jp",
    )
    assert checked(given) == given
