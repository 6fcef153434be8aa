"""In and out without loss: the examples of the standard, and whatever an alert may say."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from notices.cap.message import Alert
from notices.cap.reading import read
from notices.cap.writing import written
from tests.cap import alerts


@pytest.mark.parametrize("example", alerts.EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_of_the_standard_go_in_and_out_without_loss(example: Path) -> None:
    given = example.read_bytes()
    assert alerts.is_valid(given), "the example itself is as the schema has it"
    out = written(read(given))
    assert alerts.facts(out) == alerts.facts(given)
    assert alerts.is_valid(out)
    assert read(out) == read(given)


def test_all_four_examples_are_there() -> None:
    assert len(alerts.EXAMPLES) == 4


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(alerts.any_alert)
def test_what_is_written_is_read_as_the_same_and_is_as_the_schema_has_it(alert: Alert) -> None:
    out = written(alert)
    assert read(out) == alert
    assert alerts.is_valid(out)


def test_earlier_messages_are_told_by_sender_identifier_and_time() -> None:
    [example] = [path for path in alerts.EXAMPLES if path.stem.startswith("a3")]
    [earlier] = read(example.read_bytes()).earlier
    assert str(earlier) == "trinet@caltech.edu,TRI13970876.1,2003-06-11T20:30:00-07:00"
