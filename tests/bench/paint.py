"""`python -m tests.bench.paint [--small] [--only PLACE,…]`: how soon each screen shows its heading and its first row,
without a signal, on a slow phone.

The demo's town of 260 homes in the first association, a phone for each role at 360 × 740, everything synced. Then the signal
goes, the page's thread is slowed four times, and each address is opened in a new page with the service worker stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx
from playwright.async_api import BrowserContext, Playwright, async_playwright
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from notices.ids import new_id
from notices.models import City, Household, Notice, Person, Resident
from notices.passkeys import fresh
from notices.tokyo import today
from server import keys
from server.app import make_app
from server.demo import enrolment, folder, making, visitors
from server.demo.folder import Folder
from server.demo.running import TENANT, Sinks, bound, closing, open_sinks, serving, settings_for
from server.demo.town import HOUSEHOLDS
from server.edge.auth import cookie
from server.house import House, build, utc_now
from server.operations import clerks
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from server.work import post
from tests.browser.addresses import CLERK, LEADER, PRESIDENT, RESIDENT, all_of
from tests.browser.handset import FLAGS, PATIENCE_MS, Handset, chromium
from tests.browser.whole_town import Known
from tests.journeys import alarms, forms

BAR_MS: Final = 1_000
SLOWER: Final = 4
ROUNDS: Final = 5
ROLES: Final = ("resident", "leader", "president", "clerk", "approver")


HELD_BY: Final = {
    "": "resident",
    RESIDENT: "resident",
    LEADER: "leader",
    PRESIDENT: "president",
    CLERK: "clerk",
}
"""Whose phone of the small town of the tests → whose of the demo's; what a stranger may see, everybody may."""


@dataclass(frozen=True)
class Place:
    """`row`: selects what is first of what the screen is for, or says that there is nothing."""

    path: str
    role: str
    row: str


def places(known: Known) -> list[Place]:
    """The addresses that everything else is held to; tests/browser/test_every_address.py sees that none is left out."""
    return [
        Place(each.path, HELD_BY[name], each.row) for name, addresses in all_of(known) for each in addresses
    ]


