"""PURE: what an answer of a push service means, in our words. RFC 8030 §5 and §8.4; RFC 9110 §10.2.3."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from notices.channels.push.transport import Post, Trouble
from notices.outcomes import Gone, Later, Outcome, Refused, Sent

RETRY_LEAST: Final = timedelta(seconds=1)
RETRY_MOST: Final = timedelta(hours=1)
_RETRY_UNSAID: Final = timedelta(seconds=60)

TOO_LARGE: Final = Refused(413, "too-large")
HUNG_UP: Final = Later(None, "service-trouble")
_TROUBLES: Final[dict[Trouble, Outcome]] = {
    "unreachable": Later(None, "service-unreachable"),
    "silent": Later(None, "service-silent"),
    "hung-up": HUNG_UP,
    "inside": Refused(None, "endpoint-refused"),
}


def outcome_of(post: Post, now: datetime) -> Outcome:
    """Of a post that has its status or its trouble."""
    if post.status is None:
        return _TROUBLES[post.trouble or "hung-up"]
    return _outcome(post.status, post.retry_after, now)


def _outcome(status: int, retry_after: str | None, now: datetime) -> Outcome:
    match status:
        case _ if 200 <= status < 300:
            return Sent(status)
        case 404 | 410:
            return Gone(status, "unsubscribed")
        case 403:
            return Refused(status, "vapid")
        case 400 | 401:
            return Refused(status, "our-fault")
        case 413:
            return TOO_LARGE
        case 429:
            return Later(status, "slow-down", _wait(retry_after, now) or _RETRY_UNSAID, whole_lane=True)
        case _ if 300 <= status < 400:
            return Later(status, "redirected")
        case _ if status >= 500 or status in (408, 425):
            return Later(status, "service-trouble", _wait(retry_after, now))
    return Refused(status, "unexpected-answer")


def _wait(said: str | None, now: datetime) -> timedelta | None:
    """Retry-After, between a second and an hour whatever they say."""
    if said is None:
        return None
    try:
        if said.isascii() and said.isdigit():
            wait = RETRY_MOST if len(said) > 9 else timedelta(seconds=int(said))
        else:
            wait = parsedate_to_datetime(said) - now
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(wait, RETRY_LEAST), RETRY_MOST)
