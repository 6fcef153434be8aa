"""A worker that kills its own process at a named point, as a power cut would:
`python -m tests.faults.dying_worker POINT AFTER [NOW]`. With NOW (ISO 8601) the house's clock stands still there.

Points: `planned` (a chunk is committed), `asked` (who is to be asked whether all is well is committed), `claimed` (the
claim is committed, nothing has left), `crossed` (about to pass the final dot), `sent` (the other side has it, we have not
noted it), `never` (it ends when nothing is due), `stays` (it says so when it is at work, and works until SIGTERM, or until
somebody else kills it). `after` counts messages first.
`frozen-claimed`, `frozen-sent`: it stops there instead (SIGSTOP), and goes on where it was when it is told to.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from notices.channels import Channel, Crossing, Outgoing, Settle
from notices.outcomes import Outcome
from server import keys, settings
from server.house import build, utc_now
from server.work import post
from server.work.chores import Chores
from server.work.worker import Worker


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Fatal:
    """A channel that dies at its point after `after` messages got that far. Whichever freezes first freezes all, once."""

    has_slept = False

    def __init__(self, inner: Channel, point: str, after: int) -> None:
        self.name = inner.name
        self._inner, self._point, self._left = inner, point, after

    def _reach(self, point: str) -> None:
        frozen = self._point == f"frozen-{point}"
        if frozen or self._point == point:
            self._left -= 1
            if frozen and self._left < 0 and not Fatal.has_slept:
                Fatal.has_slept = True
                os.kill(os.getpid(), signal.SIGSTOP)
            elif not frozen and self._left < 0:
                die()

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        async def cross(ids: Sequence[str]) -> Collection[str]:
            ours = await crossing(ids)
            # They pass in groups, as many as wait: counted one by one, so that a busy machine dies as surely.
            for _ in ours:
                self._reach("crossed")
            return ours

        async def note(answers: Sequence[tuple[str, Outcome]]) -> None:
            for _ in answers:
                self._reach("sent")
            await settle(answers)

        self._reach("claimed")
        await self._inner.send(batch, settle=note, crossing=cross)

    async def close(self) -> None:
        await self._inner.close()


async def main(point: str, after: int, clock: Callable[[], datetime]) -> None:
    configured = settings.load(file=Path("/nonexistent"))
    made = keys.read(Path(configured.secret_file))
    sending = post.channels(configured, made, clock)
    fatal = {name: Fatal(each, point, after) for name, each in sending.items()}
    house = build(configured, made, fatal, clock)
    worker = Worker(house)
    try:
        if point == "planned":
            await worker.plan()
            die()
        if point == "asked":
            await Chores(house).turn()
            die()
        if point == "stays":
            stop = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
            sys.stdout.write("at work\n")
            sys.stdout.flush()
            await worker.run(stop)
        else:
            await worker.idle()
    finally:
        for channel in house.channels.values():
            await channel.close()
        await house.db.close()


if __name__ == "__main__":
    clock = partial(datetime.fromisoformat, sys.argv[3]) if len(sys.argv) > 3 else utc_now
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), clock))
