"""`kairan serve` with a side door: POST /bench/write commits one note into a scope, as a use-case would.

BENCH_LINES_LAST: seconds a line lasts, where so many are opened that the first would end before the last is there.
"""

import os
from typing import Any

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.app import make_app
from server.house import House
from server.processes import run
from sync import Change, ScopeKey, record
from tests.bench.sync.town import TENANT


@post("/write", opt={"who": "anyone"}, status_code=204)
async def write(data: JSONBody[dict[str, Any]], house: NamedDependency[House]) -> None:
    scope = ScopeKey(data["kind"], data["key"])
    async with house.db.write() as session:
        record(session, TENANT, Change(scope, "notes", data["id"], {"v": data["v"]}))


def app(house: House) -> Any:
    if lasts := os.environ.get("BENCH_LINES_LAST"):
        house.exchange.lasts = (float(lasts), float(lasts))
    return make_app(house, [Router("/bench", route_handlers=[write])])


if __name__ == "__main__":
    vars(run)["make_app"] = app
    run.serve()
