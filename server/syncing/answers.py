"""Answers to safety checks, as phones push them."""

from notices.errors import FieldWrong
from notices.safety import answering, household_records
from server.edge.wire import read
from server.edge.wire_phone import AnswerData
from server.syncing import clocks
from server.syncing.author import Author
from sync.push import Mutation, Rejected


def press(author: Author, mutation: Mutation) -> answering.Press | Rejected:
    if mutation.op == "delete":
        return Rejected("answers-stand")
    data = read(mutation.data, AnswerData)
    if mutation.id != household_records.record_id(data.notice, data.household):
        raise FieldWrong(field="id", why="it does not name its notice and household")
    said = answering.Press(
        by=author.standing,
        device=author.device,
        notice=data.notice,
        household=data.household,
        person=data.person,
        state=data.state,
        note=data.note,
        place=data.place,
        at=author.pressed(data.at),
        said_at=clocks.ours(data.at, author.ahead, author.now),
        id=mutation.mid,
    )
    return answering.checked(said)
