"""A small town that fits in the head: two associations, three blocks, a dozen homes. And the whole house around it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy import select

from notices import ids, roster
from notices.channels import Channel
from notices.channels.memory import MemoryChannel
from notices.enrolment import tickets
from notices.models import Association, Block, Household, Person
from notices.roster import sheet
from notices.tokyo import today
from notices.town import founding
from server import keys
from server.app import empty_app, move_in
from server.house import House, build
from server.settings import Settings
from server.work.worker import Worker
from tests import founded
from tests.clock import Clock
from tests.phone import Phone
from tests.simulation import inline

TENANT = "hana"
ORIGIN = "http://localhost:8000"

SAKURA = """班,巡回順,世帯番号,世帯名,住所,紙,住民番号,氏名,ふりがな,生年,電話,メール,役職,任期開始,任期終了
一班,1,101,山田,3丁目 4-1,,1,山田 花子,やまだ はなこ,1948,,hanako.yamada@example.jp,会長,2026-04-01,2027-03-31
一班,1,101,山田,3丁目 4-1,,2,山田 太郎,やまだ たろう,1946,,hanako.yamada@example.jp,,,
一班,2,102,佐藤,3丁目 4-2,,3,佐藤 一郎,さとう いちろう,1950,000-0000-0002,ichi..sato@docomo.example.jp,班長,2026-04-01,2027-03-31
一班,3,103,鈴木,3丁目 4-5,紙,4,鈴木 うめ,すずき うめ,1938,000-0000-0003,,,,
二班,1,201,高橋,3丁目 7-1,,5,高橋 健,たかはし けん,1975,,ken.takahashi@example.jp,副会長,2026-04-01,2027-03-31
二班,2,202,田中,3丁目 7-2,,6,田中 実,たなか みのる,1944,,minoru.tanaka@example.jp,班長,2026-04-01,2027-03-31
二班,3,203,伊藤,3丁目 7-3,,7,伊藤 さち,いとう さち,1952,,sachi.ito@example.jp,,,
二班,4,204,渡辺,3丁目 7-9,,8,渡辺 誠,わたなべ まこと,1960,,,,,
"""

MIDORI = """班,巡回順,世帯番号,世帯名,住所,紙,住民番号,氏名,ふりがな,生年,電話,メール,役職,任期開始,任期終了
東,1,1,小林,1丁目 1-1,,11,小林 茂,こばやし しげる,1955,,shigeru.kobayashi@example.jp,会長,2026-04-01,2027-03-31
東,2,2,加藤,1丁目 1-2,,12,加藤 文,かとう ふみ,1949,,fumi.kato@example.jp,班長,2026-04-01,2027-03-31
"""

Rosters = Sequence[tuple[str, str, str]]
"""Name, slug and roster of each association."""
ROSTERS: Rosters = (("さくら町内会", "sakura", SAKURA), ("みどり自治会", "midori", MIDORI))


@dataclass
class Town:
    """A house with people in it. `app` is called over HTTP; `worker` works when it is told to."""

    house: House
    app: Litestar
    worker: Worker
    clock: Clock
    sakura: str
    midori: str
    people: dict[str, str]
    """Name → id."""
    households: dict[str, str]
    blocks: dict[str, str]
    phones: list[Phone] = field(default_factory=list)

    def http(self, **more: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **more)

    async def code_for(self, name: str) -> str:
        async with self.house.db.write() as session:
            issued = await tickets.issue(
                session, self.house.keys.vault, TENANT, [self.people[name]], "slip", None, self.clock()
            )
        return issued[0].code

    async def phone(self, name: str) -> Phone:
        """A phone, freshly enrolled by `name`'s slip."""
        phone = Phone(self.http(), name)
        self.phones.append(phone)
        await phone.enrol(await self.code_for(name))
        return phone

    async def post(self, phone: Phone, association: str | None = None, **said: Any) -> dict[str, Any]:
        """A circular from `phone`'s person, sent at once. Fails on a refusal."""
        answer = await self.try_post(phone, association, **said)
        assert answer.status_code == 201, answer.text
        notice: dict[str, Any] = answer.json()
        return notice

    async def try_post(self, phone: Phone, association: str | None = None, **said: Any) -> httpx.Response:
        body = circular() | said
        key = {"Idempotency-Key": ids.new_id()}
        return await phone.http.post(
            f"/api/v1/associations/{association or self.sakura}/notices", json=body, headers=key
        )

    async def work(self) -> None:
        """Everything that is due, and what a second of quiet makes due after it."""
        await self.worker.idle()
        self.clock.pass_(seconds=2)
        await self.worker.idle()

    async def close(self) -> None:
        for phone in self.phones:
            await phone.http.aclose()
        await self.house.db.close()
        _free_apps.append(self.app)


