"""The main path, for every client of docs/clients: first sync, offline write, a lost answer, revoke, resync."""

import pytest

from tests.clients.conftest import BOTH, HANAKO, Phones
from tests.clients.peers import eventually
from tests.clients.toyserver import Town

pytestmark = [
    BOTH,
    pytest.mark.slow,
    pytest.mark.parametrize("kind", ["rxdb", "watermelondb", "dexie", "python"]),
]


def test_the_first_sync_brings_what_a_member_may_see(kind: str, town: Town, phone: Phones) -> None:
    for number in range(3):
        town.note(f"n{number}", f"v{number}")
    town.note("elsewhere", "of another block", "二班")
    hanako = phone(kind)
    hanako.sync()
    assert hanako.dump() == {"n0": "v0", "n1": "v1", "n2": "v2"}


def test_what_is_written_without_a_signal_arrives_later(kind: str, town: Town, phone: Phones) -> None:
    town.note("held", "old")
    town.note("thrown", "away")
    hanako = phone(kind)
    hanako.sync()
    hanako.line.down()
    hanako.put({"made": "up in the mountains"}, town.scope("一班"))
    hanako.edit("held", "new")
    hanako.remove("thrown")
    assert town.notes() == {"held": "old", "thrown": "away"}
    hanako.line.up()
    hanako.sync()
    assert town.notes() == hanako.dump() == {"held": "new", "made": "up in the mountains"}


def test_a_write_whose_answer_was_lost_counts_once(kind: str, town: Town, phone: Phones) -> None:
    hanako = phone(kind)
    hanako.sync()
    lost = hanako.line.cut("/sync/v1/push")
    hanako.put({"a": "1"}, town.scope("sakura"))
    hanako.sync()
    assert lost.over.is_set(), "the answer was lost"
    assert town.deeds() == [1], "however often it was sent"
    assert hanako.dump() == town.notes() == {"a": "1"}


def test_who_leaves_a_block_keeps_nothing_of_it(kind: str, town: Town, phone: Phones) -> None:
    town.note("ours", "of the association")
    town.note("theirs", "of the block", "一班")
    hanako = phone(kind)
    hanako.sync()
    assert hanako.dump() == {"ours": "of the association", "theirs": "of the block"}
    town.control("leave", person=HANAKO)
    hanako.sync()
    assert hanako.dump() == {"ours": "of the association"}


def test_a_new_epoch_starts_from_nothing_and_keeps_what_is_unsent(
    kind: str, town: Town, phone: Phones
) -> None:
    town.note("stays", "1")
    hanako = phone(kind)
    hanako.sync()
    hanako.line.down()
    hanako.put({"unsent": "mine"}, town.scope("sakura"))
    town.control("rotate-epoch")
    hanako.line.up()
    hanako.sync()
    assert hanako.dump() == town.notes() == {"stays": "1", "unsent": "mine"}


def test_after_a_collection_what_was_deleted_goes_and_what_is_unsent_stays(
    kind: str, town: Town, phone: Phones
) -> None:
    for id in ("stays", "goes"):
        town.note(id, "1")
    hanako = phone(kind)
    hanako.sync()
    hanako.line.down()
    hanako.put({"unsent": "mine"}, town.scope("sakura"))
    town.note("goes", None)
    town.control("collect", keepSeconds=0)
    hanako.line.up()
    hanako.sync()
    assert hanako.dump() == town.notes() == {"stays": "1", "unsent": "mine"}


def test_what_was_refused_is_taken_back(kind: str, town: Town, phone: Phones) -> None:
    """New, in a block of others; and changed, where the server has gone on meanwhile."""
    town.note("held", "the server's")
    hanako = phone(kind)
    hanako.sync()
    hanako.line.down()
    hanako.put({"strange": "not mine to write"}, town.scope("二班"))
    hanako.put({"held": "moved elsewhere"}, town.scope("一班"))
    town.note("held", "the server's second")
    hanako.line.up()
    hanako.sync()
    hanako.sync()
    assert hanako.dump() == town.notes() == {"held": "the server's second"}


def test_a_device_that_was_signed_out_wipes_itself(kind: str, town: Town, phone: Phones) -> None:
    town.note("held", "1")
    hanako = phone(kind)
    hanako.sync()
    assert hanako.dump() == {"held": "1"}
    town.control("revoke", device=hanako.device)
    hanako.sync_in_vain()
    eventually(hanako.wiped, True)
    assert hanako.dump() == {}
