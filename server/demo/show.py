"""The result of `--once`, as a table for people and as JSON for machines."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from server.demo.report import Report


def as_json(report: Report) -> None:
    _print_json(
        {
            "held": report.held,
            "households": report.households,
            "people": report.people,
            "grades": report.grades,
            "sent": report.sent,
            "failures": report.failures,
            "steps": [
                {"name": step.name, "seconds": step.seconds, "bytes": step.bytes, "said": step.said}
                for step in report.steps
            ],
            "checks": [
                {"name": check.name, "held": check.held, "said": check.said} for check in report.checks
            ],
        }
    )


def as_table(report: Report) -> None:
    console = Console()
    steps = Table("step", "seconds", "bytes", "", title=f"One circular to {report.households} households")
    for column in (1, 2):
        steps.columns[column].justify = "right"
    for step in report.steps:
        steps.add_row(step.name, f"{step.seconds:.2f}", f"{step.bytes:,}" if step.bytes else "", step.said)
    steps.caption = f"{sum(step.seconds for step in report.steps):.1f} seconds in all"
    console.print(steps)
    ledger = Table(*report.grades, "households", title="The ledger")
    ledger.add_row(*(str(count) for count in report.grades.values()), str(report.households))
    console.print(ledger)
    for row in report.failures:
        console.print(f"  not delivered: {row['name']} by {row['channel']}: {row['reason']}")
    for check in report.checks:
        console.print(
            f"  [green]held[/]    {check.name}" if check.held else f"  [red]NOT SO[/]  {check.name}"
        )
        if not check.held:
            console.print(f"          {check.said}", style="red")


def broken(why: str, as_json: bool) -> None:
    """It could not be carried to its end."""
    if as_json:
        _print_json({"held": False, "why": why})
    else:
        Console().print(f"  [red]NOT SO[/]  {why}", highlight=False)


def _print_json(said: Any) -> None:
    # Plain: rich would wrap at the width of a terminal that a machine does not have.
    Console(soft_wrap=True, highlight=False, markup=False).print(
        json.dumps(said, ensure_ascii=False, indent=1)
    )
