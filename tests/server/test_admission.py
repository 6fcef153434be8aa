"""A herd: how many are worked on, who is refused first, and when they come back."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from litestar.routes import HTTPRoute
from sqlalchemy import text

from server.edge.admission import (
    BULK,
    DEVICES,
    ORDER,
    PULL,
    PUSH,
    SAFETY,
    SPAN,
    Class,
    Door,
    at_the_door,
    class_of,
)
from server.edge.errors import Crowded, TooEager
from tests.journeys.story import RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.town import Town, town

AT_ONCE = 40
HELD: list[Any] = []
"""Requests that never end; one that nobody holds would be ended by the garbage collector."""


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def door(most: int = AT_ONCE, device_requests: int = 100, seed: int = 1) -> tuple[Door, Clock]:
    clock = Clock()
    return Door(most, device_requests, clock, random.Random(seed)), clock


def fill(at: Door, wanted: Class, number: int) -> list[Any]:
    held = [at.admit(wanted) for _ in range(number)]
    for each in held:
        each.__enter__()
    HELD.extend(held)
    return held


def refuses(at: Door, wanted: Class) -> bool:
    try:
        with at.admit(wanted):
            return False
    except Crowded:
        return True


def test_what_can_wait_is_refused_first_and_what_people_wrote_last() -> None:
    here, _ = door()
    order = []
    for _ in range(60):
        refused = tuple(each for each in ORDER if refuses(here, each))
        if refused not in order:
            order.append(refused)
        if refused != ORDER:
            fill(here, SAFETY, 1)
    assert order == [(), (BULK,), (BULK, PULL), (BULK, PULL, PUSH), ORDER]


def test_no_class_takes_the_room_of_a_more_important_one() -> None:
    for wanted, most in ((BULK, 20), (PULL, 30), (PUSH, 40), (SAFETY, 50)):
        here, _ = door()
        fill(here, wanted, most)
        assert refuses(here, wanted)
        assert here.in_flight == most


def test_whoever_is_done_makes_room_even_by_failing() -> None:
    here, _ = door(most=2)
    with pytest.raises(LookupError), here.admit(PUSH):
        raise LookupError
    held = fill(here, PUSH, 2)
    assert refuses(here, PUSH)
    held[0].__exit__(None, None, None)
    assert not refuses(here, PUSH)


def test_a_pull_that_only_waits_for_news_takes_nobodys_room() -> None:
    here, _ = door(most=4)
    with here.admit(PULL):
        assert here.in_flight == 1
        with here.outside():
            assert here.in_flight == 0
    assert here.in_flight == 0


def test_the_refused_come_back_spread_out_and_later_the_more_there_are() -> None:
    spans = []
    for herd in (10, 1_000, 10_000):
        here, _ = door()
        fill(here, SAFETY, 50)
        for _ in range(herd):
            assert refuses(here, PULL)
        told = [here.come_back() for _ in range(500)]
        assert min(told) >= 1
        assert max(told) <= here.span() + 1
        # Whoever comes back in one and the same second must be few.
        assert max(told.count(second) for second in set(told)) < 4 * 500 / here.span()
        spans.append(here.span())
    assert spans == sorted(spans)
    assert spans[0] >= SPAN[0]
    assert spans[-1] == SPAN[1]
    assert spans[0] < spans[1] < spans[2]


def test_a_house_that_works_fast_calls_the_refused_back_sooner() -> None:
    slow, _ = door()
    fast, _ = door()
    for _ in range(5_000):
        assert not refuses(fast, PUSH)
    for here in (slow, fast):
        fill(here, SAFETY, 50)
        for _ in range(1_000):
            refuses(here, PULL)
    assert fast.span() < slow.span()


def test_a_herd_is_forgotten_when_it_has_gone() -> None:
    here, clock = door()
    held = fill(here, SAFETY, 50)
    for _ in range(10_000):
        refuses(here, PULL)
    for each in held:
        each.__exit__(None, None, None)
    clock.now += 600
    assert here.span() == SPAN[0]


def test_a_device_without_a_pause_is_stopped_and_may_go_on_after_one() -> None:
    here, clock = door()
    for _ in range(100):
        here.insist_on_patience(b"hana_loop")
    with pytest.raises(TooEager) as refusal:
        here.insist_on_patience(b"hana_loop")
    assert 30 <= int(str(refusal.value.facts["retryAfter"])) <= 90
    here.insist_on_patience(b"hana_neighbour")
    clock.now += 60
    here.insist_on_patience(b"hana_loop")


async def test_a_device_is_known_by_its_token_whatever_it_says_beside_it() -> None:
    here, _ = door(device_requests=3)
    token = b"hana_loop"
    shown = [
        (b"cookie", b"kairan=" + token),
        (b"cookie", b"seen=1; __Host-kairan=" + token + b"; other=2"),
        (b"authorization", b"Bearer " + token),
        (b"authorization", b"bearer " + token),
    ]

    async def nothing(scope: Any, receive: Any, send: Any) -> None: ...

    answer: Any = at_the_door(nothing)
    app = SimpleNamespace(state={"house": SimpleNamespace(door=here)})
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/sync/v1/pull",
        "query_string": b"",
        "litestar_app": app,
    }
    for header in shown[:3]:
        await answer(scope | {"headers": [header]}, None, None)
    with pytest.raises(TooEager):
        await answer(scope | {"headers": shown[3:]}, None, None)
    await answer(scope | {"headers": [(b"cookie", b"kairan=hana_other; seen=1")]}, None, None)


def test_two_thousand_residents_behind_one_address_are_two_thousand_people() -> None:
    here, clock = door()
    for _ in range(30):
        for resident in range(2_000):
            here.insist_on_patience(b"hana_%d" % resident)
        clock.now += 1


def test_a_device_at_the_allowed_pace_is_never_stopped() -> None:
    here, clock = door()
    for _ in range(10_000):
        here.insist_on_patience(b"hana_steady")
        clock.now += 0.11


def test_a_flood_of_invented_tokens_takes_no_memory() -> None:
    here, _ = door()
    for number in range(3 * DEVICES):
        here.insist_on_patience(b"hana_%d" % number)
        here.insist_on_patience(b"hana_%d" % number)
    assert len(here._devices) <= DEVICES


def test_without_a_limit_nobody_is_too_eager() -> None:
    here, _ = door(device_requests=0)
    for _ in range(1_000):
        here.insist_on_patience(b"hana_bench")


@pytest.mark.parametrize(
    ("method", "path", "query", "wanted"),
    [
        ("GET", "/sync/v1/pull", b"", BULK),
        ("GET", "/sync/v1/pull", b"cursor=&limit=200", BULK),
        ("GET", "/sync/v1/pull", b"limit=200&cursor=AAAA", PULL),
        ("POST", "/sync/v1/push", b"", PUSH),
        ("POST", "/sync/v1/push", b"for=safety", SAFETY),
        ("POST", "/api/v1/notices/n/send", b"", SAFETY),
        ("GET", "/sync/v1/live", b"", PULL),
        ("GET", "/sync/v1/manifest", b"scope=7", BULK),
        ("GET", "/sync/v1/seg/abc", b"", BULK),
        ("GET", "/files/abc", b"", BULK),
        ("POST", "/api/v1/files", b"", BULK),
        ("GET", "/api/v1/me", b"", PULL),
        ("POST", "/api/v1/notices/x/stamps", b"", PUSH),
        ("POST", "/u/x", b"", PUSH),
        ("GET", "/health/live", b"", None),
        ("GET", "/health/ready", b"", None),
        ("GET", "/", b"", None),
    ],
)
def test_each_request_has_its_place_in_the_order(
    method: str, path: str, query: bytes, wanted: Class | None
) -> None:
    assert class_of(method, path, query) is wanted


async def test_no_route_that_writes_or_reads_a_town_is_outside_the_order(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        free = {
            route.path
            for route in here.app.routes
            if isinstance(route, HTTPRoute)
            for method, (handler, _) in route.route_handler_map.items()
            if handler.fn.__module__.startswith("server.routes")
            and not route.path.startswith(("/health/", "/metrics"))
            and class_of(str(method), route.path_format, b"") is None
        }
    assert free == set(), "a new path: say in server/edge/admission.py when it is refused"


async def push(phone: Phone) -> httpx.Response:
    return await phone.http.post("/sync/v1/push", json={"mutations": []})


@asynccontextmanager
async def writer_taken(here: Town) -> AsyncIterator[None]:
    """Whoever is let in to write stays in."""
    async with here.house.db.write() as session:
        await session.execute(text("SELECT 1"))
        yield


async def until_in_flight(here: Town, number: int) -> None:
    async with asyncio.timeout(10):
        while here.house.door.in_flight != number:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_of_five_hundred_at_once_as_many_as_allowed_are_worked_on_and_the_rest_is_told_when_to_come(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path, requests_at_once=AT_ONCE) as here:
        phone = await here.phone(RESIDENT)
        async with writer_taken(here):
            asked = [asyncio.create_task(push(phone)) for _ in range(500)]
            done: set[asyncio.Task[httpx.Response]] = set()
            while len(done) < 500 - AT_ONCE:
                done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED, timeout=10)
            assert here.house.door.in_flight == AT_ONCE
            assert (await phone.http.get("/health/ready")).status_code == 200
            assert (await phone.http.get("/health/live")).status_code == 200
        answers = await asyncio.gather(*asked)
        assert here.house.door.in_flight == 0
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == AT_ONCE
    refused = [answer for answer in answers if answer.status_code != 200]
    for answer in refused:
        is_a_problem(answer, 503, slug="crowded")
        assert answer.headers["cache-control"] == "no-store"
    told = {int(answer.headers["retry-after"]) for answer in refused}
    assert len(told) > 5, "they must not come back together"


async def test_under_load_first_copies_are_refused_before_news_and_news_before_what_people_wrote(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path, requests_at_once=AT_ONCE) as here:
        phone = await here.phone(RESIDENT)
        cursor = (await phone.http.get("/sync/v1/pull")).json()["cursor"]

        async def first() -> int:
            return (await phone.http.get("/sync/v1/pull")).status_code

        async def news() -> int:
            return (await phone.http.get("/sync/v1/pull", params={"cursor": cursor})).status_code

        async with writer_taken(here):
            stuck = [asyncio.create_task(push(phone)) for _ in range(20)]
            await until_in_flight(here, 20)
            assert (await first(), await news()) == (503, 204)
            stuck += [asyncio.create_task(push(phone)) for _ in range(10)]
            await until_in_flight(here, 30)
            assert (await first(), await news()) == (503, 503)
            stuck += [asyncio.create_task(push(phone)) for _ in range(10)]
            await until_in_flight(here, 40)
            assert (await push(phone)).status_code == 503
        assert {answer.status_code for answer in await asyncio.gather(*stuck)} == {200}
        assert (await first(), await news()) == (200, 204)


async def test_a_device_in_a_loop_is_told_429_and_its_neighbour_is_served(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with town(sqlite_database, tmp_path, device_requests=50) as here:
        loop, neighbour = await here.phone(RESIDENT), await here.phone(RESIDENT)
        answers = [await loop.http.get("/sync/v1/hello") for _ in range(80)]
        last = next(answer for answer in answers if answer.status_code != 200)
        is_a_problem(last, 429, slug="too-eager")
        assert int(last.headers["retry-after"]) >= 30
        assert (await neighbour.http.get("/sync/v1/hello")).status_code == 200
