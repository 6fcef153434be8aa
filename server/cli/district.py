"""district: the part of the city (地区) in which an association lies, by which clerks choose many at once."""

import click

from server.cli.operate import run_operation
from server.cli.roster import city_option
from server.cli.terminal import aside, json_option, show_json


@click.command()
@click.option("--association", required=True, help="Its short name, see `kairan seats`.")
@city_option
@click.argument("name")
@json_option
def district(association: str, city: str | None, name: str, as_json: bool) -> None:
    """Say in which district an association lies; "" for none. Circulars can then go to a district alone.

    A circular that is out already stays with those it was sent to.
    """
    made = run_operation("district", {"association": association, "city": city, "district": name})
    if as_json:
        show_json(made)
    elif made["district"]:
        aside(f"{made['association']} lies in {made['district']}, with {made['others']} other associations.")
    else:
        aside(f"{made['association']} lies in no district.")
