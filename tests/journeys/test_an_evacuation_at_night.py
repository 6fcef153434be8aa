"""An evacuation at night with the signal gone in three blocks: it reaches who can be reached, and says who cannot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.operations import gateways as operations
from server.work.gateways import Gateways
from tests.gateway import Machine
from tests.journeys import alarms, circulars, story
from tests.journeys.story import LEADER_1, LEADER_2, MIDORI_LEADER, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.journeys.test_gateways import Plant, wish
from tests.phone import NoSignal, Phone
from tests.town import Town, circular, town

FILLED = {
    "place": "川ぞいの三つの班",
    "time": "11月20日 23時",
    "shelter": "桜小学校",
    "news": "橋が通れません。",
}


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path, undo_seconds=60) as made:
        made.clock.pass_(hours=13)  # eleven at night
        yield made


def doors_on(leader: Phone, notice: str) -> list[dict[str, Any]]:
    """The homes of the list as it lies in the phone's own store; the server is not asked."""
    [block] = {each["block"] for each in leader.all("reach") if each["notice"] == notice and "block" in each}
    return [each for each in leader.all("roster") if each["block"] == block]


@pytest.mark.slow
async def test_an_evacuation_at_night_with_the_signal_gone_in_three_blocks(here: Town) -> None:
    clerk, president = await circulars.clerk(here), await here.phone(PRESIDENT)
    leaders = [await here.phone(name) for name in (LEADER_1, LEADER_2, MIDORI_LEADER)]
    resident = await here.phone(RESIDENT)
    await subscribe(resident, subscription())
    asleep = {"quietHours": {"from": "22:00", "to": "06:30"}, "digest": {"every": "weekly"}}
    assert (await resident.http.put("/api/v1/me/preferences", json=asleep)).status_code == 200
    drill = await alarms.of_association(here, president, **alarms.drill())
    first = await alarms.send(here, clerk, template="evacuation", fillIns=FILLED)
    await here.worker.idle()
    assert len(pushes(here)) == 1, "who sleeps is woken by an emergency, and by no exercise"
    emergencies = [mail for mail in story.mails(here) if mail.urgency == "emergency"]
    assert {mail.to.address for mail in emergencies} >= story.MAILED
    await here.work()
    for phone in (*leaders, resident):
        await phone.pull()
        assert first["id"] in {body["notice"] for body in phone.all("notices")}, "the alarm is on the phone"

    # The signal is gone: phones hold what they hold, and what is pressed stays in them.
    for phone in (*leaders, resident):
        phone.online = False
    for _ in range(3):
        here.clock.pass_(minutes=3)
        await here.work()
    whole = (await clerk.http.get(f"/api/v1/notices/{first['id']}/reach")).json()
    assert (whole["households"], whole["grades"]["stamped"], whole["grades"]["onThePhone"]) == (9, 0, 0)
    assert sum(whole["grades"].values()) == 9
    assert whole["ladder"]["atTheDoor"] == 9, "nobody has answered: every home is before a door"

    # The leaders walk by the list that lies on their phones; who was told in person says so there.
    for leader in leaders:
        for home in doors_on(leader, first["id"]):
            kind = "not-home" if home["name"] == "伊藤" else "told"
            if home["name"] != "加藤":
                leader.visit(first["id"], home["household"], kind)
    resident.stamp(first["id"], resident.home(), 1)
    for phone in (*leaders, resident):
        with pytest.raises(NoSignal):
            await phone.push()
    assert [len(phone.outbox) for phone in (*leaders, resident)] == [3, 4, 1, 1]
    update = await alarms.follow(here, clerk, first["id"], template="update", fillIns=FILLED)

    # Morning, and the signal with it.
    here.clock.pass_(hours=6)
    await here.work()
    for phone in (resident, *leaders):
        phone.online = True
        assert {each["status"] for each in await phone.push()} == {"ok"}
        await phone.pull()
    await here.work()
    whole = (await clerk.http.get(f"/api/v1/notices/{first['id']}/reach")).json()
    assert whole["grades"]["stamped"] == 8
    assert whole["hows"] == {"app": 1, "paper": 0, "told": 7, "answer": 0}
    block = {"block": here.blocks["東"]}
    rows = (await clerk.http.get(f"/api/v1/notices/{first['id']}/reach", params=block)).json()["rows"]
    assert [row["name"] for row in rows if row["grade"] != "stamped"] == ["加藤"], "one is missing, by name"
    for leader, homes_there in zip(leaders, (3, 4), strict=False):
        assert (await story.reach(leader, first["id"]))["households"] == homes_there
    assert {body["refersTo"] for body in resident.all("notices") if body["notice"] == update["id"]} == {
        first["id"]
    }
    assert resident.records["notices", update["id"]]["translations"]["ko"]["body"].endswith(
        "橋が通れません。"
    )
    exercise = (await story.reach(president, drill.json()["id"]))["grades"]
    assert exercise["stamped"] == 0, "what was said of the real thing is said of no exercise"


@pytest.mark.slow
async def test_loudspeaker_sns_and_homepage_hear_each_step_and_no_alarm_after_its_end(
    database_url: str, tmp_path: Path
) -> None:
    machine = Machine()
    await machine.start()
    async with town(database_url, tmp_path, gateway_hosts=machine.origin) as here:
        made = await operations.add(here.house, wish(machine, association=None), lambda _done, _of: None)
        machine.secret = made["secret"]
        plant = Plant(here, machine, Gateways(here.house), made["id"])
        clerk = await circulars.clerk(here)
        first = await alarms.send(here, clerk, template="evacuation", fillIns=FILLED)
        await plant.turn()
        machine.answers = [500]
        late = await alarms.follow(here, clerk, first["id"], template="update", fillIns=FILLED)
        await plant.turn()
        await alarms.follow(here, clerk, first["id"], "all-clear", template="all-clear", fillIns=FILLED)
        here.clock.pass_(minutes=5)
        await plant.turn()
        told = [(each["step"], each["refersTo"], each["kind"]) for each in machine.told]
        assert told == [("first", None, "emergency"), ("all-clear", first["id"], "emergency")]
        assert machine.told[0]["translations"]["en"]["title"].startswith("[EMERGENCY] Evacuation order")
        assert late["id"] not in {each["id"] for each in machine.told}, "what was overtaken is not called out"
        await plant.worker.end()
    await machine.close()


async def test_a_circular_in_the_same_night_waits_for_the_morning_as_ever(here: Town) -> None:
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    asleep = {"quietHours": {"from": "22:00", "to": "06:30"}}
    assert (await resident.http.put("/api/v1/me/preferences", json=asleep)).status_code == 200
    await here.post(president, **circular())
    here.clock.pass_(seconds=61)
    await here.work()
    assert "sachi.ito@example.jp" not in story.sent_to(here)
    await alarms.of_association(here, president)
    await here.work()
    assert "sachi.ito@example.jp" in story.sent_to(here)
