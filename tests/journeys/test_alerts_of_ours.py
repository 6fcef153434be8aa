"""What the city sounds is there for other machines: a feed of what is current, each alert by its id, as CAP 1.2 has it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from notices import ids
from notices.cap.message import Alert
from notices.cap.reading import read
from tests.cap.alerts import is_valid
from tests.journeys import story
from tests.journeys.city_hall import Official, official
from tests.journeys.story import PRESIDENT
from tests.journeys.test_alerts_of_others import CLERK, COLLEAGUE, city_of
from tests.server.test_bad_input import is_a_problem
from tests.town import Town, town

pytestmark = pytest.mark.everyday

ATOM = "{http://www.w3.org/2005/Atom}"
FIVE = {
    "ja-easy": {"title": "にげてください", "body": "川が あふれます。にげてください。"},
    "en": {"title": "Evacuate", "body": "The river rises. Leave now."},
    "zh": {"title": "请避难", "body": "河水上涨。请立即避难。"},
    "ko": {"title": "대피하세요", "body": "강물이 넘칩니다. 지금 대피하세요."},
}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def sounded(here: Town, clerk: Official, second: Official, **said: Any) -> str:
    """By one, approved by another. → the notice's id"""
    body = {
        "kind": "emergency",
        "topic": "disaster",
        "title": "避難してください",
        "body": "川があふれそうです。いますぐ避難してください。",
        "publish": True,
    } | said
    await clerk.prove()
    path, key = f"/api/v1/cities/{await city_of(clerk)}/notices", {"Idempotency-Key": ids.new_id()}
    asked = await clerk.http.post(path, json=body, headers=key)
    assert asked.status_code == 201, asked.text
    id: str = asked.json()["id"]
    await second.prove()
    approved = await second.act(id, "approve", baseRevision=1, kind=body["kind"])
    assert approved.status_code == 200, approved.text
    here.clock.pass_(minutes=1)
    return id


async def get(here: Town, path: str = "", **headers: str) -> httpx.Response:
    async with here.http() as http:
        return await http.get(f"/api/v1/cap{path}", headers=headers)


async def alert_of(here: Town, id: str) -> Alert:
    answer = await get(here, f"/{id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/cap+xml")
    assert is_valid(answer.content), answer.text
    return read(answer.content)


async def fed(here: Town) -> list[str]:
    """Ends of the links of the feed's entries, the newest first; each leads to an alert."""
    answer = await get(here)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = []
    for entry in ElementTree.fromstring(answer.content).iter(f"{ATOM}entry"):
        [link] = entry.findall(f"{ATOM}link")
        id = link.attrib["href"].rpartition("/")[2]
        assert (await alert_of(here, id)).identifier == f"hana.{id}"
        found.append(id)
    return found


async def test_an_emergency_is_an_alert_in_five_languages(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    assert await fed(here) == []
    ends = (here.clock() + timedelta(hours=6)).isoformat()
    id = await sounded(here, clerk, second, translations=FIVE, expiresAt=ends)
    alert = await alert_of(here, id)
    assert (alert.status, alert.msg_type, alert.scope, alert.references) == (
        "Actual",
        "Alert",
        "Public",
        None,
    )
    assert (alert.identifier, alert.sender) == (f"hana.{id}", "hana@localhost")
    assert alert.sent == "2026-11-20T10:00:00+09:00", "with the offset of Tokyo"
    assert [each.language for each in alert.info] == ["ja", "ja-x-easy", "en", "zh", "ko"]
    japanese = alert.info[0]
    assert japanese.headline is not None
    assert japanese.headline.endswith("避難してください")
    assert japanese.description == "川があふれそうです。いますぐ避難してください。"
    assert japanese.expires == "2026-11-20T16:00:00+09:00"
    assert (japanese.urgency, japanese.sender_name) == ("Immediate", "花水木市")
    assert [(each.area_desc, *each.geocode) for each in japanese.area] == [("花水木市", ("Kairan", "hana"))]
    assert await fed(here) == [id]
    here.clock.pass_(hours=7)
    assert await fed(here) == [], "its time is over"


async def test_an_exercise_is_one_in_every_part_of_it(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    id = await sounded(here, clerk, second, kind="exercise", title="避難訓練", translations=FIVE)
    alert = await alert_of(here, id)
    assert alert.status == "Exercise"
    assert [(each.headline or "")[:4] for each in alert.info] == [
        "【訓練】",
        "【訓練】",
        "[DRI",
        "【演练】",
        "【훈련】",
    ]
    assert all("訓練" in (each.description or "") for each in alert.info[:2])
    feed = (await get(here)).text
    assert '<category term="Exercise"/>' in feed
    assert "<title>【訓練】避難訓練</title>" in feed


async def test_what_follows_refers_to_all_that_was_before_it(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    first = await sounded(here, clerk, second)
    update = await sounded(here, clerk, second, refersTo=first, step="update", title="川があふれました")
    alert = await alert_of(here, update)
    assert alert.msg_type == "Update"
    assert [each.identifier for each in alert.earlier] == [f"hana.{first}"]
    assert alert.earlier[0].sent == (await alert_of(here, first)).sent
    over = await sounded(here, clerk, second, refersTo=first, step="all-clear", title="解除します")
    alert = await alert_of(here, over)
    assert alert.msg_type == "Cancel"
    assert [each.identifier for each in alert.earlier] == [f"hana.{first}", f"hana.{update}"]
    assert alert.info[0].response_type == ("AllClear",)
    assert await fed(here) == [over], "what is over is not current; that it is over is, for a day"
    here.clock.pass_(days=1)
    assert await fed(here) == []


async def test_what_was_withdrawn_is_cancelled(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    id = await sounded(here, clerk, second)
    sent = (await alert_of(here, id)).reference
    assert (await clerk.act(id, "withdraw")).status_code == 200
    is_a_problem(await get(here, f"/{id}"), 410)
    assert await fed(here) == [f"{id}.withdrawn"]
    cancel = await alert_of(here, f"{id}.withdrawn")
    assert (cancel.msg_type, cancel.earlier) == ("Cancel", (sent,))


async def test_the_areas_are_the_associations_it_is_for(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    id = await sounded(here, clerk, second, audience={"associations": [here.sakura]})
    [area] = (await alert_of(here, id)).info[0].area
    assert (area.area_desc, area.geocode[0].value) == ("花水木市 さくら町内会", "hana/sakura")


async def test_who_asks_again_is_told_that_nothing_has_changed(here: Town) -> None:
    clerk, second = await official(here, CLERK), await official(here, COLLEAGUE)
    id = await sounded(here, clerk, second)
    for path in ("", f"/{id}"):
        answer = await get(here, path)
        assert answer.headers["cache-control"] == "no-cache"
        again = await get(here, path, **{"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    before = (await get(here)).headers["etag"]
    await sounded(here, clerk, second, title="つぎの知らせ")
    assert (await get(here)).headers["etag"] != before


async def test_nothing_else_of_the_town_is_told(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    circular = await here.post(president)
    own = await here.post(president, kind="exercise", topic="disaster", deadline=None)
    await here.work()
    assert await fed(here) == [], "what an association says to its own homes is theirs"
    for id in (circular["id"], own["id"], ids.new_id(), "x", f"{circular['id']}.other"):
        is_a_problem(await get(here, f"/{id}"), 404)
    assert (await get(here, "?city=mori")).status_code == 200
    assert story.ids_of(president, "notices") == set()
