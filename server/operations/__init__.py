"""What an operator does to a house, in one place for both ways in: the command by itself, and the admin socket."""

from collections.abc import Mapping
from typing import Final

from server.operations import alerts, clerks, gateways, places, privacy
from server.operations.founding import found
from server.operations.holding import hold, note_backup, release
from server.operations.rosters import import_roster
from server.operations.seats import appoint, ticket
from server.processes.admin import Operation

OPERATIONS: Final[Mapping[str, Operation]] = {
    "found": found,
    "district": places.set_district,
    "roster.import": import_roster,
    "seats.appoint": appoint,
    "clerks.appoint": clerks.appoint,
    "clerks.end": clerks.end,
    "clerks.ticket": clerks.ticket,
    "ticket": ticket,
    "people.export": privacy.export_person,
    "people.erase": privacy.erase_person,
    "hold": hold,
    "release": release,
    "backup.note": note_backup,
    "gateway.add": gateways.add,
    "gateway.remove": gateways.remove,
    "gateway.test": gateways.test,
    "cap.allow": alerts.allow,
    "cap.disallow": alerts.disallow,
}
