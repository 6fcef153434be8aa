"""What left the house, noted by the transports: the only witness beside the database that the checker listens to."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notices import ids
from notices.channels import Mail, Outgoing, Push
from notices.tokyo import TOKYO
from tests.simulation.process import Process

_RIGHT = """
SELECT d.message FROM delivery d
JOIN notice n ON n.tenant = d.tenant AND n.id = d.notice AND n.state = 'published'
JOIN address a ON a.tenant = d.tenant AND a.id = d.address
JOIN person p ON p.tenant = d.tenant AND p.id = d.person AND p.ended_at IS NULL
JOIN message m ON m.tenant = d.tenant AND m.id = d.message
WHERE d.message IN ({}) AND (
  a.state = 'live' OR m.urgency = 'emergency' AND a.channel = 'mail' AND a.state = 'off' AND a.reason = 'stopped'
) AND (m.urgency = 'emergency' OR instr(p.muted, ',' || n.topic || ',') = 0)
AND (d.step = 'first' AND NOT m.digest OR NOT EXISTS (
  SELECT 1 FROM notice_household h WHERE h.tenant = d.tenant AND h.notice = d.notice AND h.household = d.household
  AND (h.stamped_at IS NOT NULL OR n.kind = 'notice' AND h.on_phone_at IS NOT NULL))
) AND EXISTS (
  SELECT 1 FROM resident r JOIN notice_household h
  ON h.tenant = r.tenant AND h.household = r.household AND h.notice = d.notice
  WHERE r.tenant = d.tenant AND r.person = d.person AND r.until IS NULL)
"""
"""Messages that may leave as things stand: written apart from the product's own question, and against the same rows."""
_TOLD = """
SELECT k.message FROM memo k
JOIN message m ON m.tenant = k.tenant AND m.id = k.message
JOIN address a ON a.tenant = m.tenant AND a.id = m.address AND a.person = k.person AND a.state = 'live'
JOIN notice n ON n.tenant = k.tenant AND n.id = k.subject AND n.state = 'published'
WHERE k.message IN ({}) AND EXISTS (
  SELECT 1 FROM term t JOIN seat s ON s.tenant = t.tenant AND s.id = t.seat AND s.ended_at IS NULL
  WHERE t.tenant = k.tenant AND t.person = k.person AND s.role <> 'block-leader')
AND (k.about = 'residual' AND EXISTS (SELECT 1 FROM notice_household h
  WHERE h.tenant = n.tenant AND h.notice = n.id AND h.residual_at IS NOT NULL)
OR k.about = 'stopped' AND EXISTS (SELECT 1 FROM planning g
  WHERE g.tenant = n.tenant AND g.notice = n.id AND g.stopped IS NOT NULL AND g.closed_at IS NULL))
"""
"""Words to an officer that homes are left at the end of the ladder, or that a plan has stopped and asks, while it is so."""


_WAKES = """
SELECT 1 FROM message m JOIN address a ON a.tenant = m.tenant AND a.id = m.address
JOIN person p ON p.tenant = m.tenant AND p.id = a.person
WHERE m.id = ?1 AND m.urgency <> 'emergency' AND p.quiet_from IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM address b JOIN person q ON q.tenant = b.tenant AND q.id = b.person
  WHERE b.tenant = a.tenant AND b.lookup = a.lookup AND q.quiet_from IS NOT p.quiet_from)
AND NOT EXISTS (SELECT 1 FROM memo k JOIN notice n ON n.tenant = k.tenant AND n.id = k.subject
  WHERE k.tenant = m.tenant AND k.message = m.id AND n.urgency = 'emergency')
AND CASE WHEN p.quiet_from < p.quiet_to THEN ?2 >= p.quiet_from AND ?2 < p.quiet_to
  ELSE ?2 >= p.quiet_from OR ?2 < p.quiet_to END
"""
"""Of a mailbox that people with other nights share it is not asked. That homes are left of an emergency is said at night."""


