"""PURE: what sets an emergency, an exercise and a safety check apart from what is read at leisure.

No kind ever becomes another: a notice has its kind from its first draft to the end of its record.
"""

from collections.abc import Mapping
from typing import Final

EMERGENCY: Final = "emergency"
EXERCISE: Final = "exercise"
SAFETY_CHECK: Final = "safety-check"

URGENCY: Final[Mapping[str, str]] = {
    EMERGENCY: "emergency",
    SAFETY_CHECK: "emergency",
    # An exercise never overtakes: a mail about a real fire would wait behind it.
    EXERCISE: "ordinary",
}
"""Alarm → how its messages travel; of these kinds nobody chooses it."""
ALARMS: Final = frozenset(URGENCY)
"""What is not held, and what the city sends to the homes themselves."""
CHAINED: Final = frozenset({EMERGENCY, EXERCISE})
"""What may be followed by updates and an all-clear."""
STAMPED: Final = frozenset({"circular", EMERGENCY, EXERCISE})
"""What a home answers by 「読みました」, and a neighbour at its door."""


PROVEN: Final = STAMPED | {SAFETY_CHECK}
"""What ends at a door with what was said there: 「読みました」, or of a safety check an answer and nothing less."""


def urgency(kind: str, chosen: str) -> str:
    return URGENCY.get(kind, chosen)


def direct(association: str | None, kind: str) -> bool:
    """The city's own, to the homes themselves and not through circulations."""
    return association is None and kind in ALARMS
