"""PURE: when two people wrote to one record, whose writing stands.

`base` is the revision (`r` on the wire) that the author had before them, 0 where there was no record; without it the
last writer wins. A write conflicts if the record has another revision by now and the write would change what a client
may write. Where both wrote the same, nobody is troubled; fields that only the server writes never conflict.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sync.mutation import Conflict, Mutation


@dataclass(frozen=True, slots=True)
class Present:
    """A record as it is now: its revision, or the version its kind gives it, and its data; None where it is deleted."""

    version: str | int = 0
    data: Mapping[str, Any] | None = None


def conflict(
    mutation: Mutation, present: Present, writable: Collection[str], *, visible: bool = True
) -> Conflict | None:
    """The answer where the write does not stand, else None. `writable`: the fields that clients write.

    `visible`: whether the caller may see the record at this moment; if not, the answer does not show it.
    """
    if mutation.base is None or mutation.base == present.version:
        return None
    if _part(mutation.data, writable) == _part(present.data, writable):
        return None
    return Conflict(present.data if visible else None)


def _part(data: Mapping[str, Any] | None, writable: Collection[str]) -> dict[str, Any] | None:
    return None if data is None else {name: data.get(name) for name in writable}
