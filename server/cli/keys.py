"""keys make, keys rotate."""

import asyncio
from pathlib import Path

import click

from server.cli.terminal import aside, bar, json_option, show_json


@click.group()
def keys() -> None:
    """The keys of the house, kept in KAIRAN_SECRET_FILE outside the database."""


@keys.command()
@json_option
def make(as_json: bool) -> None:
    """Make the key file where there is none; `init` does so too."""
    from server import keys as kept
    from server.processes import ready
    from server.settings import load

    settings = load()
    file = Path(settings.secret_file)
    there = file.exists()
    database = ready.database_file(settings)
    if not there and database is not None and database.exists():
        raise ready.NotReady(
            f"There is a database {database}, which belongs to a key file: put the copy back. New keys would not open it."
        )
    kept.make(file) if not there else ready.kept_keys(settings)
    if as_json:
        show_json({"file": str(file), "made": not there})
    else:
        aside(
            f"{file} is there already." if there else f"{file} is made. Keep a copy of it in another place."
        )


@keys.command()
@json_option
def rotate(as_json: bool) -> None:
    """Encrypt everything with a new key and drop the old one. Stop Kairan first; interrupted, it goes on.

    Backups made before still need the old key file: keep a copy of it with them for as long as you keep them.
    """
    from server.keeping import dump, rotation
    from server.processes import ready

    settings, _ = ready.settings_and_keys()
    file = ready.database_file(settings)
    secret = Path(settings.secret_file)
    with bar("Encrypting anew") as tell, ready.alone(settings):
        if file is None:
            dump.insist_on_nobody(settings.database_url)
        count = asyncio.run(rotation.rotate(settings.database_url, secret, tell))
        if file is not None:
            rotation.forget_old_pages(file)
    if as_json:
        show_json({"values": count})
        return
    aside(f"{count} values are encrypted with a new key; the old one is dropped from {secret}.")
    aside("Copy the key file anew. Backups made before today need the copy you had until now.")
