"""What a pull asks of the log, through a kept connection: heads, rows, segments; from memory where it knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BigInteger, Integer, Select, String, Table, and_, bindparam, select, true, tuple_

from sync.cursor import Position
from sync.delta import Changed, Departed, Head, Row
from sync.journal import Crypt
from sync.models import FIRST_EPOCH, SyncMeta, SyncRecord, SyncScope, SyncSegment
from sync.questions import Cut, Question, listed, listing
from sync.scopes import ScopeKey
from sync.segments import Segment
from sync.tails import MOST, Tail, Tails, follows, grown, tail

_rec, _scope, _meta, _segment = (
    cast(Table, model.__table__) for model in (SyncRecord, SyncScope, SyncMeta, SyncSegment)
)
_HEAD = (_scope.c.id, _scope.c.head, _scope.c.floor, _scope.c.live_n, _scope.c.live_x)
_TENANT = bindparam("tenant", type_=String())


def _standing(dialect: str) -> Select[Any]:
    c = _scope.c
    wanted, (kind, key) = listed(dialect, "wanted", String(), String())
    on = and_(c.tenant == _TENANT, c.kind == kind, c.key == key)
    statement = select(_meta.c.epoch, _meta.c.next_scope, c.kind, c.key, *_HEAD).join_from(
        _meta, wanted, true(), isouter=True
    )
    return statement.outerjoin(_scope, on).where(_meta.c.tenant == _TENANT)


def _by_id(dialect: str) -> Select[Any]:
    wanted, (id,) = listed(dialect, "wanted", BigInteger())
    on = and_(_scope.c.tenant == _TENANT, _scope.c.id == id)
    return select(*_HEAD).join_from(wanted, _scope, on, isouter=True)


def _segments(dialect: str) -> Select[Any]:
    wanted, (id,) = listed(dialect, "wanted", BigInteger())
    s, g = _scope.c, _segment.c
    on = and_(s.tenant == _TENANT, s.id == id)
    present = and_(g.tenant == s.tenant, g.sha == s.seg_sha)
    named = select(s.id, g.seq, g.n, g.sha).join_from(wanted, _scope, on, isouter=True)
    return named.join(_segment, present, isouter=True)


def _changed(*more: Any) -> Select[Any]:
    c = _rec.c
    statement = select(c.type, c.rid, c.seq, c.rev, c.sealed, c.body)
    place = (c.tenant == _TENANT, c.scope_id == bindparam("scope"), c.seq > bindparam("after"))
    return statement.where(*place, *more).order_by(c.seq).limit(bindparam("limit", type_=Integer()))


def _born(*more: Any) -> Select[Any]:
    """Of what goes, nothing but the name is read."""
    c = _rec.c
    statement = select(c.type, c.rid, c.seq, c.rev)
    place = (c.tenant == _TENANT, c.scope_id == bindparam("scope"), c.born <= bindparam("upto"))
    rest = tuple_(c.type, c.rid) > tuple_(bindparam("type", type_=String()), bindparam("id", type_=String()))
    return (
        statement.where(*place, rest, *more)
        .order_by(c.type, c.rid)
        .limit(bindparam("limit", type_=Integer()))
    )


def _chosen(dialect: str) -> Any:
    wanted, (type,) = listed(dialect, "types", String())
    return _rec.c.type.in_(select(type).select_from(wanted))


_LIVING = _rec.c["del"].is_(False) | (_rec.c.seq > bindparam("snap"))


@dataclass(frozen=True, slots=True)
class Standing:
    """The tenant's epoch and, in the order of delivery, the heads of those of `scopes` that exist."""

    scopes: Sequence[ScopeKey]
    epoch: int
    heads: list[Head]


STANDING, BY_ID, SEGMENTS = Question(_standing), Question(_by_id), Question(_segments)
# (of some types, in a snapshot) → the statement
CHANGED = {
    (False, False): Question(lambda _: _changed()),
    (False, True): Question(lambda _: _changed(_LIVING)),
    (True, False): Question(lambda dialect: _changed(_chosen(dialect))),
    (True, True): Question(lambda dialect: _changed(_chosen(dialect), _LIVING)),
}
BORN = {False: Question(lambda _: _born()), True: Question(lambda dialect: _born(_chosen(dialect)))}

QUESTIONS = (STANDING, BY_ID, SEGMENTS, *CHANGED.values(), *BORN.values())


async def standing(cut: Cut, tenant: str, device: str, scopes: Sequence[ScopeKey]) -> Standing:
    """What the person of this device is in, of this cut."""
    known: Standing | None = cut.recall(("standing", tenant, device))
    # The same list, not an equal one: to compare what it holds would take as long as to look it up.
    if known is None or known.scopes is not scopes:
        epoch, found = await _heads_of(cut, tenant, scopes)
        known = Standing(scopes, epoch, [found[key] for key in dict.fromkeys(scopes) if key in found])
        cut.keep(("standing", tenant, device), known)
    return known


async def _heads_of(cut: Cut, tenant: str, scopes: Sequence[ScopeKey]) -> tuple[int, dict[ScopeKey, Head]]:
    """The tenant's epoch and the scopes that exist."""
    epoch = cut.recall(("epoch", tenant))
    found = {scope: cut.recall((tenant, scope)) for scope in scopes}
    missing = [scope for scope, head in found.items() if head is None]
    if epoch is None or missing:
        await read_heads(cut, tenant, missing or list(scopes))
        epoch = cut.recall(("epoch", tenant))
        found |= {scope: cut.recall((tenant, scope)) for scope in missing}
    return epoch, {scope: head for scope, head in found.items() if head}


