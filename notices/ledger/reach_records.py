"""The records of the ledger that leaders and officers hold: of many blocks at once, as a town that is written to changes
in thousands of them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from notices.ladder import lists
from notices.ledger import whose
from notices.ledger.doors import doors
from notices.ledger.reach import GRADES, BlockLedger, ledger, total
from notices.models import Notice
from notices.privacy import naming
from notices.privacy.naming import Reader
from notices.records import audience as places
from sync import Change, record

Body = dict[str, Any]
_RARE = ("gone", "nowIn", "residualAt")
"""Said where it is so: of homes that ended or moved since, and of those where the ladder has ended without a proof."""


async def write(session: AsyncSession, tenant: str, subjects: Collection[str]) -> None:
    """Writes the reach records of each `<notice>.<block>`; removes them where the notice is no longer out."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for subject in subjects:
        notice_id, block = subject.split(".")
        wanted[notice_id].append(block)
    for notice_id, blocks in sorted(wanted.items()):
        notice = await session.get(Notice, (tenant, notice_id))
        if notice is None:
            continue
        theirs = await whose.associations(session, notice, blocks)
        bodies = await _bodies(session, notice, blocks) if notice.state == "published" else {}
        for block in sorted(theirs):
            officers = places.officers_scope(theirs[block])
            subject, body = f"{notice.id}.{block}", bodies.get(block)
            leader = _told(body, notice, "leader")
            record(session, tenant, Change(places.leader_scope(block), "reach", f"{subject}.l", leader))
            record(session, tenant, Change(officers, "reach", f"{subject}.o", _told(body, notice, "officer")))


def _told(body: Body | None, notice: Notice, reader: Reader) -> Body | None:
    """What `reader` may know of it: the homes by name, or only their number."""
    return body if body is None or naming.names(notice.kind, reader) else body | {"rows": []}


async def _bodies(session: AsyncSession, notice: Notice, blocks: Collection[str]) -> Mapping[str, Body]:
    """Of all these blocks at once: a block's own would take as long."""
    lines = {line.block: line for line in await ledger(session, notice, blocks)}
    left = await lists.residual(session, notice, blocks)
    rows: dict[str, list[Body]] = defaultdict(list)
    for row in await doors(session, notice, blocks):
        rows[row["block"]].append(row)
    return {
        block: _body(
            notice,
            lines.get(block) or BlockLedger(block, "", dict.fromkeys(GRADES, 0)),
            rows[block],
            left.get(block, 0),
        )
        for block in blocks
    }


def _body(notice: Notice, line: BlockLedger, rows: Sequence[Body], residual: int) -> Body:
    kept = (
        "household",
        "name",
        "walk",
        "paper",
        "grade",
        "how",
        "byName",
        "at",
        "notHomeAt",
        "doorAt",
        "reason",
    )
    return {
        "notice": notice.id,
        "block": line.block,
        "households": line.households,
        "grades": total([line]),
        "paper": line.paper,
        "hows": line.hows,
        "proxies": line.proxies,
        "residual": residual,
        "rows": [
            {name: row[name] for name in kept} | {name: row[name] for name in _RARE if row[name]}
            for row in rows
        ],
    }
