"""Answers to safety checks as phones push them: many of many phones in one set, each with an outcome of its own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import FieldWrong, KairanError
from notices.publishing.compose import instant
from notices.safety import answering, household_records
from server.edge.wire import pressed_at, read
from server.edge.wire_phone import AnswerData
from server.syncing import refusals
from sync.push import Call, Mutation, Ok, Outcome, Rejected


async def answer_all(session: AsyncSession, calls: Sequence[Call]) -> Sequence[Outcome]:
    outcomes: list[Outcome] = [Ok()] * len(calls)
    presses: dict[int, answering.Press] = {}
    for place, call in enumerate(calls):
        match _answer(call.context, call.mutation):
            case answering.Press() as press:
                presses[place] = press
            case Rejected() as rejected:
                outcomes[place] = rejected
    found = await answering.answer_all(session, [*presses.values()], calls[0].context.now)
    for place, refusal in zip(presses, found, strict=True):
        if refusal is not None:
            outcomes[place] = Rejected(refusals.code(refusal))
    return outcomes


def _answer(author: Any, mutation: Mutation) -> answering.Press | Rejected:
    if mutation.op == "delete":
        return Rejected("answers-stand")
    try:
        data = read(mutation.data, AnswerData)
        if mutation.id != household_records.record_id(data.notice, data.household):
            raise FieldWrong(field="id", why="it does not name its notice and household")
        at, said_at = pressed_at(data.at, author.now), instant(data.at, "at") or author.now
        press = answering.Press(
            author.standing,
            author.device,
            data.notice,
            data.household,
            data.person,
            data.state,
            data.note,
            data.place,
            at,
            said_at,
            mutation.mid,
        )
        return answering.checked(press)
    except KairanError as error:
        return Rejected(refusals.code(error))
