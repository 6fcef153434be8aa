"""Who has not been heard of: told from when their phones last synced, and from the questions they left unanswered.

Nothing here is kept: a phone that syncs ends its person's silence by that alone.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Exists, and_, exists, func, select

from notices.models import Device, Message, Question

QUIET: Final = timedelta(days=60)
"""A phone that has not been seen for so long may lie in a drawer, though its push service still takes what we send.
Shorter, and everybody who is on a journey or in hospital would be asked; browsers drop a page's data sooner or later."""
AGAIN: Final = timedelta(days=30)
"""Nobody is asked twice in that time, and a question that is so old has no answer."""
TWICE: Final = 2
"""Questions in one silence; then it is for people to ask."""
GIVEN_UP: Final = timedelta(days=30)
"""For officers to hand over a new slip, before the home gets paper by itself."""

Of = ColumnElement[Any] | Any
"""Columns of the outer statement that name a person."""


def seen_since(tenant: Of, person: Of, then: datetime | Of) -> Exists:
    """One of their phones has synced, or was enrolled, since then."""
    return _phone(tenant, person).where(_seen() >= then)


def silent(tenant: Of, person: Of, now: datetime) -> ColumnElement[bool]:
    """They have a phone, and none of theirs was seen since QUIET. Who has none is not silent: there is nothing to hear."""
    return silent_since(tenant, person, now - QUIET)


def silent_since(tenant: Of, person: Of, then: datetime | Of) -> ColumnElement[bool]:
    return and_(_phone(tenant, person), ~seen_since(tenant, person, then))


def asked_in_vain(tenant: Of, person: Of, now: datetime, wait: timedelta) -> ColumnElement[bool]:
    """TWICE since their phone was last seen, by questions that left, and the last of them `wait` ago."""
    return asked_since_seen(tenant, person, now - wait) >= TWICE


def asked_since_seen(tenant: Of, person: Of, until: datetime) -> ColumnElement[int]:
    """How often, up to then; a question to two phones is one."""
    return (
        select(func.count(Question.at.distinct()))
        .join(Message, and_(Message.tenant == Question.tenant, Message.id == Question.message))
        .where(Question.tenant == tenant, Question.person == person, Question.at <= until)
        .where(Message.state == "sent", ~seen_since(Question.tenant, Question.person, Question.at))
        .scalar_subquery()
    )


def _phone(tenant: Of, person: Of) -> Exists:
    return exists().where(Device.tenant == tenant, Device.person == person, Device.revoked_at.is_(None))


def _seen() -> ColumnElement[datetime]:
    return func.coalesce(Device.seen_at, Device.created_at)
