"""What an operator does for somebody who asks what is known of them, and has no phone."""

from collections.abc import Mapping
from typing import Any

from notices import audit
from notices.privacy import erasure, export
from notices.privacy.known import known
from server.house import House
from server.keeping import erased
from server.operations import places
from server.processes.admin import Progress, Result


async def export_person(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{association: slug, city?, person: name or number} → what export.py tells. It is on record that it was made."""
    now = house.clock()
    async with house.db.write() as session:
        place = await places.association(session, args["association"], args.get("city"))
        person = await known(session, place, args["person"])
        told = await export.of_person(session, house.keys.vault, place.tenant, person.id, now)
        await audit.write(session, place.tenant, None, "person.exported", person.id, {}, now)
    return told


async def erase_person(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{association: slug, city?, person: name or number} → {number}. At once. Raises StillInOffice, Refused."""
    now = house.clock()
    async with house.db.read() as session:
        place = await places.association(session, args["association"], args.get("city"))
        person = (await known(session, place, args["person"])).id
        await erasure.insist_on_no_seat(session, place.tenant, person, now)
    await erased.erase(house, place.tenant, person, now)
    return {"number": person}
