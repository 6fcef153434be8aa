"""PURE: an alert as CAP 1.2 §3 has it, field by field in the order of the schema. Texts and times as they were written.

A time is kept as text: `-00:00` is what CAP says for UTC, and no datetime remembers it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"


class Pair(NamedTuple):
    """valueName and value: of a parameter, an event code, a geocode."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    resource_desc: str
    mime_type: str
    size: str | None = None
    uri: str | None = None
    deref_uri: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    area_desc: str
    polygon: tuple[str, ...] = ()
    circle: tuple[str, ...] = ()
    geocode: tuple[Pair, ...] = ()
    altitude: str | None = None
    ceiling: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    language: str | None = None
    """None: en-US, says the standard (§3.2.2)."""
    category: tuple[str, ...]
    event: str
    response_type: tuple[str, ...] = ()
    urgency: str
    severity: str
    certainty: str
    audience: str | None = None
    event_code: tuple[Pair, ...] = ()
    effective: str | None = None
    onset: str | None = None
    expires: str | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameter: tuple[Pair, ...] = ()
    resource: tuple[Resource, ...] = ()
    area: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    identifier: str
    sender: str
    sent: str
    status: str
    msg_type: str
    source: str | None = None
    scope: str
    restriction: str | None = None
    addresses: str | None = None
    code: tuple[str, ...] = ()
    note: str | None = None
    references: str | None = None
    incidents: str | None = None
    info: tuple[Info, ...] = ()

    @property
    def earlier(self) -> tuple["Reference", ...]:
        """The messages it refers to, as far as they can be read."""
        parts = (each.split(",") for each in (self.references or "").split())
        return tuple(Reference(*each) for each in parts if len(each) == 3)

    @property
    def reference(self) -> "Reference":
        """How others refer to it."""
        return Reference(self.sender, self.identifier, self.sent)


class Reference(NamedTuple):
    """§3.2.1 references: `sender,identifier,sent`."""

    sender: str
    identifier: str
    sent: str

    def __str__(self) -> str:
        return ",".join(self)


def moment(text: str) -> datetime:
    """Of a time of an alert that was read. Raises ValueError."""
    return datetime.fromisoformat(text)


STATUSES: Final = ("Actual", "Exercise", "System", "Test", "Draft")
MSG_TYPES: Final = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES: Final = ("Public", "Restricted", "Private")
CATEGORIES: Final = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
RESPONSES: Final = (
    "Shelter",
    "Evacuate",
    "Prepare",
    "Execute",
    "Avoid",
    "Monitor",
    "Assess",
    "AllClear",
    "None",
)
URGENCIES: Final = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES: Final = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
"""Each list from the gravest down."""

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": STATUSES,
    "msg_type": MSG_TYPES,
    "scope": SCOPES,
    "category": CATEGORIES,
    "response_type": RESPONSES,
    "urgency": URGENCIES,
    "severity": SEVERITIES,
    "certainty": CERTAINTIES,
}
TIMES: Final = frozenset({"sent", "effective", "onset", "expires"})
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
NAME: Final = re.compile(r"[^\s,<&]{1,255}")
"""§3.2.1: identifier and sender have no spaces, commas or restricted characters."""
LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def element_of(field: str) -> str:
    """`area_desc` → `areaDesc`; the one that does not follow is derefUri, which it does."""
    head, *rest = field.split("_")
    return head + "".join(each.capitalize() for each in rest)
