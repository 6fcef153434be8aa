"""A device's mutations are applied, each once, each on its own.

A device repeats a mutation until it has an answer, so the same `mid` may arrive again, after a lost answer or at
the same moment on another connection. The first thing done for a mutation is to claim (device, mid) by INSERT;
the claim, what the handler does and the answer are one savepoint of one transaction. Whoever comes second waits
for that transaction and is given its answer.

One mutation that fails takes only itself back: it is answered `retry`, and the queue behind it goes on.
`rejected` is final. The answer that is kept holds status, code and id; what the record is now is read afresh.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

import msgspec
from sqlalchemy import Table, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from sync.errors import Malformed
from sync.journal import RECORD_ID, TYPE
from sync.models import SyncMutation
from sync.scopes import insert

MAX_MUTATIONS = 100

_mutation = cast(Table, SyncMutation.__table__)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mutation:
    mid: str
    type: str
    id: str
    op: Literal["put", "delete"]
    data: Mapping[str, Any] | None = None
    base: str | int | None = None


@dataclass(frozen=True, slots=True)
class Ok:
    pass


@dataclass(frozen=True, slots=True)
class Conflict:
    """`current`: the record as the caller may see it now."""

    current: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Final. What the handler did before it answered so is kept: the correction for the author, say."""

    code: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now. Everything the handler did is taken back and the mutation counts as never seen."""


Outcome = Ok | Conflict | Rejected | Retry
Handler = Callable[[AsyncSession, Any, Mutation], Awaitable[Outcome]]
Refuse = Callable[[Exception], str | None]
"""The code of a final rejection, for an exception that means one; None for a mistake of ours."""
Correct = Callable[[AsyncSession, Any, Mutation, str], Awaitable[None]]
"""Tells the author, in the log, what is true after their mutation was rejected with this code."""
Current = Callable[[AsyncSession, Any, Mutation], Awaitable[Mapping[str, Any] | None]]
"""What the caller may see of the record now."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """As it goes over the wire."""

    mid: str
    id: str
    status: Literal["ok", "conflict", "rejected", "retry"]
    dup: bool = False
    code: str | None = None
    current: Mapping[str, Any] | None = None


class _Wire(msgspec.Struct, frozen=True):
    mid: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]
    t: Annotated[str, msgspec.Meta(pattern=rf"\A{TYPE}\Z")]
    id: Annotated[str, msgspec.Meta(pattern=rf"\A{RECORD_ID}\Z")]
    op: Literal["put", "delete"]
    d: dict[str, Any] | None = None
    base: str | int | None = None


class _Queue(msgspec.Struct, frozen=True):
    mutations: Annotated[list[_Wire], msgspec.Meta(max_length=MAX_MUTATIONS)]


def parse_mutations(payload: object) -> list[Mutation]:
    """`payload`: the decoded JSON object with `mutations`; other members are none of ours. Raises Malformed."""
    try:
        queue = msgspec.convert(payload, _Queue)
    except msgspec.ValidationError as error:
        raise Malformed(f"The mutations cannot be read: {error}") from None
    for place, wire in enumerate(queue.mutations):
        if (wire.d is None) == (wire.op == "put"):
            raise Malformed(f"A put has data, a delete has none - at `$.mutations[{place}].d`")
    return [Mutation(wire.mid, wire.t, wire.id, wire.op, wire.d, wire.base) for wire in queue.mutations]


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
    correct: Correct | None = None,
    current: Current | None = None,
) -> list[Result]:
    """One result for each, in order. `handlers` by record type; `context` is passed through to them.

    Raises only if the database itself is gone; then nothing of the batch has happened.
    """
    queue = _Pusher(session, tenant, device, handlers, context, now, refuse, correct, current)
    return [await queue.apply(mutation) for mutation in mutations]


class _TakenBack(Exception):
    """The handler asked for another time."""


@dataclass(frozen=True, slots=True)
class _Pusher:
    session: AsyncSession
    tenant: str
    device: str
    handlers: Mapping[str, Handler]
    context: Any
    now: datetime
    refuse: Refuse
    correct: Correct | None
    current: Current | None

    async def apply(self, mutation: Mutation) -> Result:
        try:
            async with self.session.begin_nested():
                if not await self._claim(mutation):
                    return await self._repeat(mutation)
                result = _result(mutation, await self._handle(mutation))
                await self._keep(result)
                return result
        except _TakenBack:
            return Result(mutation.mid, mutation.id, "retry")
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            _log.error("A mutation of type %s failed and will come again: %s", mutation.type, _where(error))
            return Result(mutation.mid, mutation.id, "retry")

    async def _handle(self, mutation: Mutation) -> Outcome:
        outcome = await self._try(mutation)
        if isinstance(outcome, Retry):
            raise _TakenBack
        if isinstance(outcome, Rejected) and self.correct:
            await self.correct(self.session, self.context, mutation, outcome.code)
        return outcome

    async def _try(self, mutation: Mutation) -> Outcome:
        if (handler := self.handlers.get(mutation.type)) is None:
            return Rejected("unknown-type")
        try:
            async with self.session.begin_nested():
                return await handler(self.session, self.context, mutation)
        except Exception as error:
            if (code := self.refuse(error)) is None:
                raise
            return Rejected(code)

    def _mine(self, mid: str) -> Any:
        c = _mutation.c
        return (c.tenant == self.tenant) & (c.device_id == self.device) & (c.mid == mid)

    async def _claim(self, mutation: Mutation) -> bool:
        row = {"tenant": self.tenant, "device_id": self.device, "mid": mutation.mid, "at": self.now}
        claim = insert(self.session, _mutation).values(row).on_conflict_do_nothing()
        return await self.session.scalar(claim.returning(_mutation.c.mid)) is not None

    async def _keep(self, result: Result) -> None:
        kept = msgspec.json.encode(msgspec.structs.replace(result, current=None)).decode()
        await self.session.execute(update(_mutation).where(self._mine(result.mid)).values(result=kept))

    async def _repeat(self, mutation: Mutation) -> Result:
        """What was answered the first time. Not tried again: the author may have gone on from that answer."""
        kept = await self.session.scalar(select(_mutation.c.result).where(self._mine(mutation.mid)))
        result = msgspec.structs.replace(msgspec.json.decode(cast(str, kept), type=Result), dup=True)
        if result.status != "conflict" or self.current is None:
            return result
        now = await self.current(self.session, self.context, mutation)
        return msgspec.structs.replace(result, current=now)


def _result(mutation: Mutation, outcome: Outcome) -> Result:
    match outcome:
        case Conflict(current):
            return Result(mutation.mid, mutation.id, "conflict", current=current)
        case Rejected(code):
            return Result(mutation.mid, mutation.id, "rejected", code=code)
        case _:
            return Result(mutation.mid, mutation.id, "ok")


def _where(error: Exception) -> str:
    """What failed and where, without the message: messages of databases repeat the data."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {last.filename}:{last.lineno}"