@dataclass(eq=False)
class Copy:
    """One copy that somebody got."""

    message: str
    envelope: str
    by: Process
    at: float
    crossed: bool
    """Whether it was committed, before, that it was about to leave."""
    clean: bool = False
    """Whether the sender heard a yes and could write it down, by a process that never stood still."""
    fate: str = "sent"


@dataclass
class Record:
    """`reader`: a connection of its own, which sees what is committed."""

    reader: sqlite3.Connection
    copies: dict[str, list[Copy]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong at the moment it happened."""
    in_flight: set[tuple[str, int]] = field(default_factory=set)
    """(message, attempt) that was in a worker's hands when somebody withdrew, moved or unsubscribed."""
    trace: list[str] = field(default_factory=list)
    answers: int = 0

    def note(self, at: float, line: str) -> None:
        self.trace.append(f"{at:10.3f}  {line}")

    def something_changed(self) -> None:
        """Called as soon as a change of who is to get what is committed."""
        rows = self.reader.execute("SELECT id, attempt FROM message WHERE state = 'sending'")
        self.in_flight |= {(ids.text_of(id), attempt) for id, attempt in rows}

    def claimed(self, batch: Sequence[Outgoing], by: Process, at: datetime) -> None:
        """I3: each of a batch that begins to be sent is still to be sent, or was in flight when that changed.

        Whoever stood still and was overtaken cannot know what became of it meanwhile; others' was an earlier attempt.
        """
        keys = [ids.bytes_of(message.id) for message in batch]
        local = at.astimezone(TOKYO)
        now_minute = local.hour * 60 + local.minute
        marks = ",".join("?" * len(keys))
        asked = [self.reader.execute(query.format(marks), keys) for query in (_RIGHT, _TOLD)]
        right = {ids.text_of(id) for rows in asked for (id,) in rows}
        query = f"SELECT id, attempt, worker = ? FROM message WHERE id IN ({marks})"
        now = {ids.text_of(id): rest for id, *rest in self.reader.execute(query, (by.name, *keys))}
        for message in batch:
            if message.id not in now:
                self.wrong.append(f"I3 ghost: {message.id} is sent and was never committed")
                continue
            attempt, ours = now[message.id]
            if by.stalled and not ours:
                continue
            possible = [attempt] if ours else range(1, attempt + 1)
            if self._woken(message.id, now_minute):
                self.wrong.append(f"I3 quiet: {message.id} is claimed in the quiet hours of who gets it")
            if message.id not in right and not any((message.id, each) in self.in_flight for each in possible):
                self.wrong.append(f"I3 ghost: {message.id} is claimed although nobody is to have it any more")

    def _woken(self, id: str, minute: int) -> bool:
        return bool(self.reader.execute(_WAKES, (ids.bytes_of(id), minute)).fetchone())

    def took(self, message: Outgoing, by: Process, at: float, fate: str) -> Copy:
        envelope = _envelope(message)
        copy = Copy(message.id, envelope, by, at, self._crossed(message.id), fate=fate)
        if isinstance(message, Mail) and not copy.crossed:
            self.wrong.append(f"I2 crossing: mail {message.id} left before it was committed that it would")
        self.copies[message.id].append(copy)
        return copy

    def _crossed(self, id: str) -> bool:
        row = self.reader.execute("SELECT crossing_at FROM message WHERE id = ?", (ids.bytes_of(id),))
        return bool((row.fetchone() or (None,))[0])

    def written(self, id: str) -> bool:
        """Whether what was answered stands in the ledger."""
        row = self.reader.execute("SELECT state FROM message WHERE id = ?", (ids.bytes_of(id),)).fetchone()
        return row is not None and row[0] == "sent"

    def all(self) -> Iterable[tuple[str, list[Copy]]]:
        return sorted(self.copies.items())

    def rows(self, query: str, *given: Any) -> list[Any]:
        return self.reader.execute(query, given).fetchall()


def _envelope(message: Outgoing) -> str:
    if isinstance(message, Mail):
        return message.to.address
    return message.to.endpoint if isinstance(message, Push) else message.to.user
