"""PURE: what of a notice leaves the house, whichever channel carries it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from notices.tokyo import TOKYO
from notices.wording import behalf
from notices.wording.behalf import OWN, Behalf
from notices.wording.marks import has_mark, marked, opened
from notices.wording.words import words_of

QUESTION: Final = "question"
"""The kind of a letter that is no notice: it asks somebody to open the app once."""
MEMO: Final = "memo"
"""The kind of another: what the house has to say to one person (notices/memos)."""


NUDGE: Final = "nudge"
"""The kind of a letter to officers: a circular of the city waits for their association."""


@dataclass(frozen=True, slots=True)
class Letter:
    """All of a notice that leaves the house: texts as written, times aware, ids ours."""

    id: str
    kind: str
    title: str
    body: str
    association: str
    association_id: str
    author: str
    contact: str
    deadline: datetime | None = None
    files: tuple[str, ...] = ()
    corrected: bool = False
    urgency: Literal["ordinary", "urgent", "emergency"] = "ordinary"
    lang: str = "ja"
    reminder: str = ""
    """`eve` or `morning` where a deadline is near and this household has not answered."""
    path: str = ""
    """Where a memo leads in the app."""
    refers_to: str = ""
    """The first message of the chain that this one goes on with."""
    step: str = "first"
    """first, update or all-clear."""
    whose: Behalf = OWN
    """For whom its reader gets it."""

    @property
    def chain(self) -> str:
        """What its notification replaces, and is replaced by."""
        return self.refers_to or self.id


def link_to(origin: str, notice: str) -> str:
    """Where the notice is opened. A GET there never stamps."""
    return f"{origin.rstrip('/')}/n/{notice}"


def link_of(letter: Letter, origin: str) -> str:
    """Where the letter leads: to its notice; of a digest, and of a question, to the list."""
    if letter.kind == MEMO:
        return f"{origin.rstrip('/')}{letter.path or '/'}"
    if letter.kind == NUDGE:
        return f"{origin.rstrip('/')}/circulars/{letter.id}"
    return f"{origin.rstrip('/')}/" if letter.kind in ("digest", QUESTION) else link_to(origin, letter.id)


def button_of(letter: Letter) -> str:
    words = words_of(letter.lang)
    if letter.kind in (QUESTION, MEMO, NUDGE):
        return words.open_app
    return words.open if letter.kind == "circular" else words.open_notice


def heading(letter: Letter) -> str:
    """回覧：title — what it is comes before what it says, on a lock screen and in a list of mails."""
    words = words_of(letter.lang)
    kind = "" if has_mark(letter.kind) else words.kinds.get(letter.kind, words.kinds["notice"])
    urgent = words.urgent if letter.urgency == "urgent" and letter.kind != MEMO else ""
    reminder = words.reminders.get(letter.reminder, "")
    before = f"{behalf.title(letter.whose, letter.lang)}{reminder}{urgent}{words.corrected if letter.corrected else ''}{kind}"
    return marked(letter.kind, f"{before}{letter.title}", letter.lang, letter.step)


def said(letter: Letter) -> str:
    """The body, as it may be read alone: Markdown."""
    return opened(letter.kind, behalf.text(letter.whose, letter.body, letter.lang), letter.lang)


def deadline_of(letter: Letter) -> str | None:
    """しめきり：11月30日（月） as people in Japan say it, wherever the server stands."""
    if letter.deadline is None:
        return None
    words = words_of(letter.lang)
    return words.deadline + words.day(letter.deadline.astimezone(TOKYO))


def message_id(message: str, host: str) -> str:
    return f"<{message}@{host}>"


def host_of(origin: str) -> str:
    return urlsplit(origin).hostname or "localhost"
