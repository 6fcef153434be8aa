"""An autumn in さくら町内会: what has been sent in the last two weeks, and who has read it."""

from dataclasses import dataclass
from typing import Any

from tests.browser.papers import map_png, pdf
from tests.browser.site import Site
from tests.phone import Phone

CLEANING = "秋の清掃と側溝の点検について"
CLEANING_TEXT = """日曜の朝、公園と側溝をみんなで清掃します。

- 集合　午前8時、さくら公園の入口
- 持ちもの　軍手、飲みもの
- 雨のとき　翌週に延期します

**小さなお子さんの参加も歓迎です。** 腰やひざに不安のある方は、受付をお手伝いください。"""
GARBAGE = "資源ごみの回収日が変わります"
FUND = "共同募金のお願い"
READERS = ["佐藤 一郎", "木村 節子", "高橋 健", "中村 和子", "井上 浩", "森 恵子"]
"""With a phone, and quick to stamp the cleaning."""
SLOW = ["林 正夫", "渡辺 誠", "池田 勇"]
"""With a phone, and yet to stamp it."""
READER = "伊藤 さち"
"""Has stamped the fund alone."""


@dataclass
class Autumn:
    cleaning: str
    """Id of the circular everybody is busy with."""
    garbage: str
    """Of a short one."""


async def autumn(here: Site) -> Autumn:
    """Everything settled, and the clock back at now."""
    town = here.town
    town.clock.pass_(days=-13)
    president = await town.phone("山田 花子")
    phones = [await _phone(here, name) for name in READERS + SLOW]
    reader = await _phone(here, READER)
    await town.post(
        president, kind="notice", topic="events", title="敬老の集いのお礼", body=THANKS, deadline=None
    )
    town.clock.pass_(days=1)
    fund = await town.post(president, topic="money", title=FUND, body=FUND_TEXT, deadline=here.soon(9))
    await _stamp(reader, fund["id"])
    town.clock.pass_(days=3)
    garbage = await town.post(
        president, topic="garbage", title=GARBAGE, body=GARBAGE_TEXT, deadline=here.soon(20)
    )
    for phone in phones:
        await _stamp(phone, garbage["id"])
    town.clock.pass_(days=5)
    await town.post(
        president,
        kind="notice",
        topic="disaster",
        title="夜間の断水について（3丁目）",
        body=WATER,
        deadline=None,
    )
    town.clock.pass_(days=3)
    files = [
        await _upload(president, "清掃のご案内.pdf", pdf()),
        await _upload(president, "集合場所.png", map_png()),
    ]
    cleaning = await town.post(
        president, title=CLEANING, body=CLEANING_TEXT, deadline=here.soon(8), files=files
    )
    for phone in phones[: len(READERS)]:
        await _stamp(phone, cleaning["id"])
    for phone in phones[len(READERS) :]:
        await phone.pull()
        await phone.pull()  # a cursor that is presented says what has arrived
    await _told(president, cleaning["id"], town.households["鈴木"])
    town.clock.pass_(days=1)
    return Autumn(cleaning["id"], garbage["id"])


async def _phone(here: Site, name: str) -> Phone:
    phone = Phone(here.town.http(), "Androidスマホ")
    here.town.phones.append(phone)
    await phone.enrol(await here.town.code_for(name))
    return phone


async def _stamp(phone: Phone, notice: str) -> None:
    await phone.pull()
    phone.stamp(notice, phone.home())
    await phone.push()


async def _told(president: Phone, notice: str, household: str) -> None:
    answer = await president.http.post(
        f"/api/v1/notices/{notice}/stamps", json={"householdId": household, "how": "paper"}
    )
    assert answer.status_code == 201, answer.text


async def _upload(president: Phone, name: str, data: bytes) -> dict[str, Any]:
    answer = await president.http.post("/api/v1/files", files={"file": (name, data)})
    assert answer.status_code == 201, answer.text
    return {"sha256": answer.json()["sha256"], "name": name}


THANKS = "集いには42人の方がお越しくださいました。お手伝いのみなさん、ありがとうございました。"
FUND_TEXT = "今年も共同募金にご協力をお願いします。封筒は班長があずかります。"
GARBAGE_TEXT = """来月から、資源ごみの回収は**第2・第4水曜**になります。

- 朝8時までに、いつもの場所へ
- びんと缶は、別の箱へ"""
WATER = "水道管の工事のため、火曜の夜11時から翌朝5時まで水が出ません。飲み水のくみおきをお願いします。"
