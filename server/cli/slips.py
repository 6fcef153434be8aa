"""A way in, on the terminal: the link, a QR code of it, and the code to type."""

import sys
from urllib.parse import urlsplit

import click
import segno

from server.cli.terminal import aside
from server.processes.admin import Result
from server.settings import Settings


def show_slip(settings: Settings, issued: Result) -> None:
    """It is shown this once; only a hash of the code is kept."""
    click.echo(f"\n{issued['person']}\n{issued['url']}\n")
    try:
        segno.make(issued["url"], error="m", micro=False).terminal(sys.stdout, compact=True)
    except UnicodeEncodeError:
        aside("(This terminal cannot draw the QR code; the link and the code do the same.)")
    click.echo(f"\nCode: {issued['code']}\n")
    if urlsplit(settings.origin).hostname in ("localhost", "127.0.0.1", "::1"):
        aside(
            f"The link works on this machine alone. For phones set KAIRAN_ORIGIN to an https:// address, now "
            f"{settings.origin}, and make the slip again with `kairan ticket`."
        )
