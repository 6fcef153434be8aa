"""A first start: the whole town, made beside its place and moved there at the end, so that what is there is whole."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

from notices.channels.memory import MemoryChannel
from notices.tokyo import today
from server import keys
from server.demo import enrolment, history, settling
from server.demo.enrolment import Enrolled
from server.demo.folder import SEED, Folder
from server.demo.history import Hands
from server.demo.running import Sinks, closing, settings_for
from server.demo.settling import Advance
from server.demo.town import town
from server.house import House, build, utc_now
from server.migrate import upgrade


async def make(folder: Folder, sinks: Sinks, seed: bytes, advance: Advance) -> None:
    """The whole town, in seconds. `sinks` are open; the phones subscribe at its push service."""
    beside = Folder(folder.path.with_name(folder.path.name + ".making"), folder.households)
    shutil.rmtree(beside.path, ignore_errors=True)
    beside.path.mkdir(parents=True)
    try:
        await _build(beside, sinks, advance)
    except BaseException:
        shutil.rmtree(beside.path, ignore_errors=True)
        raise
    beside.note(seed, int(sinks.push.origin.rpartition(":")[2]))
    beside.path.replace(folder.path)


async def _build(folder: Folder, sinks: Sinks, advance: Advance) -> None:
    settings = settings_for(folder.path, 1, sinks)
    await asyncio.to_thread(upgrade, settings.database_url)
    hands = Hands(utc_now())
    memory = {"mail": MemoryChannel("mail", keep=1), "push": MemoryChannel("push", keep=1)}
    kept = keys.make(Path(settings.secret_file))
    async with closing(build(settings, kept, memory, hands, demo=True)) as house:
        enrolment.keep(folder.phones, await _fill(house, hands, sinks, folder.households, advance))


async def _fill(
    house: House, hands: Hands, sinks: Sinks, households: int, advance: Advance
) -> list[Enrolled]:
    now, random = hands.at, Random(SEED)  # noqa: S311 - the same town for everybody
    associations = await settling.settle(house, town(SEED, households, today(now)), advance)
    # Phones are older than the notices that reached them.
    hands.at = now - timedelta(days=30)
    people = await settling.owners(house, associations, random)
    done = 0

    def progress(more: int) -> None:
        nonlocal done
        done += more
        advance("スマートフォン", done, len(people))

    phones = await enrolment.enrol_all(house, sinks.push, people, now, progress)
    here = [phone for phone in phones if phone.association == associations[0]]
    await history.happen(house, hands, associations[0], here, now, random)
    return phones
