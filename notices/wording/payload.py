"""PURE: what a notice looks like as a push: one payload for declarative (Safari 18.4+) and classic web push.

Sources: RFC 8291 §4 (3,993 bytes of plaintext), RFC 8030 §5.2–5.4 (TTL, Urgency, Topic), W3C Push API.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from notices.wording.letter import Letter, deadline_of, heading, link_of, said
from notices.wording.text import plain_of, shortened
from notices.wording.tongues import tag_of

PLAINTEXT_LIMIT: Final = 3993
_SHORT_LIMIT: Final = 2000
_TITLE_BYTES: Final = 300
_TTL: Final = timedelta(weeks=4)
_TTL_URGENT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PushBody:
    """`payload` fits every push service; `short` is for one that answered 413 all the same."""

    payload: bytes
    short: bytes
    ttl: int
    urgency: Literal["normal", "high"]
    topic: str


def push_of(letter: Letter, *, origin: str) -> PushBody:
    """The push of a notice."""
    pressing = letter.urgency != "ordinary"
    return PushBody(
        payload=_payload(letter, origin, PLAINTEXT_LIMIT),
        short=_payload(letter, origin, _SHORT_LIMIT),
        ttl=int((_TTL_URGENT if pressing else _TTL).total_seconds()),
        urgency="high" if pressing else "normal",
        topic=topic_of(letter.chain),
    )


def topic_of(notice: str) -> str:
    """A newer revision replaces an undelivered one, as does what goes on with a chain, whose first is `notice`. The push
    service does not learn our ids.
    """
    return urlsafe_b64encode(sha256(f"topic {notice}".encode()).digest()[:24]).decode()


def _payload(letter: Letter, origin: str, limit: int) -> bytes:
    text = "\n".join(part for part in (deadline_of(letter), plain_of(said(letter))) if part)
    # By search, not by sum: JSON doubles quotes and line ends, so bytes of text are not bytes of payload.
    least, most = 0, limit
    while least < most:
        room = (least + most + 1) // 2
        fits = len(_message(letter, origin, shortened(text, room))) <= limit
        least, most = (room, most) if fits else (least, room - 1)
    return _message(letter, origin, shortened(text, least))


def _message(letter: Letter, origin: str, text: str) -> bytes:
    notification: dict[str, Any] = {
        "title": shortened(heading(letter), _TITLE_BYTES),
        "body": text,
        "lang": tag_of(letter.lang),
        "tag": f"notice-{letter.chain}",
        "navigate": link_of(letter, origin),
        "data": {"id": letter.id},
    }
    if letter.refers_to:
        notification["renotify"] = (
            True  # it takes the place of one that was seen: without a sound nobody looks again
        )
    message: dict[str, Any] = {"web_push": 8030, "notification": notification, "mutable": True}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
