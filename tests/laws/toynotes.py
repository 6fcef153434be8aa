"""The toy that stands for an application: `notes`, which any member of a scope may put and delete.

A note's record is `{"v": …, "scope": {"kind", "key"}}` with the id the client gave it. Its home scope is that of
its first put, for ever. `base` is the revision (`r`) the client last saw; left out, nothing is compared.
"""

from typing import Any

from sqlalchemy import JSON, String, Table, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from notices.models import City
from notices.records import audience
from server.syncing.author import Author
from sync import Change, ScopeKey, record, synced
from sync.models import SyncRecord, SyncScope
from sync.push import Conflict, Mutation, Ok, Outcome, Rejected
from sync.scopes import insert

TYPE = "notes"
_CHANGED = "toy.changed"


class ToyBase(DeclarativeBase):
    pass


@synced(TYPE)
class Note(ToyBase):
    """`body` None: deleted, or not yet there."""

    __tablename__ = "toy_note"
    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    @property
    def scope(self) -> ScopeKey:
        return ScopeKey(self.kind, self.key)


class Deed(ToyBase):
    """One row each time a mutation takes effect: what is counted for law 8."""

    __tablename__ = "toy_deed"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(String(8))
    device: Mapped[str] = mapped_column(String(64))
    mid: Mapped[str] = mapped_column(String(64))


async def handle(session: AsyncSession, author: Author, mutation: Mutation) -> Outcome:
    """ok; conflict with the note as it is; rejected: not-your-scope, scope-fixed, unknown-note, note-malformed."""
    tenant = author.standing.tenant
    wanted = _scope_of(mutation)
    if mutation.op == "put" and wanted is None:
        return Rejected("note-malformed")
    mine = await _scopes(session, author)
    if wanted is not None and wanted not in mine:
        return Rejected("not-your-scope")
    note = await _locked(session, tenant, mutation.id, wanted)
    if note is None or note.scope not in mine:
        return Rejected("unknown-note")
    if wanted is not None and wanted != note.scope:
        return Rejected("scope-fixed")
    body = None if mutation.data is None else {"v": mutation.data.get("v"), "scope": mutation.data["scope"]}
    if mutation.base is not None and body != note.body and await _moved_on(session, author, note, mutation):
        return Conflict(note.body)
    session.add(Deed(tenant=tenant, device=author.device, mid=mutation.mid))
    write(session, note, body)
    session.info.setdefault(_CHANGED, {})[note.id] = author.device
    return Ok()


def write(session: AsyncSession, note: Note, body: dict[str, Any] | None) -> None:
    """The note and its record, in one transaction."""
    note.body = body
    record(session, note.tenant, Change(note.scope, TYPE, note.id, body))


async def edit(session: AsyncSession, tenant: str, id: str, scope: ScopeKey, v: Any) -> None:
    """By the server itself; `v` None deletes."""
    note = await _locked(session, tenant, id, scope)
    assert note is not None
    here = {"kind": note.kind, "key": note.key}
    write(session, note, None if v is None else {"v": v, "scope": here})


def _scope_of(mutation: Mutation) -> ScopeKey | None:
    match (mutation.data or {}).get("scope"):
        case {"kind": str(kind), "key": str(key)}:
            return ScopeKey(kind, key)
    return None


async def _locked(session: AsyncSession, tenant: str, id: str, scope: ScopeKey | None) -> Note | None:
    """The row of the note, held until COMMIT; made where a put names it for the first time."""
    if scope is not None:
        row = {"tenant": tenant, "id": id, "kind": scope.kind, "key": scope.key, "body": None}
        table = Note.__table__
        assert isinstance(table, Table)
        await (await session.connection()).execute(
            insert(session, table).values(row).on_conflict_do_nothing()
        )
    query = select(Note).where(Note.tenant == tenant, Note.id == id).with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def _scopes(session: AsyncSession, author: Author) -> list[ScopeKey]:
    city = await session.scalar(select(City.id).where(City.tenant == author.standing.tenant))
    assert city is not None
    return audience.scopes_of(author.standing, city)


async def _moved_on(session: AsyncSession, author: Author, note: Note, mutation: Mutation) -> bool:
    """Whether the note is another than the author saw. In one transaction the log stands still until its end,
    so that what somebody else changed a moment ago in the same one is asked for too."""
    by = session.info.get(_CHANGED, {}).get(note.id)
    query = (
        select(SyncRecord.rev)
        .join(SyncScope, (SyncScope.tenant == SyncRecord.tenant) & (SyncScope.id == SyncRecord.scope_id))
        .where(SyncRecord.tenant == note.tenant, SyncRecord.type == TYPE, SyncRecord.rid == note.id)
        .where(SyncScope.kind == note.kind, SyncScope.key == note.key)
    )
    rev = await session.scalar(query) or 0
    return rev != mutation.base or by not in (None, author.device)
