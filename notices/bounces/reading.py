"""PURE: what a mail that came to a return path says: what kind of failure, or that it is none.

Never of which message: that is the return path's to say. First the machine-readable parts (RFC 3464, RFC 5965), then
flufl.bounce and the words themselves where a mail server wrote them. What people or their machines answer
(RFC 3834) is no failure. Anything is read; nothing raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final, Literal

from flufl.bounce import all_failures

from notices.bounces import phrases
from notices.bounces.mime import Part, headers_of, leaves, part_of

Kind = Literal["hard", "soft", "refused", "complaint", "delayed", "arrived", "automatic", "other"]
"""The first three: it did not arrive. `refused`: this message; the mailbox may be well."""

UNDELIVERED: Final[frozenset[Kind]] = frozenset({"hard", "soft", "refused"})
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY: Final = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
_DAEMON: Final = re.compile(
    r"mailer-?daemon|postmaster|mail-?daemon|mail (?:delivery|administrator)|^<?>?$", re.I
)
_REPORTS: Final = ("message/delivery-status", "message/global-delivery-status")
_HARD: Final = frozenset({(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1), (4, 4)})
_WORST: Final = ("failed", "delayed", "relayed", "expanded", "delivered")
_WORDS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Report:
    """`status`: as RFC 3463 writes it; `code`: an SMTP reply. `reason`: a slug of REASONS where it did not arrive."""

    kind: Kind
    status: str | None = None
    code: int | None = None

    @property
    def reason(self) -> str:
        if self.kind == "hard":
            return "came-back-unknown"
        if self.kind == "refused":
            return "came-back-refused"
        return "came-back-full" if self.status in ("5.2.2", "4.2.2") else "came-back"


def read(raw: bytes) -> Report:
    """At most 256 KB of it are looked at."""
    mail = part_of(raw)
    parts = list(leaves(mail))
    for part in parts:
        if part.type == "message/feedback-report":
            return _of_feedback(part)
    for part in parts:
        if part.type in _REPORTS and (found := _of_status(part, parts)) is not None:
            return found
    if _from_a_server(mail):
        return _of_words(mail, parts)
    return Report("automatic" if _automatic(mail) else "other")


def _of_feedback(part: Part) -> Report:
    kind = headers_of(part.body).get("feedback-type", "")
    return Report("complaint" if kind.lower() in ("abuse", "fraud", "other") else "other")


def _of_status(part: Part, parts: list[Part]) -> Report | None:
    """One mail goes to one mailbox, so there is one fate in it; where there are several, the worst."""
    found = [each for each in _fates(part) if each[0] in _WORST]
    if not found:
        return None
    action, status, said = min(found, key=lambda fate: _WORST.index(fate[0]))
    if action == "delayed":
        return Report("delayed", status)
    if action != "failed":
        return Report("arrived", status)
    return classified(status, said or _words(parts))


def _fates(part: Part) -> Iterator[tuple[str, str | None, str]]:
    """(action, status, diagnostic) of each recipient."""
    for block in part.text.split("\n\n", 50)[:50]:
        fields = headers_of(block.encode())
        action = fields.get("action", "").partition(" ")[0].partition(";")[0].strip().lower()
        status = _STATUS.search(fields.get("status", ""))
        yield action, status[0] if status else None, fields.get("diagnostic-code", "")


def classified(status: str | None, said: str) -> Report:
    """Of a failure: by its status (RFC 3463 §3), and by the words where that leaves it open."""
    found = _STATUS.search(status or "") or _STATUS.search(said)
    reply = _REPLY.search(said)
    code = int(reply[1]) if reply else None
    status = found[0] if found else status
    major, minor = (int(found[2]), int(found[3])) if found else (0, 0)
    if phrases.says_full(said) or (major, minor) == (2, 2):
        return Report("soft", "5.2.2", code)
    if found is not None and found[1] == "4":
        return Report("soft", status, code)
    return Report(_permanent(major, minor, said, code), status, code)


def _permanent(major: int, minor: int, said: str, code: int | None) -> Kind:
    if (major, minor) in _HARD:
        return "hard"
    if (major, minor) in ((1, 7), (1, 8)) or major in (5, 6, 7):
        return "refused"
    if phrases.says_nobody(said):
        return "hard"
    if phrases.says_refused(said):
        return "refused"
    # Servers that give no better status than 5.0.0 still give the reply itself (RFC 5321 §4.2.3).
    return "hard" if major in (0, 1) and code in (550, 551, 553) else "soft" if major else "refused"


def _of_words(mail: Part, parts: list[Part]) -> Report:
    said = _words(parts)
    subject = mail.header("subject")
    temporary, permanent = _by_flufl(subject, mail.headers.get("from", ""), said)
    if permanent or phrases.says_undelivered(f"{subject}\n{said}"):
        return classified(None, said)
    if temporary:
        return Report("delayed")
    # Servers answer for people, too, and such an answer may say that somebody is not to be found in the office.
    if not (_automatic(mail) or phrases.says_away(said)) and phrases.says_nobody(said):
        return classified(None, said)
    return Report("automatic" if _automatic(mail) else "other")


def _words(parts: list[Part]) -> str:
    text = next((part.text for part in parts if part.type in ("text/plain", "text/html")), "")
    return phrases.said_by_the_server(text[:_WORDS])


def _by_flufl(subject: str, sender: str, said: str) -> tuple[bool, bool]:
    """Its detectors, on the words alone: they were written for whole messages, and for nobody's ill will."""
    flat = Message()
    # One of them stumbles over a mail without a sender, and the rest would not be asked.
    flat["From"], flat["Subject"] = _one_line(sender) or "MAILER-DAEMON", _one_line(subject)
    flat["Content-Type"] = "text/plain; charset=utf-8"
    flat.set_payload(said)
    try:
        temporary, permanent = all_failures(flat)
    except Exception:  # a detector that stumbles has found nothing
        return False, False
    return bool(temporary), bool(permanent)


def _one_line(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")


def _from_a_server(mail: Part) -> bool:
    return _DAEMON.search(mail.header("from").strip()) is not None


def _automatic(mail: Part) -> bool:
    """RFC 3834 §5, and what was usual before it."""
    submitted = mail.headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    marks = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
    return (
        submitted not in ("", "no")
        or any(mark in mail.headers for mark in marks)
        or mail.headers.get("precedence", "").lower() in ("auto_reply", "bulk", "junk")
        or phrases.says_away(mail.header("subject"))
        or mail.type == "multipart/report"
    )
