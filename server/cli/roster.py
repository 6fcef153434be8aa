"""roster import, roster export."""

import asyncio
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from server.cli.terminal import aside, bar, json_option, show_json, table

association_option = click.option("--association", required=True, help="Its short name, see `kairan seats`.")
city_option = click.option("--city", help="Id of the city, where several have one of that name.")


@click.group()
def roster() -> None:
    """Import or export an association's list of households (CSV, UTF-8 or Shift_JIS)."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@association_option
@city_option
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@click.option("--really", is_flag=True, help="Also where most households, or all officers, would go.")
@json_option
def import_(
    file: Path, association: str, city: str | None, dry_run: bool, really: bool, as_json: bool
) -> None:
    """Make the association what FILE says: all rows or none. The same file again changes nothing.

    Who is not in it any more has moved away. Exit code 1 where nothing was imported because of errors.
    """
    from server.cli.operate import run_operation
    from server.processes.admin import Refused

    args = {
        "association": association,
        "city": city,
        "csv": b64encode(file.read_bytes()).decode(),
        "dryRun": dry_run,
        "really": really,
    }
    try:
        with bar("Importing") as tell:
            done = run_operation("roster.import", args, tell)
    except Refused as refused:
        if "report" not in refused.facts:
            raise
        _show(refused.facts | {"applied": False, "slug": refused.slug}, as_json)
        raise
    _show(done, as_json)
    if not as_json:
        _say_what_changed(done, dry_run)
    if any(line["level"] == "error" for line in done["report"]):
        sys.exit(1)


def _show(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(done)
    elif done["report"]:
        rows = [(line["row"] or "", line["level"], line["message"]) for line in done["report"]]
        table(("row", "", ""), rows, colour_by=1)


def _say_what_changed(done: dict[str, Any], dry_run: bool) -> None:
    changes = ", ".join(f"{name} {count}" for name, count in done["changes"].items() if count)
    if not changes:
        aside(f"{done['rows']} rows; there was nothing to change.")
    else:
        aside(f"{done['rows']} rows; {'this would change' if dry_run else 'changed'}: {changes}.")


@roster.command("export")
@association_option
@city_option
@click.option("--cp932", is_flag=True, help="In Shift_JIS, for older spreadsheets; else UTF-8.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; else standard output."
)
def export(association: str, city: str | None, cp932: bool, output: Path | None) -> None:
    """The association as CSV, which `roster import` takes back without a change. It holds personal data."""
    data = asyncio.run(_export(association, city, "cp932" if cp932 else "utf-8"))
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        output.touch(mode=0o600)
        output.write_bytes(data)


async def _export(slug: str, city: str | None, encoding: str) -> bytes:
    from notices import roster as rosters
    from notices.roster import sheet
    from server.cli.reading import reading
    from server.operations import places

    async with reading() as (house, session):
        place = await places.association(session, slug, city)
        rows = await rosters.export(session, house.keys.vault, place.tenant, place.id, house.clock())
    return sheet.format(rows, encoding)