_WATCH: Final = """
(() => {
  const look = () => {
    const heading = document.querySelector("h1")?.textContent.trim();
    const row = heading && document.querySelector("#main > *")?.querySelector(ROW);
    if (!row?.getClientRects().length) return requestAnimationFrame(look);
    // What this frame holds is on the glass when the next task runs.
    const painted = new MessageChannel();
    painted.port1.onmessage = () => { globalThis.painted = performance.now(); };
    painted.port2.postMessage(null);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass
class Demo:
    house: House
    origin: str
    tokens: dict[str, str]
    """By role."""
    known: Known


@asynccontextmanager
async def demo(path: Path, households: int) -> AsyncIterator[Demo]:
    seed = folder.new_seed()
    sinks, place = Sinks(MailSink(), PushSink(seed=seed, keep=10)), Folder(path / "demo", households)
    async with open_sinks(sinks):
        await making.make(place, sinks, seed, lambda _name, _done, _total: None)
        at = bound(0)
        settings = settings_for(place.path, at.getsockname()[1], sinks)
        kept = keys.read(place.path / "kairan.secret")
        house = build(settings, kept, post.channels(settings, kept, utc_now), demo=True)
        async with closing(house), serving(house, make_app(house), [at]):
            tokens = {role: await _phone(house, sinks.push, role) for role in ROLES}
            yield Demo(house, settings.origin, tokens, await _business(house, settings.origin, tokens))


async def _phone(house: House, push: PushSink, role: str) -> str:
    """→ its token."""
    if role in visitors.ROLES:
        return (await visitors.become(house, push, role)).token
    wish = {"role": role, "person": f"市の{role}", "from": today(house.clock()).isoformat()}
    await clerks.appoint(house, wish, lambda _done, _total: None)
    now = house.clock()
    async with house.db.write() as session:
        person = (await session.scalars(select(Person.id).where(Person.name == wish["person"]))).one()
        phone = (await enrolment.enrol(session, house, push, {person: "市の端末"}, now))[0]
        # As by a passkey just now, which is not what is measured here.
        await fresh.proved(session, TENANT, phone.device, new_id(), now)
    return phone.token


async def _business(house: House, origin: str, tokens: dict[str, str]) -> Known:
    """What is to be seen: of the association a survey and what it sends in an emergency; of the city one circular that is
    out, one that waits for its second person, and one that is still being written."""
    town = await _found(house)
    async with httpx.AsyncClient(base_url=origin) as http:

        async def ask(role: str, path: str, **said: Any) -> Any:
            headers = {"Authorization": f"Bearer {tokens[role]}", "Idempotency-Key": new_id()}
            answer = await http.post(f"/api/v1{path}", json=said, headers=headers)
            assert answer.status_code < 300, answer.text
            return answer.json()

        async def write(role: str, below: str, **said: Any) -> str:
            body = {"topic": "disaster", "title": "ハザードマップ", "body": "確かめてください。" * 40}
            id: str = (await ask(role, f"{below}/notices", **(body | {"publish": True} | said)))["id"]
            return id

        ours, citys = f"/associations/{town.association}", f"/cities/{town.city}"
        kinds: list[dict[str, Any]] = [
            {"kind": "circular", "form": forms.SURVEY, "deadline": None},
            {"kind": "safety-check"},
            alarms.evacuate(),
            alarms.drill(),
        ]
        survey, check, alarm, drill = [await write("president", ours, **said) for said in kinds]
        out, _ = [await write("clerk", citys) for _ in range(2)]
        await ask("approver", f"/notices/{out}/approve", baseRevision=1)
        draft = await write("clerk", citys, publish=False)
    sent = (town.circular, survey, check, alarm, drill, out, draft)
    return Known(*sent, town.home, town.block, town.association)


@dataclass
class _Found:
    city: str
    association: str
    circular: str
    home: str
    """In which somebody may part from somebody."""
    block: str


async def _found(house: House) -> _Found:
    async with house.db.read() as session:
        association = await visitors.first_association(session)
        city = (await session.scalars(select(City.id))).one()
        circulars = select(Notice.id).where(Notice.association == association, Notice.kind == "circular")
        circulars = circulars.where(Notice.state == "published").order_by(Notice.published_at.desc())
        shared = select(Resident.household).where(Resident.until.is_(None)).group_by(Resident.household)
        homes = select(Household).where(Household.association == association, Household.left_at.is_(None))
        homes = homes.where(Household.id.in_(shared.having(func.count() > 1))).order_by(Household.id)
        circular = (await session.scalars(circulars.limit(1))).one()
        home = (await session.scalars(homes.limit(1))).one()
        return _Found(city, association, circular, home.id, home.block)


@asynccontextmanager
async def held(playwright: Playwright, profile: Path, here: Demo, role: str) -> AsyncIterator[Handset]:
    """A phone that has everything, and has lost its signal."""
    context = await playwright.chromium.launch_persistent_context(
        profile,
        executable_path=chromium(),
        args=FLAGS,
        viewport={"width": 360, "height": 740},
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
    )
    context.set_default_timeout(PATIENCE_MS)
    session = cookie(here.house, here.tokens[role])
    await context.add_cookies([{"name": session.key, "value": session.value or "", "url": here.origin}])
    phone = Handset(context, context.pages[0], here.origin)
    try:
        await phone.open("/?fresh=1")
        await phone.sees("最新です")
        await phone.ready_for_the_cellar()
        await phone.lose_signal()
        yield phone
    finally:
        await context.close()


async def opened(phone: Handset, place: Place) -> tuple[float, float]:
    """(ms until it is painted, ms of CPU that its thread took)."""
    page = await phone.context.new_page()
    line = await phone.context.new_cdp_session(page)
    try:
        await _stop_workers(phone.context)
        await line.send("Performance.enable", {"timeDomain": "threadTicks"})
        await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await page.add_init_script(_WATCH.replace("ROW", json.dumps(place.row)))
        await page.goto(phone.origin + place.path, wait_until="commit")
        painted = await (await page.wait_for_function("() => globalThis.painted")).json_value()
        metrics = await line.send("Performance.getMetrics")
        worked = {each["name"]: each["value"] for each in metrics["metrics"]}["TaskDuration"]
        return float(painted), float(worked) * 1000
    except Exception as error:
        raise RuntimeError(f"{place.role} {place.path}: {await page.inner_text('body')}") from error
    finally:
        await page.close()


async def _stop_workers(context: BrowserContext) -> None:
    """As on a phone that has not had the app open for a while."""
    [first, *_] = context.pages
    line = await context.new_cdp_session(first)
    await line.send("ServiceWorker.enable")
    await line.send("ServiceWorker.stopAllWorkers")
    await line.detach()


async def measured(households: int, rounds: int, only: set[str]) -> list[tuple[Place, float, float, float]]:
    """Each place with the median and the slowest of the time, and the median of the work."""
    found = []
    with tempfile.TemporaryDirectory(prefix="kairan-paint-") as name:
        async with demo(Path(name), households) as here, async_playwright() as playwright:
            wanted = places(here.known)
            for role in ROLES:
                theirs = [each for each in wanted if each.role == role and _asked(each, only)]
                if not theirs:
                    continue
                async with held(playwright, Path(name) / role, here, role) as phone:
                    for place in theirs:
                        times = [await opened(phone, place) for _ in range(rounds)]
                        walls, works = zip(*times, strict=True)
                        found.append((place, median(walls), max(walls), median(works)))
    return found


def _asked(place: Place, only: set[str]) -> bool:
    return not only or place.path.split("/")[1] in only


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.paint")
    parser.add_argument(
        "--small", action="store_true", help="a town of 300 homes, each address three times: a look"
    )
    parser.add_argument("--only", default="", help="comma-separated first parts of addresses")
    asked = parser.parse_args()
    households, rounds = (300, 3) if asked.small else (HOUSEHOLDS, ROUNDS)
    found = asyncio.run(measured(households, rounds, set(filter(None, asked.only.split(",")))))
    table = Table(title=f"first useful paint without a signal, thread slowed {SLOWER} times, ms")
    for head in ("phone of", "address", "median", "slowest", "its CPU", f"≤ {BAR_MS:,}"):
        table.add_column(head, justify="left" if head in ("phone of", "address") else "right")
    for place, middle, slowest, worked in sorted(found, key=lambda row: -row[1]):
        met = "met" if middle <= BAR_MS else "missed"
        table.add_row(place.role, place.path, f"{middle:,.0f}", f"{slowest:,.0f}", f"{worked:,.0f}", met)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
