"""audit verify."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from server.cli.terminal import aside, bar, json_option, show_json
from server.processes.admin import Progress


@click.group()
def audit() -> None:
    """The record of what officers and operators did."""


@audit.command()
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="[CITY:]SEQ:HASH",
    help="A head as it was mailed; several: again.",
)
@click.option(
    "--heads",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with heads: lines, or mails that were saved.",
)
@json_option
def verify(heads: Sequence[str], files: Sequence[Path], as_json: bool) -> None:
    """Check the chain of every city; name the first entry that does not hold.

    Only against a head that was mailed is it found that somebody wrote the whole record anew.
    Exit code 1 where a chain is broken, 2 where a head cannot be read.
    """
    with bar("entries") as tell:
        found = asyncio.run(_verified(_read(heads, files), tell))
    broken = any(city["firstBad"] for city in found)
    if as_json:
        show_json({"ok": not broken, "cities": found})
    for city in [] if as_json else found:
        aside(f"{city['city']}: {_sentence(city)}.")
    sys.exit(1 if broken else 0)


def _sentence(city: dict[str, Any]) -> str:
    if city["firstBad"]:
        return str(city["firstBad"]["sentence"])
    against = f", and what was mailed up to entry {city['mailed']} is in it" if city["mailed"] else ""
    return f"{city['entries']} entries, the chain holds{against}"


def _read(heads: Sequence[str], files: Sequence[Path]) -> list[Any]:
    from notices.auditing.heads import HeadUnreadable, found_in, read

    try:
        given = [read(each) for each in heads]
        for file in files:
            given += found_in(file.read_text("utf-8", "replace"))
    except HeadUnreadable as error:
        raise click.UsageError(str(error)) from None
    return given


async def _verified(heads: Sequence[Any], tell: Progress) -> list[dict[str, Any]]:
    from sqlalchemy import select, union

    from notices.auditing.checking import check
    from notices.models import Audit, AuditHead, City
    from server.cli.reading import reading

    found = []
    async with reading() as (_, session):
        tenants = union(select(City.tenant), select(AuditHead.tenant), select(Audit.tenant).distinct())
        cities = sorted((await session.scalars(tenants)).all())
        theirs = _by_city(heads, cities)
        for tenant in cities:
            mailed = theirs.get(tenant, [])
            checked = await check(session, tenant, mailed, tell)
            bad = checked.bad and {"seq": checked.bad.seq, "sentence": checked.bad.sentence}
            last = max((each.seq for each in mailed), default=None)
            found.append({"city": tenant, "entries": checked.entries, "mailed": last, "firstBad": bad})
    return found


def _by_city(heads: Sequence[Any], cities: Sequence[str]) -> dict[str, list[Any]]:
    """Raises UsageError for a head of no city of this house."""
    theirs: dict[str, list[Any]] = {}
    for head in sorted(heads, key=lambda each: int(each.seq)):
        tenant = head.tenant or (cities[0] if len(cities) == 1 else "")
        if tenant not in cities:
            which = f"There is no city {tenant!r} here" if tenant else "Say which city the head is of"
            raise click.UsageError(f"{which}: {', '.join(cities) or 'there is none'}.")
        theirs.setdefault(tenant, []).append(head)
    return theirs
