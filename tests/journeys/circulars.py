"""What the stories of the city's circulars have in common: a clerk, and what a clerk sends."""

from typing import Any

import httpx
from sqlalchemy import select

from notices import ids
from notices.models import City
from server.operations import clerks
from tests.phone import Phone
from tests.town import TENANT, Town

CLERK = "市川 民子"


async def clerk(here: Town, name: str = CLERK, role: str = "clerk", tenant: str = TENANT) -> Phone:
    """A phone of somebody who works for the city, appointed as the operator does."""
    said = {"city": tenant, "role": role, "person": name, "from": here.clock().date().isoformat()}
    issued = await clerks.appoint(here.house, said, lambda *_: None)
    phone = Phone(here.http(), name)
    here.phones.append(phone)
    await phone.enrol(issued["code"])
    return phone


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
    key = {"Idempotency-Key": ids.new_id()}
    return await by.http.post(
        f"/api/v1/cities/{await city(here, tenant)}/notices", json=flood(**said), headers=key
    )


async def send(here: Town, by: Phone, **said: Any) -> dict[str, Any]:
    """A circular to all unless it says otherwise. Fails on a refusal."""
    answer = await try_send(here, by, **said)
    assert answer.status_code == 201, answer.text
    circular: dict[str, Any] = answer.json()
    return circular


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
