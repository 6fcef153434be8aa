"""What a phone may write by sync: each kind is read here and handed to the use-case that a route would call."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.circulation import forwarding
from notices.errors import FieldWrong, IdTaken, NotAllowed
from notices.ledger import receipts, stamps, taking_back
from notices.models import Notice
from notices.privacy import consent, looks
from notices.publishing import publish
from notices.publishing.compose import instant
from notices.records import audience
from notices.safety import answering
from notices.tokyo import wire
from notices.town import preferences
from server.edge.wire import NewNotice, an_id, read
from server.edge.wire_circulars import PassageData
from server.edge.wire_phone import ConsentData, LookData, StampData, VisitData
from server.edge.wire_preferences import Preferences
from server.syncing import answers, form_answers, refusals
from server.syncing.author import Author
from server.syncing.families import greet
from server.syncing.together import in_one_set
from sync import Change, record
from sync.present import present
from sync.push import Handler, Mutation, Ok, Outcome, Rejected, one_by_one


def stamp(author: Author, mutation: Mutation) -> stamps.Press | Rejected:
    if mutation.op == "delete":
        return Rejected("stamps-stand")
    data = read(mutation.data, StampData)
    if mutation.id != f"st.{data.notice}.{data.household}.{data.round}":
        raise FieldWrong(field="id", why="it does not name its notice, household and round")
    at = author.pressed(data.at)
    return stamps.Press(author.standing, author.device, data.notice, data.household, data.round, at)


async def visit(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """Said of a door; deleted, it is taken back."""
    id = an_id(mutation.id, "id")
    if mutation.op == "delete":
        await taking_back.take_back(session, author.standing, id, author.now)
        return Ok()
    data = read(mutation.data, VisitData)
    at = author.pressed(data.at)
    call = receipts.Call(id, data.notice, data.household, data.kind, at, sheet=data.sheet)
    await receipts.visit(session, author.standing, call, author.now)
    return Ok()


async def look(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """A screen with names was opened, perhaps long ago and without a signal."""
    if mutation.op == "delete":
        return Rejected("looks-stand")
    id, data = an_id(mutation.id, "id"), read(mutation.data, LookData)
    glance = looks.Glance(id, data.block, data.notice, author.pressed(data.at))
    await looks.look(session, author.standing, glance, author.now)
    return Ok()


async def agree(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """To a newer privacy text, on the phone."""
    data, by = read(mutation.data, ConsentData), author.standing
    if mutation.op == "delete" or mutation.id != f"{by.person}.{data.version}":
        return Rejected("not-yours")
    at = author.pressed(data.at)
    await consent.agree(session, by.tenant, by.person, data.version, data.locale, author.device, at)
    return Ok()


async def submission(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """A whole draft, written without a signal: the same steps as the route, rights as of now."""
    if mutation.op == "delete":
        return Rejected("submissions-stand")
    id, said = an_id(mutation.id, "id"), read(mutation.data, NewNotice)
    if said.association is None or not author.standing.officer_of(said.association):
        raise NotAllowed()
    by = author.standing
    notice = await session.get(Notice, (by.tenant, id))
    # The same draft from the phone's second try, under another mid: it is there already. What is there under another
    # kind is not what was pressed.
    if notice is not None and notice.kind != said.kind:
        raise IdTaken()
    if notice is None or notice.author != by.person:
        draft, out = said.draft(), said.publish
        notice = await publish.write(session, by, said.association, draft, author.now, id, announced=out)
        if said.publish:
            at = instant(said.publish_at, "publishAt")
            await publish.announce(session, by, notice, author.now, author.undo, at)
    body = {
        "notice": notice.id,
        "state": notice.state,
        "by": {"id": by.person, "name": by.name},
        "at": wire(author.now),
    }
    scope = audience.officers_scope(said.association)
    record(session, by.tenant, Change(scope, "submissions", notice.id, body))
    return Ok()


async def passage(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """An officer's word on a circular of the city, said without a signal: the same steps as the routes."""
    if mutation.op == "delete":
        return Rejected("passages-stand")
    circular_id, _, association = mutation.id.partition(".")
    data, by = read(mutation.data, PassageData), author.standing
    circular, row = await forwarding.received(session, by, an_id(circular_id, "id"), an_id(association, "id"))
    if data.act == "decline":
        await forwarding.decline(session, by, circular, row, data.reason, author.now)
        return Ok()
    if row.state == "forwarded" and row.decided_by == by.person:
        return Ok()  # the phone's second try
    deadline = instant(data.deadline, "deadline")
    await forwarding.forward(session, by, circular, row, data.cover, deadline, author.now, author.undo)
    return Ok()


async def prefer(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """What a person wishes, said without a signal: the same fields as the route, of oneself alone."""
    if mutation.op == "delete" or mutation.id != author.standing.person:
        return Rejected("not-yours")
    await preferences.prefer(session, author.standing, read(mutation.data, Preferences).wish(), author.now)
    return Ok()


HANDLERS: Mapping[str, Handler] = {
    "stamps": in_one_set(stamp, stamps.stamp_all),
    "answers": in_one_set(answers.press, answering.answer_all),
    "visits": one_by_one(visit, refusals.refuse),
    "consents": one_by_one(agree, refusals.refuse),
    "looks": one_by_one(look, refusals.refuse),
    "submissions": one_by_one(submission, refusals.refuse),
    "preferences": one_by_one(prefer, refusals.refuse),
    "passages": one_by_one(passage, refusals.refuse),
    "form-answers": form_answers.in_order(one_by_one(form_answers.answer, refusals.refuse)),
    "greetings": one_by_one(greet, refusals.refuse),
}


async def correct(session: AsyncSession, author: Author, mutation: Mutation, code: str) -> None:
    """Tells the author, on every device of theirs, that what they pressed did not count, and why."""
    by = author.standing
    body: dict[str, Any] = {
        "t": mutation.type,
        "id": mutation.id,
        "code": code,
        "message": refusals.sentence(code),
        "at": wire(author.now),
    }
    if mutation.type == "submissions" and mutation.data is not None:
        # What an officer wrote without a signal is theirs to keep, even where it can no longer be sent.
        body["said"] = {name: mutation.data.get(name) for name in ("title", "body")}
        if len(json.dumps(body["said"])) > 100_000:
            del body["said"]
    scope = audience.person_scope(by.person)
    record(session, by.tenant, Change(scope, "corrections", _correction_id(mutation), body))


async def current(session: AsyncSession, author: Author, mutation: Mutation) -> Mapping[str, Any] | None:
    """The record as its author may see it now; nothing of a scope they have left."""
    return await present(session, author.standing.tenant, author.scopes, mutation.type, mutation.id)


def _correction_id(mutation: Mutation) -> str:
    """Names what it corrects; where both names together are longer than an id may be, by their hash."""
    id = f"{mutation.type}.{mutation.id}"
    if len(id) <= 64 and len(mutation.type) <= 22:
        return id
    return urlsafe_b64encode(sha256(id.encode()).digest())[:22].decode()
