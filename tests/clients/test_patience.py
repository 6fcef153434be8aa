"""Clients that meet trouble wait before they come again, and take nothing for an answer that is none."""

import time

import pytest

from tests.clients.conftest import Phones
from tests.clients.peers import NodePeer, eventually
from tests.clients.toyserver import Town

pytestmark = pytest.mark.slow


def test_a_live_line_that_is_hung_up_at_once_is_not_asked_for_at_once(town: Town, phone: Phones) -> None:
    """A deployment that gathers streams ends each at once. Between four requests are three waits of a second or more."""
    hanako = phone("dexie")
    hanako.line.instead(
        "/sync/v1/live", "200 OK", ": welcome\n\n", "Content-Type: text/event-stream", times=1000
    )
    began = time.monotonic()
    hanako.listen()
    eventually(lambda: hanako.line.count("/sync/v1/live") >= 4, True)
    assert time.monotonic() - began >= 3


@pytest.mark.parametrize("asked", ["/sync/v1/pull", "/sync/v1/push"])
def test_rxdb_waits_as_long_as_the_server_says_and_counts_its_failures(
    asked: str, town: Town, phone: Phones
) -> None:
    hanako = phone("rxdb")
    assert isinstance(hanako, NodePeer)
    hanako.sync()
    before = len(hanako.waits())
    busy = '{"status":503,"slug":"busy"}'
    hanako.line.instead(
        asked,
        "503 Service Unavailable",
        busy,
        "Content-Type: application/problem+json",
        "Retry-After: 1",
        times=3,
    )
    began = time.monotonic()
    hanako.put({"a": "1"}, town.scope("sakura"))
    hanako.sync()
    assert time.monotonic() - began >= 3, "three times a second"
    assert hanako.waits()[before:] == [[1, 1], [2, 1], [3, 1]]
    hanako.line.instead(asked, "502 Bad Gateway", "", "Content-Type: text/html")
    hanako.put({"a": "2"}, town.scope("sakura"))
    hanako.sync()
    assert hanako.waits()[before + 3 :] == [[1, 0.05]], "a success in between sets the count to nothing"
    assert hanako.dump() == town.notes() == {"a": "2"}


@pytest.mark.parametrize("kind", ["rxdb", "watermelondb", "dexie", "python"])
def test_a_hotels_log_in_page_is_no_answer(kind: str, town: Town, phone: Phones) -> None:
    """As a page and as an error, to a pull and to a push: nothing is deleted, nothing counts as sent."""
    town.note("held", "1")
    hanako = phone(kind)
    hanako.sync()
    hanako.line.down()
    hanako.put({"unsent": "mine"}, town.scope("sakura"))
    for asked in ("/sync/v1/pull", "/sync/v1/push"):
        for status in ("200 OK", "502 Bad Gateway", "410 Gone"):
            hanako.line.instead(asked, status, "<h1>Wi-Fi</h1>", "Content-Type: text/html; charset=utf-8")
    hanako.line.up()
    hanako.sync()
    assert hanako.dump() == town.notes() == {"held": "1", "unsent": "mine"}
    assert hanako.line.count("/sync/v1/push") >= 4, "three times in vain"


@pytest.mark.parametrize("body", ["[]", "{}", '{"ok":true}', "null", '{"status":410}'])
@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway", "410 Gone"])
def test_json_of_somebody_else_is_no_answer_to_the_python_client(
    status: str, body: str, town: Town, phone: Phones
) -> None:
    town.note("held", "1")
    hanako = phone("python")
    hanako.sync()
    hanako.line.instead("/sync/v1/pull", status, body, "Content-Type: application/json")
    hanako.sync()
    assert hanako.dump() == {"held": "1"}
    assert hanako.line.count("/sync/v1/pull") >= 3
