"""`init`: a city, an association and its first officer, in one transaction, with the ticket for that officer's phone."""

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import roster
from notices.models import Association, City
from notices.roster import sheet
from notices.roster.rows import same
from notices.tokyo import today
from notices.town import founding
from server.house import House
from server.operations.seats import slip
from server.processes.admin import Progress, Refused, Result


async def found(house: House, args: Mapping[str, Any], progress: Progress) -> Result:
    """{city, cityId, contact, association, slug, district?, officer, roster?: base64, anotherCity?}.

    A city id that exists adds an association to that city. With a roster the first officer is the one of that name
    in it, or its president; without one a household is made for the officer.
    """
    vault = house.keys.vault
    now = house.clock()
    async with house.db.write() as session:
        city = await _city(session, args, now)
        await _insist_on_new(session, city.tenant, args["slug"])
        contact = args.get("contact") or f"{args['association']}　{args.get('officer') or ''}".strip()
        made = await founding.association(
            session,
            vault,
            city.tenant,
            args["association"],
            args["slug"],
            contact,
            now,
            district=args.get("district") or "",
        )
        if args.get("roster"):
            officer = await _from_roster(house, session, made, args, progress, now)
        else:
            name = (args.get("officer") or "").strip()
            if not name:
                raise Refused("Give the name of the first officer (--officer), or a --roster that names one.")
            officer = await founding.first_officer(session, vault, city.tenant, made.id, name, now)
        issued = await slip(house, session, city.tenant, officer, now)
    return {"city": city.name, "cityId": city.tenant, "association": made.name, "slug": made.slug} | issued


async def _city(session: AsyncSession, args: Mapping[str, Any], now: datetime) -> City:
    there = {row.tenant: row for row in await session.scalars(select(City))}
    if (known := there.get(args["cityId"])) is not None:
        if known.demo:
            raise Refused("This is the demo's database: real people do not belong there. Use another file.")
        return known
    if there and not args.get("anotherCity"):
        names = ", ".join(f"{row.name} (--city-id {row.tenant})" for row in there.values())
        raise Refused(
            f"There is a city already: {names}. Name it to add an association to it; "
            "for a second city in this database add --another-city."
        )
    name = (args.get("city") or "").strip()
    if not name:
        raise Refused("Give the name of the city (--city).")
    return await founding.city(session, args["cityId"], name, args.get("contact") or name, now)


async def _insist_on_new(session: AsyncSession, tenant: str, slug: str) -> None:
    query = select(Association.name).where(Association.tenant == tenant, Association.slug == slug)
    if (name := await session.scalar(query)) is not None:
        raise Refused(f"{name} has the short name {slug!r} already: choose another with --slug.")


async def _from_roster(
    house: House,
    session: AsyncSession,
    place: Association,
    args: Mapping[str, Any],
    progress: Progress,
    now: datetime,
) -> str:
    """The person who gets the first ticket. Raises RosterHasErrors, Refused."""
    parsed = sheet.parse(b64decode(args["roster"]), today(now))
    await roster.apply(session, house.keys.vault, place.tenant, place.id, parsed, None, now, progress)
    officers = await founding.officers(session, place.tenant, place.id, now)
    named = args.get("officer")
    meant = [person for person, name, _ in officers if not named or same(name) == same(named)]
    if meant:
        return meant[0]
    there = ", ".join(f"{name} ({title})" for _, name, title in officers)
    raise Refused(
        f"The roster makes {named} no officer; it has: {there}."
        if there
        else "The roster has no officer whose term runs today: write 会長 in the column 役職."
    )
