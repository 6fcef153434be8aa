"""Who applies a mutation, and what was answered: one row per (device, mid), kept for as long as a device may ask again.

All the mutations of a transaction are claimed by one INSERT, in one order, before anything else is locked. Whoever
comes second, in another process too, waits there for the first one's COMMIT and is then given its answer.

The claim is written with the answer that nearly all get, `ok`; what ends otherwise is written over it before COMMIT,
so nobody ever reads a wrong one. A number in its place counts the tries of a mutation that fails and will come again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from sqlalchemy import Insert, String, Table, Text, and_, bindparam, delete, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync import questions
from sync.models import Instant, SyncMutation
from sync.mutation import Mutation, Result
from sync.questions import Question, Statement, ask
from sync.scopes import INSERT, listed

TRIES = 5
"""So many failures make a mutation's failing final."""
APART = timedelta(minutes=1)
"""Failures closer together count once: a phone that hurries must not lose what a restart would have mended."""

_mutation = cast(Table, SyncMutation.__table__)

Key = tuple[str, str, str]
"""Tenant, device, mid."""


@dataclass(frozen=True, slots=True)
class Tries:
    n: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Claims:
    mine: set[Key]
    """These are to be applied, in this transaction."""
    kept: dict[Key, Result]
    """What was answered to the others."""
    tried: dict[Key, Tries] = field(default_factory=dict)
    """Of mine: how often they have failed before."""


def _claimed(dialect: str) -> Statement:
    source, (tenant, device, mid, answer) = questions.listed(
        dialect, "wanted", String(), String(), String(), Text()
    )
    now = bindparam("now", type_=Instant())
    # SQLite takes the ON of ON CONFLICT for a join's, unless a WHERE stands between.
    values = select(tenant, device, mid, now, answer).select_from(source).where(true())
    c = _mutation.c
    fresh = INSERT[dialect](_mutation).from_select([c.tenant, c.device_id, c.mid, c.at, c.result], values)
    claimed: Insert = fresh.on_conflict_do_nothing().returning(c.tenant, c.device_id, c.mid)
    return claimed


_CLAIMED = Question(_claimed)


async def claim(session: AsyncSession, mutations: Mapping[Key, Mutation], now: datetime) -> Claims:
    wanted = sorted(mutations)
    rows = [(*key, _text(Result(key[2], mutations[key].id, "ok"))) for key in wanted]
    given = questions.listing(session.get_bind().dialect.name, "wanted", *zip(*rows, strict=True))
    mine: set[Key] = {(t, device, mid) for t, device, mid in await ask(session, _CLAIMED, now=now, **given)}
    if len(mine) == len(wanted):
        return Claims(mine, {})
    return await _others(session, mine, [key for key in wanted if key not in mine])


async def _others(session: AsyncSession, mine: set[Key], known: Sequence[Key]) -> Claims:
    """What is there already: an answer, or the tries of one that failed, which is taken over."""
    claims = Claims(mine, {})
    wanted, (tenant, device, mid) = listed(session, known, String(), String(), String())
    c = _mutation.c
    on = and_(c.tenant == tenant, c.device_id == device, c.mid == mid)
    statement = select(c.tenant, c.device_id, c.mid, c.at, c.result).join_from(wanted, _mutation, on)
    statement = statement.order_by(c.tenant, c.device_id, c.mid).with_for_update(of=_mutation)
    for *key, at, text in await session.execute(statement):
        match msgspec.json.decode(text, type=Result | int):
            case int(n):
                claims.tried[key[0], key[1], key[2]] = Tries(n, at)
            case Result() as answered:
                claims.kept[key[0], key[1], key[2]] = answered
    mine.update(claims.tried)
    return claims


async def close(session: AsyncSession, claims: Claims, results: Mapping[Key, Result], now: datetime) -> None:
    """Writes down what did not end with `ok`, or did so after failures."""
    answers = [
        _row(key, now, _text(msgspec.structs.replace(each, current=None)))
        for key, each in results.items()
        if each.status != "retry" and (each.status != "ok" or key in claims.tried)
    ]
    await _write(session, answers)


async def give_back(session: AsyncSession, key: Key, tries: Tries | None) -> None:
    """This one comes again: with the tries it has behind it, or as if it had never been seen."""
    if tries is not None:
        await _write(session, [_row(key, tries.at, str(tries.n))])
    else:
        await (await session.connection()).execute(delete(_mutation).where(_named()), _row(key))


def counted(before: Tries | None, now: datetime) -> Tries:
    """After one more failure."""
    if before is None:
        return Tries(1, now)
    return Tries(before.n + 1, now) if now - before.at >= APART else before


async def _write(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        values = {"at": bindparam("then", type_=Instant()), "result": bindparam("text")}
        await (await session.connection()).execute(update(_mutation).where(_named()).values(values), rows)


def _named() -> Any:
    c = _mutation.c
    return and_(c.tenant == bindparam("of"), c.device_id == bindparam("device"), c.mid == bindparam("named"))


def _row(key: Key, then: datetime | None = None, text: str | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"of": key[0], "device": key[1], "named": key[2]}
    return row if text is None else row | {"then": then, "text": text}


def _text(result: Result) -> str:
    return msgspec.json.encode(result).decode()
