"""What must hold after any run, judged from the database's rows and what the transports saw, and from nothing else.

I1 no loss · I2 bounded duplicates · I3 no ghost (noted by record.py as it happens) · I4 no early "finished" ·
I5 no stranger's envelope · I7 progress. I6 and I8 are about answers and phones: tests/laws.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from notices import ids
from tests.simulation.record import Copy, Record
from tests.simulation.world import Played

OPEN: Final = ("due", "sending", "later")
DOUBTS: Final = 2
"""Copies of one mail of which nobody could tell whether they arrived."""

CALM: Final = {False: 600.0, True: 60.0}
"""Seconds that must pass before a mail in doubt is sent again, by whether it is an emergency."""

_MISSED = """
SELECT h.household, r.person, a.id FROM notice_household h
JOIN resident r ON r.tenant = h.tenant AND r.household = h.household AND r.until IS NULL
JOIN address a ON a.tenant = r.tenant AND a.person = r.person AND a.state = 'live'
WHERE h.tenant = ?1 AND h.notice = ?2 AND NOT EXISTS (
  SELECT 1 FROM delivery d WHERE d.tenant = h.tenant AND d.notice = h.notice AND d.revision = ?3
  AND d.person = r.person AND d.address = a.id AND d.household = h.household)
"""
_NEWEST = "SELECT max(revision) FROM planning WHERE tenant = ? AND notice = ?"
_STATE = "SELECT state FROM notice WHERE tenant = ? AND id = ?"
_MESSAGES = "SELECT id, channel, urgency, state, reason, settled_at, due_at FROM message"
_TWICE = """
SELECT notice, person, address FROM delivery
GROUP BY tenant, notice, revision, person, address HAVING count(DISTINCT message) > 1
"""
_ENVELOPES = "SELECT message, address FROM delivery"
_LEDGER = """
SELECT h.household, h.planned, h.failed, h.handed_over_at, count(d.message) AS ways,
  coalesce(sum(m.state = 'sent'), 0) AS sent, coalesce(sum(m.reason = 'superseded'), 0) AS overtaken
FROM notice_household h
LEFT JOIN delivery d ON d.tenant = h.tenant AND d.notice = h.notice AND d.household = h.household
LEFT JOIN message m ON m.tenant = d.tenant AND m.id = d.message
WHERE h.tenant = ? AND h.notice = ? GROUP BY h.household
"""


def violations(played: Played) -> list[str]:
    """A sentence for each thing that does not hold; the first word names the invariant."""
    return list(_all(played))


def _all(played: Played) -> Iterator[str]:
    record = played.record
    yield from record.wrong
    if not played.ended:
        yield f"I7 progress: after {played.seconds:.0f} s something is still open"
        return
    for _tenant, notice, left in played.said_finished:
        if left:
            yield f"I4 finished: {notice} was called finished with {left} open"
    for tenant, notice in played.accepted:
        yield from _lost(record, tenant, notice)
        yield from _ledger(record, tenant, notice)
    yield from _messages(record)
    yield from _strangers(played)
    for notice, _, address in record.rows(_TWICE):
        yield f"I2 twice: {ids.text_of(notice)} has two messages for address {ids.text_of(address)}"


def _lost(record: Record, tenant: str, notice: str) -> Iterator[str]:
    """I1: who was to have it and lives there still has a delivery of what was planned last."""
    key = (tenant, ids.bytes_of(notice))
    (revision,) = record.rows(_NEWEST, *key)[0]
    state = record.rows(_STATE, *key)
    if not state or revision is None:
        yield f"I1 loss: {notice} was accepted and is not there"
    elif state[0][0] == "published":
        for _, person, address in record.rows(_MISSED, *key, revision):
            yield f"I1 loss: {notice} was never planned for {ids.text_of(person)} at {ids.text_of(address)}"


def _ledger(record: Record, tenant: str, notice: str) -> Iterator[str]:
    """I1, as an officer reads it: each home counts what went well, and says why nothing did."""
    key = (tenant, ids.bytes_of(notice))
    withdrawn = record.rows(_STATE, *key)[0][0] != "published"
    for household, planned, failed, handed, ways, sent, overtaken in record.rows(_LEDGER, *key):
        home = ids.text_of(household)
        if bool(handed) != bool(sent):
            yield f"I1 ledger: home {home} of {notice}: {sent} sent, handed over {handed}"
        if not withdrawn and planned != sent:
            yield f"I1 ledger: home {home} of {notice} counts {planned} ways, {sent} of {ways} went well"
        if ways > overtaken and not sent and not failed:
            yield f"I1 ledger: home {home} of {notice} got nothing, and no reason is given"


def _messages(record: Record) -> Iterator[str]:
    for raw, channel, urgency, state, reason, settled, due in record.rows(_MESSAGES):
        id = ids.text_of(raw)
        copies = record.copies.get(id, [])
        if state in OPEN:
            yield f"I7 progress: {id} is still {state}, due {due}"
        elif state == "sent" and not copies:
            yield f"I1 loss: {id} is called sent, and nobody got it"
        elif state != "sent" and not reason:
            yield f"I1 loss: {id} is {state} without a reason"
        elif not settled:
            yield f"I1 loss: {id} is {state}, and nobody knows since when"
        if state != "sent" and any(copy.clean for copy in copies):
            yield f"I1 loss: {id} was handed over, that was written down, and now it is {state}"
        yield from _doubles(id, channel, copies)
        if channel == "mail":
            yield from _hasty(id, CALM[urgency == "emergency"], copies)


def _doubles(id: str, channel: str, copies: list[Copy]) -> Iterator[str]:
    """I2: a second copy has an excuse: the first was in doubt, or its sender had stood still."""
    clean = [place for place, copy in enumerate(copies) if copy.clean]
    late = copies[clean[0] + 1 :] if clean else []
    if any(not copy.by.stalled for copy in late):
        yield f"I2 copies: {id} was sent again after it had been handed over and that was written down"
    doubtful = [copy for copy in copies if not copy.clean and copy.fate != "lie"]
    if channel == "mail" and len(doubtful) > DOUBTS:
        yield f"I2 copies: mail {id} left {len(doubtful)} times in doubt"


def _hasty(id: str, calm: float, copies: list[Copy]) -> Iterator[str]:
    """I2: what may have arrived is not sent again at once."""
    for first, second in pairwise(copies):
        doubtful = not first.clean and first.fate != "lie" and not first.by.stalled and not second.by.stalled
        if doubtful and second.at - first.at < calm:
            yield f"I2 copies: mail {id} was in doubt, and sent again after {second.at - first.at:.0f} s"


def _strangers(played: Played) -> Iterator[str]:
    envelopes: dict[str, set[str]] = defaultdict(set)
    for message, address in played.record.rows(_ENVELOPES):
        envelopes[ids.text_of(message)].add(played.town.plain[ids.text_of(address)])
    for id, copies in played.record.all():
        for copy in copies:
            if copy.envelope not in envelopes[id]:
                yield f"I5 stranger: {id} went to {copy.envelope}"
