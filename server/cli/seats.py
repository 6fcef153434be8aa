"""seats, ticket: recovery of an association whose officers are gone, and of a person whose phone is."""

import asyncio
from datetime import datetime
from typing import Any

import click

from server.cli.roster import association_option, city_option
from server.cli.terminal import aside, json_option, show_json, table

ROLES = ("president", "officer", "block-leader", "helper")


@click.group(invoke_without_command=True)
@click.option("--association", help="Its short name; without it, the list of associations.")
@city_option
@json_option
@click.pass_context
def seats(ctx: click.Context, association: str | None, city: str | None, as_json: bool) -> None:
    """Who holds which seat. `seats appoint` gives one to somebody where nobody is left to do it."""
    if ctx.invoked_subcommand is not None:
        return
    rows = asyncio.run(_listed(association, city))
    if as_json:
        show_json(rows)
    else:
        columns = _ASSOCIATIONS if association is None else _SEATS
        table(list(columns.values()), [[row[name] or "" for name in columns] for row in rows])


_ASSOCIATIONS = {"city": "city", "slug": "association", "name": "name", "officers": "officers"}
_SEATS = {
    "role": "role",
    "title": "title",
    "block": "block",
    "person": "held by",
    "begins": "from",
    "ends": "until",
}


async def _listed(slug: str | None, city: str | None) -> list[dict[str, Any]]:
    from server.cli.reading import reading
    from server.operations import lists, places

    async with reading() as (house, session):
        if slug is None:
            return await lists.associations(session, city, house.clock())
        place = await places.association(session, slug, city)
        return await lists.seats(session, place, house.clock())


@seats.command()
@association_option
@city_option
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--person", required=True, help="Name or number of somebody who lives there.")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="First day; today unless given.")
@click.option("--title", help="What the seat is called, e.g. 副会長.")
@click.option("--block", help="For a block leader: the name of the block.")
@json_option
def appoint(
    association: str,
    city: str | None,
    role: str,
    person: str,
    begins: datetime | None,
    title: str | None,
    block: str | None,
    as_json: bool,
) -> None:
    """Give a seat to somebody, with a slip for their phone. It is on record as the operator's doing.

    Whoever holds a president's or a leader's seat then holds it until that day.
    """
    from notices.tokyo import today
    from server.cli.operate import run_operation
    from server.house import utc_now

    day = begins.date() if begins is not None else today(utc_now())
    args = {"association": association, "city": city, "role": role, "person": person}
    args |= {"from": day.isoformat(), "title": title, "block": block}
    made = run_operation("seats.appoint", args)
    _show(made, as_json)
    if not as_json:
        when = f"from {made['from']} on" if made["coming"] else "now"
        aside(f"{made['person']} is {made['title']} {when}; {made['ended']} other terms end that day.")


@click.command()
@association_option
@city_option
@click.option("--person", required=True, help="Name or number of somebody who lives there.")
@json_option
def ticket(association: str, city: str | None, person: str, as_json: bool) -> None:
    """A new slip for one person's phone, good until used; an earlier one stops working."""
    from server.cli.operate import run_operation

    _show(run_operation("ticket", {"association": association, "city": city, "person": person}), as_json)


def _show(made: dict[str, Any], as_json: bool) -> None:
    from server.cli.slips import show_slip
    from server.settings import load

    if as_json:
        show_json(made)
    else:
        show_slip(load(), made)
