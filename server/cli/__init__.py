"""The command `kairan`. A command's module is imported when it runs, so `--help` answers at once.

Whatever goes wrong is one sentence on standard error: exit code 2 where what was given is wrong (settings,
options), 1 where it could not be done.
"""

import os
import sys
from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "demo": ("server.demo.command", "A made-up town that works, in your browser; nothing to configure."),
    "init": ("server.cli.begin", "Begin: a city, an association, its first officer, and the way in."),
    "serve": ("server.cli.running", "Run Kairan: pages, phones, and (unless set otherwise) deliveries."),
    "work": ("server.cli.running", "Deliver, in a process of its own (PostgreSQL; any number of them)."),
    "doctor": ("server.cli.doctor", "Check everything an operator can get wrong."),
    "backup": ("server.cli.keeping", "Everything but the keys into one file, also while Kairan runs."),
    "restore": ("server.cli.keeping", "Bring a backup back; nothing is sent until `kairan release`."),
    "hold": ("server.cli.holding", "Stop all sending."),
    "release": ("server.cli.holding", "Send again."),
    "roster": ("server.cli.roster", "Import or export an association's list of households (CSV)."),
    "district": ("server.cli.district", "In which part of the city an association lies."),
    "seats": ("server.cli.seats", "Who holds which seat; appoint somebody where nobody is left."),
    "ticket": ("server.cli.seats", "A new slip for one person's phone."),
    "people": ("server.cli.people", "What is stored of a person: given to them, or erased."),
    "gateway": ("server.cli.gateways", "Machines that are told of notices: loudspeaker, SNS, homepage."),
    "cap": ("server.cli.cap", "Who may bring alerts of others (CAP 1.2), and of which senders."),
    "keys": ("server.cli.keys", "Make the keys, or rotate the one that encrypts."),
    "migrate": ("server.cli.running", "Bring the database to the schema of this program."),
    "audit": ("server.cli.audit", "Verify the record of what officers did."),
}
"""Name → where it is, and its line in the list."""


class Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """From the table above: asking each command for its line would import them all."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--debug", is_flag=True, help="Show where in the program an error came from.")
@click.pass_context
def kairan(ctx: click.Context, debug: bool) -> None:
    """Kairan (回覧): notices and circulars that reach every household, and say who was not reached.

    Settings come from KAIRAN_… in the environment or from kairan.toml in this directory.
    """
    ctx.obj = debug


def main() -> None:
    debug = "--debug" in sys.argv[1:2]
    # Names are in clear in the database and in what is made of it: all of it is for its owner alone.
    os.umask(0o077)
    try:
        sys.exit(kairan.main(standalone_mode=False, prog_name="kairan"))
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("Stopped; nothing was left half done.")
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        sys.exit(_explained(error))


def _explained(error: Exception) -> int:
    """Says the sentence, returns the exit code."""
    from server.cli.sentences import sentence

    said, code = sentence(error)
    _say(said)
    return code


def _say(sentence: str) -> None:
    click.echo(f"kairan: {sentence}", err=True)
