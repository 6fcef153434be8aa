"""backup, restore."""

from dataclasses import asdict
from pathlib import Path

import click

from server.cli.terminal import aside, bar, json_option, show_json

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_FILE
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Database and attachments into FILE (a .tar), also while Kairan runs. An older FILE is replaced when it is done.

    The keys are not in it: keep a copy of KAIRAN_SECRET_FILE in another place.
    """
    from server.cli.operate import run_operation
    from server.keeping import backup as backups
    from server.settings import load

    settings = load()
    with bar("Backing up") as tell:
        made = backups.make(settings, file, tell)
    for name in made.damaged:
        aside(f"Warning: the attachment {name} is damaged on disk.")
    try:
        run_operation("backup.note", {"sha256": made.about.sha256})
    except Exception as error:
        aside(f"The backup is good, but could not be put on record ({type(error).__name__}).")
    if as_json:
        show_json(asdict(made))
        return
    aside(f"{file}: {made.size / 1e6:.1f} MB, {made.about.files} attachments, verified.")
    aside(f"The keys are not in it: keep a copy of {settings.secret_file} in another place.")


@click.command()
@_FILE
@click.option("--yes", is_flag=True, help="Replace the database that is there; it is kept beside.")
@json_option
def restore(file: Path, yes: bool, as_json: bool) -> None:
    """Bring FILE back. Everything starts on hold: nothing is sent until `kairan release`."""
    from server.keeping import restore as restoring
    from server.settings import load

    with bar("Restoring") as tell:
        done = restoring.restore(load(), file, yes, tell)
    if as_json:
        kept = str(done.kept) if done.kept else None
        show_json({"about": asdict(done.about), "cities": done.cities, "files": done.files, "kept": kept})
        return
    aside(f"This is how things stood at {done.about.made}, with {done.files} attachments.")
    if done.kept is not None:
        aside(f"What was there before is in {done.kept}.")
    aside("Nothing is sent until you say `kairan release`; phones load everything afresh at their next sync.")
    aside(
        "What was revoked, handed over or unsubscribed since then has to be done again, before the release."
    )
