"""A cursor comes back as it was written, to the same person, or not at all."""

import base64
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cursor import Leaving, Position, Signer, Vector
from sync.errors import CursorMalformed, ResyncRequired


@dataclass(frozen=True)
class Holder:
    tenant: str = "hana"
    person: str = "hanako"


SIGNER = Signer(b"a key")
numbers = st.integers(0, 2**63 - 1)
positions = st.builds(Position, numbers, numbers)
places = st.none() | st.tuples(st.sampled_from(["notes", "stamps"]), st.sampled_from(["n1", "st.a.b.1"]))
vectors = st.builds(
    Vector,
    st.dictionaries(numbers, positions, max_size=4),
    st.dictionaries(numbers, st.builds(Leaving, positions, places), max_size=4),
)


@settings(deadline=None)
@given(vectors, st.none() | st.lists(st.sampled_from(["notes", "stamps"])))
def test_a_cursor_survives_the_journey(vector: Vector, types: list[str] | None) -> None:
    cursor = SIGNER.write(vector, Holder(), 3, types)
    assert SIGNER.read(cursor, Holder(), 3, types) == vector


def test_the_order_of_types_does_not_matter() -> None:
    cursor = SIGNER.write(Vector(), Holder(), 1, ["stamps", "notes"])
    assert SIGNER.read(cursor, Holder(), 1, ["notes", "stamps", "notes"]) == Vector()


@settings(deadline=None)
@given(vectors, st.data())
def test_a_changed_or_cut_cursor_is_never_read(vector: Vector, data: st.DataObject) -> None:
    cursor = SIGNER.write(vector, Holder(), 1, None)
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] ^= data.draw(st.integers(1, 255))
    else:
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    forged = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises((ResyncRequired, CursorMalformed)) as refused:
        SIGNER.read(forged, Holder(), 1, None)
    assert getattr(refused.value, "reason", "cursor-invalid") == "cursor-invalid"


@settings(deadline=None)
@given(st.text())
def test_no_text_is_ever_more_than_refused(text: str) -> None:
    with pytest.raises((ResyncRequired, CursorMalformed)):
        SIGNER.read(text, Holder(), 1, None)


@pytest.mark.parametrize(
    "text", ["", "x" * 23, "あ" * 30, "a" * 29 + "=", "a" * 25, "a" * 30 + "\n", "a" * 20_000]
)
def test_what_was_never_a_cursor_is_malformed(text: str) -> None:
    with pytest.raises(CursorMalformed):
        SIGNER.read(text, Holder(), 1, None)


@pytest.mark.parametrize(
    ("signer", "holder", "epoch", "types", "reason"),
    [
        (Signer(b"another key"), Holder(), 1, None, "cursor-invalid"),
        (Signer(b"a key", schema=2), Holder(), 1, None, "schema-changed"),
        (SIGNER, Holder(person="taro"), 1, None, "wrong-user"),
        (SIGNER, Holder(tenant="mido"), 1, None, "wrong-user"),
        (SIGNER, Holder(), 2, None, "epoch-changed"),
        (SIGNER, Holder(), 1, ["notes"], "types-changed"),
        (SIGNER, Holder(), 1, [], "types-changed"),
    ],
)
def test_a_cursor_that_does_not_count_here_says_why(
    signer: Signer, holder: Holder, epoch: int, types: list[str] | None, reason: str
) -> None:
    cursor = SIGNER.write(Vector({1: Position(5)}), Holder(), 1, None)
    with pytest.raises(ResyncRequired, match=reason):
        signer.read(cursor, holder, epoch, types)


def test_a_cursor_of_five_scopes_is_short() -> None:
    vector = Vector({scope: Position(70_000 + scope) for scope in range(300, 305)})
    assert len(SIGNER.write(vector, Holder(), 1, None)) < 120
