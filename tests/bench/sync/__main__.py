"""`python -m tests.bench.sync [--json] [--only pulls,live] [--big]`: measure and print a table. Exit 0 whatever it says."""

import uvloop

from tests.bench import table

MODULES = ("pulls", "history", "peers", "live", "pushes")

if __name__ == "__main__":
    table.main(
        "tests.bench.sync",
        MODULES,
        size=("--big", "history up to 10⁷ records: minutes, and gigabytes"),
        big=False,
        # A thousand phones in one program: on asyncio's own loop each poke took them longer than it took the server.
        loop=uvloop.new_event_loop,
    )
