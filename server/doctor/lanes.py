"""Which destinations are shut, and why; which say that we are wrong; which plans wait for an officer."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select

from notices.models import Planning
from server.doctor import Finding, Patient, fail, ok, warn
from server.doctor.post import WHY
from server.house import utc_now
from server.work import figures

_ALARMS: Final = {
    "vapid": "refuses our key (more than a fifth of its answers are 403): pushes do not arrive",
    "our-fault": "says that what we send is wrong (400 or 401): pushes do not arrive",
}
MORE: Final = {
    "server-closing": "asked us to come back later",
    "slow-down": "asked us to slow down",
    "service-unreachable": "cannot be reached",
    "service-silent": "does not answer in time",
    "service-trouble": "has trouble of its own",
    "server-hung-up": "hangs up in the middle",
    "server-confused": "gives answers that fit no rule",
    "sender-refused": "refuses our sender's address",
}


async def lanes(patient: Patient) -> Sequence[Finding]:
    now = utc_now()
    async with patient.db.read() as session:
        standings = await figures.standings(session, now)
        stopped = await session.scalar(
            select(func.count()).where(Planning.stopped.is_not(None), Planning.closed_at.is_(None))
        )
    found = []
    for each in standings:
        if alarm := each.alarm(now):
            said = f"{each.lane} {_ALARMS.get(alarm, alarm)}."
            found.append(
                fail("lanes", said, "Was the key file replaced? Put the old one back, or report a fault.")
            )
        elif each.shut(now) and each.health is not None and each.health.paused_until is not None:
            why = (WHY | MORE).get(each.health.reason or "", each.health.reason or "is in trouble")
            until = f"{each.health.paused_until:%H:%M} UTC"
            said = (
                f"{each.channel} to {each.lane} rests until {until}: it {why}; {each.waiting} messages wait."
            )
            found.append(warn("lanes", said, "It is tried again by itself; if it lasts, ask its owner."))
    if stopped:
        said = (
            f"{stopped} notices look wrong and wait for an officer's word (nobody, or ten times the usual)."
        )
        found.append(warn("lanes", said, "Its officers see why on the notice, and go on or withdraw it."))
    return found or [ok("lanes", f"None of {len(standings)} destinations is shut.")]
