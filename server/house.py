"""What the edge is made of, put together once at the start and handed to everything that needs it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from notices.channels import Channel
from notices.channels.gateway_hosts import GatewayHosts
from notices.channels.push_hosts import PushHosts
from notices.deliver import Office
from notices.enrolment.guesses import Guesses
from notices.ids import new_id
from server.attachments.store import Store, opened
from server.db import Database
from server.db import utc_now as utc_now
from server.edge.admission import Door
from server.keys import Keys
from server.live.exchange import Exchange
from server.live.notifier import Notifier
from server.settings import Settings
from server.syncing.acks import Acks
from server.syncing.mutations import HANDLERS
from server.work.figures import Settled
from server.work.wake import Wake
from sync.live import Hub
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
    gateway_hosts: GatewayHosts
    guesses: Guesses
    acks: Acks
    wake: Wake
    hub: Hub
    """Who wants to know that something moved, in this process."""
    exchange: Exchange
    notifier: Notifier | None
    """To and from the other processes; none on SQLite, where there is one."""
    door: Door
    """How many requests are worked on at once, and which are told to come later."""
    kinds: Mapping[str, Handler]
    """What phones may write by sync: the handler of each record type."""
    clock: Callable[[], datetime]
    demo: bool
    """Whether pages say that nothing here is real."""
    came_back: Counter[str] = field(default_factory=Counter)
    """What came to return paths since this process started, by what it was or why it was ignored."""
    settled: Settled = field(default_factory=Settled)
    """For metrics."""


def build(
    settings: Settings,
    keys: Keys,
    channels: Mapping[str, Channel],
    clock: Callable[[], datetime] = utc_now,
    demo: bool = False,
    kinds: Mapping[str, Handler] = HANDLERS,
) -> House:
    """Raises DatabaseMissing where an SQLite file is not there."""
    db = Database(settings.database_url, keys.vault, clock, settings.replica_url)
    hub = Hub()
    wake = Wake()
    notifier = None if db.dialect == "sqlite" else Notifier(db, hub, wake)
    db.moved = hub.moved if notifier is None else notifier.moved
    db.work = wake.now if notifier is None else notifier.work
    return House(
        settings=settings,
        db=db,
        keys=keys,
        store=opened(settings),
        channels=channels,
        office=_office(settings, keys),
        push_hosts=PushHosts.extended(settings.push_hosts.split(",")),
        gateway_hosts=GatewayHosts(settings.gateway_hosts.split(",")),
        guesses=Guesses(),
        acks=Acks(),
        wake=wake,
        hub=hub,
        exchange=Exchange(db, clock, hub, settings.live_connections),
        notifier=notifier,
        door=Door(settings.requests_at_once, settings.device_requests),
        kinds=kinds,
        clock=clock,
        demo=demo,
    )


def _office(settings: Settings, keys: Keys) -> Office:
    return Office(
        vault=keys.vault,
        origin=settings.origin,
        sender=settings.mail_from,
        rng=SystemRandom(),
        worker=new_id(),
        bounce_domain=settings.bounce_domain,
    )
