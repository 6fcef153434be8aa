"""Law 2, cut by cut: a copy that stopped anywhere in a history, and what came after it, are the fresh copy."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sync import delta
from sync.cursor import Vector
from sync.errors import ResyncRequired
from tests.sync.log import Log, Scope
from tests.sync.phone import Phone
from tests.sync.store import NOW

Act = tuple[int, str, int | None] | int
WRITES = st.tuples(st.sampled_from([1, 2]), st.sampled_from(["a", "b", "c"]), st.integers(0, 1) | st.none())
COLLECTIONS = st.sampled_from([1, 2])
HISTORY = st.lists(st.one_of(WRITES, WRITES, WRITES, COLLECTIONS), min_size=1, max_size=10)


def do(log: Log, act: Act) -> None:
    if isinstance(act, int):
        log.scopes[act].collect(log.scopes[act].head)
    else:
        log.scopes[act[0]].put(act[1], act[2])


class Copy:
    def __init__(self) -> None:
        self.phone, self.vector = Phone(), Vector()

    def page(self, log: Log, members: list[int], limit: int) -> bool:
        """True if there is more."""
        heads = log.heads()
        mine = [heads[scope] for scope in members if scope in heads]
        try:
            start = delta.reconcile(self.vector, [head.id for head in mine], heads)
        except ResyncRequired:
            self.__init__()  # type: ignore[misc]
            return True
        draft = log.answer(delta.compute(start, mine, limit))
        self.phone.apply(delta.render(draft, "c", NOW, check=True))
        self.vector = draft.vector
        return draft.more

    def finish(self, log: Log, members: list[int], limit: int) -> None:
        while self.page(log, members, limit):
            pass


@settings(deadline=None, derandomize=True, database=None, max_examples=80)
@given(HISTORY, st.integers(1, 3), st.sampled_from([[1, 2], [1], [2]]), st.sampled_from([[1, 2], [1], [2]]))
def test_a_copy_cut_at_any_place_and_its_delta_are_the_fresh_copy(
    history: list[Act], limit: int, before: list[int], after: list[int]
) -> None:
    """Cut between any two acts, and in the middle of any page; who was in `before` is then in `after`."""
    log = Log({1: Scope(1), 2: Scope(2)})
    copies: list[Copy] = []
    for act in history:
        do(log, act)
        halfway, whole = Copy(), Copy()
        halfway.page(log, before, limit)
        whole.finish(log, before, limit)
        copies += [halfway, whole]
    fresh = Copy()
    fresh.finish(log, after, 100)
    for copy in copies:
        copy.finish(log, after, limit)
        assert copy.phone.records == fresh.phone.records, "law 2: stale copy + delta is not the fresh copy"
        assert copy.vector == fresh.vector, "law 7: both hold the same, and their cursors do not say so"
