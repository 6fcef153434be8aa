"""`kairan demo`, and `kairan demo --once`."""

import asyncio
from pathlib import Path

import click
from rich.console import Console

from server.demo import visit
from server.demo.folder import Folder, NotADemo
from server.demo.visit import PortTaken
from server.keeping.lock import Locked


@click.command()
@click.option(
    "--once", is_flag=True, help="Run the main job end to end without a browser, check it, and stop."
)
@click.option("--json", "as_json", is_flag=True, help="With --once: the result as JSON.")
@click.option(
    "--people",
    type=click.IntRange(50, 10_000),
    help="With --once: about so many people, instead of 260 households.",
)
@click.option("--port", type=click.IntRange(1, 65_535), help="Default: 8000, or any that is free.")
@click.option("--browser/--no-browser", default=True, help="Open a browser where there is one.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-data"))
def demo(
    once: bool, as_json: bool, people: int | None, port: int | None, browser: bool, folder: Path
) -> None:
    """An invented town, with a mail server and a push service that keep what they get. Nothing leaves this machine."""
    if once:
        raise SystemExit(_once(as_json, people))
    if as_json or people:
        raise click.UsageError("--json and --people belong to --once.")
    console = Console()
    try:
        asyncio.run(visit.welcome(Folder(folder), port, browser, console))
    except (NotADemo, PortTaken, Locked) as error:
        raise click.ClickException(str(error)) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        made = Folder(folder).database.exists()
        console.print(
            "The town sleeps; what happened in it is kept." if made else "Stopped; nothing was kept."
        )


def _once(as_json: bool, people: int | None) -> int:
    from server.demo import once

    return once.main(as_json, people)
