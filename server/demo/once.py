"""`kairan demo --once`: the main job, over HTTP on a socket, from the president's press to a ledger that adds up.

Then it is judged: by the roster file, by what the mail server and the push service got, and by the database's rows.
"""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from notices.tokyo import today
from server import keys
from server.app import make_app
from server.demo import show
from server.demo.job import Job
from server.demo.phone import NoSignal, Refusal
from server.demo.report import Report
from server.demo.running import Sinks, bound, closing, open_sinks, serving, settings_for
from server.demo.town import Association, association
from server.house import build, utc_now
from server.migrate import upgrade
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from server.work import post

SEED = 11
HOUSEHOLDS = 260
PEOPLE_IN_A_HOME = 2.2
Say = Callable[[str], None]


def main(as_json: bool, people: int | None) -> int:
    """Prints the result; 0 where everything held, else 1."""
    console = Console(stderr=True, quiet=as_json)
    try:
        with console.status("…") as status:
            report = asyncio.run(run(Sinks(MailSink(), PushSink(keep=100_000)), people, status.update))
    except (NoSignal, Refusal, TimeoutError) as error:
        show.broken(f"{type(error).__name__}: {error}", as_json)
        return 1
    show.as_json(report) if as_json else show.as_table(report)
    return 0 if report.held else 1


async def run(sinks: Sinks, people: int | None, say: Say) -> Report:
    """In a temporary folder, with these sinks. Raises NoSignal, Refusal, TimeoutError where it cannot go on."""
    # The folder goes when everything that has a file of it open is closed.
    with tempfile.TemporaryDirectory(prefix="kairan-once-") as place:
        door = bound(0)
        async with open_sinks(sinks):
            settings = settings_for(Path(place), door.getsockname()[1], sinks)
            await asyncio.to_thread(upgrade, settings.database_url)
            kept = keys.make(Path(settings.secret_file))
            async with closing(
                build(settings, kept, post.channels(settings, kept, utc_now), demo=True)
            ) as house:
                job = Job(house, sinks, planned(people), say)
                await job.settle()
                async with serving(house, make_app(house), [door]):
                    return await job.run()


def planned(people: int | None) -> Association:
    """The association of a run: the same for the same number, in the same fiscal year."""
    households = HOUSEHOLDS if people is None else round(people / PEOPLE_IN_A_HOME)
    return association(SEED, households, today(utc_now()))
