"""ALL THAT IS STORED OF A PERSON, for that person: in words and names, with addresses opened. The form is docs/export.md.

Which table ends in which part stands below, and a test holds that no table that names a person is forgotten.
"""

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Address, Person
from notices.privacy import consent, export_families, export_forms, export_rows, export_safety
from notices.tokyo import wire
from notices.town import preferences
from notices.vault import Vault

FORMAT: Final = 1
Body = dict[str, Any]

PARTS: Final = {
    "person": "person",
    "resident": "homes",
    "term": "seats",
    "device": "devices",
    "ticket": "tickets",
    "address": "addresses",
    "consent": "consents",
    "passkey": "passkeys",
    "stamp": "stamps",
    "notice_household": "stamps",
    "form_answer": "answers",
    "visit": "visits",
    "safety_answer": "safetyAnswers",
    "look": "looks",
    "carriage": "carriages",
    "message": "messages",
    "delivery": "messages",
    "question": "questions",
    "proxy": "proxies",
    "greeting": "greeting",
    "notice": "written",
    "notice_revision": "written",
    "file": "files",
    "audit": "deeds",
}
"""Table that names a person → the part in which it is told."""
LEFT_OUT: Final = {
    "upload": "parts of a file on its way, gone within days; the file itself is told",
    "idempotency": "hashes of requests, so that one that is repeated is answered alike; it tells nothing",
    "line_code": "a code of minutes, kept as a hash",
    "mailed_code": "a code of minutes, encrypted",
    "memo": "what a message was about, which is told with it",
    "nudge": "that a message reminded of a city's circular; the message is told",
    "handover": "what an officer pressed, told among the deeds; the terms are told as seats",
    "approval": "what somebody at the city hall asked and decided, told among the deeds",
    "cap_rule": "what a clerk wrote and switched on for alerts, told among the deeds",
    "circulation": "what an officer did with a city's circular, told among the deeds",
    "sheet": "what an officer or leader printed, told among the deeds",
    "life_change": "what an officer entered, told among the deeds; what became of homes is told as homes",
}
"""Table that names a person → why nothing of it is told."""


async def of_person(session: AsyncSession, vault: Vault, tenant: str, person: str, now: datetime) -> Body:
    row = await session.get_one(Person, (tenant, person))
    who = export_rows.Whose(session, tenant, person)
    return {
        "format": FORMAT,
        "madeAt": wire(now),
        "person": _person(vault, row),
        "homes": await export_rows.homes(who, vault),
        "seats": await export_rows.seats(who),
        "addresses": [_address(vault, each) for each in await export_rows.addresses(who)],
        "devices": await export_rows.devices(who),
        "tickets": await export_rows.tickets(who),
        "passkeys": await export_rows.passkeys(who),
        "preferences": preferences.told(row),
        "consents": [consent.told(each) for each in await consent.given(session, tenant, person)],
        "stamps": await export_rows.stamps(who),
        "answers": await export_forms.answers(who),
        "visits": await export_rows.visits(who),
        "safetyAnswers": await export_safety.answers(who),
        "looks": await export_rows.looks(who),
        "carriages": await export_rows.carriages(who),
        "messages": await export_rows.messages(who),
        "proxies": await export_families.proxies(who),
        "greeting": await export_families.greeting(who),
        "familyTold": await export_families.family_told(who),
        "questions": await export_rows.questions(who),
        "written": await export_rows.written(who),
        "files": await export_rows.files(who),
        "deeds": await export_rows.deeds(who),
    }


def _person(vault: Vault, row: Person) -> Body:
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "kana": row.kana,
        "born": row.born,
        "telephone": vault.decrypt(row.tenant, row.phone) if row.phone else None,
        "createdAt": wire(row.created_at),
        "endedAt": wire(row.ended_at),
        "erasedAt": wire(row.erased_at),
    }


def _address(vault: Vault, row: Address) -> Body:
    return {
        "channel": row.channel,
        "address": _opened(vault, row),
        "state": row.state,
        "reason": row.reason,
        "stoppedTopics": row.stopped_topics or [],
        "createdAt": wire(row.created_at),
        "changedAt": wire(row.changed_at),
    }


def _opened(vault: Vault, row: Address) -> str | None:
    """Of a push subscription where it goes; its keys belong to the browser."""
    if not row.secret:
        return None
    text = vault.decrypt(row.tenant, row.secret)
    return str(json.loads(text)["endpoint"]) if row.channel == "push" else text


def as_text(body: Body) -> str:
    """For a file that people open: indented, in their own letters."""
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
