"""hold, release."""

import click

from server.cli.terminal import aside, bar, json_option, show_json

_CITY = click.option("--city", help="Id of the city; without it, all.")


@click.command()
@_CITY
@json_option
def hold(city: str | None, as_json: bool) -> None:
    """Stop all sending. Notices can still be written and read; what is due waits."""
    from server.cli.operate import run_operation

    done = run_operation("hold", {"city": city})
    if as_json:
        show_json(done)
    else:
        aside(
            f"On hold: {', '.join(done['cities']) or 'nothing that was not already'}. Lift it: `kairan release`."
        )


@click.command()
@_CITY
@click.option("--send-old", is_flag=True, help="Also what has waited for more than 24 hours.")
@json_option
def release(city: str | None, send_old: bool, as_json: bool) -> None:
    """Send again. What has waited for more than 24 hours is not sent by itself, emergencies excepted."""
    from server.cli.operate import run_operation

    with bar("Releasing") as tell:
        done = run_operation("release", {"city": city, "sendOld": send_old}, tell)
    if as_json:
        show_json(done)
        return
    aside(f"Released: {', '.join(done['cities']) or 'nothing was on hold'}.")
    if done["skipped"]:
        aside(
            f"{done['skipped']} messages had waited for more than 24 hours and were not sent; ledgers say so."
        )
