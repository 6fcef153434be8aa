"""doctor."""

import asyncio
import sys

import click

from server.cli.terminal import COLOURS, json_option, show_json


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check everything an operator can get wrong. Exit code 1 where something fails; warnings alone are 0."""
    from server.doctor import Finding
    from server.doctor.examination import examine, first_findings, schema

    settings, findings = first_findings()

    async def rest(first: Finding) -> list[Finding]:
        assert settings is not None
        return [finding async for finding in examine(settings, first)]

    if settings is not None:
        findings += asyncio.run(rest(schema(settings)))
    failed = any(finding.level == "fail" for finding in findings)
    if as_json:
        show_json({"ok": not failed, "findings": [finding.as_json() for finding in findings]})
    else:
        for each in findings:
            click.echo(
                f"{click.style(f'{each.level:4}', COLOURS[each.level])}  {each.check:9} {each.sentence}"
            )
            if each.remedy:
                click.echo(f"                → {each.remedy}")
    sys.exit(1 if failed else 0)
