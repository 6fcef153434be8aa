"""What the edge is made of, put together once at the start and handed to everything that needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from notices.channels import Channel
from notices.channels.push_hosts import PushHosts
from notices.deliver import Office
from notices.enrolment.guesses import Guesses
from notices.ids import new_id
from server.acks import Acks
from server.db import Database
from server.db import utc_now as utc_now
from server.keys import Keys
from server.mutations import HANDLERS
from server.settings import Settings
from server.store import Store, opened
from server.wake import Wake
from sync.push import Handler


@dataclass(frozen=True)
class House:
    settings: Settings
    db: Database
    keys: Keys
    store: Store
    channels: Mapping[str, Channel]
    office: Office
    push_hosts: PushHosts
    guesses: Guesses
    acks: Acks
    wake: Wake
    kinds: Mapping[str, Handler]
    """What phones may write by sync: the handler of each record type."""
    clock: Callable[[], datetime]
    demo: bool
    """Whether pages say that nothing here is real."""


def build(
    settings: Settings,
    keys: Keys,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime] = utc_now,
    demo: bool = False,
    kinds: Mapping[str, Handler] = HANDLERS,
) -> House:
    """Raises DatabaseMissing where an SQLite file is not there."""
    db = Database(settings.database_url, keys.vault, clock)
    office = Office(
        vault=keys.vault,
        origin=settings.origin,
        sender=settings.mail_from,
        rng=SystemRandom(),
        worker=new_id(),
    )
    return House(
        settings=settings,
        db=db,
        keys=keys,
        store=opened(settings),
        channels=channels,
        office=office,
        push_hosts=PushHosts.extended(settings.push_hosts.split(",")),
        guesses=Guesses(),
        acks=Acks(),
        wake=Wake(),
        kinds=kinds,
        clock=clock,
        demo=demo,
    )
