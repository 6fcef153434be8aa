"""What a write that did not stand is answered with: the record as its author may see it."""

from sync.present import present
from sync.scopes import ScopeKey
from tests.sync.store import TENANT, Store, note

A, B = ScopeKey("block", "a"), ScopeKey("block", "b")


async def ask(store: Store, *scopes: ScopeKey, id: str = "n1") -> object:
    async with store.read() as session:
        return await present(session, TENANT, scopes, "notes", id)


async def test_a_record_is_told_to_those_who_are_in_its_scope(store: Store) -> None:
    change = note(A, "n1", "hello")
    await store.record(change)
    assert await ask(store, A, B) == change.body
    assert await ask(store, B) is None
    assert await ask(store) is None


async def test_nothing_is_told_of_what_is_gone_or_never_was(store: Store) -> None:
    await store.record(note(A, "n1", "hello"))
    await store.record(note(A, "n1", None))
    assert await ask(store, A) is None
    assert await ask(store, A, id="n2") is None


async def test_a_sealed_record_stays_sealed(store: Store) -> None:
    await store.record(note(A, "n1", "a street", sealed=True))
    assert await ask(store, A) is None
