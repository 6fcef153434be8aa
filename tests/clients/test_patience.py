"""Clients that meet trouble wait before they come again, and take nothing for an answer that is none."""

import time

import pytest

from tests.clients.conftest import Phones
from tests.clients.peers import eventually
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
