"""A worker that is killed in the middle of a canary's round: `python -m tests.faults.dying_canary` dies as it sends."""

import asyncio
from pathlib import Path

from server import keys, settings
from server.canary.keeper import Keeper
from server.house import build, utc_now
from server.work import post
from tests.faults.dying_worker import Fatal


async def main() -> None:
    configured = settings.load(file=Path("/nonexistent"))
    made = keys.read(Path(configured.secret_file))
    sending = post.channels(configured, made, utc_now)
    house = build(configured, made, {name: Fatal(each, "claimed", 0) for name, each in sending.items()})
    keeper = Keeper(house, look=0)
    await keeper.turn()
    await keeper.idle()


if __name__ == "__main__":
    asyncio.run(main())
