"""gateway: machines that are told of notices. docs/gateways.md is for whoever builds one."""

import asyncio
import sys
from typing import Any

import click

from server.cli.roster import city_option
from server.cli.terminal import aside, json_option, show_json, table


@click.group()
def gateway() -> None:
    """Machines that are told of notices: a loudspeaker's controller, an SNS poster, the homepage."""


@gateway.command()
@click.option("--name", required=True, help="What you call it.")
@click.option("--url", required=True, help="https://…, or under an origin of KAIRAN_GATEWAY_HOSTS.")
@click.option("--association", help="Short name; without it, it is told of the whole city's notices.")
@city_option
@click.option("--kind", "kinds", multiple=True, help="Only these kinds (may be given several times).")
@click.option("--topic", "topics", multiple=True, help="Only these topics; without, all but obituaries.")
@json_option
def add(
    name: str,
    url: str,
    association: str | None,
    city: str | None,
    kinds: tuple[str, ...],
    topics: tuple[str, ...],
    as_json: bool,
) -> None:
    """Add one. Its secret is shown this once; with it the machine tells our calls from forged ones."""
    from server.cli.operate import run_operation

    args = {"name": name, "url": url, "association": association, "city": city}
    made = run_operation("gateway.add", args | {"kinds": list(kinds), "topics": list(topics)})
    if as_json:
        show_json(made)
    else:
        click.echo(f"id      {made['id']}\nsecret  {made['secret']}")
        aside(f"The secret is not shown again. Try it: `kairan gateway test {made['id']}`.")


@gateway.command(name="list")
@city_option
@json_option
def list_(city: str | None, as_json: bool) -> None:
    """Which there are, and how many calls in a row each has not taken."""
    rows = asyncio.run(_rows(city))
    if as_json:
        show_json(rows)
        return
    columns = ("id", "name", "city", "association", "host", "failures")
    table(columns, [["" if row[each] is None else row[each] for each in columns] for row in rows])


async def _rows(city: str | None) -> list[dict[str, Any]]:
    from server.cli.reading import reading
    from server.operations import gateways

    async with reading() as (house, session):
        return await gateways.rows(session, house, city)


@gateway.command()
@click.argument("id")
@json_option
def remove(id: str, as_json: bool) -> None:
    """Tell it nothing more."""
    from server.cli.operate import run_operation

    done = run_operation("gateway.remove", {"id": id})
    if as_json:
        show_json(done)
    else:
        aside(f"{done['name']} is told nothing more.")


@gateway.command()
@click.argument("id")
@json_option
def test(id: str, as_json: bool) -> None:
    """One call now that says it is a test; exit code 1 where it is not taken."""
    from server.cli.operate import run_operation

    done = run_operation("gateway.test", {"id": id})
    if as_json:
        show_json(done)
    else:
        aside(
            "It was taken." if done["taken"] else f"Not taken ({done['code'] or 'no answer'}). {done['said']}"
        )
    if not done["taken"]:
        sys.exit(1)
