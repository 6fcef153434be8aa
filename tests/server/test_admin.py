"""The admin socket: what a command changes while `kairan serve` holds the lock."""

import asyncio
import json
import socket
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from server import keys
from server.house import House, build
from server.keeping import lock
from server.operations import OPERATIONS
from server.processes import admin
from server.settings import Settings
from tests.server.commands import ROSTER, Machine, in_base64


@pytest.mark.slow
def test_commands_write_through_the_running_server(machine: Machine) -> None:
    code = machine.init()["code"]
    with machine.serving() as serving, httpx.Client(base_url=serving.url) as phone:
        came = phone.post("/api/v1/enrol", json={"ticket": code, "deviceName": "電話"}).json()
        phone.headers["Authorization"] = f"Bearer {came['token']}"
        _a_roster_is_imported(machine, phone)
        _what_is_refused_is_refused_with_its_report(machine)
        slip = machine("ticket", "--association", "sakura", "--person", "伊藤 さち", "--json").json
        assert phone.post("/api/v1/enrol", json={"ticket": slip["code"], "deviceName": "二台目"}).is_success
        assert machine("backup", "night.tar").code == 0
        assert machine("doctor").code == 0, machine("doctor").out
        _the_socket_is_for_its_owner_and_speaks_lines(machine)
        assert "Stop it first" in machine("serve").err
        assert "Stop it first" in machine("keys", "rotate").err
        assert machine("restore", "night.tar", "--yes").code == 1
        assert serving.end() == 0
    assert not admin.socket_path(machine.database).exists()
    assert machine("audit", "verify").code == 0


def _a_roster_is_imported(machine: Machine, phone: httpx.Client) -> None:
    changed = ROSTER.replace("伊藤 さち,いとう さち", "井藤 さち,いとう さち")
    (machine.folder / "new.csv").write_text(changed)
    done = machine("roster", "import", "new.csv", "--association", "sakura", "--json").json
    assert done["changes"]["peopleChanged"] == 1
    association = phone.get("/api/v1/me").json()["homes"][0]["association"]
    assert "井藤 さち" in phone.get(f"/api/v1/associations/{association}/people").text
    assert machine("roster", "import", "roster.csv", "--association", "sakura").code == 0


def _what_is_refused_is_refused_with_its_report(machine: Machine) -> None:
    (machine.folder / "bad.csv").write_text(ROSTER.replace(",会長,", ",王様,"))
    said = machine("roster", "import", "bad.csv", "--association", "sakura", "--json")
    assert said.code == 1
    assert said.json["report"][0]["row"] == 2
    assert "Nothing was imported" in said.err


def _the_socket_is_for_its_owner_and_speaks_lines(machine: Machine) -> None:
    path = admin.socket_path(machine.database)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    args = {"association": "sakura", "csv": in_base64(ROSTER), "dryRun": True, "really": False}
    answers = _spoken(path, json.dumps({"op": "roster.import", "args": args}))
    assert answers[-1]["result"]["rows"] == 8
    for nonsense in ("nonsense", "[]", '{"op": "no-such-thing", "args": {}}', '{"op": "hold"}'):
        assert _spoken(path, nonsense)[-1]["error"]["slug"] == "unexpected"


def _spoken(path: Path, line: str) -> list[dict[str, dict[str, object]]]:
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(str(path))
        talk.sendall(line.encode() + b"\n")
        with talk.makefile("rb") as answers:
            return [json.loads(answer) for answer in answers]


def test_a_roster_of_a_large_association_shows_its_progress(machine: Machine) -> None:
    machine.init()
    told: list[tuple[int, int]] = []
    head = ROSTER.splitlines()[0]
    rows = [
        f"{n // 20}班,{n % 20 + 1},{n},家{n},,,{n},人{n} 子,,,,,{'会長' if n == 1 else ''},,"
        for n in range(1, 600)
    ]
    args = {
        "association": "sakura",
        "csv": in_base64("\n".join([head, *rows])),
        "dryRun": False,
        "really": True,
    }
    result = asked(machine, "roster.import", args, lambda done, total: told.append((done, total)))
    assert result["applied"]
    assert len(told) > 4
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_with_the_lock_held_and_nobody_listening_the_command_says_wait(machine: Machine) -> None:
    machine.init()
    with lock.writing(machine.database):
        said = machine("ticket", "--association", "sakura", "--person", "3")
    assert said.code == 1
    assert "Wait until it has finished" in said.err


def test_a_server_that_dies_before_its_answer_is_told(machine: Machine) -> None:
    machine.init()
    path = admin.socket_path(machine.database)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def hang_up() -> None:
            talk, _ = listener.accept()
            talk.recv(100)
            talk.close()

        dying = threading.Thread(target=hang_up)
        dying.start()
        with pytest.raises(admin.Refused, match="ended before it had answered"):
            admin.ask(machine.database, "hold", {}, silently)
        dying.join()


def test_a_socket_left_behind_by_a_killed_server_is_replaced(machine: Machine) -> None:
    machine.init()
    path = admin.socket_path(machine.database)
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    assert path.exists()
    with pytest.raises(admin.NobodyListens):
        admin.ask(machine.database, "hold", {}, silently)
    assert machine("hold").code == 0
    assert asked(machine, "release", {"sendOld": False}, silently)["cities"] == ["hana"]
    assert not path.exists()


def test_what_fails_inside_is_named_and_the_next_is_answered(machine: Machine) -> None:
    machine.init()

    async def broken(house: House, args: Mapping[str, Any], progress: admin.Progress) -> admin.Result:
        raise ZeroDivisionError

    with pytest.raises(admin.Refused, match=r"could not do this \(ZeroDivisionError\)"):
        asked(machine, "broken", {}, silently, {"broken": broken})


def asked(
    machine: Machine,
    op: str,
    args: Mapping[str, Any],
    tell: admin.Progress,
    operations: Mapping[str, admin.Operation] = OPERATIONS,
) -> admin.Result:
    """The socket in this process, asked from a thread as a command would ask it."""
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{machine.database}", origin="http://localhost:8000"
    )

    async def go() -> admin.Result:
        house = build(settings, keys.read(machine.folder / "kairan.secret"), {})
        try:
            async with admin.listening(house, machine.database, operations):
                return await asyncio.to_thread(admin.ask, machine.database, op, args, tell)
        finally:
            await house.db.close()

    return asyncio.run(go())


def silently(_done: int, _total: int) -> None:
    pass


def test_a_path_too_long_for_a_socket_falls_back_to_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60) / "kairan.db"
    path = admin.socket_path(deep)
    assert len(str(path)) <= admin.LONGEST_PATH
    assert path == admin.socket_path(deep)
    assert path != admin.socket_path(deep.with_name("other.db"))
    near = Path("/srv/kairan.db")
    assert admin.socket_path(near) == Path("/srv/kairan.db.sock")
