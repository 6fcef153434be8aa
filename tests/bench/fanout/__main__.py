"""`python -m tests.bench.fanout [--json] [--only push,mail] [--small]`: measure and print a table. Exit 0 whatever it says."""

from tests.bench import table

MODULES = ("push", "mail", "ledger", "settling", "publishing", "overtaking")

if __name__ == "__main__":
    table.main("tests.bench.fanout", MODULES, size=("--small", "a look, within two minutes"), big=True)
