"""Backups: one file with everything but the keys, and back again, on hold."""

import asyncio
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Address, City, Person
from server import keys
from server.attachments.folder import Folder
from server.attachments.store import Store, opened
from server.db import Database
from server.keeping import dump
from server.settings import Settings
from sync.models import SyncMeta
from tests import s3
from tests.server.commands import OFFICER, ROSTER, Machine

T = TypeVar("T")
PICTURE = b"not really a picture"


def read(machine: Machine, statement: Any) -> list[Any]:
    async def go() -> list[Any]:
        db = _database(machine)
        try:
            async with db.read() as session:
                return [tuple(row) for row in await session.execute(statement)]
        finally:
            await db.close()

    return asyncio.run(go())


def write(machine: Machine, work: Callable[[AsyncSession], None]) -> None:
    async def go() -> None:
        db = _database(machine)
        try:
            async with db.write() as session:
                work(session)
        finally:
            await db.close()

    asyncio.run(go())


def _database(machine: Machine) -> Database:
    url = machine.settings.get("database_url", f"sqlite+aiosqlite:///{machine.database}")
    return Database(url, keys.read(machine.folder / "kairan.secret").vault)


def files_of(machine: Machine) -> Store:
    return Store(Folder(machine.folder / "files"))


def test_a_restore_brings_everything_back_on_hold_and_in_a_new_epoch(either: Machine) -> None:
    either.init()
    name = sha256(PICTURE).hexdigest()
    asyncio.run(files_of(either).put("hana", name, PICTURE))
    made = either("backup", "night.tar", "--json").json
    assert made["about"]["files"] == 1
    people, epochs = (
        read(either, select(Person.name).order_by(Person.id)),
        read(either, select(SyncMeta.epoch)),
    )
    (either.folder / "new.csv").write_text(ROSTER.replace("伊藤 さち,いとう", "井藤 さち,いとう"))
    assert either("roster", "import", "new.csv", "--association", "sakura").code == 0
    shutil.rmtree(either.folder / "files")

    refused = either("restore", "night.tar")
    assert (refused.code, "Add --yes to replace it" in refused.err) == (1, True)
    done = either("restore", "night.tar", "--yes", "--json")
    assert done.code == 0, done.err
    assert Path(either.folder / done.json["kept"]).exists()
    assert read(either, select(Person.name).order_by(Person.id)) == people
    assert read(either, select(City.on_hold)) == [(True,)]
    raised = read(either, select(SyncMeta.epoch))
    assert raised > epochs
    assert asyncio.run(files_of(either).read("hana", name)) == PICTURE
    assert either("audit", "verify").code == 0
    findings = either("doctor", "--json").json["findings"]
    assert any("is on hold" in finding["sentence"] for finding in findings)

    assert either("restore", "night.tar", "--yes").code == 0
    assert read(either, select(SyncMeta.epoch)) > raised
    assert either("release", "--json").json["cities"] == ["hana"]


@pytest.mark.slow
def test_attachments_in_a_bucket_are_in_the_backup_and_come_back_to_a_bucket_or_a_folder(
    machine: Machine,
) -> None:
    machine.init()
    name = sha256(PICTURE).hexdigest()
    s3.sign_in(machine.patch)
    with s3.server() as running:
        machine.settings |= running.settings
        kept = opened(Settings(files_url=running.url, files_endpoint=running.endpoint))
        asyncio.run(kept.put("hana", name, PICTURE))
        assert machine("backup", "night.tar", "--json").json["about"]["files"] == 1
        asyncio.run(kept.delete("hana", name))
        assert machine("restore", "night.tar", "--yes").code == 0
        assert asyncio.run(kept.read("hana", name)) == PICTURE
    machine.settings |= {"files_url": "files", "files_endpoint": ""}
    assert machine("restore", "night.tar", "--yes").code == 0
    assert asyncio.run(files_of(machine).read("hana", name)) == PICTURE


