"""What has happened before the visitor comes: a few notices, and homes that have read them, or not yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.ledger import reach, receipts, stamps
from notices.models import NoticeHousehold
from notices.publishing import publish
from notices.publishing.compose import Draft
from notices.tokyo import end_of, today
from notices.town import founding
from notices.town.standing import Standing, standing
from server.demo.enrolment import Enrolled
from server.demo.running import TENANT
from server.house import House
from server.work.worker import Worker

ARRIVED: Final = 0.93
"""Share of the phones that have fetched what is out."""


@dataclass(frozen=True, slots=True)
class Past:
    """Days are counted from today; `read` is a share of the phones, `told` one of the homes on paper."""

    kind: str
    topic: str
    title: str
    body: str
    days_ago: int
    deadline_in: int | None = None
    read: float = 0.0
    told: float = 0.0


PAST: Final = (
    Past(
        "circular",
        "events",
        "公園の清掃と側溝の点検について",
        "恒例の清掃をおこないます。\n\n"
        "- 集合: 日曜日の午前8時、中央公園\n- 持ち物: 軍手、あればスコップ\n- 雨のときは次の週に延ばします\n\n"
        "側溝のふたは、無理に持ち上げないでください。重いものは防災部が外します。",
        days_ago=12,
        deadline_in=2,
        read=0.85,
        told=0.8,
    ),
    Past(
        "notice",
        "garbage",
        "資源ごみの集積所が変わります",
        "3班と4班の資源ごみの集積所は、来月から **集会所の裏** です。\n\n"
        "燃えるごみの場所は変わりません。前の日の夜から出すのはやめましょう。",
        days_ago=5,
    ),
    Past(
        "circular",
        "disaster",
        "防災訓練のお知らせ（参加できない世帯もお読みください）",
        "避難所の鍵の場所と、安否の札の出し方が変わります。\n\n"
        "1. 札は玄関の外側、見える高さに\n2. 集合は班ごとに、いつもの場所へ\n3. 車では来ないでください\n\n"
        "手助けがいる方は、班長か役員に声をかけてください。",
        days_ago=2,
        deadline_in=9,
        read=0.5,
        told=0.2,
    ),
)


class Hands:
    """A clock that shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


async def happen(
    house: House, hands: Hands, association: str, phones: Sequence[Enrolled], now: datetime, random: Random
) -> None:
    """`hands` is the house's clock; its channels keep everything to themselves: what is past is sent to nobody."""
    worker = Worker(house)
    async with house.db.read() as session:
        president = (await founding.officers(session, TENANT, association, now))[0][0]
        by = await standing(session, TENANT, president, now)
    assert by is not None
    for past in PAST:
        hands.at = now - timedelta(days=past.days_ago)
        async with house.db.write() as session:
            notice = await _published(session, by, association, past, now, hands.at)
        await worker.idle()
        hands.at += timedelta(hours=20)
        async with house.db.write() as session:
            await _answered(session, by, notice, past, phones, hands.at, random)
        await worker.idle()


async def _published(
    session: AsyncSession, by: Standing, association: str, past: Past, now: datetime, at: datetime
) -> str:
    deadline = None
    if past.deadline_in is not None:
        deadline = end_of(today(now + timedelta(days=past.deadline_in)))
    draft = Draft(past.kind, past.topic, past.title, past.body, deadline=deadline)
    notice = await publish.write(session, by, association, draft, at)
    await publish.announce(session, by, notice, at, timedelta(0))
    return notice.id


async def _answered(
    session: AsyncSession,
    by: Standing,
    notice: str,
    past: Past,
    phones: Sequence[Enrolled],
    at: datetime,
    random: Random,
) -> None:
    for phone in phones:
        if random.random() > ARRIVED:
            continue
        await reach.on_phones(session, TENANT, {notice: [phone.person]}, at)
        if random.random() < past.read:
            who = await standing(session, TENANT, phone.person, at)
            assert who is not None
            press = stamps.Press(who, phone.device, notice, phone.household, 1, at)
            await stamps.stamp(session, press, at)
    row = NoticeHousehold
    homes = select(row.household).where(row.tenant == TENANT, row.notice == notice, row.paper)
    for household in (await session.scalars(homes.order_by(row.block, row.walk))).all():
        if random.random() < past.told:
            call = receipts.Call(ids.new_id(), notice, household, "paper", at)
            await receipts.visit(session, by, call, at)
