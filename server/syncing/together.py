"""What many phones push of one kind is taken in one set; each has an outcome of its own."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import KairanError
from server.syncing import refusals
from sync.push import Call, Handler, Mutation, Ok, Outcome, Rejected

T = TypeVar("T")


def in_one_set(
    read: Callable[[Any, Mutation], T | Rejected],
    take: Callable[[AsyncSession, Sequence[T], datetime], Awaitable[Sequence[KairanError | None]]],
) -> Handler:
    """`read`: of an author and a mutation, the press, why it is none, or a KairanError. `take`: why each does not count."""

    async def handle(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = [Ok()] * len(calls)
        presses: dict[int, T] = {}
        for place, call in enumerate(calls):
            try:
                found = read(call.context, call.mutation)
            except KairanError as error:
                found = Rejected(refusals.code(error))
            if isinstance(found, Rejected):
                outcomes[place] = found
            else:
                presses[place] = found
        taken = await take(session, [*presses.values()], calls[0].context.now)
        for place, refusal in zip(presses, taken, strict=True):
            if refusal is not None:
                outcomes[place] = Rejected(refusals.code(refusal))
        return outcomes

    return handle
