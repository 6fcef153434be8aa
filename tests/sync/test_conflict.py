"""When two people wrote to one record, whose writing stands."""

from typing import Any

from sync.conflict import Present, conflict
from sync.push import Conflict, Mutation

FIELDS = ("text", "done")
THERE = Present(3, {"text": "当番は山田", "done": False, "by": "server"})


def put(base: str | int | None, **data: Any) -> Mutation:
    return Mutation("m1", "notes", "n1", "put", {"done": False} | data, base)


def test_without_a_base_the_last_writer_wins() -> None:
    assert conflict(put(None, text="当番は佐藤"), THERE, FIELDS) is None


def test_who_saw_the_newest_revision_writes() -> None:
    assert conflict(put(3, text="当番は佐藤"), THERE, FIELDS) is None


def test_who_saw_an_older_revision_is_shown_what_is_there() -> None:
    assert conflict(put(2, text="当番は佐藤"), THERE, FIELDS) == Conflict(THERE.data)


def test_two_who_wrote_the_same_are_not_troubled() -> None:
    assert conflict(put(2, text="当番は山田"), THERE, FIELDS) is None


def test_what_only_the_server_writes_never_conflicts() -> None:
    assert conflict(put(2, text="当番は山田", by="somebody"), THERE, FIELDS) is None


def test_a_field_that_is_left_out_is_not_the_same() -> None:
    assert (
        conflict(Mutation("m1", "notes", "n1", "put", {"text": "当番は山田"}, 2), THERE, FIELDS) is not None
    )


def test_nothing_is_shown_to_who_may_not_see_it_now() -> None:
    assert conflict(put(2, text="当番は佐藤"), THERE, FIELDS, visible=False) == Conflict(None)


def test_base_0_means_that_there_was_none() -> None:
    assert conflict(put(0, text="新しい"), Present(), FIELDS) is None
    assert conflict(put(0, text="新しい"), THERE, FIELDS) == Conflict(THERE.data)


def test_an_edit_of_what_was_deleted_meanwhile_conflicts_with_nothing_to_show() -> None:
    assert conflict(put(2, text="当番は佐藤"), Present(4, None), FIELDS) == Conflict(None)


def test_a_deletion_conflicts_with_an_edit_and_not_with_a_deletion() -> None:
    deletion = Mutation("m1", "notes", "n1", "delete", None, 2)
    assert conflict(deletion, THERE, FIELDS) == Conflict(THERE.data)
    assert conflict(deletion, Present(4, None), FIELDS) is None


def test_a_kind_with_versions_of_its_own_compares_those() -> None:
    mine = Present("a9f0", {"text": "x", "done": False})
    assert conflict(put("a9f0", text="y"), mine, FIELDS) is None
    assert conflict(put("77c1", text="y"), mine, FIELDS) == Conflict(mine.data)
