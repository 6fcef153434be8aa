"""A handover and a proxy over HTTP: every state and every deed of their tables, pressed by people or brought by time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select

from notices import due, ids
from notices.handover import scheduling
from notices.handover import states as handovers
from notices.models import Proxy
from notices.proxies import ending
from notices.proxies import states as proxies
from notices.tokyo import today
from tests.journeys import families
from tests.journeys.story import OFFICER_2, PRESIDENT, RESIDENT
from tests.journeys.test_handover import ask
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, town
from tests.whole import changed, whole


@dataclass
class Stage:
    here: Town
    president: Phone
    mother: Phone


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with town(database_url, tmp_path) as here:
        yield Stage(here, await here.phone(PRESIDENT), await here.phone(RESIDENT))


Answer = httpx.Response | None

# --- a handover -----------------------------------------------------------------------------------------

ID: Final = ids.new_id()
"""Of the handover under way: the press that is sent again is of this name."""


async def stands(here: Town) -> handovers.State:
    async with here.house.db.read() as session:
        return handovers.state_of(await scheduling.newest(session, TENANT, here.sakura), here.clock())


async def scheduled(stage: Stage, id: str) -> httpx.Response:
    begins = (today(stage.here.clock()) + timedelta(days=7)).isoformat()
    seats = {"副会長": [OFFICER_2, RESIDENT]}
    return await ask(stage.president, stage.here, seats, begins=begins, overlapWeeks=2, id=id)


async def cancelled(stage: Stage) -> httpx.Response:
    return await stage.president.http.delete(f"/api/v1/associations/{stage.here.sakura}/handover")


async def to_state(stage: Stage, state: handovers.State) -> None:
    if state == "none":
        return
    assert (await scheduled(stage, ID)).status_code == 201
    if state == "cancelled":
        assert (await cancelled(stage)).status_code == 204
    days = {"together": 8, "done": 30}.get(state, 0)
    stage.here.clock.pass_(days=days)
    await stage.here.work()


async def _another(stage: Stage) -> httpx.Response:
    seats = (
        {"副会長": [OFFICER_2]}
        if await stands(stage.here) in ("together", "done")
        else {"副会長": [RESIDENT]}
    )
    begins = (today(stage.here.clock()) + timedelta(days=3)).isoformat()
    return await ask(stage.president, stage.here, seats, begins=begins, overlapWeeks=1)


async def _again(stage: Stage) -> httpx.Response:
    return await scheduled(stage, ID)


async def _days(stage: Stage, days: int) -> None:
    stage.here.clock.pass_(days=days)
    await stage.here.work()


HANDOVER: Final[dict[handovers.Deed, Callable[[Stage], Awaitable[Answer]]]] = {
    "schedule": _another,
    "again": _again,
    "cancel": cancelled,
    "begin": lambda stage: _days(stage, 8),
    "part": lambda stage: _days(stage, 22),
}


def brought(state: handovers.State, deed: handovers.Deed) -> handovers.State:
    """Where the table says it ends; the days that pass for it to part bring its beginning too."""
    following = handovers.after(state, deed)
    return handovers.after(handovers.after(state, "begin"), deed) if deed == "part" else following


def test_every_deed_of_a_handover_is_done_here() -> None:
    assert HANDOVER.keys() == set(handovers.DEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "deed"), list(product(handovers.STATES, handovers.DEEDS)))
async def test_a_handover_in_every_state_answers_every_deed(
    stage: Stage, state: handovers.State, deed: handovers.Deed
) -> None:
    here = stage.here
    await to_state(stage, state)
    assert await stands(here) == state, "brought there"
    before = await whole(here.house.db)
    answer = await HANDOVER[deed](stage)
    following = handovers.TRANSITIONS[state, deed]
    if not isinstance(following, str):
        assert answer is not None
        is_a_problem(answer, 409, slug=following.slug)
        assert changed(before, await whole(here.house.db)) == set(), "and nothing has changed"
        assert await stands(here) == state
        return
    assert answer is None or answer.is_success, answer.text
    assert await stands(here) == brought(state, deed)
    if deed == "again" and state != "none":
        assert changed(before, await whole(here.house.db)) == set(), "it is answered as the first was"


# --- a proxy --------------------------------------------------------------------------------------------

FAR: Final = 400


@dataclass
class Asked:
    """A proxy on its way, with who holds its code, and who came by it."""

    id: str
    code: str
    taker: Phone
    notice: str


def _when(stage: Stage, state: proxies.State) -> dict[str, str]:
    day = today(stage.here.clock())
    begins = day + timedelta(days=20 if state == "agreed" else 0)
    return {"begins": begins.isoformat(), "until": (day + timedelta(days=40)).isoformat()}


async def proxy_in(stage: Stage, state: proxies.State) -> Asked:
    here = stage.here
    told = await families.ask(stage.mother, **_when(stage, state))
    taker = await here.phone(OFFICER_2)
    if state in ("agreed", "stands", "over", "ended"):
        assert (await families.take_up(taker, told["code"])).status_code == 200
    if state == "lapsed":
        here.clock.pass_(days=8)
    if state == "over":
        here.clock.pass_(days=60)
    if state == "ended":
        assert (await families.end(stage.mother, told["proxy"])).status_code == 204
    day = (today(here.clock()) + timedelta(days=FAR)).isoformat()
    sent = await here.post(stage.president, deadline=day)
    return Asked(told["proxy"], told["code"], taker, sent["id"])


async def state_of(here: Town, id: str) -> proxies.State:
    async with here.house.db.read() as session:
        row = (await session.scalars(select(Proxy).where(Proxy.id == id))).one()
        return proxies.state_of(row, here.clock())


async def _taken_up(stage: Stage, asked: Asked) -> Any:
    return await families.take_up(asked.taker, asked.code)


async def _spoken(stage: Stage, asked: Asked) -> Any:
    return await families.stamps(asked.taker, asked.notice, stage.here.households["伊藤"])


async def _withdrawn(stage: Stage, asked: Asked) -> Any:
    return await families.end(stage.mother, asked.id)


async def _left(stage: Stage, asked: Asked) -> Any:
    """Mother moves away: her home is empty."""
    home = stage.here.households["伊藤"]
    return await stage.president.http.post(f"/api/v1/households/{home}/move-out", json={})


async def _turned(stage: Stage, asked: Asked) -> Any:
    """Its due row, whenever the worker comes to it."""
    here = stage.here
    async with here.house.db.write() as session:
        await due.put(session, TENANT, ending.KIND, asked.id, here.clock())
    await here.worker.idle()


PROXY: Final[dict[proxies.Deed, Callable[[Stage, Asked], Awaitable[Any]]]] = {
    "take-up": _taken_up,
    "speak": _spoken,
    "withdraw": _withdrawn,
    "leave": _left,
    "turn": _turned,
}
CORRECTED: Final = ("sync_mutation", "sync_rec", "sync_scope", "sync_meta", "sync_ack")
"""A phone is told that what it pressed did not count."""


def test_every_deed_of_a_proxy_is_done_here() -> None:
    assert PROXY.keys() == set(proxies.DEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(("state", "deed"), list(product(proxies.STATES, proxies.DEEDS)))
async def test_a_proxy_in_every_state_answers_every_deed(
    stage: Stage, state: proxies.State, deed: proxies.Deed
) -> None:
    here = stage.here
    asked = await proxy_in(stage, state)
    assert await state_of(here, asked.id) == state, "brought there"
    without = CORRECTED if deed == "speak" else ()
    before = await whole(here.house.db, *without)
    answer = await PROXY[deed](stage, asked)
    following = proxies.TRANSITIONS[state, deed]
    if isinstance(following, str):
        said = answer if isinstance(answer, httpx.Response) else None
        assert said is None or said.is_success, said.text
        assert deed != "speak" or answer["status"] == "ok", answer
        # An invitation whose first day has come stands as soon as it is taken up.
        here_and_now = "stands" if (deed, following) == ("take-up", "agreed") else following
        assert await state_of(here, asked.id) == here_and_now
        if (deed, state) == ("withdraw", "ended"):
            assert changed(before, await whole(here.house.db)) == set(), "again is nothing"
        return
    if deed == "speak":
        assert (answer["status"], answer["code"]) == ("rejected", following.slug)
    else:
        is_a_problem(answer, 403, slug=following.slug)
    assert changed(before, await whole(here.house.db, *without)) == set(), "and nothing has changed"
    assert await state_of(here, asked.id) == state
