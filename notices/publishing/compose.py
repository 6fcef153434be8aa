"""PURE: what a notice may say. A draft is checked once, whichever way it came: by HTTP, from a phone's outbox."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from notices.alarm import chain, templates
from notices.alarm.kinds import ALARMS
from notices.errors import (
    AudienceEmpty,
    ChoiceUnknown,
    DateUnreadable,
    DeadlinePast,
    KindUnknown,
    TextMissing,
    TextTooLong,
    TitleMissing,
    TitleTooLong,
    TooManyFiles,
    TopicUnknown,
    UrgencyUnknown,
    WrongText,
)
from notices.forms import shape
from notices.forms.form_errors import FormNotInAlarm
from notices.forms.shape import Form
from notices.tokyo import end_of

KINDS = frozenset({"notice", "circular"}) | ALARMS
TOPICS = frozenset({"garbage", "disaster", "events", "children", "obituary", "rules", "money", "other"})
URGENCIES = ("ordinary", "urgent", "emergency")
LANGUAGES = ("ja-easy", "en", "zh", "ko")
"""Beside Japanese: やさしい日本語, English, Chinese, Korean."""
TITLE_LENGTH = 100
BODY_LENGTH = 10_000
FILES = 10

# Controls but tab and newline, and what turns the direction of text or breaks a header line in two.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Attached:
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    kind: str
    topic: str
    title: str
    body: str
    audience: Mapping[str, object] = field(default_factory=dict)
    files: tuple[Attached, ...] = ()
    deadline: datetime | None = None
    expires_at: datetime | None = None
    urgency: str = "ordinary"
    """Of an alarm its kind decides: alarm/kinds.py."""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language → {title, body}."""
    refers_to: str | None = None
    step: str = chain.FIRST
    template: str | None = None
    form: Form | None = None


def checked(draft: Draft, now: datetime) -> Draft:
    """The draft, or the error that says what to change."""
    if draft.kind not in KINDS:
        raise KindUnknown(kind=draft.kind)
    if draft.topic not in TOPICS:
        raise TopicUnknown(topic=draft.topic)
    if draft.urgency not in URGENCIES:
        raise UrgencyUnknown(urgency=draft.urgency)
    if draft.deadline is not None and draft.deadline <= now:
        raise DeadlinePast()
    if draft.expires_at is not None and draft.expires_at <= now:
        raise DeadlinePast()
    if draft.audience.get("blocks") == []:
        raise AudienceEmpty()
    if len(draft.files) > FILES:
        raise TooManyFiles(most=FILES)
    for name in (attached.name for attached in draft.files):
        if not name.strip() or len(name) > 200 or "\n" in name or _FORBIDDEN.search(name):
            raise WrongText(field="files")
    chain.well_formed(draft.kind, draft.step, draft.refers_to)
    if draft.template is not None:
        templates.suits(draft.template, draft.kind, draft.step)
    checked_title(draft.title)
    checked_body(draft.body)
    checked_translations(draft.translations)
    if draft.form is not None:
        # It would be answered on no screen, and an alarm of the city's own has no ledger of answers.
        if draft.kind in ALARMS:
            raise FormNotInAlarm()
        shape.checked(draft.form, has_deadline=draft.deadline is not None)
    return draft


def checked_translations(translations: Mapping[str, Mapping[str, str]]) -> None:
    for language, said in translations.items():
        if language not in LANGUAGES:
            raise ChoiceUnknown(field="translations", choices=", ".join(LANGUAGES))
        checked_title(said["title"])
        checked_body(said["body"])


def checked_title(title: str) -> None:
    if not _visible(title):
        raise TitleMissing()
    if len(title) > TITLE_LENGTH:
        raise TitleTooLong(most=TITLE_LENGTH, length=len(title))
    if _FORBIDDEN.search(title) or "\n" in title or "\t" in title:
        raise WrongText(field="title")


def checked_body(body: str) -> None:
    if not _visible(body):
        raise TextMissing()
    if len(body) > BODY_LENGTH:
        raise TextTooLong(most=BODY_LENGTH, length=len(body))
    if _FORBIDDEN.search(body.replace("\r\n", "\n")):
        raise WrongText(field="body")


def instant(text: str | None, field: str) -> datetime | None:
    """A day (its last second in Tokyo) or an instant with offset. Raises DateUnreadable."""
    if text is None:
        return None
    at = of_any_year(text, field)
    # A year of 1 or 9999 leaves the calendar when it is turned into another zone.
    if not 2000 <= at.year <= 2200:
        raise DateUnreadable(field=field)
    return at


def of_any_year(text: str, field: str) -> datetime:
    """As `instant`, of a clock that may be wrong by decades. Raises DateUnreadable."""
    try:
        if _DAY.fullmatch(text):
            return end_of(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise DateUnreadable(field=field) from None
    if at.tzinfo is None:
        raise DateUnreadable(field=field)
    return at


def _visible(text: str) -> bool:
    return any(
        not character.isspace() and unicodedata.category(character) not in ("Cf", "Cc") for character in text
    )
