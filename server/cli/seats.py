"""seats, ticket: the city's own clerks; recovery of an association whose officers are gone, of a person whose phone is."""

import asyncio
from datetime import datetime
from typing import Any

import click

from server.cli.roster import city_option
from server.cli.terminal import aside, json_option, show_json, table

ROLES = ("president", "officer", "block-leader", "helper")
OF_THE_CITY = ("clerk", "approver")


@click.group(invoke_without_command=True)
@click.option("--association", help="Its short name; without it, the list of associations.")
@click.option("--clerks", is_flag=True, help="The seats of the city itself.")
@city_option
@json_option
@click.pass_context
def seats(ctx: click.Context, association: str | None, clerks: bool, city: str | None, as_json: bool) -> None:
    """Who holds which seat. `seats appoint` gives one to somebody where nobody is left to do it."""
    if ctx.invoked_subcommand is not None:
        return
    rows = asyncio.run(_listed(association, city, clerks))
    if as_json:
        show_json(rows)
    else:
        columns = _CLERKS if clerks else _ASSOCIATIONS if association is None else _SEATS
        table(list(columns.values()), [[row[name] or "" for name in columns] for row in rows])


_ASSOCIATIONS = {
    "city": "city",
    "slug": "association",
    "name": "name",
    "district": "district",
    "officers": "officers",
}
_SEATS = {
    "role": "role",
    "title": "title",
    "block": "block",
    "person": "held by",
    "begins": "from",
    "ends": "until",
}


_CLERKS = {
    "city": "city",
    "role": "role",
    "title": "title",
    "person": "held by",
    "begins": "from",
    "ends": "until",
}


async def _listed(slug: str | None, city: str | None, clerks: bool) -> list[dict[str, Any]]:
    from server.cli.reading import reading
    from server.operations import lists, places

    async with reading() as (house, session):
        if clerks:
            return await lists.clerks(session, city, house.clock())
        if slug is None:
            return await lists.associations(session, city, house.clock())
        place = await places.association(session, slug, city)
        return await lists.seats(session, place, house.clock())


@seats.command()
@click.option("--association", help="Its short name, see `kairan seats`; a clerk of the city needs none.")
@city_option
@click.option("--role", required=True, type=click.Choice(ROLES + OF_THE_CITY))
@click.option("--person", required=True, help="Name or number of somebody who lives there; a clerk's name.")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="First day; today unless given.")
@click.option("--title", help="What the seat is called, e.g. 副会長.")
@click.option("--block", help="For a block leader: the name of the block.")
@json_option
def appoint(
    association: str | None,
    city: str | None,
    role: str,
    person: str,
    begins: datetime | None,
    title: str | None,
    block: str | None,
    as_json: bool,
) -> None:
    """Give a seat to somebody, with a slip for their phone. It is on record as the operator's doing.

    Whoever holds a president's or a leader's seat then holds it until that day. Clerks and approvers work for the city:
    they need not live in an association, and are added.
    """
    from notices.tokyo import today
    from server.cli.operate import run_operation
    from server.house import utc_now

    of_the_city = role in OF_THE_CITY
    if association is None and not of_the_city:
        raise click.UsageError("--association is missing.")
    day = begins.date() if begins is not None else today(utc_now())
    args = {"association": association, "city": city, "role": role, "person": person}
    args |= {"from": day.isoformat(), "title": title, "block": block}
    made = run_operation("clerks.appoint" if of_the_city else "seats.appoint", args)
    _show(made, as_json)
    if not as_json:
        when = f"from {made['from']} on" if made["coming"] else "now"
        aside(f"{made['person']} is {made['title']} {when}; {made['ended']} other terms end that day.")


@seats.command()
@city_option
@click.option("--role", required=True, type=click.Choice(OF_THE_CITY))
@click.option("--person", required=True, help="Name.")
@json_option
def end(city: str | None, role: str, person: str, as_json: bool) -> None:
    """End a clerk's or an approver's seat, now. Officers of associations change with the roster."""
    from server.cli.operate import run_operation

    ended = run_operation("clerks.end", {"city": city, "role": role, "person": person})
    if as_json:
        show_json(ended)
    else:
        aside(f"{ended['person']} is {ended['title']} no more.")


@click.command()
@click.option("--association", help="Its short name, see `kairan seats`; for a clerk of the city, none.")
@city_option
@click.option("--person", required=True, help="Name or number of somebody who lives there; a clerk's name.")
@json_option
def ticket(association: str | None, city: str | None, person: str, as_json: bool) -> None:
    """A new slip for one person's phone, good until used; an earlier one stops working."""
    from server.cli.operate import run_operation

    asked = {"association": association, "city": city, "person": person}
    _show(run_operation("clerks.ticket" if association is None else "ticket", asked), as_json)


def _show(made: dict[str, Any], as_json: bool) -> None:
    from server.cli.slips import show_slip
    from server.settings import load

    if as_json:
        show_json(made)
    else:
        show_slip(load(), made)
