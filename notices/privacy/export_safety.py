"""What was said of a person's safety, and what they said of others', read for that person."""

from typing import Any

from sqlalchemy import or_, select

from notices.models import Household, Notice, Person, SafetyAnswer
from notices.privacy.export_rows import Whose, lived_in, told

Body = dict[str, Any]


async def answers(who: Whose) -> list[Body]:
    """Of them, of a home of theirs as a whole while they lived there, and by them."""
    said = SafetyAnswer
    homes = lived_in(who, said.subject, said.received_at)
    query = (
        select(Notice.title, Household.name, said.state, said.note, said.place, Person.name, said.how)
        .add_columns(said.at, said.received_at, said.subject == who.person)
        .join(Notice, (Notice.tenant == said.tenant) & (Notice.id == said.notice))
        .join(Household, (Household.tenant == said.tenant) & (Household.id == said.household))
        .join(Person, (Person.tenant == said.tenant) & (Person.id == said.by))
        .where(said.tenant == who.tenant)
        .where(or_(said.subject == who.person, said.by == who.person, homes))
        .order_by(said.received_at, said.notice, said.subject)
    )
    names = ("title", "home", "state", "note", "place", "by", "how", "at", "receivedAt", "ofMe")
    return await told(who, query, *names)
