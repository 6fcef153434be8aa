"""Answers to forms, as phones push them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import FieldWrong
from notices.forms import answering, form_records
from server.edge.wire import read
from server.edge.wire_phone import FormAnswerData
from server.syncing.author import Author
from sync.push import Call, Conflict, Handler, Mutation, Ok, Outcome, Rejected


async def answer(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """Where somebody of the same home has pressed later, theirs stands, and the next pull brings it."""
    if mutation.op == "delete":
        return Rejected("answers-stand")
    data = read(mutation.data, FormAnswerData)
    if mutation.id != form_records.answer_id(data.notice, data.whose):
        raise FieldWrong(field="id", why="it does not name its notice and whose answer it is")
    reply = answering.Reply(
        by=author.standing,
        device=author.device,
        notice=data.notice,
        whose=data.whose,
        household=data.household,
        said=data.said(),
        at=author.pressed(data.at),
        entered=data.entered,
    )
    return Ok() if await answering.answer(session, reply, author.now) else Conflict()


def in_order(handler: Handler) -> Handler:
    """The forms of all of them are locked first, in one order by all: two transactions do not wait for each other."""

    async def locked(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
        named: dict[str, set[str]] = {}
        for call in calls:
            notice = (call.mutation.data or {}).get("notice")
            if isinstance(notice, str):
                named.setdefault(call.context.standing.tenant, set()).add(notice)
        for tenant, notices in sorted(named.items()):
            await answering.lock(session, tenant, notices)
        return await handler(session, calls)

    return locked
