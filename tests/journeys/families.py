"""What the stories of proxies have in common: asking, taking up, and the town around it."""

from typing import Any

import httpx

from notices.town import addresses
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
        await addresses.give_mail(session, vault, TENANT, of.person, address, None, now)
