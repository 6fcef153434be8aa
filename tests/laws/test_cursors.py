"""Over HTTP: a cursor that is not ours, or not of now, gets its reason and never data, never a 500."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server import keys
from sync.cursor import Leaving, Position, Signer, Vector
from sync.errors import Reason
from sync.pull import Reader
from tests.laws.client import Client
from tests.laws.servers import Answer, ToyServer
from tests.laws.world import HANAKO, ICHIRO, World, refused

pytestmark = pytest.mark.slow

BOUNDED = settings(deadline=None, derandomize=True, database=None, max_examples=60)


class Attacker(Client):
    """花子, with the means of somebody who has a phone, a proxy and time."""

    def present(self, cursor: str, types: str = "") -> Answer:
        """As the cursor of a pull, and of a push that asks for the next page: both say the same."""
        query = {"cursor": cursor, "limit": "200"} | ({"types": types} if types else {})
        answer = self._wire(0).ask("GET", "/sync/v1/pull", token=self.token, query=query)
        if not types and answer.status != 204:
            beside = self.push({"mutations": [], "pull": {"cursor": cursor, "limit": 200}})
            assert (beside.status, refused(beside)) == (answer.status, refused(answer)), beside.content
        return answer

    def reason(self, cursor: str, types: str = "") -> str:
        """Why: `cursor-malformed`, or the reason of a resync. Whatever else comes back is data, or a mistake of ours."""
        answer = self.present(cursor, types)
        if answer.status == 400:
            assert refused(answer) == "cursor-malformed", answer.content
            return "cursor-malformed"
        assert answer.status == 410, f"{answer.status} for a cursor that is not ours"
        assert refused(answer) == "resync-required"
        reason = str(answer.json()["reason"])
        assert reason in get_args(Reason), f"clients are told six reasons, and this is a seventh: {reason}"
        return reason


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyServer]:
    folder = tmp_path_factory.mktemp("cursors")
    file = folder / "kairan.db"
    file.write_bytes(sqlite_template.read_bytes())
    server = ToyServer(f"sqlite+aiosqlite:///{file}", folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def world(server: ToyServer) -> Iterator[World]:
    world = World(server, "fuzz")
    world.edit("b.1", 1)
    yield world
    world.close()


@pytest.fixture(scope="module")
def phone(world: World, server: ToyServer) -> Iterator[Attacker]:
    phone = Attacker(world, [server], HANAKO)
    phone.finish(200)
    yield phone
    phone.close()


@pytest.fixture(scope="module")
def signer(server: ToyServer) -> Signer:
    """The server's own: what no attacker has, and a server of yesterday had."""
    return Signer(keys.read(server.folder / "kairan.secret").cursor)


def raw(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def held(phone: Attacker) -> str:
    assert phone.held.cursor is not None
    return phone.held.cursor


@BOUNDED
@given(data=st.data())
def test_a_cursor_with_one_bit_turned_is_no_cursor(phone: Attacker, data: st.DataObject) -> None:
    bits = bytearray(raw(held(phone)))
    bits[data.draw(st.integers(0, len(bits) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert phone.reason(text(bytes(bits))) == "cursor-invalid"


@BOUNDED
@given(data=st.data())
def test_a_cursor_cut_or_grown_is_no_cursor(phone: Attacker, data: st.DataObject) -> None:
    whole = held(phone)
    shorter = st.integers(1, len(whole) - 1).map(lambda end: whole[:end])
    longer = st.text("AZaz09-_", min_size=1, max_size=9).map(lambda more: whole + more)
    assert phone.reason(data.draw(st.one_of(shorter, longer))) in ("cursor-malformed", "cursor-invalid")


@BOUNDED
@given(cursor=st.text(min_size=1, max_size=200) | st.text("AZaz09-_", min_size=24, max_size=400))
def test_what_was_never_a_cursor_is_refused_and_nothing_breaks(phone: Attacker, cursor: str) -> None:
    try:
        cursor.encode()
    except UnicodeEncodeError:
        cursor = repr(cursor)
    assert phone.reason(cursor) in ("cursor-malformed", "cursor-invalid")


def test_a_cursor_of_sixteen_thousand_letters_is_refused(phone: Attacker) -> None:
    assert phone.reason("A" * 16_000) in ("cursor-malformed", "cursor-invalid")
    assert phone.reason("A" * 17_000) == "cursor-malformed"


def test_somebody_elses_cursor_says_wrong_user(phone: Attacker, world: World, server: ToyServer) -> None:
    other = Client(world, [server], ICHIRO)
    other.finish(200)
    assert other.held.cursor is not None
    assert phone.reason(other.held.cursor) == "wrong-user"
    other.close()


def test_the_cursor_of_another_city_says_wrong_user(phone: Attacker, server: ToyServer) -> None:
    elsewhere = World(server, "fuzz2")
    other = Client(elsewhere, [server], HANAKO)
    other.finish(200)
    assert other.held.cursor is not None
    assert phone.reason(other.held.cursor) == "wrong-user"
    other.close()
    elsewhere.close()


def test_a_cursor_for_other_types_or_another_schema_says_so(
    phone: Attacker, signer: Signer, world: World, server: ToyServer
) -> None:
    assert phone.reason(held(phone), types="notes") == "types-changed"
    newer = Signer(keys.read(server.folder / "kairan.secret").cursor, schema=99)
    vector, me = Vector({1: Position(1)}), Reader("fuzz", world.town["people"][HANAKO], phone.device)
    assert phone.reason(newer.write(vector, me, world.latest.epoch, None)) == "schema-changed"
    stranger = Signer(b"a key of one's own")
    assert phone.reason(stranger.write(vector, me, world.latest.epoch, None)) == "cursor-invalid"


@settings(BOUNDED, max_examples=12)
@given(ahead=st.integers(1, 2**40), snap=st.booleans(), leaving=st.booleans(), known=st.booleans())
def test_a_cursor_from_the_future_ends_the_epoch_and_is_told_so(
    phone: Attacker, signer: Signer, world: World, ahead: int, snap: bool, leaving: bool, known: bool
) -> None:
    """Signed by us and ahead of the log: there was a restore. It ends the epoch once, and nobody else's life."""
    scope = world.latest.scopes["association", world.town["associations"]["sakura"]]
    seq = scope["head"] + ahead
    at = Position(0, seq) if snap else Position(seq)
    id = scope["id"] if known else 10_000
    vector = Vector({}, {id: Leaving(at)}) if leaving else Vector({id: at})
    me = Reader("fuzz", world.town["people"][HANAKO], phone.device)
    cursor = signer.write(vector, me, world.latest.epoch, None)
    epoch = world.look().epoch
    assert phone.reason(cursor) == "epoch-changed"
    assert world.look().epoch > epoch, "a log that is shorter than a cursor of ours goes on as if nothing was"
    assert phone.reason(cursor) == "epoch-changed"
    world.epochs += 1
    phone.finish(200)


def test_a_cursor_of_an_older_epoch_says_so_and_the_phone_begins_afresh(
    phone: Attacker, world: World
) -> None:
    old = held(phone)
    world.rotate()
    assert phone.reason(old) == "epoch-changed"
    phone.finish(200)


def test_a_cursor_is_worth_nothing_to_a_device_that_was_revoked(world: World, server: ToyServer) -> None:
    phone = Attacker(world, [server], ICHIRO)
    phone.finish(200)
    world.revoke(phone.device)
    answer = phone.ask_page(held(phone), 200)
    assert (answer.status, refused(answer)) == (403, "device-revoked")
    assert answer.json()["wipe"] is True
    phone.close()
