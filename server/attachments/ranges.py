"""PURE: which bytes of a file a request wants (RFC 9110 §13 and §14). A file is named by its hash, and so is its ETag."""

import re
from dataclasses import dataclass
from typing import Final, Literal

_BYTES: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.IGNORECASE)

Wanted = Literal["nothing new", "all", "nowhere"]
"""The client has it already (304); the whole; a range that lies outside (416)."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Header fields as they came; empty where they did not."""

    range: str = ""
    if_range: str = ""
    if_none_match: str = ""


def etag(sha256: str) -> str:
    """Strong: the same hash is the same bytes."""
    return f'"{sha256}"'


def wanted(asked: Conditions, tag: str, size: int) -> Wanted | range:
    """In the order of RFC 9110 §13.2.2. A range that is no range, several at once, or of another file: all of it."""
    if _matches(asked.if_none_match, tag):
        return "nothing new"
    # If-Range compares strongly, and a date never fits: files have none.
    if asked.if_range and asked.if_range.strip() != tag:
        return "all"
    found = _BYTES.fullmatch(asked.range.strip())
    if found is None or found[1] == found[2] == "":
        return "all"
    if found[1] == "":
        part = range(max(0, size - int(found[2])), size)
    elif found[2] and int(found[2]) < int(found[1]):
        return "all"
    else:
        part = range(int(found[1]), min(int(found[2]) + 1, size) if found[2] else size)
    return part if len(part) else "nowhere"


def _matches(listed: str, tag: str) -> bool:
    """Weakly, as a cache asks (RFC 9110 §13.1.2)."""
    if listed.strip() == "*":
        return True
    return any(each.strip().removeprefix("W/") == tag for each in listed.split(","))
