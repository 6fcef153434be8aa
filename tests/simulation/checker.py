"""What must hold after any run, judged from the database's rows and what the transports saw, and from nothing else.

I1 no loss · I2 bounded duplicates · I3 no ghost (noted by record.py as it happens) · I4 no early "finished" ·
I5 no stranger's envelope · I7 progress. I6 and I8 are about answers and phones: tests/laws.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Final

from notices import ids
from tests.simulation import promises
from tests.simulation.record import Copy, Record
from tests.simulation.scenario import QUIET_AFTER
from tests.simulation.world import Played

LONGEST: Final = QUIET_AFTER + 4 * 3600
"""Seconds from planning to the end: the longest wait of a mail is an hour and a quarter; what is not done after three of
them is never done."""
OPEN: Final = ("due", "sending", "later")
DOUBTS: Final = 2
"""Copies of one mail of which nobody could tell whether they arrived."""

CALM: Final = {False: 600.0, True: 60.0}
"""Seconds that must pass before a mail in doubt is sent again, by whether it is an emergency."""

_STATE = "SELECT state FROM notice WHERE tenant = ? AND id = ?"
_MESSAGES = """
SELECT m.id, m.channel, m.urgency, m.state, m.reason, m.settled_at, m.due_at, m.created_at,
  p.quiet_from IS NULL AND NOT m.digest FROM message m
JOIN person p ON p.tenant = m.tenant AND p.id = m.person
"""
_TWICE = """
SELECT d.notice, d.person, d.address FROM delivery d
JOIN message m ON m.tenant = d.tenant AND m.id = d.message AND m.state <> 'skipped'
GROUP BY d.tenant, d.notice, d.revision, d.step, d.person, d.address HAVING count(DISTINCT d.message) > 1
"""
"""What falls out of a message that leaves is a message of its own, which was never sent."""
_AGAIN = "SELECT DISTINCT message FROM written_again"
_ENVELOPES = """
SELECT message, address FROM delivery
UNION ALL SELECT k.message, m.address FROM memo k JOIN message m ON m.tenant = k.tenant AND m.id = k.message
"""
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
        yield from promises.broken(record, tenant, notice, climbed=played.scenario.climbs)
        yield from _ledger(record, tenant, notice)
    yield from _messages(record)
    for (message,) in record.rows(_AGAIN):
        yield f"I2 fence: {ids.text_of(message)} had ended, and was settled once more"
    yield from _strangers(played)
    for notice, _, address in record.rows(_TWICE):
        yield f"I2 twice: {ids.text_of(notice)} has two messages for address {ids.text_of(address)}"


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
    for raw, channel, urgency, state, reason, settled, due, created, at_any_time in record.rows(_MESSAGES):
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
        elif at_any_time and _seconds(created, settled) > LONGEST:
            yield f"I7 progress: {id} took {_seconds(created, settled):.0f} s"
        if state != "sent" and any(copy.clean for copy in copies):
            yield f"I1 loss: {id} was handed over, that was written down, and now it is {state}"
        yield from _doubles(id, channel, copies)
        if channel == "mail":
            yield from _hasty(id, CALM[urgency == "emergency"], copies)


def _seconds(first: str, then: str) -> float:
    return (datetime.fromisoformat(then) - datetime.fromisoformat(first)).total_seconds()


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
