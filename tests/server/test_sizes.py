"""On SQLite, which knows no sizes, nothing of the way from the press to the phone begins with all of a town."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.journeys.story import PRESIDENT, RESIDENT
from tests.town import town

BIG = ("address", "delivery", "device", "household", "message", "notice_household", "person", "resident")
"""Tables that have a row or more of everybody."""
ONCE = ("INSERT INTO notice_household (", "SELECT anon_1.block, anon_1.paper, anon_1.way,")
"""How the audience is written down, and what is forecast of it: of all of it, once a notice."""
_BY_TENANT = re.compile(r"SEARCH (\w+) .*\(tenant=\?\)")
_ASKS = ("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")
_ALL = re.compile(r"SCAN (\w+)")


def reads_a_town(step: str) -> bool:
    return any((found := each.match(step)) and found[1] in BIG for each in (_BY_TENANT, _ALL))


async def test_what_a_message_asks_of_the_ledger_goes_by_keys(database_url: str, tmp_path: Path) -> None:
    if not database_url.startswith("sqlite"):
        return  # it counts its tables, and chooses by what it finds
    asked: dict[str, Any] = {}

    def note_down(_c: Any, _cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked.setdefault(statement, parameters[0] if rest[-1] else parameters)

    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        writer = here.house.db._engines[0].sync_engine
        event.listen(writer, "before_cursor_execute", note_down)
        await here.post(president)
        await here.work()
        await resident.pull()
        event.remove(writer, "before_cursor_execute", note_down)
        slow = []
        async with here.house.db.read() as session:
            connection = await session.connection()
            for statement, given in asked.items():
                if statement.startswith(_ASKS) and not statement.startswith(ONCE):
                    plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(given))
                    slow += [(statement, step) for *_, step in plan.all() if reads_a_town(step)]
    assert len(asked) > 30
    assert slow == [], "\n".join(f"{step}: {statement}" for statement, step in slow)
