"""An alarm in everybody's own words: marked on every channel, in the language somebody chose, one chain to its end."""

import json
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from notices.channels import Mail, Push
from notices.channels.memory import MemoryChannel
from tests.journeys import alarms, circulars, story
from tests.journeys.story import OFFICER_2, RESIDENT
from tests.journeys.test_delivering import subscribe, subscription
from tests.town import Town, town

CHINESE = {"zh": {"title": "避难指示：沿河地区", "body": "请前往樱小学。"}}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


def subjects(here: Town) -> dict[str, str]:
    """Of the last mail to each address."""
    channel = here.house.channels["mail"]
    assert isinstance(channel, MemoryChannel)
    mails = [message for message in channel.kept if isinstance(message, Mail)]
    heads = {mail.to.address: message_from_bytes(mail.body.head, policy=policy.default) for mail in mails}
    return {address: str(head["Subject"]) for address, head in heads.items()}


def pushed(here: Town) -> list[tuple[str, dict[str, Any]]]:
    """(topic, notification), oldest first."""
    channel = here.house.channels["push"]
    assert isinstance(channel, MemoryChannel)
    bodies = [message.body for message in channel.kept if isinstance(message, Push)]
    return [(body.topic, json.loads(body.payload)["notification"]) for body in bodies]


async def test_who_reads_chinese_gets_it_in_chinese_and_the_rest_as_it_was_written(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    await subscribe(resident, subscription())
    answer = await resident.http.put("/api/v1/me/preferences", json={"locale": "zh"})
    assert answer.status_code == 200, answer.text
    await alarms.send(here, clerk, translations=CHINESE)
    await here.work()
    [(_, shown)] = pushed(here)
    assert (shown["title"], shown["lang"]) == ("【紧急】避难指示：沿河地区", "zh-Hans")
    assert subjects(here)["sachi.ito@example.jp"] == "【紧急】避难指示：沿河地区"
    assert subjects(here)["fumi.kato@example.jp"] == "【緊急】避難指示：川ぞいの地域"


async def test_what_nobody_translated_says_so_in_the_readers_language(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    neighbour = await here.phone(OFFICER_2)
    await subscribe(resident, subscription())
    for phone, lang in ((resident, "ko"), (neighbour, "zh")):
        assert (await phone.http.put("/api/v1/me/preferences", json={"locale": lang})).status_code == 200
    await alarms.send(here, clerk, translations=CHINESE)
    await here.work()
    [(_, shown)] = pushed(here)
    assert shown["title"] == "【긴급】避難指示：川ぞいの地域"
    assert shown["body"].startswith("花水木市에서 보낸 중요한 알림이며, 일본어로만 되어 있습니다.")
    said = {mail.to.address: story.plain(here, mail) for mail in story.mails(here)}
    assert "일본어로만" in said["sachi.ito@example.jp"]
    assert "只有日语" not in said["ken.takahashi@example.jp"], "who has it in their language"
    assert "일본어로만" not in said["fumi.kato@example.jp"]


async def test_the_all_clear_replaces_on_the_phone_what_the_alert_said(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    await subscribe(resident, subscription())
    first = await alarms.send(here, clerk)
    await here.work()
    await alarms.follow(here, clerk, first["id"], "all-clear", title="避難指示を解除しました")
    await here.work()
    (topic, alert), (same, clear) = pushed(here)
    assert topic == same
    assert alert["tag"] == clear["tag"] == f"notice-{first['id']}"
    assert clear["title"] == "【解除】避難指示を解除しました"
    assert clear["renotify"] is True
    assert subjects(here)["fumi.kato@example.jp"] == "【解除】避難指示を解除しました"


async def test_an_exercise_is_marked_first_wherever_it_arrives(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    await subscribe(resident, subscription())
    await subscribe(await circulars.second_person(here), subscription(2))
    await alarms.asked(here, clerk, **alarms.drill())
    await here.work()
    [(_, asked)] = pushed(here)
    assert asked["title"] == "【訓練】【承認のお願い】避難訓練：川ぞいの地域"
    assert asked["body"].startswith("【訓練】これは訓練です。")
    await alarms.send(here, clerk, **alarms.drill())
    await here.work()
    shown = [notification for _, notification in pushed(here)]
    assert {each["title"][:4] for each in shown} == {"【訓練】"}
    assert shown[-1]["body"].startswith("【訓練】これは訓練です。")
    mailed = [subject for subject in subjects(here).values() if "避難訓練" in subject]
    assert mailed
    assert all(subject.startswith("【訓練】") for subject in mailed)
