"""`kairan doctor`: a sentence for everything an operator can get wrong, and what to do about it."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server import keys
from server.attachments.store import Place, opened
from server.settings import Settings
from server.sinks.mail import MailSink
from tests import s3
from tests.notices.signing import KEY
from tests.server.commands import Machine

SOON = (datetime.now(UTC) + timedelta(hours=5)).isoformat(timespec="microseconds").replace("+00:00", "Z")
LONG_AGO = "2020-01-01T00:00:00.000000Z"


def sentences(machine: Machine, level: str, **changed: str) -> str:
    """What doctor says at this level, one finding a line."""
    said = machine("doctor", "--json", **changed)
    found = said.json["findings"]
    assert (said.code == 1) == any(each["level"] == "fail" for each in found)
    assert all(each["remedy"] for each in found if each["level"] != "ok")
    return "\n".join(f"{each['check']}: {each['sentence']}" for each in found if each["level"] == level)


def spoil(machine: Machine, *statements: str) -> None:
    with closing(sqlite3.connect(machine.database)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


@contextmanager
def mail_server() -> Iterator[str]:
    """A KAIRAN_SMTP_URL that answers, from a loop of its own: the command runs one too."""
    loop, sink = asyncio.new_event_loop(), MailSink()
    running = threading.Thread(target=loop.run_forever)
    running.start()
    try:
        asyncio.run_coroutine_threadsafe(sink.start(), loop).result(10)
        yield sink.url
    finally:
        asyncio.run_coroutine_threadsafe(sink.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        running.join()
        loop.close()


def test_a_house_in_order_has_no_failure(either: Machine) -> None:
    either.init()
    assert sentences(either, "fail") == ""
    fine = sentences(either, "ok")
    for expected in (
        "settings: The settings can be read.",
        "keys: The key file kairan.secret can be read, by its owner alone.",
        "city: 花水木市 (hana) is not on hold.",
        "seats: All 1 associations have two officers or more.",
        "messages: Nothing that is due waits.",
        "audit: The record of what officers did is whole.",
        "clock: The clock agrees with the database.",
    ):
        assert expected in fine


def test_the_text_says_what_to_do(machine: Machine) -> None:
    machine.init()
    said = machine("doctor")
    assert said.code == 0
    assert "No backup was ever made" in said.out
    assert "→ Let it run every night." in said.out


def test_a_machine_with_nothing_on_it(machine: Machine) -> None:
    wrong = sentences(machine, "fail")
    assert "database: The database file kairan.db is not there." in wrong
    assert "keys: The key file kairan.secret is missing." in wrong


def test_a_wrong_setting_comes_first_and_alone(machine: Machine) -> None:
    assert sentences(machine, "fail", origin="http://kairan.example.jp").startswith("settings: KAIRAN_ORIGIN")


def test_a_database_that_is_damaged_or_from_tomorrow(machine: Machine) -> None:
    machine.init()
    spoil(machine, "UPDATE alembic_version SET version_num = '9999'")
    assert "made by a newer Kairan" in sentences(machine, "fail")
    machine.database.write_bytes(b"Dear diary, " * 1000)
    assert "is damaged" in sentences(machine, "fail")


def test_what_others_on_the_machine_can_read(machine: Machine) -> None:
    machine.init()
    (machine.folder / "kairan.secret").chmod(0o640)
    machine.database.chmod(0o644)
    wrong = sentences(machine, "fail")
    assert "keys: Others on this machine can read kairan.secret." in wrong
    assert "database: Others on this machine can read kairan.db." in wrong


def test_a_key_file_of_another_database(machine: Machine) -> None:
    machine.init()
    (machine.folder / "kairan.secret").unlink()
    keys.make(machine.folder / "kairan.secret")
    assert "keys: The key file does not open the addresses" in sentences(machine, "fail")


def test_nobody_serves_links_lead_nowhere_and_no_mail_leaves(machine: Machine) -> None:
    machine.init()
    doubts = sentences(machine, "warn")
    for expected in (
        "but no `kairan serve` is using it",
        "which only this machine can open",
        "No mail server is set",
        "Push services are told no address to complain to",
        "No backup was ever made",
    ):
        assert expected in doubts


def test_the_mail_server_is_asked_and_gets_no_mail(machine: Machine) -> None:
    machine.init()
    with mail_server() as url:
        fine = sentences(machine, "ok", smtp_url=url, mail_from="kairan@example.jp")
        assert "mail: The mail server 127.0.0.1 answers" in fine
        without_tls = url.replace("+plain", "")
        wrong = sentences(machine, "fail", smtp_url=without_tls, mail_from="kairan@example.jp")
        assert "offers no encryption" in wrong
    assert "cannot be reached" in sentences(machine, "fail", smtp_url=url, mail_from="kairan@example.jp")


@pytest.mark.parametrize(
    ("url", "sender", "sentence"),
    [
        ("imap://mail.example.jp", "kairan@example.jp", "KAIRAN_SMTP_URL must read"),
        ("smtp+plain://a:b@mail.example.jp", "kairan@example.jp", "password in clear text"),
        ("smtps://mail.example.jp", "kairan", "KAIRAN_MAIL_FROM is not a mail address"),
    ],
)
def test_mail_settings_that_cannot_work(machine: Machine, url: str, sender: str, sentence: str) -> None:
    machine.init()
    assert sentence in sentences(machine, "fail", smtp_url=url, mail_from=sender)


def test_the_key_that_signs_mail_is_looked_at_and_its_record_shown(machine: Machine) -> None:
    machine.init()
    file = machine.folder / "dkim.pem"
    given = {"dkim_key_file": str(file), "dkim_selector": "kairan", "mail_from": "kairan@example.jp"}
    assert "mail signature: KAIRAN_DKIM_KEY_FILE: " in sentences(machine, "fail", **given)
    file.write_bytes(KEY)
    file.chmod(0o644)
    assert f"Others on this machine can read {file}" in sentences(machine, "fail", **given)
    file.chmod(0o600)
    fine = sentences(machine, "ok", **given)
    assert 'kairan._domainkey.example.jp. IN TXT "v=DKIM1; k=rsa; p=MII' in fine
    file.write_text("-----BEGIN PRIVATE KEY-----")
    assert "no private key in PEM" in sentences(machine, "fail", **given)


def test_a_city_on_hold_and_an_association_without_officers(machine: Machine) -> None:
    machine.init()
    assert machine("hold").code == 0
    spoil(machine, "UPDATE term SET ends = '2021-01-01'")
    wrong = sentences(machine, "fail")
    assert "city: 花水木市 (hana) is on hold" in wrong
    assert "seats: さくら町内会 (sakura) has no officer." in wrong


def test_an_association_with_one_officer(machine: Machine) -> None:
    names = [
        "--city",
        "花水木市",
        "--association",
        "さくら町内会",
        "--slug",
        "sakura",
        "--officer",
        "山田 花子",
    ]
    assert machine("init", *names, "--yes").code == 0
    assert "seats: さくら町内会 (sakura) has one officer" in sentences(machine, "warn")


@pytest.mark.parametrize(
    ("row", "level", "sentence"),
    [
        (("due", LONG_AGO), "fail", "Something has been due for"),
        (("quarantined", None), "warn", "1 messages were put aside"),
        (("unknown", None), "warn", "Of 1 messages nobody knows"),
    ],
)
def test_messages_that_wait_or_went_wrong(
    machine: Machine, row: tuple[str, Any], level: str, sentence: str
) -> None:
    machine.init()
    columns = "tenant, id, person, address, channel, lane, urgency, state, due_at, attempt, doubts, crashes, created_at"
    with closing(sqlite3.connect(machine.database)) as database:
        values = (
            "hana",
            b"1" * 16,
            b"2" * 16,
            b"3" * 16,
            "mail",
            "example.jp",
            "ordinary",
            *row,
            0,
            0,
            0,
            LONG_AGO,
        )
        database.execute(f"INSERT INTO message ({columns}) VALUES ({', '.join('?' * 13)})", values)
        database.commit()
    assert sentence in sentences(machine, level)


def test_a_backup_that_was_made_is_known_with_its_age(machine: Machine) -> None:
    machine.init()
    assert machine("backup", "night.tar").code == 0
    assert "backup: The last backup is 0 minutes old." in sentences(machine, "ok")
    spoil(
        machine,
        "DROP TRIGGER audit_refuses_update",
        f"UPDATE audit SET at = '{LONG_AGO}' WHERE action = 'backup.made'",
    )
    assert "backup: The last backup is" in sentences(machine, "warn")
    assert "audit: hana: entry" in sentences(machine, "fail")


def test_a_clock_that_has_gone_back(machine: Machine) -> None:
    machine.init()
    spoil(machine, "DROP TRIGGER audit_refuses_update", f"UPDATE audit SET at = '{SOON}'")
    assert "which is still to come" in sentences(machine, "fail")


def test_attachments_that_are_not_where_they_should_be(machine: Machine) -> None:
    machine.init()
    spoil(
        machine,
        f"INSERT INTO file VALUES ('hana', '{'a' * 64}', 'image/png', 1, x'{'00' * 16}', '{LONG_AGO}')",
    )
    assert "files: 1 of 1 attachments are not in the folder files." in sentences(machine, "fail")


def test_a_push_service_setting_that_cannot_be_read(machine: Machine) -> None:
    machine.init()
    said = sentences(machine, "fail", push_hosts="http://push.example.jp/path?x")
    assert said.startswith("push: ")


@pytest.mark.slow
def test_a_bucket_is_written_and_read_and_left_as_it_was(machine: Machine) -> None:
    machine.init()
    s3.sign_in(machine.patch)
    with s3.server() as running:
        machine.settings |= running.settings
        assert "files: Attachments can be written to the bucket s3://kairan-town" in sentences(machine, "ok")
        place = opened(Settings(files_url=running.url, files_endpoint=running.endpoint)).place
        assert asyncio.run(_everything(place)) == []
        nowhere = sentences(machine, "fail", files_url="s3://no-such-bucket")
        assert "files: The bucket s3://no-such-bucket" in nowhere
        assert "does not exist." in nowhere
    assert "does not answer" in sentences(machine, "fail")


async def _everything(place: Place) -> list[str]:
    return [key async for key, _ in place.listed("")]
