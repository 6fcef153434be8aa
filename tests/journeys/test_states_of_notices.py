"""The life of a notice over HTTP: every state and every deed of the table, pressed by people or brought by time.

What is refused says why and has changed nothing; what is allowed ends where the table says. A new state without a way to
it, or a new deed that nobody presses here, fails.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select, update

from notices import due, ids
from notices.models import Notice
from notices.publishing import life
from notices.publishing.life import DEEDS, STATES, Deed, State
from notices.tokyo import wire
from tests.journeys import alarms, circulars, story
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.town import TENANT, Town, circular, town
from tests.whole import changed, whole


@dataclass
class Stage:
    here: Town
    officer: Phone
    clerk: Phone
    approver: Phone


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        officer, clerk = await here.phone(PRESIDENT), await circulars.clerk(here)
        yield Stage(here, officer, clerk, await circulars.second_person(here))


Bring = Callable[[Stage, State], Awaitable[str]]
Press = Callable[[Stage, str], Awaitable[httpx.Response | None]]


@dataclass(frozen=True)
class Way:
    """How a deed is done to a notice that is in one of `states`. No answer: time brought it.

    `slug`: of a refusal that comes before the table is asked, where there is one.
    """

    bring: Bring
    press: Press
    states: tuple[State, ...] = STATES
    slug: str | None = None
    first: Callable[[Stage, str], Awaitable[None]] | None = None
    """What makes its moment come."""


async def state_of(stage: Stage, id: str) -> str:
    """What is not written yet is as a draft."""
    async with stage.here.house.db.read() as session:
        return await session.scalar(select(Notice.state).where(Notice.id == id)) or "draft"


async def out(stage: Stage, id: str) -> str:
    stage.here.clock.pass_(seconds=61)
    await stage.here.work()
    return id


def _said(stage: Stage, state: State) -> dict[str, Any]:
    """What makes a notice that will be in `state`."""
    now, said = stage.here.clock(), circular(title=f"{state}の回覧")
    if state == "scheduled":
        said["publishAt"] = wire(now + timedelta(days=1))
    if state == "expired":
        said["expiresAt"] = wire(now + timedelta(hours=1))
    return said | {"publish": state != "draft", "deadline": wire(now + timedelta(days=9))}


async def _on(stage: Stage, by: Phone, id: str, state: State) -> str:
    """From its hold on."""
    if state in ("published", "withdrawn", "expired"):
        await out(stage, id)
    if state == "expired":
        stage.here.clock.pass_(hours=1)
        await stage.here.work()
    if state == "withdrawn":
        await circulars.prove(by)
        assert (await story.act(by, id, "withdraw")).status_code == 200
    return id


async def unwritten(stage: Stage, state: State) -> str:
    return ids.new_id()


async def own(stage: Stage, state: State) -> str:
    """An association's."""
    said = _said(stage, "draft" if state == "awaiting" else state)
    answer = await stage.here.try_post(stage.officer, **said)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    if state == "awaiting":
        await forced(stage, id, state)
    return await _on(stage, stage.officer, id, state)


async def citys(stage: Stage, state: State) -> str:
    """The city's: of what waits, a second person is asked."""
    answer = await circulars.try_send(stage.here, stage.clerk, **_said(stage, state))
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    if state not in ("draft", "awaiting"):
        await circulars.approve(stage.here, id)
    return await _on(stage, stage.clerk, id, state)


