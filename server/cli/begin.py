"""init: from an empty machine to the ticket for the first officer's phone."""

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from notices.models import City
from notices.vault import Vault
from server import keys, migrate
from server.cli.operate import run_operation
from server.cli.slips import show_slip
from server.cli.terminal import aside, bar, json_option, show_json
from server.db import Database
from server.processes import ready
from server.processes.admin import Refused
from server.settings import Settings, load

_NO_KEYS = Vault(encryption={}, newest=0, look_up=b"")
"""What is read before there are keys needs none."""


@click.command()
@click.option("--city", help="Name of the city, as people read it.")
@click.option("--city-id", help="2–8 small letters or digits; begins every token, and stays for ever.")
@click.option("--association", help="Name of the first association.")
@click.option("--slug", help="Its short name in addresses and commands: small letters, digits, hyphens.")
@click.option(
    "--district", help="The part of the city it lies in (地区), by which clerks choose many at once."
)
@click.option("--officer", help="Name of its first officer.")
@click.option("--contact", help="The line on every screen that says whom to ask.")
@click.option(
    "--roster", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Households (CSV)."
)
@click.option("--another-city", is_flag=True, help="A second city in the same database.")
@click.option("--yes", is_flag=True, help="Ask nothing; what is not given takes its default.")
@json_option
def init(roster: Path | None, another_city: bool, yes: bool, as_json: bool, **given: str | None) -> None:
    """Begin: keys, database, a city, an association, its first officer, and the way in for that officer's phone.

    With --city-id of a city that is there already, this adds an association to it.
    """
    settings = load()
    there = _cities(settings)
    if there and given["city_id"] not in there and not another_city:
        names = ", ".join(f"{name} (--city-id {id})" for id, name in there.items())
        raise Refused(
            f"There is a city already: {names}. Name it to add an association to it; "
            "for a second city in this database add --another-city."
        )
    answers = _answers(given, given["city_id"] in there, roster is not None, yes or as_json)
    if roster is not None:
        answers["roster"] = b64encode(roster.read_bytes()).decode()
    if not there:
        _prepare(settings)
    with bar("Founding") as tell:
        made = run_operation("found", answers | {"anotherCity": another_city}, tell)
    if as_json:
        show_json(made)
        return
    aside(
        f"\n{made['association']} of {made['city']} is ready. Keys: {settings.secret_file} (keep a copy apart)."
    )
    show_slip(settings, made)
    aside("Next: run `kairan serve`, then scan this with the officer's phone and write the first circular.")


def _cities(settings: Settings) -> dict[str, str]:
    """Id → name of the cities that are there; none on an empty machine."""
    file = ready.database_file(settings)
    if file is not None and (not file.exists() or file.stat().st_size == 0):
        return {}
    if ready.asked(settings, lambda: migrate.present(settings.database_url)) is None:
        return {}
    ready.insist_on_schema(settings)
    return asyncio.run(_read_cities(settings))


async def _read_cities(settings: Settings) -> dict[str, str]:
    db = Database(settings.database_url, _NO_KEYS)
    try:
        async with db.read() as session:
            return {row.tenant: row.name for row in await session.scalars(select(City))}
    finally:
        await db.close()


def _answers(given: dict[str, str | None], known: bool, listed: bool, silent: bool) -> dict[str, Any]:
    """Asks for what is missing, in plain words; `known`: the city is there, `listed`: a roster names people."""
    answers: dict[str, Any] = {"cityId": given["city_id"], "district": given["district"] or ""}
    if not known:
        answers["city"] = _answer(given, "city", "Name of the city or town", None, silent)
        answers["cityId"] = _answer(given, "city_id", "Its short id (2–8 small letters)", "town", silent)
    answers["association"] = _answer(given, "association", "Name of the first association", None, silent)
    answers["slug"] = _answer(given, "slug", "Its short name for addresses (small letters)", "first", silent)
    officer = (
        given["officer"] if listed else _answer(given, "officer", "Name of its first officer", None, silent)
    )
    answers["officer"] = officer
    usual = " ".join(filter(None, (answers["association"], officer)))
    answers["contact"] = _answer(given, "contact", "Whom to ask, shown on every screen", usual, silent)
    return answers


def _answer(given: dict[str, str | None], name: str, question: str, usual: str | None, silent: bool) -> str:
    answer = given[name]
    if answer is None and silent:
        if usual is None:
            raise click.UsageError(f"--{name.replace('_', '-')} is missing.")
        answer = usual
    return (answer or click.prompt(question, default=usual, err=True)).strip()


def _prepare(settings: Settings) -> None:
    """Keys and schema, where they are missing."""
    with ready.alone(settings):
        if not Path(settings.secret_file).exists():
            keys.make(Path(settings.secret_file))
        ready.kept_keys(settings)
        migrate.upgrade(settings.database_url)
