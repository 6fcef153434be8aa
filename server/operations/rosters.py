"""`roster import`, as an officer does it over HTTP, but by the operator."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from notices import roster
from notices.roster import sheet
from notices.tokyo import today
from server.house import House
from server.operations import places
from server.processes.admin import Progress, Result


async def import_roster(house: House, args: Mapping[str, Any], progress: Progress) -> Result:
    """{association: slug, city?, csv: base64, dryRun, really} → {rows, changes, report, applied}."""
    now = house.clock()
    parsed = sheet.parse(b64decode(args["csv"]), today(now))
    async with house.db.write() as session:
        place = await places.association(session, args["association"], args.get("city"))
        report = await roster.apply(
            session,
            house.keys.vault,
            place.tenant,
            place.id,
            parsed,
            None,
            now,
            progress,
            dry_run=args["dryRun"],
            really=args["really"],
        )
    return asdict(report)