async def booked(stage: Stage, state: State) -> str:
    """The city's, asked for a day."""
    assert state == "awaiting"
    answer = await circulars.try_send(stage.here, stage.clerk, **_said(stage, "scheduled"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def check(stage: Stage, state: State) -> str:
    """An association's safety check, which nothing holds: where it never waits, the row is made to."""
    said = alarms.evacuate(
        kind="safety-check", deadline=None, publish=state in life.OUT or state == "withdrawn"
    )
    if state == "expired":
        said["expiresAt"] = wire(stage.here.clock() + timedelta(hours=1))
    answer = await stage.here.try_post(stage.officer, **said)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    if state in ("awaiting", "scheduled", "held"):
        await forced(stage, id, state)
    return await _on(stage, stage.officer, id, state)


def _set(id: str, **values: Any) -> Any:
    """Behind the house's back: nobody is told."""
    return update(Notice).where(Notice.id == id).values(**values).execution_options(journalled=True)


async def forced(stage: Stage, id: str, state: State) -> None:
    """In a state that this kind of notice never has of itself: the table answers for it all the same."""
    async with stage.here.house.db.write() as session:
        await session.execute(_set(id, state=state))


def act(who: str, verb: str, **said: Any) -> Press:
    async def press(stage: Stage, id: str) -> httpx.Response:
        by: Phone = getattr(stage, who)
        await circulars.prove(by)
        return await by.http.post(f"/api/v1/notices/{id}/{verb}", json=said or None)

    return press


def corrected(who: str) -> Press:
    async def press(stage: Stage, id: str) -> httpx.Response:
        by: Phone = getattr(stage, who)
        await circulars.prove(by)
        body = {"baseRevision": 1, "title": "別の題名にします", "resend": "none", "askAgain": False}
        return await by.http.patch(f"/api/v1/notices/{id}", json=body)

    return press


async def written(stage: Stage, id: str) -> httpx.Response:
    return await stage.here.try_post(stage.officer, **_said(stage, "scheduled"), id=id)


def due_now(kind: str) -> Press:
    async def press(stage: Stage, id: str) -> None:
        here = stage.here
        async with here.house.db.write() as session:
            await due.put(session, TENANT, kind, id, here.clock())
        await here.worker.idle()

    return press


async def sender_left(stage: Stage, id: str) -> None:
    """Whoever pressed has no seat any more when its moment comes."""
    async with stage.here.house.db.write() as session:
        await session.execute(_set(id, announced_by=stage.here.people[RESIDENT]))


async def over(stage: Stage, id: str) -> None:
    async with stage.here.house.db.write() as session:
        await session.execute(_set(id, expires_at=stage.here.clock()))


NOT_ASKED: Final[tuple[State, ...]] = ("draft",)
REST: Final[tuple[State, ...]] = ("scheduled", "held", "published", "withdrawn", "expired")
APPROVE, SEEN = "approve", {"baseRevision": 1}
WAYS: Final[dict[Deed, tuple[Way, ...]]] = {
    "ask": (Way(citys, act("clerk", "publish")),),
    "hold": (
        Way(own, act("officer", "publish"), ("draft", *REST)),
        Way(citys, act("approver", APPROVE, **SEEN), ("awaiting",)),
    ),
    "schedule": (
        Way(booked, act("approver", APPROVE, **SEEN), ("awaiting",)),
        # A day is said as it is written; pressed anew there is something of that name already.
        Way(unwritten, written, ("draft",)),
        Way(own, written, REST, slug="id-taken"),
    ),
    "give-back": (
        Way(citys, act("clerk", "recall"), ("awaiting",)),
        Way(own, due_now("publish"), ("draft", *REST), first=sender_left),
        # Of the city nobody is asked any more.
        Way(citys, act("clerk", "recall"), REST, slug="already-decided"),
        Way(citys, act("clerk", "recall"), NOT_ASKED, slug="not-found"),
    ),
    "undo": (
        Way(own, act("officer", "undo")),
        Way(citys, act("clerk", "undo")),
    ),
    "correct": (
        Way(own, corrected("officer")),
        Way(citys, corrected("clerk"), ("draft", "awaiting", "scheduled", "held", "withdrawn", "expired")),
    ),
    "reword": (
        Way(citys, corrected("clerk"), ("awaiting", *REST)),
        # There is nothing out that a second person could be shown: it is rewritten, and asked for as a whole.
        Way(citys, act("approver", APPROVE, **SEEN), NOT_ASKED, slug="not-found"),
    ),
    "withdraw": (Way(own, act("officer", "withdraw")), Way(citys, act("clerk", "withdraw"))),
    "close": (Way(check, act("officer", "close")),),
    "release": (Way(own, due_now("publish")), Way(citys, due_now("publish"))),
    "expire": (Way(own, due_now("expire"), first=over), Way(citys, due_now("expire"), first=over)),
}
PAIRS = list(product(STATES, DEEDS))


def test_every_pair_of_the_table_is_pressed_here() -> None:
    missing = [
        (state, deed)
        for state, deed in life.TRANSITIONS
        if not any(state in way.states for way in WAYS.get(deed, ()))
    ]
    assert not missing, f"say how these come about, and what becomes of them: {missing}"


@pytest.mark.slow
@pytest.mark.parametrize("deed", DEEDS)
async def test_every_deed_in_every_state_ends_where_the_table_says(stage: Stage, deed: Deed) -> None:
    for way in WAYS[deed]:
        for state in way.states:
            await _tried(stage, way, state, deed)


async def _tried(stage: Stage, way: Way, state: State, deed: Deed) -> None:
    what = f"{state} + {deed}, {way.bring.__name__}"
    id = await way.bring(stage, state)
    assert await state_of(stage, id) == state, f"{what}: brought there"
    if way.first is not None:
        await way.first(stage, id)
    await stage.here.work()
    before = await whole(stage.here.house.db, *PROVED)
    answer = await way.press(stage, id)
    after = await whole(stage.here.house.db, *PROVED)
    if way.slug is not None or not life.may(state, deed):
        assert answer is not None
        told = is_a_problem(answer, 404, 409, slug=way.slug or "wrong-state", what=what)
        if way.slug is None:
            assert told["state"] == state, "it says in which state it is"
        assert changed(before, after) == set(), f"{what}: refused, and nothing has changed"
        assert await state_of(stage, id) == state, what
        return
    assert answer is None or answer.status_code in (200, 201), f"{what}: {answer and answer.text}"
    assert await state_of(stage, id) == life.after(state, deed), what
    if life.stays(state, deed) and deed not in ("correct", "reword", "close"):
        assert not changed(before, after) & TOLD, f"{what}: a repeat or a straggler tells nobody anything"


PROVED: Final = ("passkey", "spent_challenge", "step_up")
"""Of a clerk who has proved themselves once more."""
TOLD: Final = {"notice", "notice_revision", "sync_rec", "message", "delivery", "approval"}
