"""The tables of proxies and of handovers: every state and every deed, and every day on which a row may be looked at."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from notices.errors import IdTaken, KairanError, NotYourHousehold
from notices.handover import states as handovers
from notices.handover.handover_errors import HandoverPending, NoHandoverPending
from notices.proxies import states as proxies
from notices.proxies.proxy_errors import InvitationRefused, NoLongerProxy

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DAYS = [TODAY + timedelta(days=n) for n in (-30, -1, 0, 1, 30)]


def of_proxy(state: proxies.State, deed: proxies.Deed) -> proxies.State | type[KairanError]:
    """Said once more, in other words than the table."""
    if deed == "take-up":
        return "agreed" if state == "asked" else InvitationRefused
    if deed == "speak":
        if state in ("asked", "lapsed"):
            return NotYourHousehold
        return "stands" if state == "stands" else NoLongerProxy
    if deed == "turn":
        return "ended" if state == "over" else state
    return "ended"


def of_handover(state: handovers.State, deed: handovers.Deed) -> handovers.State | type[KairanError]:
    if deed == "schedule":
        return HandoverPending if state == "to-come" else "to-come"
    if deed == "again":
        if state == "cancelled":
            return IdTaken
        return "to-come" if state == "none" else state
    if deed == "cancel":
        return "cancelled" if state == "to-come" else NoHandoverPending
    before: dict[str, tuple[handovers.State, handovers.State]] = {
        "begin": ("to-come", "together"),
        "part": ("together", "done"),
    }
    return before[deed][1] if state == before[deed][0] else state


@pytest.mark.parametrize(("state", "deed"), list(product(proxies.STATES, proxies.DEEDS)))
def test_every_state_of_a_proxy_answers_every_deed(state: proxies.State, deed: proxies.Deed) -> None:
    wanted = of_proxy(state, deed)
    assert proxies.may(state, deed) == isinstance(wanted, str)
    if isinstance(wanted, str):
        assert proxies.after(state, deed) == wanted
        assert proxies.stays(state, deed) == (wanted == state)
    else:
        with pytest.raises(wanted):
            proxies.after(state, deed)


@pytest.mark.parametrize(("state", "deed"), list(product(handovers.STATES, handovers.DEEDS)))
def test_every_state_of_a_handover_answers_every_deed(state: handovers.State, deed: handovers.Deed) -> None:
    wanted = of_handover(state, deed)
    if isinstance(wanted, str):
        assert handovers.after(state, deed) == wanted
    else:
        with pytest.raises(wanted):
            handovers.after(state, deed, begins="4月1日")


def test_the_tables_are_whole() -> None:
    assert set(proxies.TRANSITIONS) == set(product(proxies.STATES, proxies.DEEDS))
    assert set(handovers.TRANSITIONS) == set(product(handovers.STATES, handovers.DEEDS))


@dataclass
class Row:
    begins: date
    ends: date
    code_hash: bytes | None
    code_until: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None


def test_a_proxy_is_in_one_state_whatever_its_dates() -> None:
    seen = set()
    codes = [(None, None), (b"x", NOW), (b"x", NOW + timedelta(seconds=1)), (None, NOW + timedelta(days=1))]
    for begins, ends, (code, until), came, ended in product(DAYS, DAYS, codes, (None, NOW), (None, NOW)):
        state = proxies.state_of(Row(begins, ends, code, until, came, ended), NOW)
        seen.add(state)
        holds = begins <= TODAY < ends and came is not None and ended is None
        assert (state == "stands") == holds, "as acting.stands says it of rows"
        opens = code is not None and until is not None and until > NOW and came is None
        assert (state == "asked") == (opens and ended is None and ends > TODAY)
        assert (state in proxies.GONE) == (ended is not None or ends <= TODAY)
    assert seen == set(proxies.STATES)


@dataclass
class Term:
    begins: date
    overlap_weeks: int
    cancelled_at: datetime | None


def test_a_handover_is_in_one_state_whatever_its_dates() -> None:
    seen = {handovers.state_of(None, NOW)}
    for begins, weeks, cancelled in product(DAYS, (0, 1, 8), (None, NOW)):
        state = handovers.state_of(Term(begins, weeks, cancelled), NOW)
        seen.add(state)
        assert (state == "cancelled") == (cancelled is not None)
        assert (state == "to-come") == (cancelled is None and begins > TODAY)
        both = begins <= TODAY < begins + timedelta(weeks=weeks)
        assert (state == "together") == (cancelled is None and both)
    assert seen == set(handovers.STATES)
