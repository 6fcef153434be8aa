"""PURE: what an SMTP reply means for one message, at each stage of the dialogue.

Only a well-formed 5xx is ever permanent; −1, 999 or a reply that does not fit the stage is a confused server.
Sources: RFC 5321 §4.2.1 and §4.3.2, RFC 3463 (enhanced status codes).
"""

import re
from datetime import timedelta
from typing import Final, Literal

from notices.outcomes import Gone, Later, Outcome, Refused

Stage = Literal["connect", "mail", "rcpt", "data", "end"]

# Our own set-up is at fault: somebody has to mend it, and all messages wait meanwhile.
_MENDING: Final = timedelta(minutes=10)
_REST: Final = timedelta(seconds=60)
_ENHANCED: Final = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


def outcome_of(stage: Stage, code: int, text: str) -> Outcome:
    """The outcome of a reply that was not the one hoped for."""
    if code == 421:
        return Later(code, "server-closing", _REST, whole_lane=True)
    if stage == "connect":
        return Later(
            code, "server-closing" if 400 <= code < 600 else "server-confused", _REST, whole_lane=True
        )
    if code == 503 and stage != "mail":
        return Later(code, "server-confused")  # about the order of commands, never about the message
    if 400 <= code < 500:
        return Later(code, "mailbox-busy" if stage == "rcpt" else "server-busy")
    if 500 <= code < 600:
        return _permanent(stage, code, text)
    return Later(code, "server-confused")


def _permanent(stage: Stage, code: int, text: str) -> Outcome:
    if code in (530, 534, 535, 538):
        return Later(code, "login-refused", _MENDING, whole_lane=True)
    subject, detail = _enhanced(text)
    if stage == "mail" and code != 552 and subject != 3:
        return Later(code, "sender-refused", _MENDING, whole_lane=True)
    if subject == 1 and detail in (7, 8):  # X.1.7, X.1.8: the sender's address
        return Refused(code, "sender-refused")
    if subject == 1 or (stage == "rcpt" and subject is None and code in (550, 551, 553)):
        return Gone(code, "mailbox-unknown")
    if subject == 2:
        return Gone(code, "mailbox-unknown") if detail == 1 else Refused(code, "mailbox-refused")
    return Refused(code, "mailbox-refused" if stage == "rcpt" else "content-refused")


def _enhanced(text: str) -> tuple[int | None, int | None]:
    found = _ENHANCED.match(text)
    return (int(found[2]), int(found[3])) if found else (None, None)
