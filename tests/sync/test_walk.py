"""Random walks over the real log: transactions that fail, answers that get lost, people who come and go.

Two scopes of three ids, phones that begin synced, and a last quiet pull of all of them: with more of anything,
faults hide in the space. Each walk is known by its seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from sync import Change, record
from sync.acks import Ack, save_acks
from sync.errors import ResyncRequired
from sync.models import SyncAck, SyncRecord, SyncScope
from sync.pull import Page
from sync.push import Mutation, Ok, Outcome, one_by_one, push
from sync.scopes import ScopeKey
from tests.sync.phone import Phone
from tests.sync.store import NOW, TENANT, A, B, Deed, Store, note, stands

pytestmark = pytest.mark.everyday

IDS, TYPES, VALUES = ("a", "b", "c"), ("notes", "stamps"), (0, 1, None)
Oracle = dict[tuple[ScopeKey, str, str], Any]


@dataclass
class Member:
    name: str
    scopes: list[ScopeKey] = field(default_factory=lambda: [A, B])
    phone: Phone = field(default_factory=Phone)
    queue: list[Mutation] = field(default_factory=list)
    sent: list[Mutation] = field(default_factory=list)
    resyncs: int = 0


class Walk:
    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = Random(seed)
        self.truth: Oracle = {}
        self.members = [Member(f"p{i}") for i in range(3)]
        self.ids: dict[int, ScopeKey] = {}
        self.floors = 0

    async def run(self, steps: int) -> None:
        await self.store.record(note(A, "a", "first"), note(B, "a", "first"))
        self.truth = {(A, "notes", "a"): "first", (B, "notes", "a"): "first"}
        self.ids = {scope.id: ScopeKey(scope.kind, scope.key) for scope in await self.store.rows(SyncScope)}
        for member in self.members:
            await self.finish(member)
        acts = [
            self.write,
            self.fail,
            self.pull,
            self.pull,
            self.move,
            self.collect,
            self.mutate,
            self.repeat,
        ]
        for _ in range(steps):
            await self.random.choice(acts)()
        for member in self.members:
            await self.finish(member)
        await self.audit()

    def change(self) -> Change:
        pick = self.random.choice
        return note(pick((A, B)), pick(IDS), pick(VALUES), type=pick(TYPES), sealed=pick((True, False)))

    async def write(self) -> None:
        changes = [self.change() for _ in range(self.random.randint(1, 3))]
        await self.store.record(*changes)
        self.believe(*changes)

    def believe(self, *changes: Change) -> None:
        for change in changes:
            name = (change.scope, change.type, change.id)
            if change.body is None:
                self.truth.pop(name, None)
            else:
                self.truth[name] = change.body["v"]

    async def fail(self) -> None:
        """A transaction of which a savepoint fails, and which may fail as a whole."""
        kept = self.change()
        whole = self.random.random() < 0.5
        try:
            async with self.store.write() as session:
                record(session, TENANT, kept)
                savepoint = await session.begin_nested()
                record(session, TENANT, self.change(), self.change())
                await savepoint.rollback()
                if whole:
                    raise ConnectionError
        except ConnectionError:
            return
        self.believe(kept)

    async def move(self) -> None:
        member = self.random.choice(self.members)
        scope = self.random.choice((A, B))
        if scope in member.scopes:
            member.scopes.remove(scope)
        else:
            member.scopes.append(scope)

    async def collect(self) -> None:
        if self.random.random() < 0.5:
            scope = await self.store.scope(self.random.choice((A, B)))
            floor = scope.head - self.random.randint(0, 4)
            self.floors += floor > scope.floor
            await self.store.collect(ScopeKey(scope.kind, scope.key), floor)

    async def pull(self) -> None:
        member = self.random.choice(self.members)
        arrives = self.random.random() < 0.8
        await self.page(member, limit=self.random.randint(1, 3), arrives=arrives)

    async def mutate(self) -> None:
        member = self.random.choice(self.members)
        id = self.random.choice(IDS)
        member.queue.append(
            Mutation(f"m{len(member.sent)}.{len(member.queue)}", "notes", id, "put", {"v": 2})
        )
        await self.send(member)

    async def repeat(self) -> None:
        """An answer was lost: some of what was applied is sent again, with what came since."""
        member = self.random.choice(self.members)
        member.queue = self.random.sample(member.sent, min(2, len(member.sent))) + member.queue
        await self.send(member)

    async def send(self, member: Member) -> None:
        async def handler(session: AsyncSession, context: Any, mutation: Mutation) -> Outcome:
            session.add(Deed(mid=f"{member.name}.{mutation.mid}"))
            await session.flush()
            if self.random.random() < 0.2:
                raise RuntimeError
            record(session, TENANT, changed(mutation))
            return Ok()

        def changed(mutation: Mutation) -> Change:
            return Change(A, mutation.type, mutation.id, mutation.data)

        async with self.store.write() as session:
            results = await push(
                session,
                TENANT,
                member.name,
                member.queue,
                {"notes": one_by_one(handler, lambda _: None)},
                None,
                NOW,
                refuse=lambda _: None,
                current=stands,
            )
        answered = zip(member.queue, results, strict=True)
        fresh = [mutation for mutation, result in answered if result.status == "ok" and not result.dup]
        self.believe(*(changed(mutation) for mutation in fresh))
        done = {result.mid for result in results if result.status == "ok"}
        member.sent += [mutation for mutation in member.queue if mutation.mid in done - self.mids(member)]
        member.queue = [mutation for mutation in member.queue if mutation.mid not in done]

    @staticmethod
    def mids(member: Member) -> set[str]:
        return {mutation.mid for mutation in member.sent}

    async def page(self, member: Member, limit: int, *, arrives: bool = True) -> bool:
        """True if there is more to come."""
        try:
            page = await self.store.pull(member.scopes, member.phone.cursor, person=member.name, limit=limit)
        except ResyncRequired as required:
            if required.reason != "compacted":
                raise
            member.phone.forget()
            member.resyncs += 1
            return True
        self.judge(member, page, limit)
        await self.acknowledge(member, page)
        if arrives and page.body is not None:
            member.phone.apply(page.body)
        return page.more

    def judge(self, member: Member, page: Page, limit: int) -> None:
        changes = msgspec.json.decode(page.body)["changes"] if page.body else []
        assert len(changes) <= limit
        for change in changes:
            if change.get("x") != 2:
                assert self.ids[change["s"]] in member.scopes, "data of a scope the person is not in"

    async def acknowledge(self, member: Member, page: Page) -> None:
        async with self.store.write() as session:
            acks = [Ack(scope, at.seq) for scope, at in page.presented.items()]
            advances = await save_acks(session, TENANT, {member.name: acks})
        for advance in advances.get(member.name, []):
            assert advance.from_seq < advance.to_seq

    async def finish(self, member: Member) -> None:
        pages = 1
        while await self.page(member, limit=2):
            pages += 1
            assert pages <= 2 * 6 + 4, "a quiet server does not come to an end"
        held = {
            (self.ids[scope], type, id): d["v"] for (scope, type, id), (_, d) in member.phone.records.items()
        }
        assert held == {name: value for name, value in self.truth.items() if name[0] in member.scopes}

    async def audit(self) -> None:
        """What the database must look like at the end, whatever happened."""
        for scope in await self.store.rows(SyncScope):
            rows = await self.store.rows(SyncRecord, scope_id=scope.id)
            live = [row for row in rows if not row.deleted]
            x = 0
            for row in live:
                x ^= row.h64
            assert (scope.live_n, scope.live_x) == (len(live), x)
            assert all(0 < row.born <= row.seq <= scope.head for row in rows)
        assert await self.store.deeds() == {
            f"{member.name}.{mid}": 1 for member in self.members for mid in self.mids(member)
        }
        heads = {scope.id: scope.head for scope in await self.store.rows(SyncScope)}
        assert all(ack.seq <= heads[ack.scope_id] for ack in await self.store.rows(SyncAck))
        assert sum(member.resyncs for member in self.members) <= self.floors * len(self.members)


@pytest.mark.parametrize("seed", range(4))
async def test_every_phone_ends_with_what_its_owner_may_see(store: Store, seed: int) -> None:
    await Walk(store, seed).run(80)
