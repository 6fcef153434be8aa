"""A push service as we meet it: how much it takes at once, whether it rests, whether it knows our key.

Nothing here waits or sends; `dispatch` asks a lane what may go next and tells it what came back.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notices.channels import Push
from notices.channels.push.batch import Batch
from notices.channels.push.transport import Post
from notices.outcomes import Later, Outcome, Refused, Sent

log = logging.getLogger(__name__)

_WIDTH_HTTP1: Final = 50
_WIDTH_HTTP2: Final = 400
_WIDTH_LEAST: Final = 4
_WINDOW: Final = 200
_WINDOW_AGE: Final = timedelta(hours=1)
_REFUSING: Final = 0.2
_TRUSTED: Final = 50
"""So many answers without trouble, and a head is no longer listened to."""
_HEADERS_KEPT: Final = 1000
KEY_REFUSED: Final = Refused(403, "vapid-origin")


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """Of one push service, now. `answers`: since the start, by the outcome's reason (`sent` where it was taken)."""

    origin: str
    under_way: int
    waiting: int
    width: int
    http2: bool
    paused_until: datetime | None
    key_refused: bool
    answers: Mapping[str, int]


class Job(Post):
    """A message on its way through a lane; `repeated` and `short`: it has been sent once more after a broken line, or with
    less text."""

    __slots__ = ("batch", "lane", "message", "repeated", "short")

    def __init__(self, message: Push, batch: Batch, lane: Lane) -> None:
        super().__init__(message.to, urgent=message.urgency == "emergency")
        self.message, self.batch, self.lane = message, batch, lane
        self.repeated = self.short = False

    @property
    def payload(self) -> bytes:
        body = self.message.body
        return body.short if self.short else body.payload


class Lane:
    """`most`: requests at once in the whole channel, which no lane exceeds."""

    def __init__(self, origin: str, most: int) -> None:
        self.origin = origin
        self.urgent: deque[Job] = deque()
        self.ordinary: deque[Job] = deque()
        self.under_way = 0
        self._most = most
        self._width = min(_WIDTH_HTTP1, most)
        self._http2 = False
        self._smooth = 0
        self._paused_until: datetime | None = None
        self._answers: Counter[str] = Counter()
        # When, and whose answer was a 403 (of others only that there was one).
        self._window: deque[tuple[datetime, str | None]] = deque(maxlen=_WINDOW)
        self._key_refused = False
        self._headers: dict[tuple[str, int, str, str], Sequence[str]] = {}

    @property
    def idle(self) -> bool:
        return not (self.under_way or self.urgent or self.ordinary)

    def health(self, now: datetime) -> LaneHealth:
        return LaneHealth(
            origin=self.origin,
            under_way=self.under_way,
            waiting=len(self.urgent) + len(self.ordinary),
            width=self._width,
            http2=self._http2,
            paused_until=self._paused_until if self.rest(now) else None,
            key_refused=self._key_refused,
            answers=dict(self._answers),
        )

    def next_urgent(self) -> Job | None:
        """An emergency has a quarter of the lane for itself, beyond what all others may fill."""
        if self.urgent and self.under_way < self._width + max(_WIDTH_LEAST, self._width // 4):
            return self.urgent.popleft()
        return None

    def next_ordinary(self) -> Job | None:
        return self.ordinary.popleft() if self.ordinary and self.under_way < self._width else None

    def rest(self, now: datetime) -> Later | None:
        """What a message gets while the service wants its peace; None when it may be sent."""
        if self._paused_until is None or now >= self._paused_until:
            return None
        return Later(429, "lane-paused", self._paused_until - now, whole_lane=True)

    def dress(self, job: Job, token: str) -> None:
        """What the request takes along: its headers, and whether its answer is heard in full."""
        job.headers, job.listen = self._headers_of(token, job), self._smooth < _TRUSTED

    def _headers_of(self, token: str, job: Job) -> Sequence[str]:
        """One list for all messages that say the same: libcurl need not read it anew."""
        body = job.message.body
        key = (token, body.ttl, body.urgency, body.topic)
        found = self._headers.get(key)
        if found is None:
            if len(self._headers) >= _HEADERS_KEPT:
                self._headers.clear()
            found = self._headers[key] = (
                f"Authorization: {token}",
                "Content-Encoding: aes128gcm",
                "Content-Type: application/octet-stream",
                f"TTL: {body.ttl}",
                f"Urgency: {body.urgency}",
                f"Topic: {body.topic}",
            )
        return found

    def learn(self, job: Job, outcome: Outcome, now: datetime) -> Outcome:
        """Takes note of an answer; returns the outcome, which may be another in the light of those before it."""
        self._http2 |= job.http2
        well = not isinstance(outcome, Later)
        self._smooth = self._smooth + 1 if well else 0
        self._widen(well=well)
        if isinstance(outcome, Later) and outcome.whole_lane and outcome.after is not None:
            self._paused_until = now + outcome.after
        elif isinstance(outcome, Refused) and outcome.reason == "vapid":
            outcome = self._refused(job, outcome, now)
        elif job.status is not None and not isinstance(outcome, Later):
            self._taken(now)
        self._answers["sent" if isinstance(outcome, Sent) else outcome.reason] += 1
        return outcome

    def _widen(self, *, well: bool) -> None:
        """A service that answers gets more at once, one that hangs or stumbles soon holds only a few of our slots."""
        limit = min(_WIDTH_HTTP2 if self._http2 else _WIDTH_HTTP1, self._most)
        narrower = max(self._width // 2, min(_WIDTH_LEAST, self._most))
        self._width = min(self._width + 1, limit) if well else narrower

    def _refused(self, job: Job, outcome: Refused, now: datetime) -> Refused:
        """More than a fifth of the answers, and not of one subscription alone: then it is our key that is wrong."""
        self._note(now, job.to.endpoint)
        refused = [whose for _, whose in self._window if whose is not None]
        ours = len(refused) > _REFUSING * len(self._window) and len(set(refused)) > 1
        if ours and not self._key_refused:
            log.error(
                "%s refuses our key (403 to %d of %d): see KAIRAN_PUSH_CONTACT and the VAPID key; "
                "no subscription is given up for it",
                self.origin,
                len(refused),
                len(self._window),
            )
        self._key_refused = ours
        return KEY_REFUSED if ours else outcome

    def _taken(self, now: datetime) -> None:
        self._note(now, None)
        if self._key_refused:
            refused = sum(whose is not None for _, whose in self._window)
            self._key_refused = refused > _REFUSING * len(self._window)
            if not self._key_refused:
                log.warning("%s knows our key again", self.origin)

    def _note(self, now: datetime, refused: str | None) -> None:
        while self._window and not timedelta(0) <= now - self._window[0][0] < _WINDOW_AGE:
            self._window.popleft()
        self._window.append((now, refused))
