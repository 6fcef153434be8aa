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
