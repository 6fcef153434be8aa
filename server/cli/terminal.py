"""What commands show: results on standard output, as text or JSON; progress and asides on standard error."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from server.processes import admin

json_option = click.option("--json", "as_json", is_flag=True, help="The result as JSON, for machines.")
COLOURS = {"ok": "green", "warn": "yellow", "warning": "yellow", "fail": "red", "error": "red"}


def show_json(result: Any) -> None:
    click.echo(json.dumps(result, ensure_ascii=False, indent=1))


def aside(sentence: str) -> None:
    click.echo(sentence, err=True)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], colour_by: int | None = None) -> None:
    """`colour_by`: the column whose word (ok, warn, fail, …) colours the row's cell."""
    made = Table(show_edge=False, pad_edge=False, box=None, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        # As Text: what stands in a roster must not be read as markup.
        cells = [Text(str(cell)) for cell in row]
        if colour_by is not None:
            cells[colour_by].stylize(COLOURS.get(str(row[colour_by]), ""))
        made.add_row(*cells)
    Console().print(made)


@contextmanager
def bar(what: str) -> Iterator[admin.Progress]:
    """A progress bar where there is a terminal; nothing where there is none."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        yield tell