def circular(**said: Any) -> dict[str, Any]:
    return {
        "kind": "circular",
        "topic": "events",
        "title": "秋の清掃と側溝の点検について",
        "body": "11月29日（日）午前8時から、公園と側溝を清掃します。",
        "deadline": "2026-11-30",
        "publish": True,
    } | said


@asynccontextmanager
async def town(
    database_url: str,
    folder: Path,
    channels: Mapping[str, Channel] | None = None,
    *,
    chores: bool = False,
    **changed: Any,
) -> AsyncIterator[Town]:
    """Open house. Mail and push are kept in memory unless `channels` says otherwise; `changed`: settings.

    `chores`: they are due at once, as when a worker has just started; else each in its own time.
    """
    clock = Clock()
    settings = replace(
        Settings(
            database_url=database_url,
            files_url=str(folder / "files"),
            origin=ORIGIN,
            mail_from="kairan@example.jp",
            push_hosts="http://127.0.0.1:1",
            undo_seconds=0,
        ),
        **changed,
    )
    sending = channels or {"mail": MemoryChannel("mail"), "push": MemoryChannel("push")}
    # The way to the thread of SQLite and back takes longer than most statements; tests/server/test_sqlite.py goes it.
    with inline.installed():
        house = build(settings, the_keys(folder / "kairan.secret"), sending, clock)
    made = await found("small", ROSTERS, house, clock)
    if not chores:
        _done(made.worker, clock())
    try:
        yield made
    finally:
        await made.close()


def _done(worker: Worker, now: datetime) -> None:
    """The chores of the minute, the hour and the day: all of them in the first turn took a third of most tests."""
    for chore in worker._chores._chores:
        if chore.every >= timedelta(minutes=1):
            worker._chores._due[chore.name] = now + chore.every


_free_apps: list[Litestar] = []
"""Of towns that are closed: putting the routes together takes longer than most of what a test asks of them."""

_first_keys: list[bytes] = []


def the_keys(file: Path) -> keys.Keys:
    """Every town of a run has the keys of its first: the rows that are copied are sealed with them."""
    if _first_keys:
        file.write_bytes(_first_keys[0])
        file.chmod(0o600)
    made = keys.make(file)
    _first_keys[:] = [file.read_bytes()]
    return made


async def found(name: str, rosters: Rosters, house: House, clock: Clock, app: Litestar | None = None) -> Town:
    """`name`: of this town among those of a run. さくら町内会 and みどり自治会 are in it. `app`: one of its own."""
    if founded.known(name, house.db):
        await founded.copy(name, house.db)
    else:
        await _by_the_real_path(rosters, house, clock)
        await founded.keep(name, house.db)
    async with house.db.read() as session:
        associations = {row.slug: row.id for row in await session.scalars(select(Association))}
        people = {row.name: row.id for row in await session.scalars(select(Person))}
        households = {row.name: row.id for row in await session.scalars(select(Household))}
        blocks = {row.name: row.id for row in await session.scalars(select(Block))}
    return Town(
        house=house,
        app=app or move_in(_free_apps.pop() if _free_apps else empty_app(), house),
        worker=Worker(house),
        clock=clock,
        sakura=associations["sakura"],
        midori=associations["midori"],
        people=people,
        households=households,
        blocks=blocks,
    )


async def _by_the_real_path(rosters: Rosters, house: House, clock: Clock) -> None:
    now, vault = clock(), house.keys.vault
    async with house.db.write() as session:
        await founding.city(session, TENANT, "花水木市", "市役所 市民協働課 000-0000-0000", now)
        for name, slug, csv in rosters:
            contact = f"{name} 会長 000-0000-0001"
            made = await founding.association(session, vault, TENANT, name, slug, contact, now)
            parsed = sheet.parse(csv.encode(), today(now))
            await roster.apply(session, vault, TENANT, made.id, parsed, None, now)
