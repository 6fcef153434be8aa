"""What the stories of proxies have in common: asking, taking up, and the town around it."""

from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx

from notices.town import addresses
from tests.journeys import story
from tests.phone import Phone
from tests.town import TENANT, Town

Body = dict[str, Any]
DAUGHTER = "青木 恵"
ALL = ["receive", "stamp", "answer"]


def wish(**said: Any) -> Body:
    return {"name": DAUGHTER, "basis": "family", "whats": ALL, "until": "2027-11-30"} | said


async def try_ask(by: Phone, **said: Any) -> httpx.Response:
    return await by.http.post("/api/v1/me/proxies", json=wish(**said))


async def ask(by: Phone, **said: Any) -> Body:
    """→ {proxy, code}."""
    answer = await try_ask(by, **said)
    assert answer.status_code == 201, answer.text
    told: Body = answer.json()
    return told


async def take_up(by: Phone, code: str) -> httpx.Response:
    return await by.http.post("/api/v1/me/proxies/accept", json={"code": code})


async def end(by: Phone, proxy: str) -> httpx.Response:
    return await by.http.delete(f"/api/v1/proxies/{proxy}")


async def record(by: Phone, association: str, represented: str, **said: Any) -> httpx.Response:
    body = wish(represented=represented, **said)
    return await by.http.post(f"/api/v1/associations/{association}/proxies", json=body)


async def daughter(here: Town, code: str, name: str = DAUGHTER) -> Phone:
    """A phone that comes in by the code of an invitation alone."""
    phone = Phone(here.http(), name)
    here.phones.append(phone)
    await phone.enrol(code)
    return phone


async def stamps(by: Phone, notice: str, household: str) -> Body:
    """Pressed and pushed. → the outcome."""
    by.stamp(notice, household)
    (outcome,) = await by.push()
    told: Body = dict(outcome)
    return told


def mine(by: Phone) -> list[Body]:
    """The proxies that stand on this phone, each once."""
    return sorted(
        {each["proxy"]: each for each in by.all("proxies")}.values(), key=lambda each: each["proxy"]
    )


async def mail(here: Town, of: Phone, address: str) -> None:
    """A mailbox of theirs, as if they had confirmed it."""
    async with here.house.db.write() as session:
        vault, now = here.house.keys.vault, here.clock()
        await addresses.give_mail(session, vault, TENANT, of.person, address, of.person, now)


async def hears(here: Town, mother: Phone, after: int = 30, **said: Any) -> tuple[Phone, str]:
    """A daughter who hears of her mother by mail, and does nothing else for her. → her phone, the proxy."""
    asked = await ask(mother, whats=said.pop("whats", []), hearAfter=after, **said)
    phone = await daughter(here, asked["code"])
    await mail(here, phone, "megumi.aoki@example.jp")
    return phone, asked["proxy"]


def heard(here: Town, address: str = "megumi.aoki@example.jp") -> list[str]:
    """The subjects of what was mailed there."""
    mine = [each for each in story.mails(here) if each.to.address == address]
    return [str(message_from_bytes(story.text_of(here, each), policy=default)["Subject"]) for each in mine]


async def greets(by: Phone, until: str | None = "10:00", away_to: str | None = None) -> httpx.Response:
    return await by.http.put("/api/v1/me/greeting", json={"until": until, "awayTo": away_to})


def press_well(by: Phone, day: str, at: str) -> None:
    by.write("greetings", by.person, {"day": day, "at": at})
