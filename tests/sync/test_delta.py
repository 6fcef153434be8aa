"""The laws of the delta, over two scopes of three ids: small enough that everything meets everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync import delta
from sync.cursor import Position, Signer, Vector
from sync.errors import ResyncRequired
from tests.sync.log import TYPE, Log, Scope
from tests.sync.phone import Phone
from tests.sync.store import NOW

SIGNER = Signer(b"the key of the tests")
SCOPES = st.sampled_from([1, 2])
IDS = st.sampled_from(["a", "b", "c"])
VALUES = st.integers(0, 2) | st.none()
LIMITS = st.integers(1, 4)
WRITES = st.lists(st.tuples(SCOPES, IDS, VALUES), max_size=3)


@dataclass
class Member:
    """A phone and the person who holds it."""

    tenant: str
    person: str
    scopes: set[int]
    phone: Phone = field(default_factory=Phone)
    seen: set[tuple[int, str]] = field(default_factory=set)
    """What has existed in a scope while they were in it."""


class Town(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.log = Log({1: Scope(1), 2: Scope(2)})
        self.members = [Member("hana", f"p{i}", {1, 2}) for i in range(2)]

    @initialize(writes=st.lists(st.tuples(SCOPES, IDS, VALUES), max_size=6))
    def everybody_begins_synced(self, writes: list[tuple[int, str, int | None]]) -> None:
        self.write(writes)
        for member in self.members:
            self.finish(member, 3)

    @rule(writes=WRITES)
    def write(self, writes: list[tuple[int, str, int | None]]) -> None:
        for scope, id, value in writes:
            self.log.scopes[scope].put(id, value)
            for member in self.members:
                if scope in member.scopes:
                    member.seen.add((scope, id))

    @rule(scope=SCOPES, back=st.integers(0, 3))
    def collect(self, scope: int, back: int) -> None:
        self.log.scopes[scope].collect(max(0, self.log.scopes[scope].head - back))

    @rule(who=st.integers(0, 1), scope=SCOPES)
    def leave_or_enter(self, who: int, scope: int) -> None:
        member = self.members[who]
        member.scopes ^= {scope}
        if scope in member.scopes:
            member.seen |= {(scope, id) for id in self.log.scopes[scope].rows}

    @rule(who=st.integers(0, 1), limit=LIMITS)
    def pull(self, who: int, limit: int) -> None:
        self.page(self.members[who], limit)

    @rule(who=st.integers(0, 1), limit=LIMITS)
    def lose_the_answer(self, who: int, limit: int) -> None:
        self.page(self.members[who], limit, arrives=False)

    @rule(who=st.integers(0, 1), limit=LIMITS, writes=WRITES)
    def repeat_an_old_cursor(self, who: int, limit: int, writes: list[tuple[int, str, int | None]]) -> None:
        """The records were stored and the cursor was not.

        Not where a snapshot begins: a snapshot does not tell what is already gone when it begins, so there
        a client must store both together. One that cannot is told by the sums.
        """
        held = self.members[who].phone.cursor and self.vector(self.members[who])
        if not held or not self.members[who].scopes <= held.scopes.keys():
            return
        self.page(self.members[who], limit, keep_cursor=False)
        self.write(writes)
        self.page(self.members[who], limit)

    @rule(who=st.integers(0, 1), limit=LIMITS)
    def finish_pulling(self, who: int, limit: int) -> None:
        self.finish(self.members[who], limit)

    @rule(who=st.integers(0, 1), limit=LIMITS)
    def compare_with_a_fresh_copy(self, who: int, limit: int) -> None:
        member = self.members[who]
        self.finish(member, limit)
        fresh = Member(member.tenant, member.person, member.scopes, seen=member.seen)
        self.finish(fresh, limit)
        assert fresh.phone.records == member.phone.records

    @invariant()
    def nobody_holds_what_was_never_theirs_to_see(self) -> None:
        for member in self.members:
            assert {(scope, id) for scope, _, id in member.phone.records} <= member.seen

    def teardown(self) -> None:
        for member in self.members:
            self.finish(member, 2)

    # What a pull does, without a database.

    def page(self, member: Member, limit: int, *, arrives: bool = True, keep_cursor: bool = True) -> bool:
        """True if there is more to come."""
        try:
            held = self.vector(member)
            heads = self.log.heads()
            mine = [heads[scope] for scope in sorted(member.scopes) if scope in heads]
            start = delta.reconcile(held, [head.id for head in mine], heads)
        except ResyncRequired as required:
            self.judge_resync(member, required)
            member.phone.forget()
            return True
        draft = self.log.answer(delta.compute(start, mine, limit))
        cursor = SIGNER.write(draft.vector, member, 1, None)
        body = delta.render(draft, cursor, NOW, check=True)
        self.judge(member, held, draft, msgspec.json.decode(body)["changes"], limit)
        if arrives:
            member.phone.apply(body, keep_cursor=keep_cursor)
        return draft.more

    def vector(self, member: Member) -> Vector:
        cursor = member.phone.cursor
        return SIGNER.read(cursor, member, 1, None) if cursor else Vector()

    def judge_resync(self, member: Member, required: ResyncRequired) -> None:
        held = self.vector(member)
        safe = {scope: at.safe for scope, at in held.scopes.items()}
        safe |= {scope: gone.held.safe for scope, gone in held.leaving.items()}
        assert required.reason == "compacted"
        assert any(self.log.scopes[scope].floor > seq for scope, seq in safe.items())

    def judge(
        self, member: Member, held: Vector, draft: delta.Draft, changes: list[dict[str, Any]], limit: int
    ) -> None:
        assert len(changes) <= limit
        assert len(changes) == limit or not draft.more or self.only_a_return_is_left(draft)
        for change in changes:
            if change.get("x") == 2:
                assert (change["s"], change["id"]) in member.seen, "an id leaked that was born after leaving"
            else:
                assert change["s"] in member.scopes, "data of a scope the person is not in"
        for scope, at in draft.vector.scopes.items():
            if scope in held.scopes:
                assert at.seq >= held.scopes[scope].seq, "a cursor went back"
        assert not draft.vector.scopes.keys() & draft.vector.leaving.keys()

    @staticmethod
    def only_a_return_is_left(draft: delta.Draft) -> bool:
        return any(change.endswith(b'"x":2}') for change in draft.records) and not draft.vector.leaving

    def finish(self, member: Member, limit: int) -> None:
        """Pull until the server is quiet; the store is then what an oracle says it may see."""
        rows = sum(len(scope.rows) for scope in self.log.scopes.values())
        pages = 1
        while self.page(member, limit):
            pages += 1
            # Twice, as everything may have to go before it comes; the rest: 410, a return, the last page.
            assert pages <= 2 * -(-rows // limit) + 4, "a quiet server does not come to an end"
        oracle = {
            (scope, TYPE, row.id): (row.rev, msgspec.json.decode(row.body or b""))
            for scope in member.scopes
            for row in self.log.scopes[scope].live()
        }
        assert member.phone.records == oracle
        assert self.vector(member).scopes == {
            scope: Position(self.log.scopes[scope].head)
            for scope in member.scopes
            if self.log.scopes[scope].head
        }


TestTown = Town.TestCase
TestTown.settings = settings(
    max_examples=120,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
