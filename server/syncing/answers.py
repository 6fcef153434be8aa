"""Answers to safety checks, as phones push them."""

from datetime import timedelta
from typing import Final

from notices.errors import FieldWrong
from notices.publishing.compose import of_any_year
from notices.safety import answering, household_records
from server.edge.wire import read
from server.edge.wire_phone import AnswerData
from server.syncing.author import Author
from sync.push import Mutation, Rejected

TOLD_IN: Final = timedelta(seconds=1)
"""Phones are told times in whole seconds: by so much an answer may be later than they know."""


def press(author: Author, mutation: Mutation) -> answering.Press | Rejected:
    if mutation.op == "delete":
        return Rejected("answers-stand")
    data = read(mutation.data, AnswerData)
    if mutation.id != household_records.record_id(data.notice, data.household):
        raise FieldWrong(field="id", why="it does not name its notice and household")
    said_at = author.said(data.at)
    if data.after is not None:
        # Who saw an answer and said something else said it later, whatever their clock shows.
        said_at = max(said_at, of_any_year(data.after, "after") + TOLD_IN)
    said = answering.Press(
        by=author.standing,
        device=author.device,
        notice=data.notice,
        household=data.household,
        person=data.person,
        state=data.state,
        note=data.note,
        place=data.place,
        at=min(said_at, author.now),
        said_at=said_at,
        id=mutation.mid,
    )
    return answering.checked(said)