async def read_heads(cut: Cut, tenant: str, scopes: Sequence[ScopeKey]) -> None:
    """Into the cut's memory; of a scope that nobody ever wrote to, that there is none."""
    names = listing(cut.dialect, "wanted", [each.kind for each in scopes], [each.key for each in scopes])
    rows = await cut.ask(STANDING, tenant=tenant, **names)
    for scope in scopes:
        cut.keep((tenant, scope), False)
    for _, _, kind, key, *head in rows:
        if kind is not None:
            cut.keep((tenant, ScopeKey(kind, key)), Head(*head))
    epoch, next_scope = rows[0][:2] if rows else (FIRST_EPOCH, 1)
    cut.keep(("youngest", tenant), next_scope - 1)
    cut.keep(("epoch", tenant), epoch)


async def heads(cut: Cut, tenant: str, ids: Sequence[int]) -> dict[int, Head]:
    """Of those that exist: scopes that somebody has left."""
    if not ids:
        return {}
    names = listing(cut.dialect, "wanted", ids)
    rows = await cut.ask(BY_ID, tenant=tenant, **names)
    return {row[0]: Head(*row) for row in rows if row[0] is not None}


async def segments(cut: Cut, tenant: str, fresh: Sequence[Head]) -> dict[int, Segment]:
    """The present segments of these scopes that a client may begin with, by scope."""
    if not fresh:
        return {}
    names = listing(cut.dialect, "wanted", [head.id for head in fresh])
    rows = await cut.ask(SEGMENTS, tenant=tenant, **names)
    known = {head.id: head for head in fresh}
    found = [Segment(id, seq, n, sha.hex()) for id, seq, n, sha in rows if sha is not None]
    return {
        each.scope: each for each in found if known[each.scope].floor <= each.seq <= known[each.scope].head
    }


class Rows:
    """Answers the questions of one page. `standing`: the heads of its scopes."""

    def __init__(
        self,
        cut: Cut,
        tails: Tails,
        tenant: str,
        epoch: int,
        standing: Mapping[int, Head],
        types: Sequence[str] | None,
        unseal: Crypt,
    ) -> None:
        self._cut, self._tails, self._tenant, self._epoch = cut, tails, tenant, epoch
        self._standing, self._types, self._unseal = standing, types, unseal

    async def fetch(self, question: Changed | Departed) -> Sequence[Row]:
        if isinstance(question, Departed):
            return await self._departed(question)
        if self._types is not None:
            return (await self._changed(question))[0]
        head = self._standing[question.scope]
        known = self._tails.find(self._tenant, self._epoch, head.id)
        if known is not None and known.head != head:
            known = await self._caught_up(known, head)
        if known is not None and question.held.seq >= known.after:
            return known.since(question)
        if head.head - question.held.seq > MOST:
            return (await self._changed(question))[0]
        # All there is, whatever the page has room for: the next who asks will find it.
        rows, sealed = await self._changed(Changed(head.id, Position(question.held.seq), MOST + 1))
        made = tail(head, question.held.seq, rows)
        if sealed or made.after > question.held.seq:
            return [row for row in rows if row.body or row.seq > question.held.snap][: question.limit]
        self._tails.put(self._tenant, self._epoch, head.id, made)
        return made.since(question)

    async def _caught_up(self, old: Tail, head: Head) -> Tail | None:
        """The tail as of `head`; None where it cannot be brought there."""
        made = None
        if follows(old.head, head) and head.head - old.head.head <= MOST:
            newer, sealed = await self._changed(Changed(head.id, Position(old.head.head), MOST + 1))
            made = None if sealed else grown(old, head, newer)
        self._tails.put(self._tenant, self._epoch, head.id, made)
        return made

    async def _changed(self, question: Changed) -> tuple[list[Row], bool]:
        """The rows, and whether one of them lies sealed."""
        held = question.held
        given: dict[str, Any] = {"scope": question.scope, "after": held.seq, "limit": question.limit}
        if held.snap:
            given["snap"] = held.snap
        asked = CHANGED[self._types is not None, bool(held.snap)]
        about = min(question.limit, self._standing[question.scope].head - held.seq)
        rows = await self._cut.ask(asked, about=about, tenant=self._tenant, **given, **self._chosen())
        opened = [
            Row(type, id, seq, rev, self._open(sealed, body)) for type, id, seq, rev, sealed, body in rows
        ]
        return opened, any(row[4] for row in rows)

    async def _departed(self, question: Departed) -> list[Row]:
        type, id = question.after or ("", "")
        given = {"scope": question.scope, "upto": question.upto, "limit": question.limit}
        rows = await self._cut.ask(
            BORN[self._types is not None],
            about=question.limit,
            tenant=self._tenant,
            type=type,
            id=id,
            **given,
            **self._chosen(),
        )
        return [Row(type, id, seq, rev, None) for type, id, seq, rev in rows]

    def _chosen(self) -> dict[str, Any]:
        if self._types is None:
            return {}
        return listing(self._cut.dialect, "types", self._types)

    def _open(self, sealed: bool, body: bytes | None) -> bytes | None:
        return self._unseal(self._tenant, body) if sealed and body is not None else body
