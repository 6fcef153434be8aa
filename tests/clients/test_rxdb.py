"""What only RxDB does: it pushes by itself, and does not learn the revision of its own push."""

import pytest

from tests.clients.conftest import ICHIRO, Phones
from tests.clients.peers import eventually
from tests.clients.toyserver import Town

pytestmark = pytest.mark.slow


def test_a_phone_that_writes_on_before_it_has_pulled_is_no_conflict_with_itself(
    town: Town, phone: Phones
) -> None:
    town.note("n", "0")
    hanako = phone("rxdb")
    hanako.sync()
    hanako.line.blocked = ("/pull", "/live")
    for v in ("A", "B", "A"):
        hanako.edit("n", v)
        eventually(town.notes, {"n": v})
    assert hanako.dump() == {"n": "A"}


def test_a_phone_that_writes_on_what_another_has_changed_meanwhile_is_told_so(
    town: Town, phone: Phones
) -> None:
    town.note("n", "0")
    hanako, ichiro = phone("rxdb"), phone("rxdb", ICHIRO)
    for each in (hanako, ichiro):
        each.sync()
    hanako.line.blocked = ("/pull", "/live")
    ichiro.edit("n", "his")
    eventually(town.notes, {"n": "his"})
    hanako.edit("n", "hers")
    eventually(hanako.dump, {"n": "his"})
    assert town.notes() == {"n": "his"}
