"""PURE: a head of the chain as it is mailed and typed: `hana:1204:9f86-d081-…`, sixteen groups of four."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_string
from email.policy import default
from typing import Final

_HEAD: Final = re.compile(
    r"(?<![\w:])(?:([a-z][a-z0-9]{1,7}):)?([1-9][0-9]{0,15}):((?:[0-9A-Fa-f]{4}-?){15}[0-9A-Fa-f]{4})(?![\w-])"
)


class HeadUnreadable(Exception):
    """A sentence for the operator."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """`tenant` None: it was written without its city."""

    seq: int
    hash: bytes
    tenant: str | None = None


def text_of(head: Head) -> str:
    digits = head.hash.hex()
    groups = "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return ":".join(filter(None, (head.tenant, str(head.seq), groups)))


def read(text: str) -> Head:
    """As it is typed. Raises HeadUnreadable."""
    if (found := _HEAD.fullmatch(text.strip())) is None:
        raise HeadUnreadable(
            f"{text!r} is no head: give it as it was mailed, such as hana:1204:9f86-d081-… (64 digits)"
        )
    return _head(found)


def found_in(text: str) -> list[Head]:
    """In a file of heads, or in a mail that was saved whole. Raises HeadUnreadable where there is none."""
    for each in (text, _body_of(text)):
        if heads := sorted({_head(found) for found in _HEAD.finditer(each)}):
            return heads
    raise HeadUnreadable("There is no head in that file: it has a line such as hana:1204:9f86-d081-…")


def of_city(heads: Iterable[Head], tenant: str) -> list[Head]:
    """Those of one city, the oldest first."""
    return sorted(each for each in heads if each.tenant == tenant)


def _body_of(text: str) -> str:
    part = message_from_string(text, policy=default).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def _head(found: re.Match[str]) -> Head:
    return Head(int(found[2]), bytes.fromhex(found[3].replace("-", "")), found[1])
