"""What is stored of a person and those who speak for one another: see export_rows.py."""

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from notices.models import FamilyTold, Greeting, Notice, Person, Proxy
from notices.privacy.export_rows import Body, Whose, told


async def proxies(who: Whose) -> list[Body]:
    """Who speaks or spoke for her, and for whom she does or did."""
    theirs, hers = aliased(Person), aliased(Person)
    columns = (hers.name, theirs.name, Proxy.name, Proxy.basis, Proxy.receive, Proxy.stamp, Proxy.answer)
    query = (
        select(*columns, Proxy.hear_after, Proxy.begins, Proxy.ends, Proxy.consent, Proxy.recorded_at)
        .add_columns(Proxy.accepted_at, Proxy.ended_at, Proxy.reason)
        .join(hers, (hers.tenant == Proxy.tenant) & (hers.id == Proxy.represented))
        .outerjoin(theirs, (theirs.tenant == Proxy.tenant) & (theirs.id == Proxy.person))
        .where(Proxy.tenant == who.tenant)
        .where(or_(Proxy.person == who.person, Proxy.represented == who.person))
        .order_by(Proxy.recorded_at, Proxy.id)
    )
    said = "represented person invited basis receive stamp answer hearAfter begins ends consent"
    return await told(who, query, *said.split(), "recordedAt", "acceptedAt", "endedAt", "reason")


async def greeting(who: Whose) -> list[Body]:
    """Whether she presses each day that she is well, and what she pressed last."""
    columns = (Greeting.until, Greeting.away_to, Greeting.since, Greeting.pressed_for, Greeting.pressed_at)
    query = select(*columns).where(Greeting.tenant == who.tenant, Greeting.person == who.person)
    return await told(who, query, "until", "awayTo", "since", "pressedFor", "pressedAt")


async def family_told(who: Whose) -> list[Body]:
    """What she was told of those for whom she hears, and what was told of her."""
    query = (
        select(FamilyTold.what, Notice.title, FamilyTold.day, FamilyTold.at, Proxy.person == who.person)
        .join(Proxy, (Proxy.tenant == FamilyTold.tenant) & (Proxy.id == FamilyTold.proxy))
        .outerjoin(Notice, (Notice.tenant == FamilyTold.tenant) & (Notice.id == FamilyTold.notice))
        .where(FamilyTold.tenant == who.tenant)
        .where(or_(Proxy.person == who.person, Proxy.represented == who.person))
        .order_by(FamilyTold.at, FamilyTold.id)
    )
    return await told(who, query, "what", "notice", "day", "at", "toYou")
