"""A set of claimed mutations is applied on the assumption that all goes well: one call of each kind's handler, in one
savepoint.

If anything is raised the savepoint is taken back and the set is applied in halves, so that at last the mutation at
fault stands alone and the others have gone through. Alone, it is answered `retry`; what fails claims.TRIES times is
answered `rejected` with the code `failed`, which its author is told like any other rejection, and comes no more.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from sync import claims, mutation
from sync.claims import Claims, Key
from sync.mutation import (
    Call,
    Correct,
    Current,
    Handler,
    Mutation,
    Outcome,
    Refuse,
    Rejected,
    Result,
    Retry,
)

FAILED = "failed"
"""The code of a mutation that has failed too often."""

_MISTAKE = 1
"""SQLITE_ERROR, a statement that is wrong: it takes back itself alone."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the application says about its kinds. `handlers` by record type.

    `current` reads what a rejection and a repeated conflict show.
    """

    handlers: Mapping[str, Handler]
    refuse: Refuse
    current: Current
    correct: Correct | None = None


class _TakenBack(Exception):
    """A handler asked for another time."""


@dataclass(frozen=True, slots=True)
class Work:
    session: AsyncSession
    rules: Rules
    claims: Claims
    now: datetime

    async def run(self, calls: Mapping[Key, Call]) -> dict[Key, Result]:
        outcomes = await self._apply(list(calls.items())) if calls else {}
        results = {key: mutation.result(call.mutation, outcomes[key]) for key, call in calls.items()}
        await claims.close(self.session, self.claims, results, self.now)
        refused = [key for key, each in results.items() if each.status == "rejected"]
        return results | {key: await self._told(calls[key], results[key]) for key in refused}

    async def _apply(self, calls: Sequence[tuple[Key, Call]]) -> dict[Key, Outcome]:
        try:
            async with self.session.begin_nested():
                return await self._together(calls)
        except Exception as error:
            if _lost(error):
                raise
            if len(calls) == 1:
                return {calls[0][0]: await self._failed(*calls[0], error)}
        half = len(calls) // 2
        return await self._apply(calls[:half]) | await self._apply(calls[half:])

    async def _together(self, calls: Sequence[tuple[Key, Call]]) -> dict[Key, Outcome]:
        kinds: dict[str, list[tuple[Key, Call]]] = {}
        for key, call in calls:
            kinds.setdefault(call.mutation.type, []).append((key, call))
        outcomes: dict[Key, Outcome] = {}
        # In one order by all, so that two transactions meet at the same locks in turn.
        for type, some in sorted(kinds.items()):
            answers = await self._handle(type, [call for _, call in some])
            outcomes |= {key: answer for (key, _), answer in zip(some, answers, strict=True)}
        if any(isinstance(outcome, Retry) for outcome in outcomes.values()):
            raise _TakenBack
        for key, call in calls:
            if isinstance(outcome := outcomes[key], Rejected):
                await self._correct(call, outcome.code)
        return outcomes

    async def _handle(self, type: str, calls: Sequence[Call]) -> Sequence[Outcome]:
        if (handler := self.rules.handlers.get(type)) is None:
            return [Rejected("unknown-type")] * len(calls)
        if len(calls) > 1:
            return await handler(self.session, calls)
        return [await _alone(self.session, handler, calls[0], self.rules.refuse)]

    async def _correct(self, call: Call, code: str) -> None:
        if self.rules.correct is not None:
            await self.rules.correct(self.session, call.context, call.mutation, code)

    async def _failed(self, key: Key, call: Call, error: Exception) -> Outcome:
        """Alone and at fault: it comes again, unless it has come too often."""
        before = self.claims.tried.get(key)
        if isinstance(error, _TakenBack) or _passing(error):
            await claims.give_back(self.session, key, before)
            return Retry()
        _log.error("A mutation of type %s failed: %s", call.mutation.type, _where(error))
        tries = claims.counted(before, self.now)
        if tries.n >= claims.TRIES and await self._give_up(call):
            return Rejected(FAILED)
        await claims.give_back(self.session, key, tries)
        return Retry()

    async def _give_up(self, call: Call) -> bool:
        """False where not even the author can be told: then it is not final."""
        try:
            async with self.session.begin_nested():
                await self._correct(call, FAILED)
        except Exception as error:
            _log.error("A correction of type %s failed: %s", call.mutation.type, _where(error))
            return False
        return True

    async def repeat(self, call: Call, kept: Result) -> Result:
        """What was answered the first time. Not tried again: the author may have gone on from that answer."""
        result = msgspec.structs.replace(kept, dup=True)
        return await self._told(call, result) if result.status in ("rejected", "conflict") else result

    async def _told(self, call: Call, result: Result) -> Result:
        """Whose write did not stand is told what stands now, or their phone would not know what to go back to."""
        now = await self.rules.current(self.session, call.context, call.mutation)
        return msgspec.structs.replace(result, current=now)


def one_by_one(
    handle: Callable[[AsyncSession, Any, Mutation], Awaitable[Outcome]], refuse: Refuse
) -> Handler:
    """The handler of a kind that is not worth a set: what is refused takes only itself back."""

    async def single(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        return [await handle(session, call.context, call.mutation) for call in calls]

    async def every(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        return [await _alone(session, single, call, refuse) for call in calls]

    return every


async def _alone(session: AsyncSession, handler: Handler, call: Call, refuse: Refuse) -> Outcome:
    try:
        async with session.begin_nested():
            [outcome] = await handler(session, [call])
            return outcome
    except Exception as error:
        if (code := refuse(error)) is None:
            raise
        return Rejected(code)


def _lost(error: Exception) -> bool:
    """The whole transaction is gone: with its connection, or because SQLite rolls back when its disk is full or ill."""
    if isinstance(error, OperationalError):
        return int(getattr(error.orig, "sqlite_errorcode", _MISTAKE)) & 0xFF != _MISTAKE
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _passing(error: Exception) -> bool:
    """The database's trouble and not the mutation's: a deadlock, say."""
    ours = IntegrityError | DataError | ProgrammingError
    return isinstance(error, DBAPIError) and not isinstance(error, ours)


def _where(error: Exception) -> str:
    """What failed and where, without the message: messages of databases repeat the data."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {last.filename}:{last.lineno}"
