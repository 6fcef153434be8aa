"""THE BOARD of a safety check: per block for its leader and officers, per association and for the city for its clerks.

It is written a second after what changed it, many answers in one record, as the ledger's are; a city's is added up from
the blocks' a second later. Who needs help is named to whom privacy/naming.py names homes, the rest of a city is counted.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.alarm.kinds import SAFETY_CHECK
from notices.ledger import whose
from notices.models import Association, City, Notice, SafetyAnswer, SafetyBoard
from notices.privacy import naming
from notices.publishing import life
from notices.records import audience as places
from notices.safety import homes_said
from notices.safety.homes_said import Door
from notices.safety.standing_of import COLUMNS
from notices.tokyo import wire
from sync import Change, ScopeKey, record

Body = dict[str, Any]
KIND: Final = "safety"
"""Of the work that is due: a city's board."""
CITY_DEBOUNCE: Final = timedelta(seconds=1)
NAMED: Final = 200
"""Homes in need that a city's record names; all of them are on the board of their block."""


async def write(session: AsyncSession, tenant: str, subjects: Collection[str], now: datetime) -> None:
    """Writes the boards of each `<notice>.<block>` that is of a safety check; removes them where it is no longer out."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        notice_id, block = subject.split(".")
        wanted[notice_id].append(block)
    query = select(Notice).where(Notice.tenant == tenant, Notice.id.in_(sorted(wanted)))
    checks = query.where(Notice.kind == SAFETY_CHECK).order_by(Notice.id)
    for notice in (await session.scalars(checks)).all():
        await _write(session, notice, wanted[notice.id])
        due.soon(session, tenant, KIND, [notice.id], now + CITY_DEBOUNCE)


async def _write(session: AsyncSession, notice: Notice, blocks: Collection[str]) -> None:
    theirs = await whose.associations(session, notice, blocks)
    out = notice.state in life.OUT
    found = await homes_said.doors(session, notice, blocks) if out else []
    doors = {block: list(of) for block, of in groupby(found, key=lambda door: door.row.block)}
    for block in sorted(theirs):
        body = board(notice, block, doors.get(block, [])) if out else None
        subject = f"{notice.id}.{block}"
        leader, officers = places.leader_scope(block), places.officers_scope(theirs[block])
        record(session, notice.tenant, Change(leader, "safety", f"{subject}.l", body))
        record(session, notice.tenant, Change(officers, "safety", f"{subject}.o", body))
        if body is not None:
            await _keep(session, notice, block, theirs[block], counts(doors.get(block, [])))


async def _keep(session: AsyncSession, notice: Notice, block: str, association: str, said: Body) -> None:
    row = {
        "tenant": notice.tenant,
        "notice": notice.id,
        "block": block,
        "association": association,
        "counts": said,
    }
    statement = due.upsert(session, SafetyBoard.__table__).values(row)
    key = ["tenant", "notice", "block"]
    values = {"counts": statement.excluded.counts}
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


def board(notice: Notice, block: str, doors: Sequence[Door]) -> Body:
    return {
        "notice": notice.id,
        "block": block,
        "title": notice.title,
        "closedAt": wire(notice.closed_at),
        **counts(doors),
        "rows": [homes_said.line(door) for door in doors],
    }


def counts(doors: Sequence[Door]) -> Body:
    """Each home and person asked stands in exactly one column; `late`: homes of which something was said after the end."""
    asked = [door for door in doors if door.asked]
    homes, people = dict.fromkeys(COLUMNS, 0), dict.fromkeys(COLUMNS, 0)
    for door in asked:
        homes[door.home.column] += 1
        for column in door.home.people.values():
            people[column] += 1
    return {"households": homes, "people": people, "late": {"homes": sum(door.home.late for door in asked)}}


async def of_city(session: AsyncSession, notice: Notice) -> Body:
    """A line per association and their sum, from the blocks' boards as they were last counted."""
    query = (
        select(SafetyBoard.association, Association.name, SafetyBoard.counts)
        .join(
            Association,
            (Association.tenant == SafetyBoard.tenant) & (Association.id == SafetyBoard.association),
        )
        .where(SafetyBoard.tenant == notice.tenant, SafetyBoard.notice == notice.id)
        .order_by(Association.name, SafetyBoard.association)
    )
    lines: dict[str, Body] = {}
    for association, name, said in await session.execute(query):
        line = lines.setdefault(association, {"association": association, "name": name} | _nothing())
        _add(line, said)
    whole = _nothing()
    for line in lines.values():
        _add(whole, line)
    head = {"notice": notice.id, "title": notice.title, "closedAt": wire(notice.closed_at)}
    named = await _needy(session, notice) if naming.names(notice.kind, "city") else []
    # A board in between is counted a moment before the homes are read.
    more = max(0, whole["households"]["needHelp"] - sum(row["asked"] for row in named))
    more = more if len(named) == NAMED else 0
    return head | whole | {"associations": [*lines.values()], "needHelp": named, "needHelpMore": more}


def _nothing() -> Body:
    return {
        "households": dict.fromkeys(COLUMNS, 0),
        "people": dict.fromkeys(COLUMNS, 0),
        "late": {"homes": 0},
    }


def _add(line: Body, said: Body) -> None:
    for part in ("households", "people", "late"):
        for column, count in said[part].items():
            line[part][column] += count


async def _needy(session: AsyncSession, notice: Notice) -> list[Body]:
    """The homes to go to first, by name. Only those are read of which anybody said so, some at a time."""
    said, found = SafetyAnswer, list[Door]()
    query = select(said.household).where(said.tenant == notice.tenant, said.notice == notice.id)
    query = query.where(said.state == "need-help").distinct().order_by(said.household)
    homes = (await session.scalars(query)).all()
    for start in range(0, len(homes), NAMED):
        some = await homes_said.doors(session, notice, homes=homes[start : start + NAMED])
        found += [door for door in some if door.home.column == "needHelp"]
        if len(found) >= NAMED:
            break
    return [
        homes_said.line(door)
        | {"association": door.row.association, "block": door.row.block, "blockName": door.row.block_name}
        for door in found[:NAMED]
    ]


async def write_city(session: AsyncSession, tenant: str, notice_id: str) -> None:
    """The clerks' record: due a moment after the blocks'."""
    notice = await session.get(Notice, (tenant, notice_id))
    if notice is None:
        return
    city = await session.get_one(City, tenant)
    scope: ScopeKey = places.clerks_scope(city.id)
    body = await of_city(session, notice) if notice.state in life.OUT else None
    record(session, tenant, Change(scope, "safety", notice.id, body))
