"""people export: what is stored of somebody, for those who have no phone to ask with."""

from pathlib import Path

import click

from server.cli.roster import association_option, city_option
from server.cli.terminal import aside

person_option = click.option("--person", required=True, help="Name or number of somebody who lives there.")


@click.group()
def people() -> None:
    """What is stored of a person, for that person."""


@people.command("export")
@association_option
@city_option
@person_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="A file, instead of the terminal."
)
def export_(association: str, city: str | None, person: str, out: Path | None) -> None:
    """All that is stored of one person, as JSON (docs/export.md). It is on record that it was made.

    Addresses are in clear in it: hand it to that person, and delete it.
    """
    from notices.privacy.export import as_text
    from server.cli.operate import run_operation

    told = run_operation("people.export", {"association": association, "city": city, "person": person})
    if out is None:
        click.echo(as_text(told), nl=False)
    else:
        out.write_text(as_text(told))
        aside(f"Written to {out}. It holds addresses in clear: hand it over, and delete it.")
