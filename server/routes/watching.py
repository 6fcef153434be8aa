"""For whoever watches the house: Prometheus' text, and the lanes for the city's clerks."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from notices import quotas
from notices.errors import NotFound
from server.canary import standing
from server.canary.standing import Standing as Canary
from server.edge.auth import reading
from server.house import House
from server.work import figures
from server.work.figures import Standing, Work

Asked = Request[Any, Any, Any]
OTHERS: Final = "others"
"""Mail domains for which too little waits to be named."""
SHOWN: Final = 100
"""Lanes: a town's people have mail at thousands of domains, of which nearly all are well."""
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[dict[str, str], float]


@get("/metrics", opt={"who": "anyone"}, summary="Prometheus: what waits, how long, where it is stuck")
async def metrics(request: Asked, house: NamedDependency[House]) -> Response[str]:
    """Only with KAIRAN_METRICS_TOKEN as bearer; without that setting there is nothing here. No person is named."""
    token = house.settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise NotFound()
    now = house.clock()
    async with house.db.read() as session:
        standings = await figures.standings(session, now)
        work = await figures.work(session)
        settled = await house.settled.read(session, now)
        canaries = await standing.standings(session, house.settings, await house.db.now(session, house.clock))
        months = await quotas.standings(session, now)
    lines = [
        *_lanes(standings, now),
        *_work(work, now),
        *_settled(settled),
        *_canaries(canaries),
        *_quotas([each for each in months if each.known]),
    ]
    return Response("\n".join(lines) + "\n", media_type=TEXT)


@get("/operations/lanes", opt={"who": "clerk"}, summary="How each destination stands")
async def lanes(request: Asked, house: NamedDependency[House]) -> dict[str, Any]:
    """For clerks and approvers of the city: destinations, what waits there, and why one is shut, in a sentence; per channel
    whether what is sent arrives, and what is left of the month where it counts. Of many destinations those in trouble, and
    those where most waits.
    """
    now = house.clock()
    async with reading(house, request) as (session, _):
        by_database = await house.db.now(session, house.clock)
        canaries = await standing.standings(session, house.settings, by_database)
        standings = await figures.standings(session, now)
        return {
            "destinations": len(standings),
            "inTrouble": sum(each.in_trouble(now) for each in standings),
            "lanes": [each.as_json(now) for each in standings[:SHOWN]],
            "canaries": [each.as_json() for each in canaries],
            "quotas": [each.as_json() for each in await quotas.standings(session, now)],
        }


def _lanes(standings: Iterable[Standing], now: datetime) -> Iterator[str]:
    waiting: dict[tuple[str, str, str], tuple[int, float]] = {}
    for each in standings:
        name = each.lane if each.name_may_be_told() else OTHERS
        for urgency, queue in each.queues.items():
            key = (each.channel, name, urgency)
            count, age = waiting.get(key, (0, 0.0))
            waiting[key] = count + queue.waiting, max(age, (now - queue.oldest_due).total_seconds())
    named = [(_labels(*key), *value) for key, value in sorted(waiting.items())]
    yield from _gauge("kairan_waiting", "Messages that wait to be sent.", ((at, n) for at, n, _ in named))
    yield from _gauge(
        "kairan_oldest_due_seconds",
        "How long the oldest of them has been due.",
        ((at, s) for at, _, s in named),
    )
    known = [each for each in standings if each.health is not None]
    for name, help, value in (
        ("kairan_lanes_shut", "Destinations that rest.", lambda each: each.shut(now)),
        (
            "kairan_lanes_in_trouble",
            "Destinations whose newest answers were trouble.",
            lambda each: each.troubled,
        ),
        (
            "kairan_lanes_alarmed",
            "Destinations that say that we are wrong.",
            lambda each: bool(each.alarm(now)),
        ),
    ):
        per_channel: dict[str, float] = {"mail": 0, "push": 0}
        for each in known:
            per_channel[each.channel] = per_channel.get(each.channel, 0) + value(each)
        yield from _gauge(name, help, (({"channel": channel}, n) for channel, n in per_channel.items()))


def _work(work: Work, now: datetime) -> Iterator[str]:
    def age(since: datetime | None) -> float:
        return max((now - since).total_seconds(), 0) if since else 0

    for name, help, value in (
        ("kairan_plans_open", "Notices that are being planned.", work.plans),
        ("kairan_plans_stopped", "Of these, those that wait for an officer.", work.plans_stopped),
        ("kairan_oldest_plan_seconds", "Age of the oldest open plan.", age(work.oldest_plan)),
        ("kairan_due_late_seconds", "How late the oldest due row is.", age(work.oldest_due)),
        ("kairan_in_hand", "Messages in the hands of workers.", work.in_hand),
        ("kairan_cities_on_hold", "Cities of which nothing is sent.", work.on_hold),
    ):
        yield from _gauge(name, help, [({}, value)])


def _settled(counts: dict[tuple[str, str], int]) -> Iterator[str]:
    rows = (({"channel": channel, "state": state}, n) for (channel, state), n in sorted(counts.items()))
    yield from _gauge("kairan_messages", "Messages by what has become of them.", rows)


def _canaries(found: Iterable[Canary]) -> Iterator[str]:
    canaries = list(found)
    ages = (
        ({"channel": each.channel}, each.age.total_seconds()) for each in canaries if each.age is not None
    )
    yield from _gauge(
        "kairan_canary_age_seconds", "Since the channel's canary was last seen to arrive.", ages
    )
    reds = (({"channel": each.channel}, float(each.red)) for each in canaries)
    yield from _gauge("kairan_canary_red", "Channels of which nothing has arrived for ten minutes.", reds)


def _quotas(found: Sequence[quotas.Standing]) -> Iterator[str]:
    used = (({"channel": each.channel}, float(each.used)) for each in found)
    yield from _gauge("kairan_month_used", "Messages of this month, where a channel counts them.", used)
    most = (({"channel": each.channel}, float(each.most)) for each in found if each.most is not None)
    yield from _gauge("kairan_month_most", "How many the month has, where there is a limit.", most)


def _labels(channel: str, lane: str, urgency: str) -> dict[str, str]:
    return {"channel": channel, "lane": lane, "urgency": urgency}


def _gauge(name: str, help: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        said = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{said}}} {value:g}" if said else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


metrics_router = Router("/", route_handlers=[metrics], tags=["health"])
router = Router("/api/v1", route_handlers=[lanes], tags=["operations"])
