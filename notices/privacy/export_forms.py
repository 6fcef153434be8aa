"""A person's answers to forms, for that person: in the words of the form, with those of the homes they live in."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select

from notices.forms import form_csv, shape
from notices.models import FormAnswer, Notice
from notices.privacy.export_rows import Body, Whose, lived_in
from notices.tokyo import wire


async def answers(who: Whose) -> list[Body]:
    """Their own, their homes' while they lived there, and those that they entered for others."""
    row = FormAnswer
    mine = lived_in(who, row.whose, row.received_at)
    query = (
        select(row, Notice.title, Notice.form)
        .join(Notice, (Notice.tenant == row.tenant) & (Notice.id == row.notice))
        .where(row.tenant == who.tenant)
        .where(or_(row.person == who.person, row.whose == who.person, mine))
        .order_by(row.received_at, row.notice)
    )
    return [_told(who, *found) for found in (await who.session.execute(query)).all()]


def _told(who: Whose, row: FormAnswer, title: str, form: Mapping[str, Any] | None) -> Body:
    said: Mapping[str, Any] = row.said
    questions = shape.of_json(form).questions if form else ()
    return {
        "notice": title,
        "answers": {
            each.text: form_csv.words(each, said["answers"].get(each.id))
            for each in questions
            if each.id in said["answers"]
        },
        "people": said["people"],
        "letter": None if said["letter"] is None else "chair" if row.letter_to is None else "person",
        "how": row.how,
        "place": row.has_place if row.people else None,
        "byYou": row.person == who.person,
        "at": wire(row.at),
    }
