"""A town in which every screen has something to show: the autumn of さくら町内会, and what the city hall is about."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from notices.models import Address
from tests.browser.autumn import autumn
from tests.browser.site import Site
from tests.journeys import alarms, circulars, forms
from tests.journeys.circulars import Official
from tests.journeys.test_alerts_of_others import RULE, machine
from tests.phone import Phone
from tests.town import TENANT, Town


@dataclass
class Known:
    """Ids by which screens are addressed."""

    cleaning: str
    """The circular everybody is busy with."""
    survey: str
    check: str
    """A safety check."""
    alarm: str
    drill: str
    citys: str
    """A circular of the city that is out, passed on by nobody yet."""
    draft: str
    """One that the city hall is still writing."""
    home: str
    """With two people in it and a phone."""
    block: str
    association: str


async def whole_town(here: Site) -> Known:
    settled = await autumn(here)
    president = await here.town.phone("山田 花子")
    survey = await _survey(here, president)
    check = await _sent(here.town, president, kind="safety-check", title="地震です。ご無事ですか")
    alarm = await _sent(here.town, president, **alarms.evacuate())
    drill = await _sent(here.town, president, **alarms.drill())
    await _lost_mail(here.town)
    await here.town.work()
    return Known(
        settled.cleaning,
        survey,
        check,
        alarm,
        drill,
        *await _city_hall(here),
        here.town.households["山田"],
        here.town.blocks["二班"],
        here.town.sakura,
    )


async def _sent(town: Town, by: Phone, **said: Any) -> str:
    body = {"topic": "disaster", "body": "下のボタンで答えてください。", "deadline": None} | said
    id: str = (await town.post(by, **body))["id"]
    return id


async def _survey(here: Site, president: Phone) -> str:
    asked = await here.town.post(
        president, title="清掃の日のアンケート", form=forms.SURVEY, deadline=here.soon()
    )
    id: str = asked["id"]
    return id


async def _lost_mail(town: Town) -> None:
    """Of somebody who has nothing else."""
    rows = update(Address).where(Address.tenant == TENANT, Address.person == town.people["伊藤 さち"])
    async with town.house.db.write() as session:
        await session.execute(rows.values(state="gone", reason="mailbox-unknown"))


async def _city_hall(here: Site) -> tuple[str, str]:
    """One circular is out, one waits for a second person, one is a draft; an alert came in, and there is a rule.

    → the first's id, and the draft's
    """
    town = here.town
    clerk = await circulars.clerk(town)
    out = await circulars.send(town, clerk, deadline=here.soon(20))
    waiting = await circulars.try_send(town, clerk, title="市内いっせい清掃のお願い", deadline=here.soon(20))
    assert waiting.json()["state"] == "awaiting", waiting.text
    bringing = await machine(town)
    await bringing.brought(expires=f"{here.soon()}T16:00:00+09:00")
    await _rule(town, clerk)
    kept = await circulars.try_send(town, clerk, title="防災訓練のお知らせ", publish=False)
    assert kept.json()["state"] == "draft", kept.text
    return out["id"], kept.json()["id"]


async def _rule(town: Town, clerk: Official) -> None:
    await circulars.prove(clerk)
    city = await circulars.city(town)
    written = await clerk.http.post(f"/api/v1/cities/{city}/alerts/rules", json=RULE)
    assert written.status_code == 201, written.text
