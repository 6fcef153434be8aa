"""A random walk of clients and a town, over real HTTP: what hypothesis draws, a toy server does.

Two scopes of three notes each, three phones of two people that begin synced, and a last quiet pull of all of them:
with more of anything, faults hide in the space. Each walk has a town of its own on servers that stay.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.laws.client import Client, Held
from tests.laws.servers import ToyServer
from tests.laws.world import AWAY, HANAKO, ICHIRO, IN, NOTES, PEOPLE, World

WHO = st.integers(0, 2)
SCOPE = st.sampled_from(["block", "officers"])
MEANWHILE = st.sampled_from(["collect", "pull", "delete", "1 1", "3 2"])
"""In the scope one has left: a collection; a page of one record; all notes deleted; note 1 or 3 put."""
TROUBLE = st.sampled_from(["revoke", "forget", "back_up", "restore", "damage", "race", "wait"])
PERSON = st.sampled_from(sorted(PEOPLE))
NOTE = st.sampled_from(NOTES)
LIMIT = st.sampled_from([1, 2, 5, 200])
V = st.integers(0, 2)
AT = st.integers(0, 1)
HOW = st.sampled_from(["offline", "online", "answer lost", "twice"])
WALKS = 40
"""Of the suite on SQLite, and for each planted fault: what these do not find, the suite does not find."""
_towns = count()


class Walk(RuleBasedStateMachine):
    servers: Sequence[ToyServer]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.servers[0], f"t{next(_towns)}")
        self.phones: list[Client] = []
        self._fresh = count(10)
        try:
            self._begin_synced()
        except BaseException:
            self._close()
            raise

    def _begin_synced(self) -> None:
        for person in PEOPLE:
            self.world.seat(person, True)
        for note in NOTES[::2]:
            self.world.edit(note, 0)
        self.phones += [
            Client(self.world, self.servers, person, segments=takes)
            for person, takes in ((HANAKO, False), (HANAKO, True), (ICHIRO, False))
        ]
        for phone in self.phones:
            phone.finish(200)

    @rule(who=WHO, note=NOTE, v=V | st.none(), seen=st.booleans(), how=HOW)
    def write(self, who: int, note: str, v: int | None, seen: bool, how: str) -> None:
        """None deletes. Offline it waits in the outbox; `twice`: two requests at once, on two processes if there are."""
        phone = self.phones[who]
        phone.outbox.write(note, v, phone.revision(note) if seen else None)
        if how != "offline":
            phone.send(arrives=how != "answer lost", twice=how == "twice")

    @rule(who=WHO, at=AT, arrives=st.booleans(), limit=st.none() | LIMIT)
    def send(self, who: int, at: int, arrives: bool, limit: int | None) -> None:
        self.phones[who].send(at=at, arrives=arrives, limit=limit)

    @rule(who=WHO, places=st.lists(st.integers(0, 5), min_size=1, max_size=3))
    def send_what_was_answered_long_ago(self, who: int, places: list[int]) -> None:
        self.phones[who].outbox.repeat(places)
        self.phones[who].send()

    @rule(who=WHO, limit=LIMIT, at=AT, arrives=st.booleans())
    def pull(self, who: int, limit: int, at: int, arrives: bool) -> None:
        self.phones[who].page(limit, at=at, arrives=arrives)

    @rule(who=WHO, limit=LIMIT, at=AT)
    def finish(self, who: int, limit: int, at: int) -> None:
        self.phones[who].finish(limit, at)

    @rule(who=WHO, limit=LIMIT)
    def compare_with_a_fresh_copy(self, who: int, limit: int) -> None:
        self.phones[who].compare_with_a_fresh_copy(limit)

    @rule(note=NOTE, v=V | st.none())
    def edit(self, note: str, v: int | None) -> None:
        self.world.edit(note, v)

    @rule(person=PERSON, scope=SCOPE, inside=st.booleans())
    def let_in_or_out(self, person: str, scope: str, inside: bool) -> None:
        if scope == "block":
            self.world.move(person, IN if inside else AWAY)
        else:
            self.world.seat(person, inside)

    @rule(who=WHO, scope=SCOPE, meanwhile=st.lists(MEANWHILE, max_size=4), back=st.booleans())
    def go_away(self, who: int, scope: str, meanwhile: list[str], back: bool) -> None:
        """Out of a scope, perhaps back into it, and what happens there in between."""
        phone = self.phones[who]
        self.let_in_or_out(phone.person, scope, True)
        phone.finish(200)
        self.let_in_or_out(phone.person, scope, False)
        for act in meanwhile:
            self._meanwhile(phone, scope, act)
        if back:
            self.let_in_or_out(phone.person, scope, True)
        phone.page(2)

    def _meanwhile(self, phone: Client, scope: str, act: str) -> None:
        if act == "collect":
            self.world.collect()
        elif act == "pull":
            phone.page(1)
        elif act == "delete":
            for note in sorted(self.world.truth):
                if note.startswith(scope[0]):
                    self.world.edit(note, None)
        else:
            number, v = act.split()
            self.world.edit(f"{scope[0]}.{number}", int(v))

    @rule(who=WHO, scope=SCOPE, v=V, inside=st.booleans())
    def write_after_a_handover(self, who: int, scope: str, v: int, inside: bool) -> None:
        """Rights are those of the moment in which a push arrives, and not of the push before."""
        phone = self.phones[who]
        for now in (inside, not inside):
            self.let_in_or_out(phone.person, scope, now)
            phone.outbox.write(f"{scope[0]}.2", v, None)
            phone.send(at=who)

    @rule(who=WHO, scope=SCOPE, pages=st.integers(0, 2))
    def come_back_halfway(self, who: int, scope: str, pages: int) -> None:
        """Let in again before its removals began, in the midst of them, or behind them."""
        phone = self.phones[who]
        self.let_in_or_out(phone.person, scope, True)
        phone.finish(200)
        self.let_in_or_out(phone.person, scope, False)
        for _ in range(pages):
            phone.page(1)
        self.let_in_or_out(phone.person, scope, True)
        phone.page(2)

    @rule()
    def collect(self) -> None:
        self.world.collect()

    @rule(meanwhile=st.lists(MEANWHILE, max_size=2), gone=st.booleans(), at=AT, limit=LIMIT)
    def begin_with_a_segment(self, meanwhile: list[str], gone: bool, at: int, limit: int) -> None:
        """A phone is new and gets a scope in one piece, which is not what stands any more. `gone`: some of what is in
        it was deleted, and nobody tells of that any more."""
        phone = self.phones[1]
        self.let_in_or_out(phone.person, "block", True)
        self.world.edit("b.2", next(self._fresh))
        self.world.make_a_segment(self.world.place("b.1"))
        for act in [*meanwhile, *(["delete", "collect"] if gone else [])]:
            self._meanwhile(phone, "block", act)
        phone.held = Held(excused=phone.held.excused)
        phone.finish(limit, at)

    @rule(who=WHO, at=AT, inside=st.booleans())
    def read_segments(self, who: int, at: int, inside: bool) -> None:
        """Who knows the name of one, or the number of its scope, is not in that scope for it."""
        phone, block = self.phones[who], self.world.place("b.1")
        self.world.make_a_segment(block)
        self.let_in_or_out(phone.person, "block", inside)
        phone.read_segments(at)
        if not inside:
            phone.repair(self.world.latest.scopes[block]["id"])

    @rule(who=WHO, at=AT, limit=LIMIT, inside=st.booleans(), scope=SCOPE)
    def wait_for_news(self, who: int, at: int, limit: int, inside: bool, scope: str) -> None:
        """A pull waits, and its person is let in or out of a scope, which they are told as members of now."""
        phone = self.phones[who]
        self.let_in_or_out(phone.person, scope, not inside)
        phone.wait_for_news(lambda: self.let_in_or_out(phone.person, scope, inside), limit, at)

    @rule(who=WHO, at=AT)
    def present_somebody_elses_cursor(self, who: int, at: int) -> None:
        phone, other = self.phones[who], self.phones[0 if who == 2 else 2]
        if (cursor := other.held.cursor) is None:
            return
        answer = phone.ask_page(cursor, 200, at)
        assert answer.status == 410, "law 11: a foreign cursor gets data"
        assert answer.json()["reason"] == "wrong-user", (
            "law 11: a foreign cursor is refused for another reason"
        )

    @rule(who=WHO, at=AT)
    def be_told_on_a_line(self, who: int, at: int) -> None:
        """A line is told that something moved: of the association's scope, in which everybody is."""
        phone = self.phones[who]
        v = self.world.truth.get("o.2", 0) + 1
        inside = phone.person in self.world.officers
        heard = phone.hear(lambda: self._both(v), at)
        assert heard, "live: nobody was poked, for ever"
        officers = self.world.latest.scopes[self.world.place("o.2")]["id"]
        assert inside or officers not in heard, "law 5: a poke names a scope the person is not in"

    @rule(who=WHO, at=AT)
    def end_the_epoch(self, who: int, at: int) -> None:
        """A rule of its own: among the rarer troubles forty walks may never come to it."""
        self.world.rotate()
        self.phones[who].page(1, at=at)

    @rule(who=WHO, at=AT, other=WHO, what=TROUBLE)
    def trouble(self, who: int, at: int, other: int, what: str) -> None:
        getattr(self, f"_{what}")(self.phones[who], at, self.phones[other])

    def _revoke(self, phone: Client, at: int, other: Client) -> None:
        """What a revoked phone asks next wipes it; it may come in again, as another device."""
        self.world.revoke(phone.device)
        answer = phone.ask_page(phone.held.cursor, 1, at)
        assert answer.status == 403, "law 5: a revoked device gets an answer"
        phone.page(1, at=at)

    def _wait(self, phone: Client, at: int, other: Client) -> None:
        phone.wait_in_vain(at)

    def _forget(self, phone: Client, at: int, other: Client) -> None:
        phone.held = Held(excused=phone.held.excused)
        phone.page(2, at=at)

    def _back_up(self, phone: Client, at: int, other: Client) -> None:
        phone.older = phone.held.copy()

    def _restore(self, phone: Client, at: int, other: Client) -> None:
        """A phone restored from its own backup: law 7 says that it still converges."""
        if phone.older is not None:
            phone.held = phone.older.copy()
        phone.page(2, at=at)

    def _damage(self, phone: Client, at: int, other: Client) -> None:
        """A phone loses a record, or has it in another revision; every scope is then repaired, or asked for in vain."""
        phone.finish(200)
        for key in sorted(phone.held.records)[at::3]:
            phone.held.records[key] = (99, None)
        for key in sorted(phone.held.records)[at + 1 :: 3]:
            del phone.held.records[key]
        for scope in self.world.latest.scopes.values():
            phone.repair(scope["id"])
        phone.finish(200)

    def _both(self, v: int) -> None:
        """A change that everybody sees (the list of seats), with one in a scope that is a stranger's; then a note."""
        self.world.tell("seat", person="高橋 健", role="officer")
        self.world.look()
        self.world.edit("o.2", v)
        self.world.tell("unseat", person="高橋 健", role="officer")
        self.world.look()

    def _race(self, phone: Client, at: int, other: Client) -> None:
        """All phones write the same note over the same revision, at once: one of them is right, and only one."""
        for each in self.phones:
            each.send()
        for each in self.phones:
            each.finish(200)
        note = sorted(self.world.truth)[at % len(self.world.truth)] if self.world.truth else "b.1"
        for each in self.phones:
            # Never the same twice: what is written already is no conflict.
            each.outbox.write(note, next(self._fresh), each.revision(note) or 0)
        with ThreadPoolExecutor(len(self.phones)) as pool:
            asked = [
                pool.submit(each.push, {"mutations": each.outbox.batch()}, at + n)
                for n, each in enumerate(self.phones)
            ]
            answers = [each.result().json()["results"] for each in asked]
        # Whoever was first is told to the world first: the others then have written over what was no more.
        for place in sorted(range(len(answers)), key=lambda place: answers[place][-1]["status"] != "ok"):
            self.phones[place].outbox.settle([answers[place]])
            self.world.look()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._after_quiet()
        finally:
            self._close()

    def _close(self) -> None:
        for phone in self.phones:
            phone.close()
        self.world.close()

    def _after_quiet(self) -> None:
        for limit in (5, 200):
            for phone in self.phones:
                phone.finish(limit)
        self.world.judge_writes()


def walk(
    servers: Sequence[ToyServer],
    *,
    machine: type[Walk] = Walk,
    examples: int,
    steps: int = 25,
    shrink: bool = True,
    quiet: bool = False,
) -> None:
    """Raises AssertionError where a law does not hold."""
    on = type(machine.__name__, (machine,), {"servers": servers})
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        on,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            verbosity=Verbosity.quiet if quiet else Verbosity.normal,
            suppress_health_check=list(HealthCheck),
        ),
    )
