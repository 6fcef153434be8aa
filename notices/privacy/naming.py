"""PURE: who is named to whom, by kind of notice. The one rule; routes, records and screens ask here.

Everybody with a seat is told counts. Names are told where a person has to go and knock, and no further. Whoever holds
the list of a block and the names of its missing knows by it who has answered: that is not hidden, and needs no list.
"""

from collections.abc import Mapping
from typing import Final, Literal

Reader = Literal["leader", "officer", "city"]
"""The leader of a home's block, the officers of its association, the clerks of its city."""
READERS: Final[tuple[Reader, ...]] = ("leader", "officer", "city")

_NOBODY: Final[frozenset[Reader]] = frozenset()
_WHO_KNOCKS: Final[frozenset[Reader]] = frozenset({"leader", "officer"})
_WHO_RESCUES: Final[frozenset[Reader]] = frozenset({"leader", "officer", "city"})

NAMED_TO: Final[Mapping[str, frozenset[Reader]]] = {
    "notice": _NOBODY,
    "event": _NOBODY,
    "circular": _WHO_KNOCKS,
    # A drill finds the missing as the real thing does, but nobody is in danger: the city counts.
    "exercise": _WHO_KNOCKS,
    "safety-check": _WHO_RESCUES,
    "emergency": _WHO_RESCUES,
}
"""By kind of notice: to whom homes are named. A kind that is not here names nobody."""


def names(kind: str, reader: Reader) -> bool:
    """Whether homes are named to `reader`, or only counted."""
    return reader in NAMED_TO.get(kind, _NOBODY)


def names_whose_delivery(kind: str, *, failed: bool) -> bool:
    """Whether an officer is told whose a delivery was: also of a mere notice, where something is to be mended."""
    return failed or names(kind, "officer")


def told() -> dict[str, list[str]]:
    """The table as screens get it."""
    return {kind: [reader for reader in READERS if reader in readers] for kind, readers in NAMED_TO.items()}


def names_who_answered(reader: Reader) -> bool:
    """Whether `reader` is told who has answered a form: those who go and ask for what is missing."""
    return reader in _WHO_KNOCKS


def names_answers(reader: Reader, *, secret: bool) -> bool:
    """Whether `reader` is told who answered a form how: the association that asked, unless the form is secret."""
    return reader == "officer" and not secret
