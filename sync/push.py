"""Devices' mutations are applied, each once, many in one transaction.

A device repeats a mutation until it has an answer, so the same `mid` may arrive again, after a lost answer or at
the same moment on another connection. All mutations of a transaction are claimed first (claims.py); the claims, what
the handlers do (applying.py) and the answers are one transaction. One that fails takes only itself back: it is
answered `retry`, and the queue behind it goes on.

`rejected` is final. The answer that is kept holds status, code and id; what the record is now is read afresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from sync import applying, claims
from sync.applying import FAILED, Rules, one_by_one
from sync.claims import Key
from sync.mutation import (
    MAX_MUTATIONS,
    Call,
    Conflict,
    Correct,
    Current,
    Handler,
    Mutation,
    Ok,
    Outcome,
    Refuse,
    Rejected,
    Result,
    Retry,
    parse_mutations,
)

__all__ = [
    "FAILED",
    "MAX_MUTATIONS",
    "Call",
    "Conflict",
    "Handler",
    "Mutation",
    "Ok",
    "Outcome",
    "Push",
    "Rejected",
    "Result",
    "Retry",
    "Rules",
    "one_by_one",
    "parse_mutations",
    "push",
    "push_all",
]


@dataclass(frozen=True, slots=True)
class Push:
    """What one device sent at once."""

    tenant: str
    device: str
    context: Any
    mutations: Sequence[Mutation]


async def push(
    session: AsyncSession,
    tenant: str,
    device: str,
    mutations: Sequence[Mutation],
    handlers: Mapping[str, Handler],
    context: Any,
    now: datetime,
    *,
    refuse: Refuse,
    current: Current,
    correct: Correct | None = None,
) -> list[Result]:
    """One push alone: see push_all."""
    rules = Rules(handlers, refuse, current, correct)
    [results] = await push_all(session, [Push(tenant, device, context, mutations)], rules, now)
    return results


async def push_all(
    session: AsyncSession, pushes: Sequence[Push], rules: Rules, now: datetime
) -> list[list[Result]]:
    """For each push a result for each mutation, in order. Raises only if the database itself is gone."""
    calls: dict[Key, Call] = {}
    for each in pushes:
        for asked in each.mutations:
            calls.setdefault((each.tenant, each.device, asked.mid), Call(each.context, asked))
    if not calls:
        return [[] for _ in pushes]
    mine = await claims.claim(session, {key: call.mutation for key, call in calls.items()}, now)
    work = applying.Work(session, rules, mine, now)
    results = await work.run({key: call for key, call in calls.items() if key in mine.mine})
    repeats = {key: await work.repeat(calls[key], kept) for key, kept in mine.kept.items()}
    return [_answers(each, results, repeats) for each in pushes]


def _answers(push: Push, results: dict[Key, Result], repeats: Mapping[Key, Result]) -> list[Result]:
    answers = []
    for asked in push.mutations:
        key = (push.tenant, push.device, asked.mid)
        again = msgspec.structs.replace
        if (result := results.get(key)) is not None:
            # The same once more, further down in this push or in another of this group, was not applied.
            results[key] = result if result.dup or result.status == "retry" else again(result, dup=True)
        else:
            result = repeats.get(key) or Result(asked.mid, asked.id, "retry")
        answers.append(result)
    return answers