def test_a_backup_without_its_attachments_is_none(machine: Machine) -> None:
    machine.init()
    s3.sign_in(machine.patch)
    with s3.server() as running:
        machine.settings |= running.settings
    said = machine("backup", "night.tar")
    assert (said.code, "does not answer" in said.err, "KAIRAN_FILES_URL" in said.err) == (1, True, True)
    assert not list(machine.folder.glob("night.tar*"))


def test_what_was_there_before_a_restore_can_be_had_back(either: Machine) -> None:
    either.init()
    assert either("backup", "night.tar").code == 0
    (either.folder / "new.csv").write_text(ROSTER.replace("伊藤 さち,いとう", "井藤 さち,いとう"))
    assert either("roster", "import", "new.csv", "--association", "sakura").code == 0
    kept = either("restore", "night.tar", "--yes", "--json").json["kept"]
    if either.on_postgresql:
        assert either("restore", kept, "--yes").code == 0
    else:
        (either.folder / kept).replace(either.database)
    assert ("井藤 さち",) in read(either, select(Person.name))


def test_a_backup_is_for_its_owner_and_holds_neither_keys_nor_addresses(either: Machine) -> None:
    either.init()
    assert either("backup", "night.tar").code == 0
    backup = either.folder / "night.tar"
    assert backup.stat().st_mode & 0o077 == 0
    whole = backup.read_bytes()
    assert b"hanako.yamada@example.jp" not in whole
    assert b"vapid" not in whole
    assert [each.name for each in either.folder.iterdir() if "night.tar" in each.name] == ["night.tar"]


def test_a_backup_can_be_brought_to_an_empty_machine(machine: Machine) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    machine.database.unlink()
    assert "is not there" in machine("serve").err
    done = machine("restore", "night.tar", "--json")
    assert done.json["kept"] is None
    assert "伊藤 さち" in machine("roster", "export", "--association", "sakura").out


def test_a_damaged_backup_is_refused_and_nothing_is_touched(machine: Machine) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    backup = machine.folder / "night.tar"
    whole = backup.read_bytes()
    before = machine.database.read_bytes()
    for spoilt in (
        whole[:100_000],
        whole[:100_000] + bytes([whole[100_000] ^ 1]) + whole[100_001:],
        whole[: len(whole) // 2],
        b"",
        b"x" * 10_000,
    ):
        backup.write_bytes(spoilt)
        said = machine("restore", "night.tar", "--yes")
        assert said.code == 1
        assert "damaged" in said.err
        assert machine.database.read_bytes() == before


def test_a_tar_of_somebody_elses_is_refused(machine: Machine) -> None:
    machine.init()
    with tarfile.open(machine.folder / "other.tar", "w") as tar:
        tar.add(machine.folder / "roster.csv", "../../roster.csv")
    assert "no backup of Kairan" in machine("restore", "other.tar", "--yes").err
    assert "There is no backup" in machine("restore", "none.tar", "--yes").err


def test_a_backup_that_the_key_file_does_not_open_is_refused(machine: Machine) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    (machine.folder / "kairan.secret").unlink()
    keys.make(machine.folder / "kairan.secret")
    before = machine.database.read_bytes()
    said = machine("restore", "night.tar", "--yes")
    assert (said.code, "does not open this backup" in said.err) == (1, True)
    assert machine.database.read_bytes() == before


def test_a_backup_of_the_other_kind_of_database_is_refused(
    machine: Machine, postgresql_database: str
) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    said = machine("restore", "night.tar", "--yes", database_url=postgresql_database)
    assert (said.code, "backup of sqlite" in said.err) == (1, True)


def test_a_backup_that_fails_leaves_the_last_one(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    good = (machine.folder / "night.tar").read_bytes()
    machine.database.write_bytes(machine.database.read_bytes()[:50_000])
    assert machine("backup", "night.tar").code == 1
    assert (machine.folder / "night.tar").read_bytes() == good
    assert not (machine.folder / "night.tar.new").exists()


def test_a_live_file_is_copied_as_it_stood_while_somebody_writes(machine: Machine) -> None:
    machine.init()
    target = machine.folder / "copy"
    with closing(sqlite3.connect(machine.database)) as writer:
        writer.execute("CREATE TABLE filler (n INTEGER, t TEXT)")
        writer.execute(
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) "
            "INSERT INTO filler SELECT n, hex(randomblob(500)) FROM c"
        )
        writer.commit()
        steps = []

        def write_meanwhile(done: int, total: int) -> None:
            steps.append(done)
            writer.execute("UPDATE filler SET t = 'new' WHERE n = ?", (len(steps),))
            writer.commit()

        dump.copy_sqlite(machine.database, target, write_meanwhile)
    assert 2 < len(steps) < 20
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM filler WHERE t = 'new'").fetchone() == (0,)
        assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)


