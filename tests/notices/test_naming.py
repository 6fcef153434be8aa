"""Who is named to whom: the table, and that nothing which can be published is outside of it."""

import json
import re
from pathlib import Path

import pytest

from notices.privacy.naming import NAMED_TO, READERS, Reader, names, names_whose_delivery, told
from notices.publishing.compose import KINDS


@pytest.mark.parametrize(
    ("kind", "readers"),
    [
        ("notice", set()),
        ("event", set()),
        ("circular", {"leader", "officer"}),
        ("exercise", {"leader", "officer"}),
        ("safety-check", {"leader", "officer", "city"}),
        ("emergency", {"leader", "officer", "city"}),
    ],
)
def test_homes_are_named_to_these_and_to_nobody_else(kind: str, readers: set[Reader]) -> None:
    assert {reader for reader in READERS if names(kind, reader)} == readers


def test_whatever_can_be_published_has_its_line() -> None:
    assert set(NAMED_TO) >= KINDS


def test_a_kind_that_nobody_thought_of_names_nobody() -> None:
    assert not any(names("raffle", reader) for reader in READERS)


def test_whoever_is_told_names_further_away_is_told_by_those_who_are_nearer() -> None:
    for kind in NAMED_TO:
        assert not names(kind, "city") or names(kind, "officer")
        assert not names(kind, "officer") or names(kind, "leader")


def test_of_a_mere_notice_only_what_failed_is_named() -> None:
    assert names_whose_delivery("notice", failed=True)
    assert not names_whose_delivery("notice", failed=False)
    assert names_whose_delivery("circular", failed=False)


def test_screens_get_the_whole_table_in_one_order() -> None:
    assert told()["circular"] == ["leader", "officer"]
    assert set(told()) == set(NAMED_TO)


def test_the_page_that_explains_it_says_the_same() -> None:
    script = (Path(__file__).parents[2] / "server" / "web" / "read" / "naming.js").read_text()
    table = script.partition("NAMED_TO = ")[2].partition("};")[0] + "}"
    assert json.loads(re.sub(r",(\s*[\]}])", r"\1", table)) == told()
