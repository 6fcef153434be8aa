"""Who is nearly up to date is answered from memory; whoever is not, or finds no room there, is left to the log."""

from __future__ import annotations

import pytest

from sync import newest
from sync.cursor import Leaving, Position, Vector
from sync.delta import MAX_BYTES, Head, Row, splice
from sync.log import Standing
from sync.tails import Tails, tail

HEAD = Head(1, 9, 2, 9, 0)
ROWS = [Row("notices", f"n{seq}", seq, 1, b"{}") for seq in range(4, 10)]
KNOWN = Standing([], 1, [HEAD])


def tails(head: Head = HEAD) -> Tails:
    made = Tails()
    made.put("hana", 1, 1, tail(head, 3, ROWS))
    return made


def test_a_page_is_the_run_of_all_that_is_newer() -> None:
    held = Vector({1: Position(5)})
    draft = newest.draft(tails(), "hana", KNOWN, held, [HEAD], 4)
    assert draft is not None
    assert draft.records == [b",".join(splice(1, row) for row in ROWS[2:])]
    assert (draft.vector, draft.more, draft.completed) == (Vector({1: Position(9)}), False, [HEAD])


def test_what_finds_no_room_or_is_not_in_memory_is_left_to_the_log() -> None:
    held = Vector({1: Position(5)})
    assert newest.draft(tails(), "hana", KNOWN, held, [HEAD], 3) is None
    assert newest.draft(tails(), "hana", KNOWN, Vector({1: Position(2)}), [HEAD], 200) is None
    assert newest.draft(tails(Head(1, 8, 2, 8, 0)), "hana", KNOWN, held, [HEAD], 200) is None
    assert newest.draft(Tails(), "hana", KNOWN, held, [HEAD], 200) is None
    heads = [Head(n, 1, 0, 1, 0) for n in range(1, 7)]
    full = Tails()
    for head in heads:
        full.put("hana", 1, head.id, tail(head, 0, [Row("notices", "n", 1, 1, b"x" * (MAX_BYTES // 6))]))
    held = Vector({head.id: Position(0) for head in heads})
    assert newest.draft(full, "hana", Standing([], 1, heads), held, heads, 200) is None


@pytest.mark.parametrize(
    "held",
    [
        Vector(),
        Vector({2: Position(5)}),
        Vector({1: Position(5), 2: Position(5)}),
        Vector({1: Position(5, 9)}),
        Vector({1: Position(1)}),
        Vector({1: Position(10)}),
        Vector({1: Position(5)}, {2: Leaving(Position(5))}),
    ],
    ids=["new", "elsewhere", "left", "in a snapshot", "below the floor", "ahead", "leaving"],
)
def test_whoever_is_not_nearly_up_to_date_is_left_to_the_log(held: Vector) -> None:
    assert newest.moved(held, [HEAD]) is None


def test_whoever_holds_everything_has_no_news() -> None:
    assert newest.moved(Vector({1: Position(9)}), [HEAD]) == []
    assert newest.moved(Vector({1: Position(5)}), [HEAD]) == [HEAD]
