"""Whatever terms there are, and whatever is wished: who holds a seat before, during and after is what was said."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notices.handover.proposal import Proposal, Register, Wish, propose, runs
from notices.models import Seat, Term

TODAY = date(2026, 11, 20)
PEOPLE = ["a", "b", "c", "d"]
days = st.integers(-60, 60).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def terms(draw: st.DrawFn) -> list[Term]:
    """Of one seat, not over; a person's own do not lie one on the other."""
    found: list[Term] = []
    for person in draw(st.lists(st.sampled_from(PEOPLE), max_size=4)):
        begins, length = draw(days), draw(st.none() | st.integers(1, 90))
        ends = None if length is None else begins + timedelta(days=length)
        over = ends is not None and ends <= TODAY
        clashes = any(
            other.person == person
            and (ends is None or other.begins < ends)
            and (other.ends is None or begins < other.ends)
            for other in found
        )
        if not over and not clashes:
            id = f"t{len(found)}"
            found.append(Term(tenant="x", id=id, seat="s", person=person, begins=begins, ends=ends))
    return sorted(found, key=lambda term: (term.begins, term.id))


def holders(spans: list[tuple[str, date, date | None]], day: date) -> list[str]:
    return sorted(person for person, begins, ends in spans if runs(begins, ends, day))


@given(
    terms(),
    st.integers(0, 60),
    st.integers(0, 8),
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
)
def test_the_seat_is_held_by_those_who_were_named(
    there: list[Term], ahead: int, weeks: int, people: list[str]
) -> None:
    wish = Wish(TODAY + timedelta(days=ahead), weeks, [("s", people)])
    seat = Seat(tenant="x", id="s", role="officer", title="役員", association="x", block=None)
    proposal = Proposal(wish, Register({"s": seat}, {"s": there}, {}, {}, frozenset()))
    propose(proposal, "s", people)
    before = [(term.person, term.begins, term.ends) for term in there]
    ends = {term.id: end for term, end in proposal.altered}
    after: list[tuple[str, date, date | None]] = [
        (term.person, term.begins, ends.get(term.id, term.ends)) for term in there
    ]
    after += [(person, wish.begins, None) for _, person in proposal.added]
    eve = holders(before, wish.begins - timedelta(days=1))
    for offset in range(-70, 180):
        day = TODAY + timedelta(days=offset)
        now = holders(after, day)
        assert len(set(now)) == len(now), "nobody holds a seat twice"
        if day < wish.begins:
            assert now == holders(before, day), "nothing changes before its day"
        elif day < wish.ends:
            assert set(people) <= set(now) <= set(people) | set(eve), "for some weeks together"
        else:
            assert now == sorted(people), "and then those who were named, and nobody else"
