"""A cancelled alert on a phone that was off: it hears that all is over, and is called out of its house by nothing old."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.channels import Outgoing, Push
from notices.channels.memory import MemoryChannel
from notices.models import Message, NoticeHousehold, Rung
from notices.outcomes import Later, Outcome, Sent
from tests.journeys import alarms, circulars, story
from tests.journeys.story import LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.server.test_bad_input import is_a_problem
from tests.town import Town, town


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    off = MemoryChannel("push", _off)
    async with town(database_url, tmp_path, {"mail": MemoryChannel("mail"), "push": off}) as made:
        yield made


def _off(message: Outgoing) -> Outcome:
    """Of a push service that cannot pass on what is an alert, and can what is over."""
    assert isinstance(message, Push)
    return Sent(201) if "解除".encode() in message.body.payload else Later(503, "service-trouble")


async def test_a_cancelled_alert_on_a_phone_that_was_off(here: Town) -> None:
    clerk, resident = await circulars.clerk(here), await here.phone(RESIDENT)
    await subscribe(resident, subscription())
    await resident.pull()
    first = await alarms.send(here, clerk)
    await here.worker.idle()
    assert pushes(here) == [], "the phone is off"
    here.clock.pass_(minutes=1)
    over = await alarms.follow(here, clerk, first["id"], "all-clear", title="解除：川ぞいの地域")
    for _ in range(3):
        here.clock.pass_(minutes=10)
        await here.work()
    assert len(pushes(here)) >= 1
    assert all("解除".encode() in each.body.payload for each in pushes(here)), (
        "the alert itself rings no more"
    )
    async with here.house.db.read() as session:
        waits = select(Message.id).where(Message.state.in_(("due", "later", "sending")))
        assert (await session.scalars(waits)).all() == []
        climbing = select(Rung.notice).where(Rung.notice == first["id"])
        assert (await session.scalars(climbing)).all() == [], "nobody is sent to a door for what is over"
        row = await session.get_one(NoticeHousehold, ("hana", first["id"], here.households["伊藤"]))
        assert row.failed in (None, "superseded")
    await resident.pull()
    chain = {body["notice"]: body for body in resident.all("notices")}
    assert chain[over["id"]]["refersTo"] == first["id"]
    assert chain[over["id"]]["step"] == "all-clear"
    assert first["id"] in chain, "and what it was about can be read"


async def test_after_the_all_clear_there_is_nothing_to_follow(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    first = await alarms.send(here, clerk, audience={"associations": [here.sakura]})
    update = await alarms.follow(here, clerk, first["id"])
    assert update["audience"] == {"associations": [here.sakura]}, "it goes where the first one went"

    async def refused(slug: str, *statuses: int, **said: Any) -> None:
        is_a_problem(await alarms.try_write(here, clerk, **said), *statuses, slug=slug)

    elsewhere = {"associations": [here.midori]}
    await refused("follow-up-elsewhere", 422, refersTo=first["id"], step="update", audience=elsewhere)
    await refused("first-unknown", 422, refersTo=update["id"], step="update")
    await refused("first-unknown", 422, refersTo=clerk.person, step="update")
    await refused("follow-up-wrong", 422, refersTo=first["id"], step="first")
    await refused("follow-up-wrong", 422, step="update")
    await refused("follow-up-wrong", 422, kind="safety-check", refersTo=first["id"], step="update")
    own = await alarms.of_association(here, president, refersTo=first["id"], step="all-clear")
    is_a_problem(own, 422, slug="first-unknown", what="an association ends no alarm of the city")
    waits = await alarms.asked(here, clerk, refersTo=first["id"], step="update")
    over = await alarms.follow(here, clerk, first["id"], "all-clear")
    approver = await circulars.second_person(here)
    await circulars.prove(approver)
    late = await approver.http.post(f"/api/v1/notices/{waits['id']}/approve", json={"baseRevision": 1})
    is_a_problem(late, 409, slug="chain-over", what="an update that was approved after the end goes nowhere")
    await refused("chain-over", 409, refersTo=first["id"], step="update")
    await refused("chain-over", 409, refersTo=first["id"], step="all-clear")
    await circulars.prove(clerk)
    assert (await story.act(clerk, over["id"], "withdraw")).status_code == 200
    again = await alarms.try_write(here, clerk, refersTo=first["id"], step="update")
    assert again.status_code == 201, "an all-clear that was a mistake is taken back, and the alarm goes on"


async def test_an_officer_ends_the_alarm_of_their_own_association(here: Town) -> None:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    first = (await alarms.of_association(here, president, audience={"blocks": [here.blocks["二班"]]})).json()
    await here.work()
    said = {"refersTo": first["id"], "step": "all-clear", "title": "解除：川ぞいの地域"}
    over = (await alarms.of_association(here, president, **said)).json()
    assert over["state"] == "published"
    await leader.pull()
    assert {body["step"] for body in leader.all("notices")} == {"first", "all-clear"}
    assert over["audience"] == {"blocks": [here.blocks["二班"]]}
    assert set(story.sent_to(here)) == story.MAILED_2
