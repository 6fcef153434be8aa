"""What a town's business costs, part by part: `python -m tests.bench.town.<part>` prints a table."""
