"""people export, people erase: for those who have no phone to ask with."""

from pathlib import Path

import click

from server.cli.roster import association_option, city_option
from server.cli.terminal import aside

person_option = click.option("--person", required=True, help="Name or number of somebody who lives there.")


@click.group()
def people() -> None:
    """What is stored of a person: given to them, or erased."""


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


@people.command()
@association_option
@city_option
@person_option
@click.option("--yes", is_flag=True, help="It cannot be undone, and is done at once.")
def erase(association: str, city: str | None, person: str, yes: bool) -> None:
    """Make one person a number: name, addresses, phones and codes go at once, for good.

    The household stays, and gets paper where nobody else is known in it. Strike the person from the spreadsheet of the
    roster too: the next import would bring them back as somebody new.
    """
    from server.cli.operate import run_operation

    if not yes:
        raise click.UsageError("Add --yes: it cannot be undone.")
    done = run_operation("people.erase", {"association": association, "city": city, "person": person})
    aside(
        f"Erased; the number {done['number']} is all that is left. Older backups still hold the name: a restore "
        "from one erases it again at its first start. Strike the name from the spreadsheet of the roster, too."
    )
