"""`kairan people`: what is stored of somebody without a phone is handed over, or erased."""

import asyncio
import json

from sqlalchemy import select

from notices.models import Person
from server.house import build
from server.keys import read as keys_of
from server.settings import Settings
from server.work.worker import Worker
from tests.server.commands import OFFICER, Machine
from tests.server.test_backup import read

WHO = ("--association", "sakura", "--person", "伊藤 さち")


def test_what_is_stored_of_somebody_is_written_to_a_file_for_its_owner_alone(either: Machine) -> None:
    either.init()
    shown = json.loads(either("people", "export", *WHO).out)
    assert shown["person"]["name"] == "伊藤 さち"
    assert "sachi.ito@example.jp" in {each["address"] for each in shown["addresses"]}
    file = either.folder / "hers.json"
    said = either("people", "export", *WHO, "--out", str(file))
    assert (said.code, "delete it" in said.err) == (0, True)
    assert json.loads(file.read_text())["person"] == shown["person"]
    assert file.stat().st_mode & 0o077 == 0


def test_somebody_is_erased_at_once_and_is_then_not_there(either: Machine) -> None:
    either.init()
    hesitant = either("people", "erase", *WHO)
    assert (hesitant.code, "--yes" in hesitant.err) == (2, True)
    done = either("people", "erase", *WHO, "--yes")
    assert (done.code, "spreadsheet" in done.err) == (0, True), done
    again = either("people", "erase", *WHO, "--yes")
    assert (again.code, "Nobody called" in again.err) == (1, True)
    assert either("audit", "verify").code == 0


def test_an_officer_is_not_erased_before_the_seat_is_handed_over(machine: Machine) -> None:
    machine.init()
    said = machine("people", "erase", "--association", "sakura", "--person", OFFICER, "--yes")
    assert (said.code, "役を引き継いで" in said.err or "Hand the seat over" in said.err) == (1, True), said


def test_a_restore_from_before_the_erasure_brings_nobody_back(either: Machine) -> None:
    either.init()
    names = select(Person.name).where(Person.name == "伊藤 さち")
    assert either("backup", "night.tar").code == 0
    assert either("people", "erase", *WHO, "--yes").code == 0
    assert read(either, names) == []
    assert either("restore", "night.tar", "--yes").code == 0
    assert read(either, names) == [("伊藤 さち",)], "the backup is as it was"
    asyncio.run(first_start(either))
    assert read(either, names) == []


async def first_start(machine: Machine) -> None:
    """What a worker does at once, also while the city is on hold."""
    url = machine.settings.get("database_url", f"sqlite+aiosqlite:///{machine.database}")
    settings = Settings(database_url=url, files_url=str(machine.folder / "files"))
    house = build(settings, keys_of(machine.folder / "kairan.secret"), {})
    try:
        await Worker(house).idle()
    finally:
        await house.db.close()
