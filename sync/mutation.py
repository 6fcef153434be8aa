"""What a device asks for, what may be answered, and both as they go over the wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from sync.errors import Malformed
from sync.journal import RECORD_ID, TYPE

MAX_MUTATIONS = 100


class Mutation(msgspec.Struct, frozen=True, rename={"type": "t", "data": "d"}):
    """`base`: the revision of the record that the author had before them; see conflict.py.

    Made of what a device sent it is as it must be: `parse_mutations`.
    """

    mid: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.:-]{1,64}\Z")]
    type: Annotated[str, msgspec.Meta(pattern=rf"\A{TYPE}\Z")]
    id: Annotated[str, msgspec.Meta(pattern=rf"\A{RECORD_ID}\Z")]
    op: Literal["put", "delete"]
    data: dict[str, Any] | None = None
    base: str | int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A mutation and who asks for it; `context` is what the application knows of them."""

    context: Any
    mutation: Mutation


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
Handler = Callable[[AsyncSession, Sequence[Call]], Awaitable[Sequence[Outcome]]]
"""An outcome for each call of one record type, in order. The calls of one push come in its order, so that the second
to a record finds what the first did. Whatever it raises takes all of them back; then they come in smaller sets, at
last one by one, and what is raised for one alone is that one's."""
Refuse = Callable[[Exception], str | None]
"""The code of a final rejection, for an exception that means one; None for a mistake of ours."""
Correct = Callable[[AsyncSession, Any, Mutation, str], Awaitable[None]]
"""Tells the author, in the log, what is true after their mutation was rejected with this code."""
Current = Callable[[AsyncSession, Any, Mutation], Awaitable[Mapping[str, Any] | None]]
"""What the caller may see of the record now; None where that is nothing."""


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """As it goes over the wire."""

    mid: str
    id: str
    status: Literal["ok", "conflict", "rejected", "retry"]
    dup: bool = False
    code: str | None = None
    current: Mapping[str, Any] | None = None


class _Queue(msgspec.Struct, frozen=True):
    mutations: Annotated[list[Mutation], msgspec.Meta(max_length=MAX_MUTATIONS)]


def parse_mutations(payload: object) -> list[Mutation]:
    """`payload`: the decoded JSON object with `mutations`; other members are none of ours. Raises Malformed."""
    try:
        queue = msgspec.convert(payload, _Queue)
    except msgspec.ValidationError as error:
        raise Malformed(f"The mutations cannot be read: {error}") from None
    for place, each in enumerate(queue.mutations):
        if (each.data is None) == (each.op == "put"):
            raise Malformed(f"A put has data, a delete has none - at `$.mutations[{place}].d`")
    return queue.mutations


def result(mutation: Mutation, outcome: Outcome) -> Result:
    match outcome:
        case Conflict(current):
            return Result(mutation.mid, mutation.id, "conflict", current=current)
        case Rejected(code):
            return Result(mutation.mid, mutation.id, "rejected", code=code)
        case Retry():
            return Result(mutation.mid, mutation.id, "retry")
        case Ok():
            return Result(mutation.mid, mutation.id, "ok")
