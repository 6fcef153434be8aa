"""`python -m server …` is `kairan …`."""

from server.cli import main

main()
