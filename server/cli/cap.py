"""cap: who may bring alerts of others. docs/cap.md is for whoever connects one."""

import asyncio
from typing import Any

import click

from server.cli.roster import city_option
from server.cli.terminal import aside, json_option, show_json, table


@click.group()
def cap() -> None:
    """Alerts of others (CAP 1.2): who may bring them."""


@cap.command()
@click.option("--name", required=True, help="What you call whoever brings them.")
@click.option(
    "--sender", "senders", multiple=True, required=True, help="Whose alerts, as they name it; several: again."
)
@city_option
@json_option
def allow(name: str, senders: tuple[str, ...], city: str | None, as_json: bool) -> None:
    """Allow one. Its secret is shown this once; it is sent as bearer with each alert."""
    from server.cli.operate import run_operation

    made = run_operation("cap.allow", {"name": name, "senders": list(senders), "city": city})
    if as_json:
        show_json(made)
    else:
        click.echo(f"id      {made['id']}\nsecret  {made['secret']}")
        aside("The secret is not shown again. Alerts become drafts: nothing goes out by them alone.")


@cap.command(name="list")
@city_option
@json_option
def list_(city: str | None, as_json: bool) -> None:
    """Which there are, and whose alerts each may bring."""
    rows = asyncio.run(_rows(city))
    if as_json:
        show_json(rows)
        return
    table(
        ("id", "name", "city", "senders"),
        [[row["id"], row["name"], row["city"], ", ".join(row["senders"])] for row in rows],
    )


async def _rows(city: str | None) -> list[dict[str, Any]]:
    from server.cli.reading import reading
    from server.operations import alerts

    async with reading() as (_, session):
        return await alerts.rows(session, city)


@cap.command()
@click.argument("id")
@json_option
def disallow(id: str, as_json: bool) -> None:
    """Take no more alerts from it."""
    from server.cli.operate import run_operation

    done = run_operation("cap.disallow", {"id": id})
    if as_json:
        show_json(done)
    else:
        aside(f"{done['name']} brings no more alerts.")
