"""What a delta costs behind a long log, and what a first copy costs.

Whether the length of the log matters is judged with --big alone, by 10⁷ records; without, it is told.

The deltas ask for one type, so that they are read from the log and not from memory: what is measured is one range of
the primary key per scope.
"""

from __future__ import annotations

import time
from statistics import median

import msgspec
from sqlalchemy import text

from server import keys
from server.routes.sync.schema import SCHEMA
from sync.cursor import Position, Signer, Vector
from sync.log import CHANGED
from sync.pull import Reader
from tests.bench.sync import Row, no_less, no_more, told
from tests.bench.sync.lab import Kind, Lab, Site
from tests.bench.sync.load import get, load
from tests.bench.sync.pulls import write_eight, write_one_each
from tests.bench.sync.town import TENANT

SIZES = (10_000, 100_000, 1_000_000)
BIG = 10_000_000
FIRST = 10_000
FLAT = 1.5
"""How much dearer the longest log may be than the shortest: noise, and a level of the tree."""

_BODY = '{"title":"防災訓練のお知らせ","body":"11月29日（日）午前9時から、さくら公園で行います。","kind":"notice","revision":1}'
_FILL = {
    # Ids as notices have them: what phones say they hold is looked up by them.
    "sqlite": """
        WITH RECURSIVE turn(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM turn WHERE n < :last)
        INSERT INTO sync_rec (tenant, scope_id, seq, type, rid, born, rev, del, h64, sealed, body)
        SELECT :tenant, :scope, n, 'notices', printf('AA%019dA', n), n, 1, 0, n, 0, CAST(:body AS BLOB) FROM turn""",
    "postgresql": """
        INSERT INTO sync_rec (tenant, scope_id, seq, type, rid, born, rev, del, h64, sealed, body)
        SELECT :tenant, :scope, n, 'notices', 'AA' || lpad(CAST(n AS text), 19, '0') || 'A', n, 1, false, n, false,
            convert_to(:body, 'UTF8')
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS turn(n)""",
}


async def rows(lab: Lab) -> list[Row]:
    found: list[Row] = []
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql")
    for kind in kinds:
        async with lab.site(kind) as site:
            found += await _first_copy(site)
            found += await _lengths(site, (*SIZES, BIG) if lab.big else SIZES)
    return found


async def _first_copy(site: Site) -> list[Row]:
    (token,) = await site.phones(site.town.homes[2].person, 1)
    await write_one_each(site)
    await _fill(site, FIRST)
    began, records, waited, cursor, more = time.perf_counter(), 0, 0.0, "", True
    async with site.http(token) as http:
        while more:
            query = {"limit": "1000"} | ({"cursor": cursor} if cursor else {})
            asked = time.perf_counter()
            async with http.get("/sync/v1/pull", params=query) as answer:
                body = await answer.read()
                waited += time.perf_counter() - asked
            page = msgspec.json.decode(body)
            records += len(page["changes"])
            cursor, more = page["cursor"], page["more"]
    seconds = time.perf_counter() - began
    return [
        no_more(f"first copy of {records:,} records: waited for answers, {site.kind}", waited, "s", 0.5),
        no_less(f"first copy, one client, {site.kind}", records / seconds, "records/s", 20_000),
    ]


async def _lengths(site: Site, sizes: tuple[int, ...]) -> list[Row]:
    (token,) = await site.phones(site.town.homes[2].person, 1)
    found, took = [], []
    for size in sizes:
        await _fill(site, size)
        cursor = await _now(site)
        await write_eight(site)
        query = f"/sync/v1/pull?types=notices&cursor={cursor}"
        request = get(query, {"Authorization": f"Bearer {token}"})
        each = [await load(site.port, [request], connections=1, seconds=0.7) for _ in range(3)]
        took.append(median(one.p50 for one in each))
        found.append(told(f"delta behind {size:,} records, read from the log, {site.kind}", took[-1], "ms"))
    return [*found, _flatness(sizes[-1], took[-1] / took[0], await _plan(site))]


def _flatness(longest: int, ratio: float, plan: str) -> Row:
    """The bar is for a log of 10⁷ records: of a shorter one it is told, and not judged."""
    name = f"  {longest:,} records to the shortest: {plan}"
    if longest < BIG:
        return told(f"{name} (judged with --big)", ratio, "×")
    return no_more(name, ratio, "×", FLAT)


async def _fill(site: Site, upto: int) -> None:
    """The association's log, up to so many records."""
    async with site.db.write() as session:
        place = {"tenant": TENANT, "key": site.town.association}
        where = "WHERE tenant = :tenant AND kind = 'association' AND key = :key"
        scope, head = (await session.execute(text(f"SELECT id, head FROM sync_scope {where}"), place)).one()
        if head >= upto:
            return
        given = {"tenant": TENANT, "scope": scope, "first": head + 1, "last": upto, "body": _BODY}
        await session.execute(text(_FILL[site.kind]), given)
        count = {"upto": upto, "more": upto - head}
        await session.execute(
            text(f"UPDATE sync_scope SET head = :upto, live_n = live_n + :more {where}"), place | count
        )
    if site.kind == "postgresql":
        async with site.db.write() as session:
            await session.execute(text("ANALYZE sync_rec"))


async def _now(site: Site) -> str:
    """The cursor of a phone that holds everything: as the server would have written it."""
    home = site.town.homes[2]
    mine = {"city": site.town.city, "association": site.town.association, "block": home.block}
    mine |= {"household": home.household, "person": home.person}
    async with site.db.read() as session:
        scopes = (await session.execute(text("SELECT id, kind, key, head FROM sync_scope"))).all()
        epoch = (await session.execute(text("SELECT epoch FROM sync_meta"))).scalar_one()
    vector = Vector({id: Position(head) for id, kind, key, head in scopes if mine.get(kind) == key})
    signer = Signer(keys.make(site.folder / "kairan.secret").cursor, SCHEMA)
    return signer.write(vector, Reader(TENANT, home.person, ""), epoch, ["notices"])


async def _plan(site: Site) -> str:
    """How the database goes about it, in its own words."""
    asked = CHANGED[False, False].on(site.kind)
    values = asked.values({"tenant": TENANT, "scope": 1, "after": 0, "limit": 8})
    explain = "EXPLAIN QUERY PLAN " if site.kind == "sqlite" else "EXPLAIN (COSTS OFF) "
    async with site.db.read() as session:
        connection = await session.connection()
        said = (await connection.exec_driver_sql(explain + asked.sql, values)).all()
    return " / ".join(str(row[-1]).strip() for row in said)
