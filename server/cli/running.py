"""serve, work, migrate."""

import click

from server.cli.terminal import aside, json_option, show_json


@click.command()
def serve() -> None:
    """Run Kairan on KAIRAN_HOST and KAIRAN_PORT until SIGTERM."""
    from server.processes import run

    run.serve()


@click.command()
def work() -> None:
    """Deliver, beside any number of `kairan serve`. PostgreSQL only."""
    from server.processes import run

    run.work()


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database to the schema of this program. Stop Kairan first, and make a backup."""
    from server import migrate as schema
    from server.processes import ready
    from server.settings import load

    settings = load()
    with ready.alone(settings):
        file = ready.database_file(settings)
        # To ask SQLite about a missing file makes it. Only init, restore and demo may begin a database.
        there = file is None or file.exists()
        before = ready.asked(settings, lambda: schema.present(settings.database_url)) if there else None
        if before not in ready.known_revisions():
            ready.insist_on_schema(settings)
        schema.upgrade(settings.database_url)
    after = schema.newest()
    if as_json:
        show_json({"before": before, "after": after})
    elif before == after:
        aside(f"The schema is {after} already; there was nothing to do.")
    else:
        aside(f"The schema is {after} now, it was {before}.")
