"""Who leaves: a home or some of it moves out, to another association of the city or away; somebody dies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from notices.enrolment import devices
from notices.life import ending, finishing
from notices.life import scene as scenes
from notices.life.life_errors import AssociationUnknown, NotOfOneself
from notices.life.scene import Home, Scene
from notices.life.telling import Told
from notices.models import Address, Association, Device, Seat, Term
from notices.tokyo import today

Body = dict[str, Any]


async def move_out(
    scene: Scene,
    household: str,
    people: Sequence[str] | None = None,
    to: str | None = None,
    *,
    preview: bool = False,
) -> Body:
    """The whole home, or these of its people. `to`: an association of the city, whose officers then take them in.

    Nobody can stamp for a home they have left; its row in open ledgers stays, and a leader's visits still count. Messages
    that wait are not sent. Phones keep their enrolment, and lose the association's data at the next pull. Raises
    HouseholdUnknown, PeopleNotHere, AssociationUnknown, LastOfficerLeaves.
    """
    home = await scenes.home(scene, household)
    going = list(home.living) if people is None else scenes.chosen(home, people)
    if to is not None:
        await _insist_on_another(scene, home, to)
    told = Told(people=going, block=home.row.block, to_association=to)
    told.ended = len(going) == len(home.living)
    if told.ended and not going:
        ending.household(scene.changes, home.row, scene.now)
    _tell_seats(scene, told, await scenes.go(scene, home, going))
    kind = "moved-out" if to is None else "sent"
    return await finishing.finish(scene, kind, home.row.association, household, told, preview=preview)


async def _insist_on_another(scene: Scene, home: Home, to: str) -> None:
    query = select(Association.id).where(
        Association.tenant == scene.tenant, Association.id == to, Association.ended_at.is_(None)
    )
    if to == home.row.association or await scene.session.scalar(query) is None:
        raise AssociationUnknown


def _tell_seats(scene: Scene, told: Told, ended: Sequence[tuple[Term, Seat]]) -> None:
    """Whom a handover to come named leaves nobody's chair today; that the day will find it empty is said in time."""
    for term, seat in ended:
        if term.handover is not None and term.begins > today(scene.now):
            told.unfilled.append({"title": seat.title, "begins": term.begins.isoformat()})
        else:
            told.seats.append(seat.title)


async def die(scene: Scene, household: str, person: str, *, preview: bool = False) -> Body:
    """Everything of theirs ends at once, in the whole city: homes, seats, addresses, phones, slips; what is planned and has
    not left is not sent. A mailbox they shared still serves the others. A home in which nobody is left ends.

    Raises HouseholdUnknown, PeopleNotHere, NotOfOneself, LastOfficerLeaves.
    """
    home = await scenes.home(scene, household)
    scenes.chosen(home, [person])
    if person == scene.actor:
        raise NotOfOneself
    told = Told(people=[person], block=home.row.block, ended=len(home.living) == 1)
    for other in sorted(await scenes.homes_of(scene, person)):
        there = home if other == household else await scenes.home(scene, other)
        _tell_seats(scene, told, await scenes.go(scene, there, [person]))
    ended = {id(row) for row, _ in scene.changes.changed}
    for term, seat in await scenes.terms_of(scene, [person]):
        if id(term) not in ended and ending.term(scene.changes, term, scene.now):
            _tell_seats(scene, told, [(term, seat)])
    await scenes.insist_on_an_officer(scene, home.row.association)
    _, row = home.living[person]
    ending.person(scene.changes, row, scene.now)
    theirs = select(Address).where(Address.tenant == scene.tenant, Address.person == person)
    ending.addresses(scene.changes, await scene.session.scalars(theirs.order_by(Address.id)), scene.now)
    follows = await finishing.finish(scene, "died", home.row.association, household, told, preview=preview)
    if not preview:
        await _end_phones(scene, person)
    return follows


async def _end_phones(scene: Scene, person: str) -> None:
    query = select(Device).where(
        Device.tenant == scene.tenant, Device.person == person, Device.revoked_at.is_(None)
    )
    for device in await scene.session.scalars(query):
        await devices.end(scene.session, device, scene.now)
