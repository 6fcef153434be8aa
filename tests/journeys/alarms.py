"""What the stories of emergencies and exercises have in common: what a clerk sends, and what follows it."""

from typing import Any

import httpx

from notices import ids
from tests.journeys import circulars
from tests.phone import Phone
from tests.town import Town


def evacuate(**said: Any) -> dict[str, Any]:
    return {
        "kind": "emergency",
        "topic": "disaster",
        "title": "避難指示：川ぞいの地域",
        "body": "川の水があふれるおそれがあります。桜小学校へ避難してください。",
        "publish": True,
    } | said


def drill(**said: Any) -> dict[str, Any]:
    return evacuate(kind="exercise", title="避難訓練：川ぞいの地域") | said


async def try_write(here: Town, by: Phone, **said: Any) -> httpx.Response:
    """Of the city; published, it waits for a second person."""
    await circulars.prove(by)
    city = await circulars.city(here)
    key = {"Idempotency-Key": ids.new_id()}
    return await by.http.post(f"/api/v1/cities/{city}/notices", json=evacuate(**said), headers=key)


async def asked(here: Town, by: Phone, **said: Any) -> dict[str, Any]:
    """Fails on a refusal."""
    await circulars.second_person(here)
    answer = await try_write(here, by, **said)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def send(here: Town, by: Phone, **said: Any) -> dict[str, Any]:
    """An emergency to all unless it says otherwise, asked for by one and approved by another."""
    made = await asked(here, by, **said)
    assert made["state"] == "awaiting"
    await circulars.approve(here, made["id"])
    return made


async def follow(here: Town, by: Phone, first: str, step: str = "update", **said: Any) -> dict[str, Any]:
    return await send(here, by, refersTo=first, step=step, **said)


async def of_association(here: Town, by: Phone, **said: Any) -> httpx.Response:
    return await here.try_post(by, **(evacuate(deadline=None) | said))


async def press(by: Phone, notice: str, kind: str) -> httpx.Response:
    """The button of that kind."""
    return await by.http.post(f"/api/v1/notices/{notice}/send", json={"kind": kind})