def test_a_restore_that_breaks_off_after_its_data_has_begun_a_new_epoch_with_them(either: Machine) -> None:
    either.init()
    assert either("backup", "night.tar").code == 0
    epochs = read(either, select(SyncMeta.epoch))
    right = (either.folder / "kairan.secret").rename(either.folder / "right.secret")
    keys.make(either.folder / "kairan.secret")
    assert "does not open this backup" in either("restore", "night.tar", "--yes").err
    right.replace(either.folder / "kairan.secret")
    held, raised = read(either, select(City.on_hold)), read(either, select(SyncMeta.epoch))
    # On PostgreSQL the data are in by then: a phone that met them in the old epoch would keep what never was.
    assert (held == [(True,)], raised > epochs) == (either.on_postgresql, either.on_postgresql)


def test_rotation_encrypts_everything_anew_and_forgets_the_old_key(either: Machine) -> None:
    either.init()
    old = keys.read(either.folder / "kairan.secret").vault
    before = either("roster", "export", "--association", "sakura").out
    cipher = read(either, select(Address.secret).limit(1))[0][0]
    done = either("keys", "rotate", "--json")
    assert done.code == 0, done.err
    assert done.json["values"] > 20
    vault = keys.read(either.folder / "kairan.secret").vault
    assert (list(vault.encryption), vault.look_up) == ([2], old.look_up)
    assert either("roster", "export", "--association", "sakura").out == before
    assert all(secret[0] == 2 for (secret,) in read(either, select(Address.secret)))
    if not either.on_postgresql:
        whole = machine_bytes(either)
        assert cipher not in whole
        assert b"hanako.yamada@example.jp" not in whole


def machine_bytes(machine: Machine) -> bytes:
    return b"".join(each.read_bytes() for each in machine.folder.glob("kairan.db*") if each.is_file())


def test_a_rotation_that_was_interrupted_goes_on_where_it_was(either: Machine) -> None:
    either.init()
    secret = either.folder / "kairan.secret"
    keys.add_encryption_key(secret)
    both = keys.read(secret).vault

    (row,) = read(either, select(Address.id, Address.secret).limit(1))

    async def one_is_done() -> None:
        db = _database(either)
        try:
            async with db.write() as session:
                address = await session.get_one(Address, ("hana", row[0]))
                address.secret = both.seal("hana", both.open("hana", row[1]))
        finally:
            await db.close()

    asyncio.run(one_is_done())
    total = len(read(either, select(Address.id)))
    assert "was interrupted" in str(either("doctor", "--json").json)
    assert either("keys", "rotate").code == 0
    assert list(keys.read(secret).vault.encryption) == [2]
    assert len(read(either, select(Address.id))) == total
    assert OFFICER in either("roster", "export", "--association", "sakura").out


def test_a_rotation_with_the_wrong_keys_drops_none(machine: Machine) -> None:
    machine.init()
    secret = machine.folder / "kairan.secret"
    aside = secret.rename(machine.folder / "aside")
    keys.make(secret)
    said = machine("keys", "rotate")
    assert (said.code, "No key was dropped" in said.err) == (1, True)
    os.replace(aside, secret)  # noqa: PTH105
    assert machine("keys", "rotate").code == 0
