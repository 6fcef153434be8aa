"""PURE: what an answer of the Messaging API means for the messages of one call.

A key goes with each call, and LINE carries out what comes twice under one key once: 409 says it was taken before.
Sources: Messaging API reference (status codes, error responses), "Retry failed API requests".
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from notices.outcomes import Gone, Later, Outcome, Refused, Sent, Unknown

MOST_AT_ONCE: Final = 500
"""Recipients of one multicast."""
_MENDING: Final = timedelta(minutes=10)
_REST: Final = timedelta(seconds=60)
_RETRY_LEAST: Final = timedelta(seconds=1)
_RETRY_MOST: Final = timedelta(hours=1)
_MONTHLY: Final = "monthly limit"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` None: no answer came, and `arrived` says whether the request may have. `said`: the body's beginning."""

    status: int | None
    said: str = ""
    retry_after: str | None = None
    arrived: bool = True

    @property
    def unsure(self) -> bool:
        """Whether it may or may not have been carried out; the same call under the same key tells."""
        return self.arrived and (self.status is None or self.status >= 500 or self.status in (408, 425))


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages of this month. `limit` None: as many as one likes."""

    limit: int | None
    used: int

    @property
    def spent(self) -> bool:
        return self.limit is not None and self.used >= self.limit


Special = Literal["split", "count"]
"""`split`: somebody of the many is no user of ours, so ask for fewer; `count`: it depends on the quota."""


def meaning(answer: Answer, *, alone: bool) -> Outcome | Special:
    """`alone`: the call was for one message, whose key will be the same next time, so doubt does no harm."""
    status = answer.status
    if answer.unsure:
        if not alone:
            return Unknown("unanswered")
        silent = status is None and answer.said == "silent"
        return Later(status, "service-silent" if silent else "service-trouble", _wait(answer.retry_after))
    match status:
        case None:
            return Later(None, "service-unreachable", _REST, whole_lane=True)
        case 409:
            return Sent(409)
        case 400:
            if not _names_the_recipient(answer.said):
                return Refused(400, "our-fault")
            return Gone(400, "line-unknown") if alone else "split"
        case 401 | 403:
            return Later(status, "line-refused", _MENDING, whole_lane=True)
        case 413:
            return Refused(413, "too-large")
        case 429:
            return "count" if _MONTHLY in answer.said else _slow_down(answer)
        case _ if 200 <= status < 300:
            return Sent(status)
        case _ if 300 <= status < 400:
            return Later(status, "redirected")
    return Refused(status, "unexpected-answer")


def tested(answer: Answer) -> Outcome:
    """Of a test of our webhook, or of the quota asked for before it: LINE says 200, and whether we did."""
    if answer.status != 200:
        found = meaning(answer, alone=True)
        return Later(answer.status, "slow-down") if isinstance(found, str) else found
    try:
        reached = json.loads(answer.said).get("success") is True
    except (ValueError, AttributeError, RecursionError):
        reached = False
    return Sent(200) if reached else Refused(200, "line-webhook")


def counted(answer: Answer, quota: Quota | None) -> Outcome:
    """The month's messages are used up; or reserved by what is being sent just now, which LINE calls the same."""
    if quota is not None and quota.spent:
        return Refused(answer.status, "line-quota")
    return _slow_down(answer)


def _slow_down(answer: Answer) -> Later:
    return Later(answer.status, "slow-down", _wait(answer.retry_after) or _REST, whole_lane=True)


def _wait(said: str | None) -> timedelta | None:
    """Between a second and an hour, whatever they say; a date or nonsense is nothing said."""
    if said is None or not (said.isascii() and said.isdigit()):
        return None
    return _RETRY_MOST if len(said) > 9 else min(max(timedelta(seconds=int(said)), _RETRY_LEAST), _RETRY_MOST)


def _names_the_recipient(said: str) -> bool:
    """Whether it is `to` that LINE did not like. A user who does not exist is "Failed to send messages"."""
    try:
        body = json.loads(said)
        message, details = str(body.get("message", "")), body.get("details", [])
        named = [str(each.get("property", "")) for each in details]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return False
    if "property, 'to'" in message or message == "Failed to send messages":
        return True
    return bool(named) and all(each == "to" or each.startswith("to[") for each in named)
