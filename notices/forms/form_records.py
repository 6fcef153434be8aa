"""What phones hold of a form: each household or person their answer, the officers how it stands."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms.said import CHAIR
from notices.forms.shape import Form
from notices.models import FormAnswer, Notice, Person
from notices.records import audience as places
from notices.tokyo import wire
from sync import Change, ScopeKey, record

Body = dict[str, Any]


def answer_id(notice: str, whose: str) -> str:
    return f"fa.{notice}.{whose}"


def _scope(row: FormAnswer) -> ScopeKey:
    """A household's answer is all its people's to see; a person's is nobody else's, not even at home."""
    household = row.whose == row.household
    return places.answers_scope(row.whose) if household else places.person_scope(row.whose)


async def keep(session: AsyncSession, row: FormAnswer) -> None:
    """On the phones of whose it is, whoever pressed."""
    letter = row.said["letter"]
    people = {row.person, letter} if isinstance(letter, str) and letter != CHAIR else {row.person}
    query = select(Person.id, Person.name).where(Person.tenant == row.tenant, Person.id.in_(sorted(people)))
    named = {id: {"id": id, "name": name} for id, name in await session.execute(query)}
    body: Body = {
        "notice": row.notice,
        "whose": row.whose,
        "household": row.household,
        **row.said,
        "letter": named.get(letter, letter) if isinstance(letter, str) else None,
        "how": row.how,
        "by": named.get(row.person),
        "proxy": row.proxy,
        "place": place_of(row),
        "line": row.line,
        "again": row.again,
        "at": wire(row.at),
    }
    id = answer_id(row.notice, row.whose)
    if row.whose == row.household and await _is_secret(session, row):
        # The home sees that it was answered; what, sees who pressed.
        if row.how == "app":
            record(session, row.tenant, Change(places.person_scope(row.person), "form-answers", id, body))
        id, body = _hidden(id), body | {"answers": {}, "letter": None, "by": None, "hidden": True}
    record(session, row.tenant, Change(_scope(row), "form-answers", id, body))


async def unsay(session: AsyncSession, row: FormAnswer) -> None:
    """Before somebody else of the home answers a secret form: what they had pressed leaves their phone."""
    if row.whose == row.household and await _is_secret(session, row):
        id = answer_id(row.notice, row.whose)
        record(session, row.tenant, Change(places.person_scope(row.person), "form-answers", id, None))


async def _is_secret(session: AsyncSession, row: FormAnswer) -> bool:
    notice = await session.get_one(Notice, (row.tenant, row.notice))
    return notice.form is not None and bool(notice.form["secret"])


def _hidden(id: str) -> str:
    return f"{id}.h"


def place_of(row: FormAnswer) -> str | None:
    if not row.people:
        return None
    return "given" if row.has_place else "waiting"


def drop(session: AsyncSession, row: FormAnswer) -> None:
    id = answer_id(row.notice, row.whose)
    record(session, row.tenant, Change(_scope(row), "form-answers", id, None))
    if row.whose == row.household:
        record(session, row.tenant, Change(_scope(row), "form-answers", _hidden(id), None))
        record(session, row.tenant, Change(places.person_scope(row.person), "form-answers", id, None))


def keep_counts(session: AsyncSession, notice: Notice, form: Form, told: Mapping[str, Any] | None) -> None:
    """`told`: None takes it away. The officers' copy; names are not in it."""
    assert notice.association is not None
    body = None if told is None else {"notice": notice.id, "kind": form.kind, **told}
    scope = places.officers_scope(notice.association)
    record(session, notice.tenant, Change(scope, "form-results", notice.id, body))
