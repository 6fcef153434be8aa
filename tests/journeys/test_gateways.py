"""A loudspeaker, an SNS poster and the homepage hear what is said, once, and when it is taken back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from notices.deliver import Moment
from notices.gateways import calls
from notices.models import City, Gateway, GatewayCall
from notices.outcomes import Later
from server.operations import gateways as operations
from server.processes.admin import Refused
from server.work.gateways import Gateways
from tests.gateway import Machine
from tests.journeys.story import PRESIDENT
from tests.phone import Phone
from tests.town import Town, town

FAILED = Later(500, "gateway-trouble")
PATH = "/hooks/very-secret-path"


@dataclass
class Plant:
    here: Town
    machine: Machine
    worker: Gateways
    id: str

    async def turn(self) -> None:
        await self.worker.turn()
        await self.worker.idle()

    async def ledger(self) -> list[tuple[str, str, int]]:
        async with self.here.house.db.read() as session:
            query = select(GatewayCall.event, GatewayCall.state, GatewayCall.attempt)
            rows = await session.execute(query.order_by(GatewayCall.created_at, GatewayCall.id))
            return [(event, state, attempt) for event, state, attempt in rows]

    def events(self) -> list[tuple[str, int]]:
        return [(each["event"], each["revision"]) for each in self.machine.told]


def wish(machine: Machine, **more: Any) -> dict[str, Any]:
    said = {"name": "防災無線", "url": machine.origin + PATH, "association": "sakura", "city": None}
    return said | {"kinds": [], "topics": []} | more


@pytest.fixture
async def plant(database_url: str, tmp_path: Path) -> AsyncIterator[Plant]:
    machine = Machine()
    await machine.start()
    async with town(database_url, tmp_path, gateway_hosts=machine.origin) as here:
        made = await operations.add(here.house, wish(machine), lambda _done, _of: None)
        machine.secret = made["secret"]
        worker = Gateways(here.house)
        yield Plant(here, machine, worker, made["id"])
        await worker.end()
    await machine.close()


@pytest.fixture
async def president(plant: Plant) -> Phone:
    return await plant.here.phone(PRESIDENT)


async def withdraw(by: Phone, notice: dict[str, Any]) -> None:
    answer = await by.http.post(f"/api/v1/notices/{notice['id']}/withdraw")
    assert answer.status_code in (200, 204), answer.text


async def correct(by: Phone, notice: dict[str, Any], **changes: Any) -> None:
    said = {"baseRevision": 1, "resend": "none"} | changes
    answer = await by.http.patch(f"/api/v1/notices/{notice['id']}", json=said)
    assert answer.status_code == 200, answer.text


async def test_a_notice_is_told_signed_with_all_that_a_machine_needs(plant: Plant, president: Phone) -> None:
    notice = await plant.here.post(president, title="𠮷野川の水位", body="**高台**へ。")
    await plant.turn()
    [told] = plant.machine.told
    assert told["event"] == "published"
    assert (told["id"], told["kind"], told["topic"]) == (notice["id"], "circular", "events")
    assert (told["title"], told["body"], told["text"]) == ("𠮷野川の水位", "**高台**へ。", "高台へ。")
    assert (told["urgency"], told["exercise"], told["revision"]) == ("ordinary", False, 1)
    assert told["association"] == {"id": plant.here.sakura, "name": "さくら町内会"}
    assert told["link"] == f"http://localhost:8000/n/{notice['id']}"
    assert told["publishedAt"].startswith("20")
    [seen] = plant.machine.seen
    assert (seen["Kairan-Event"], seen["Kairan-Delivery"]) == ("published", told["delivery"])
    assert await plant.ledger() == [("published", "sent", 1)]


async def test_the_worker_calls_gateways_by_itself(plant: Plant, president: Phone) -> None:
    await plant.here.post(president)
    await plant.here.work()
    await plant.here.worker._chores.end()
    assert plant.events() == [("published", 1)]


async def test_a_correction_and_a_withdrawal_are_told_in_their_order(plant: Plant, president: Phone) -> None:
    notice = await plant.here.post(president)
    await plant.turn()
    await correct(president, notice, title="直しました")
    await plant.turn()
    await withdraw(president, notice)
    await plant.turn()
    assert plant.events() == [("published", 1), ("corrected", 2), ("withdrawn", 2)]


async def test_what_was_never_said_is_not_taken_back(plant: Plant, president: Phone) -> None:
    notice = await plant.here.post(president)
    await withdraw(president, notice)
    await plant.turn()
    assert plant.events() == []
    assert await plant.ledger() == [("published", "skipped", 0)]


async def test_a_call_that_fails_after_the_withdrawal_is_not_made_again(
    plant: Plant, president: Phone
) -> None:
    plant.machine.answers = [500]
    notice = await plant.here.post(president)
    await plant.turn()
    await withdraw(president, notice)
    plant.here.clock.pass_(minutes=5)
    await plant.turn()
    assert plant.events() == [("withdrawn", 1)], "it may have heard the first one after all"
    assert [state for _, state, _ in await plant.ledger()] == ["skipped", "sent"]


async def test_a_call_under_way_at_the_withdrawal_is_looked_at_again(plant: Plant, president: Phone) -> None:
    here = plant.here
    notice = await here.post(president)
    async with here.house.db.write() as session:
        now = Moment(here.clock(), await here.house.db.now(session, here.clock))
        [made] = await calls.claim(session, here.house.office, now)
    await withdraw(president, notice)
    async with here.house.db.write() as session:
        await calls.settle(session, here.house.office, made, FAILED, here.clock())
    here.clock.pass_(minutes=5)
    await plant.turn()
    assert plant.events() == [("withdrawn", 1)]


async def test_five_retries_and_then_it_is_given_up(plant: Plant, president: Phone) -> None:
    plant.machine.answers = [500, 302, 404, 503, 429, 500, 500]
    await plant.here.post(president)
    for wait in (timedelta(0), *calls.WAITS):
        plant.here.clock.pass_(seconds=wait.total_seconds())
        await plant.turn()
    assert plant.machine.asked == 6
    assert await plant.ledger() == [("published", "failed", 6)]
    plant.here.clock.pass_(days=1)
    await plant.turn()
    assert plant.machine.asked == 6
    async with plant.here.house.db.read() as session:
        assert await session.scalar(select(Gateway.failures)) == 1


async def test_a_retry_waits_its_time_and_keeps_its_delivery_id(plant: Plant, president: Phone) -> None:
    plant.machine.answers = [500]
    await plant.here.post(president)
    await plant.turn()
    await plant.turn()
    assert plant.machine.asked == 1
    plant.here.clock.pass_(seconds=5)
    await plant.turn()
    [told] = plant.machine.told
    async with plant.here.house.db.read() as session:
        assert await session.scalar(select(GatewayCall.id)) == told["delivery"]


async def test_a_worker_that_dies_with_a_call_in_hand_loses_nothing(plant: Plant, president: Phone) -> None:
    here = plant.here
    await here.post(president)
    async with here.house.db.write() as session:
        now = Moment(here.clock(), await here.house.db.now(session, here.clock))
        [dead] = await calls.claim(session, here.house.office, now)
        assert await calls.claim(session, here.house.office, now) == []
    async with here.house.db.write() as session:
        await session.execute(update(GatewayCall).values(lease_until=now.database - calls.LEASE))
    await plant.turn()
    plant.here.clock.pass_(seconds=1)
    await plant.turn()
    assert await plant.ledger() == [("published", "sent", 2)]
    async with here.house.db.write() as session:
        await calls.settle(session, here.house.office, dead, FAILED, here.clock())
    assert await plant.ledger() == [("published", "sent", 2)], "the fence: it wakes too late"


async def test_only_what_is_for_everybody_goes_out(plant: Plant, president: Phone) -> None:
    await plant.here.post(president, audience={"blocks": [plant.here.blocks["二班"]]})
    await plant.here.post(president, topic="obituary")
    await plant.turn()
    assert plant.machine.asked == 0
    more = await operations.add(
        plant.here.house, wish(plant.machine, topics=["obituary"], kinds=["notice"]), lambda _d, _o: None
    )
    plant.machine.secret = more["secret"]
    await plant.here.post(president, topic="obituary", kind="notice", deadline=None)
    await plant.here.post(president, topic="obituary")
    await plant.turn()
    assert plant.events() == [("published", 1)]


async def test_a_neighbours_notice_is_told_to_the_city_alone(plant: Plant) -> None:
    midori = await plant.here.phone("小林 茂")
    await plant.here.post(midori, plant.here.midori)
    await plant.turn()
    assert plant.machine.asked == 0
    made = await operations.add(plant.here.house, wish(plant.machine, association=None), lambda _d, _o: None)
    plant.machine.secret = made["secret"]
    await plant.here.post(midori, plant.here.midori)
    await plant.turn()
    assert [each["association"]["name"] for each in plant.machine.told] == ["みどり自治会"]


async def test_nothing_leaves_a_city_on_hold(plant: Plant, president: Phone) -> None:
    await plant.here.post(president)
    async with plant.here.house.db.write() as session:
        held = update(City).values(on_hold=True).execution_options(journalled=True)
        await session.execute(held)
    await plant.turn()
    assert plant.machine.asked == 0


async def test_a_gateway_that_was_removed_hears_nothing_more(plant: Plant, president: Phone) -> None:
    await plant.here.post(president)
    await operations.remove(plant.here.house, {"id": plant.id}, lambda _d, _o: None)
    await plant.turn()
    assert plant.machine.asked == 0
    assert await plant.ledger() == [("published", "skipped", 0)]
    with pytest.raises(Refused):
        await operations.remove(plant.here.house, {"id": plant.id}, lambda _d, _o: None)


async def test_a_test_call_says_so_and_its_answer_is_told(plant: Plant) -> None:
    done = await operations.test(plant.here.house, {"id": plant.id}, lambda _d, _o: None)
    assert done == {"taken": True, "code": 204, "said": ""}
    [told] = plant.machine.told
    assert (told["event"], "title" in told) == ("test", False)
    plant.machine.secret = "another"
    done = await operations.test(plant.here.house, {"id": plant.id}, lambda _d, _o: None)
    assert (done["taken"], done["code"], plant.machine.forged) == (False, 401, 1)


async def test_address_and_secret_lie_nowhere_in_clear_and_the_list_shows_neither(plant: Plant) -> None:
    async with plant.here.house.db.read() as session:
        row = (await session.scalars(select(Gateway))).one()
        assert PATH.encode() not in row.url
        assert plant.machine.secret.encode() not in row.secret
        [shown] = await operations.rows(session, plant.here.house, None)
    assert (shown["name"], shown["association"], shown["host"]) == (
        "防災無線",
        "sakura",
        plant.machine.origin,
    )
    assert PATH not in str(shown)
    assert plant.machine.secret not in str(shown)


@pytest.mark.parametrize(
    "wrong", [{"kinds": ["rumour"]}, {"topics": ["weather"]}, {"association": "nowhere"}]
)
async def test_a_gateway_for_what_does_not_exist_is_refused(plant: Plant, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        await operations.add(plant.here.house, wish(plant.machine, **wrong), lambda _d, _o: None)
