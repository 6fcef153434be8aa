"""What a town costs: each module is a program of its own, `python -m tests.bench.town.NAME`, that prints a table."""
