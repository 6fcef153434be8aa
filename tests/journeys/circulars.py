"""What the stories of the city's circulars have in common: a clerk, and what a clerk sends."""

from typing import Any

import httpx
from sqlalchemy import select

from notices import ids
from notices.models import City
from server.operations import clerks
from tests.authenticator import Authenticator
from tests.journeys import city_hall
from tests.phone import Phone
from tests.town import TENANT, Town

CLERK = "市川 民子"
SECOND = "承認 花子"


class Official(Phone):
    """Of somebody at the city hall, with a passkey on it."""

    def __init__(self, here: Town, name: str, tenant: str) -> None:
        super().__init__(here.http(), name)
        self.passkey = Authenticator(origin=here.house.settings.origin)
        self.tenant = tenant


async def clerk(here: Town, name: str = CLERK, role: str = "clerk", tenant: str = TENANT) -> Official:
    """A phone of somebody who works for the city, appointed as the operator does."""
    said = {"city": tenant, "role": role, "person": name, "from": here.clock().date().isoformat()}
    issued = await clerks.appoint(here.house, said, lambda *_: None)
    phone = Official(here, name, tenant)
    here.phones.append(phone)
    await phone.enrol(issued["code"])
    made = await city_hall.make(phone, phone.passkey)
    assert made.status_code == 201, made.text
    return phone


async def prove(phone: Phone) -> None:
    """By the passkey, where there is one."""
    if isinstance(phone, Official):
        answer = await city_hall.prove(phone, phone.passkey)
        assert answer.status_code == 200, answer.text


async def second_person(here: Town, tenant: str = TENANT) -> Official:
    for phone in here.phones:
        if isinstance(phone, Official) and (phone.tenant, phone.name) == (tenant, SECOND):
            return phone
    return await clerk(here, SECOND, "approver", tenant)


async def approve(here: Town, circular: str, tenant: str = TENANT, revision: int = 1) -> None:
    approver = await second_person(here, tenant)
    await prove(approver)
    answer = await approver.http.post(f"/api/v1/notices/{circular}/approve", json={"baseRevision": revision})
    assert answer.status_code == 200, answer.text


async def publish(here: Town, by: Phone, circular: str) -> None:
    """A draft is asked for by one, and approved by another."""
    await prove(by)
    await second_person(here)
    answer = await by.http.post(f"/api/v1/notices/{circular}/publish")
    assert answer.status_code == 200, answer.text
    await approve(here, circular)


async def city(here: Town, tenant: str = TENANT) -> str:
    async with here.house.db.read() as session:
        return (await session.scalars(select(City.id).where(City.tenant == tenant))).one()


def flood(**said: Any) -> dict[str, Any]:
    return {
        "kind": "circular",
        "topic": "disaster",
        "title": "ハザードマップの見なおしについて",
        "body": "川の近くの浸水の深さを見なおしました。ご家庭の避難先を確かめてください。",
        "deadline": "2026-12-10",
        "publish": True,
    } | said


async def try_send(here: Town, by: Phone, tenant: str = TENANT, **said: Any) -> httpx.Response:
    """Up to where it waits for a second person."""
    await second_person(here, tenant)
    await prove(by)
    key = {"Idempotency-Key": ids.new_id()}
    return await by.http.post(
        f"/api/v1/cities/{await city(here, tenant)}/notices", json=flood(**said), headers=key
    )


async def send(here: Town, by: Phone, **said: Any) -> dict[str, Any]:
    """A circular to all unless it says otherwise, and approved. Fails on a refusal."""
    answer = await try_send(here, by, **said)
    assert answer.status_code == 201, answer.text
    circular: dict[str, Any] = answer.json()
    if circular["state"] != "awaiting":
        return circular
    await approve(here, circular["id"])
    told: dict[str, Any] = (await by.http.get(f"/api/v1/notices/{circular['id']}")).json()
    return told


async def forward(by: Phone, circular: str, **said: Any) -> httpx.Response:
    return await by.http.post(f"/api/v1/notices/{circular}/forward", json=said)


async def decline(by: Phone, circular: str, **said: Any) -> httpx.Response:
    return await by.http.post(f"/api/v1/notices/{circular}/decline", json=said)


async def page(by: Phone, circular: str) -> dict[str, Any]:
    """The clerk's page; what it counts must add up whenever anybody looks."""
    answer = await by.http.get(f"/api/v1/notices/{circular}/circulations")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    counts = found["counts"]
    assert counts["received"] + counts["forwarded"] + counts["declined"] == counts["associations"]
    assert counts["associations"] == len(found["rows"])
    assert sum(counts["grades"].values()) == counts["households"]
    for row in found["rows"]:
        assert sum(row["grades"].values()) == row["households"], row["name"]
    return found


def row_of(page: dict[str, Any], association: str) -> dict[str, Any]:
    [row] = [each for each in page["rows"] if each["association"] == association]
    found: dict[str, Any] = row
    return found


async def by_itself(by: Phone, association: str, on: bool = True) -> httpx.Response:
    return await by.http.put(f"/api/v1/associations/{association}/circulars", json={"byItself": on})
