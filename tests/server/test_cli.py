"""The command line: what an operator types on a new machine, and the sentence each mistake is answered with."""

import logging
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from notices.ids import new_id, text_of
from server.cli import COMMANDS, kairan
from server.keeping import lock
from server.processes import logs
from tests.server.commands import OFFICER, PROGRAM, ROSTER, Machine
from tests.town import circular


@pytest.mark.slow
def test_from_an_empty_machine_to_the_first_circular(machine: Machine) -> None:
    command = [
        str(PROGRAM),
        "init",
        "--city",
        "花水木市",
        "--city-id",
        "hana",
        "--association",
        "さくら町内会",
    ]
    command += ["--slug", "sakura", "--officer", OFFICER, "--yes"]
    environment = machine.process_environment() | {"PYTHONIOENCODING": "utf-8"}
    made = subprocess.run(
        command, cwd=machine.folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
    assert "█" in made.stdout
    code = re.search(r"Code: (\w{5}-\w{5})", made.stdout)
    assert code is not None
    assert "kairan serve" in made.stderr
    with machine.serving() as serving, httpx.Client(base_url=serving.url) as phone:
        came = phone.post("/api/v1/enrol", json={"ticket": code[1], "deviceName": "電話"}).json()
        phone.headers["Authorization"] = f"Bearer {came['token']}"
        association = phone.get("/api/v1/me").json()["homes"][0]["association"]
        tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        answer = phone.post(
            f"/api/v1/associations/{association}/notices",
            json=circular(deadline=tomorrow),
            headers={"Idempotency-Key": new_id()},
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["state"] == "published"
        assert serving.end() == 0
        log = serving.log.read_text()
    assert "stopped" in log
    assert not any(secret in log for secret in (came["token"], code[1], OFFICER))
    for kept in machine.folder.iterdir():
        assert kept.is_dir() or stat.S_IMODE(kept.stat().st_mode) & 0o077 == 0 or kept.name == "serve.log", (
            kept
        )


@pytest.mark.slow
def test_init_asks_in_plain_words_for_what_is_missing(machine: Machine) -> None:
    answers = "花水木市\nhana\nさくら町内会\nsakura\n山田 花子\n\n"
    made = subprocess.run(
        [PROGRAM, "init"],
        cwd=machine.folder,
        env=machine.process_environment(),
        input=answers,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stderr
    assert "Name of the city or town" in made.stderr
    assert "sakura" in machine("seats").out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(machine: Machine, command: str) -> None:
    said = machine(command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: kairan {command}")


def test_help_starts_at_once() -> None:
    """Half a second is not to be had with a database library in it."""
    program = "import sys; from server.cli import kairan; kairan.main(['--help'], standalone_mode=False); "
    program += "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'litestar', 'rich')))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=120).returncode == 0
    assert set(COMMANDS) == set(kairan.list_commands(None))  # type: ignore[arg-type]


def test_serve_refuses_a_missing_database_and_makes_none(machine: Machine) -> None:
    said = machine("serve")
    assert said.code == 1
    assert "is not there" in said.err
    assert "kairan init" in said.err
    assert not machine.database.exists()


def test_serve_refuses_a_damaged_database(machine: Machine) -> None:
    machine.init()
    whole = machine.database.read_bytes()
    machine.database.write_bytes(whole[:8192] + b"\xff" * 40_000 + whole[48_192:])
    said = machine("serve")
    assert said.code == 1
    assert "is damaged" in said.err
    assert "kairan restore" in said.err
    assert "Traceback" not in said.err


def test_serve_refuses_what_is_no_database(machine: Machine) -> None:
    machine.init()
    machine.database.write_bytes(b"Dear diary, " * 1000)
    said = machine("serve")
    assert (said.code, "is damaged (file is not a database)" in said.err) == (1, True)


def test_serve_refuses_an_empty_file(machine: Machine) -> None:
    machine.database.touch()
    said = machine("serve")
    assert (said.code, "is empty" in said.err) == (1, True)


def test_serve_refuses_a_schema_it_does_not_know_and_one_it_has_outgrown(machine: Machine) -> None:
    machine.init()
    with closing(sqlite3.connect(machine.database)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "made by a newer Kairan" in machine("serve").err
    assert "made by a newer Kairan" in machine("migrate").err


def test_serve_refuses_without_the_keys(machine: Machine) -> None:
    machine.init()
    (machine.folder / "kairan.secret").rename(machine.folder / "elsewhere")
    said = machine("serve")
    assert said.code == 1
    assert "key file kairan.secret is missing" in said.err
    assert "put the copy back" in machine("keys", "make").err


def test_serve_refuses_a_damaged_key_file(machine: Machine) -> None:
    machine.init()
    (machine.folder / "kairan.secret").write_text("{}")
    said = machine("serve")
    assert (said.code, "damaged" in said.err) == (1, True)


def test_serve_refuses_while_another_process_writes(machine: Machine) -> None:
    machine.init()
    with lock.writing(machine.database):
        for command in (["serve"], ["migrate"], ["keys", "rotate"], ["hold"]):
            said = machine(*command)
            assert said.code == 1
            assert "Another Kairan process is writing" in said.err, command


def test_serve_refuses_a_port_that_is_taken(machine: Machine) -> None:
    machine.init()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        machine.port = other.getsockname()[1]
        said = machine("serve")
    assert said.code == 1
    assert "cannot listen" in said.err
    assert "KAIRAN_PORT" in said.err


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("origin", "http://kairan.example.jp", "must begin with https://"),
        ("undo_seconds", "soon", "must be a number"),
        ("smtp_url", "smtp://mail.example.jp", "KAIRAN_MAIL_FROM"),
        ("dkim_selector", "kairan", "KAIRAN_DKIM_KEY_FILE and KAIRAN_DKIM_SELECTOR go together"),
        ("database_url", "mysql://x", "KAIRAN_DATABASE_URL"),
        ("database_url", "nonsense", "KAIRAN_DATABASE_URL"),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_exit_code_2(
    machine: Machine, setting: str, value: str, sentence: str
) -> None:
    for command in ("serve", "init", "doctor"):
        said = machine(command, *(["--yes"] if command == "init" else []), **{setting: value})
        assert (command, said.code) in ((command, 2), ("doctor", 1)), said.err
        assert sentence in said.err + said.out


def test_serve_names_a_wrong_mail_server_setting(machine: Machine) -> None:
    machine.init()
    said = machine("serve", smtp_url="imap://x", mail_from="kairan@example.jp", port="0")
    assert (said.code, "KAIRAN_SMTP_URL must read" in said.err) == (2, True)


def test_serve_does_not_start_with_a_key_for_mail_that_it_cannot_read(machine: Machine) -> None:
    machine.init()
    key = {"dkim_key_file": str(machine.folder / "none.pem"), "dkim_selector": "kairan"}
    said = machine("serve", smtp_url="smtps://x", mail_from="kairan@example.jp", port="0", **key)
    assert (said.code, "none.pem cannot be read" in said.err) == (2, True)


def test_a_database_server_that_is_away_is_named_without_its_password(machine: Machine) -> None:
    url = "postgresql+asyncpg://kairan:geheim@127.0.0.1:1/town"
    said = machine("serve", database_url=url)
    assert said.code == 1
    assert "The database town at 127.0.0.1 does not answer" in said.err
    assert "geheim" not in said.err


def test_work_is_for_postgresql(machine: Machine) -> None:
    machine.init()
    said = machine("work")
    assert (said.code, "PostgreSQL" in said.err) == (1, True)


def test_workers_of_a_postgresql_town_begin_and_end_politely(
    machine: Machine, postgresql_database: str
) -> None:
    machine.settings["database_url"] = postgresql_database
    machine.init()
    log = machine.folder / "work.log"
    with log.open("w") as out:
        worker = subprocess.Popen(
            [PROGRAM, "work"], cwd=machine.folder, env=machine.process_environment(), stderr=out
        )
    deadline = time.monotonic() + 30
    while "working" not in log.read_text() and time.monotonic() < deadline:
        assert worker.poll() is None, log.read_text()
        time.sleep(0.05)
    assert "other connections" in machine("keys", "rotate").err
    worker.terminate()
    assert worker.wait(timeout=35) == 0
    assert "stopped" in log.read_text()


def test_log_lines_of_libraries_lose_what_they_quote(capsys: pytest.CaptureFixture[str]) -> None:
    formatter = logs.Discreet("%(name)s %(message)s")
    theirs = logging.getLogger("aiosmtplib")
    quoting = theirs.makeRecord(theirs.name, logging.WARNING, "", 0, "refused %s", ("a@example.jp",), None)
    assert formatter.format(quoting) == "aiosmtplib refused %s"
    try:
        raise ValueError("a@example.jp is wrong")
    except ValueError:
        why = sys.exc_info()
    raised = theirs.makeRecord("kairan.worker", logging.ERROR, "", 0, "failed: %d", (3,), why)
    assert formatter.format(raised).startswith("kairan.worker failed: 3\n")
    assert "example.jp" not in formatter.format(raised)
    assert formatter.format(raised).endswith("ValueError")


def test_a_second_init_is_refused_and_an_association_can_be_added(either: Machine) -> None:
    either.init()
    again = ["--association", "みどり自治会", "--slug", "midori", "--officer", "小林 茂", "--yes"]
    said = either("init", "--city", "花水木市", *again)
    assert said.code == 1
    assert "There is a city already: 花水木市 (--city-id hana)" in said.err
    assert either("init", "--city-id", "hana", *again).code == 0
    assert "short name 'midori' already" in either("init", "--city-id", "hana", *again).err
    assert {row["slug"] for row in either("seats", "--json").json} == {"sakura", "midori"}


def test_an_init_whose_roster_is_wrong_leaves_no_city_behind(machine: Machine) -> None:
    (machine.folder / "roster.csv").write_text(ROSTER.replace(",会長,", ",王様,"))
    names = ["--city", "花水木市", "--association", "さくら町内会", "--roster", "roster.csv", "--yes"]
    said = machine("init", *names)
    assert (said.code, "1 errors" in said.err) == (1, True)
    machine.init()


def test_a_roster_is_imported_reported_and_exported(either: Machine) -> None:
    either.init()
    changed = ROSTER.replace("渡辺 誠,わたなべ まこと", "渡辺 真,わたなべ まこと")
    (either.folder / "new.csv").write_text(changed, encoding="cp932")
    dry = either("roster", "import", "new.csv", "--association", "sakura", "--dry-run")
    assert (dry.code, "this would change: peopleChanged 1" in dry.err) == (0, True)
    done = either("roster", "import", "new.csv", "--association", "sakura", "--json").json
    assert done["applied"]
    assert done["changes"]["peopleChanged"] == 1
    out = either("roster", "export", "--association", "sakura", "--cp932", "--output", "out.csv")
    assert out.code == 0
    text = (either.folder / "out.csv").read_text(encoding="cp932")
    assert "渡辺 真" in text
    assert "hanako.yamada@example.jp" in text
    assert (
        "there was nothing to change" in either("roster", "import", "out.csv", "--association", "sakura").err
    )


def test_a_wrong_roster_changes_nothing_and_is_reported_row_by_row(machine: Machine) -> None:
    machine.init()
    (machine.folder / "bad.csv").write_text(ROSTER.replace("1948", "千年").replace(",会長,", ",王様,"))
    said = machine("roster", "import", "bad.csv", "--association", "sakura")
    assert said.code == 1
    assert said.out.count("error") == 2
    assert "Nothing was imported" in said.err
    assert not machine("roster", "import", "bad.csv", "--association", "sakura", "--json").json["applied"]
    assert "There is: sakura" in machine("roster", "export", "--association", "nowhere").err


def test_a_roster_that_would_empty_the_association_asks_for_really(machine: Machine) -> None:
    machine.init()
    (machine.folder / "few.csv").write_text(
        "\n".join(ROSTER.replace(",会長,2020-04-01,", ",,,").splitlines()[:4])
    )
    said = machine("roster", "import", "few.csv", "--association", "sakura")
    assert (said.code, "without any officer" in said.err) == (1, True)
    assert machine("roster", "import", "few.csv", "--association", "sakura", "--really").code == 0


def test_an_orphaned_association_gets_a_president_and_a_way_in(either: Machine) -> None:
    either.init()
    args = ["--association", "sakura", "--role", "president", "--from", "2020-05-01", "--json"]
    made = either("seats", "appoint", *args, "--person", "伊藤 さち").json
    assert (made["title"], made["ended"]) == ("会長", 1)
    assert re.fullmatch(r"\w{5}-\w{5}", made["code"])
    held = either("seats", "--association", "sakura", "--json").json
    assert [row["person"] for row in held if row["role"] == "president"] == ["伊藤 さち"]
    assert "holds the seat" in either("seats", "appoint", *args, "--person", "7").err
    assert "lives in さくら町内会" in either("seats", "appoint", *args, "--person", "誰か").err
    assert either("audit", "verify").code == 0


def test_a_leaders_seat_needs_its_block_and_officers_are_added(machine: Machine) -> None:
    machine.init()
    args = ["seats", "appoint", "--association", "sakura", "--person", "伊藤 さち", "--json"]
    assert "Say which block with --block: 一班, 二班" in machine(*args, "--role", "block-leader").err
    assert machine(*args, "--role", "block-leader", "--block", "二班").json["ended"] == 1
    assert machine(*args, "--role", "officer", "--title", "会計").json["ended"] == 0


def test_a_city_gets_its_first_clerk_and_a_way_in_for_them(either: Machine) -> None:
    either.init()
    args = ["seats", "appoint", "--role", "clerk", "--json"]
    made = either(*args, "--person", "市川 直子", "--title", "市民協働課").json
    assert (made["person"], made["title"], made["coming"]) == ("市川 直子", "市民協働課", False)
    assert re.fullmatch(r"\w{5}-\w{5}", made["code"])
    assert "holds such a seat" in either(*args, "--person", "市川 直子").err
    also = either(*args[:3], "approver", "--json", "--person", "市川　直子").json
    assert also["title"] == "承認者"
    resident = either(*args, "--person", "7", "--association", "sakura").json
    assert resident["person"] == "伊藤 さち"
    held = [(row["role"], row["person"]) for row in either("seats", "--clerks", "--json").json]
    assert held == [("clerk", "伊藤 さち"), ("clerk", "市川 直子"), ("approver", "市川 直子")]
    assert either("ticket", "--person", "市川 直子", "--json").json["person"] == "市川 直子"
    ended = either("seats", "end", "--role", "clerk", "--person", "市川 直子", "--json").json
    assert ended == {"person": "市川 直子", "title": "市民協働課"}
    assert "市川 直子" not in [
        row["person"] for row in either("seats", "--clerks", "--json").json if row["role"] == "clerk"
    ]
    assert "There is: 伊藤 さち" in either("seats", "end", "--role", "clerk", "--person", "誰か").err
    assert either("audit", "verify").code == 0


def test_the_same_human_is_not_made_twice_at_the_city_hall(machine: Machine) -> None:
    machine.init()
    args = ["seats", "appoint", "--person", "伊藤 さち", "--json"]
    assert machine(*args, "--role", "clerk").json["person"] == "伊藤 さち"
    refused = machine(*args, "--role", "approver", "--association", "sakura")
    assert "works for the city already, appointed without --association" in refused.err
    assert machine(*args, "--role", "approver").json["title"] == "承認者"
    held = [(row["role"], row["person"]) for row in machine("seats", "--clerks", "--json").json]
    assert held == [("clerk", "伊藤 さち"), ("approver", "伊藤 さち")]


def test_an_officers_seat_still_needs_its_association(machine: Machine) -> None:
    machine.init()
    said = machine("seats", "appoint", "--role", "president", "--person", "7")
    assert (said.code, "--association is missing" in said.err) == (2, True)


@pytest.mark.slow
def test_a_clerk_without_a_home_enrols_and_sees_the_lanes_until_the_seat_ends(machine: Machine) -> None:
    machine.init()
    code = machine("seats", "appoint", "--role", "clerk", "--person", "市川 直子", "--json").json["code"]
    with machine.serving() as serving, httpx.Client(base_url=serving.url) as phone:
        enrolled = phone.post("/api/v1/enrol", json={"ticket": code, "deviceName": "窓口"})
        assert enrolled.status_code == 201, enrolled.text
        phone.headers["Authorization"] = f"Bearer {enrolled.json()['token']}"
        me = phone.get("/api/v1/me").json()
        assert ([seat["role"] for seat in me["seats"]], me["homes"]) == (["clerk"], [])
        assert phone.get("/api/v1/operations/lanes").status_code == 200
        assert machine("seats", "end", "--role", "clerk", "--person", "市川 直子").code == 0
        assert phone.get("/api/v1/operations/lanes").status_code in (401, 403)


def test_a_new_ticket_is_for_one_person_who_lives_there(machine: Machine) -> None:
    machine.init()
    said = machine("ticket", "--association", "sakura", "--person", "3")
    assert said.code == 0
    assert "佐藤 一郎" in said.out
    assert machine("ticket", "--association", "sakura", "--person", "99").code == 1


def test_hold_and_release_are_on_record(either: Machine) -> None:
    either.init()
    assert either("hold", "--json").json == {"cities": ["hana"]}
    assert either("hold", "--json").json == {"cities": []}
    assert either("release", "--city", "hana", "--json").json == {"cities": ["hana"], "skipped": 0}
    assert "There is no city 'mori'" in either("hold", "--city", "mori").err
    assert either("audit", "verify").code == 0


@pytest.mark.slow
def test_a_clerk_sends_to_a_district_that_the_operator_named(machine: Machine) -> None:
    machine.init()
    hill = [
        "--association",
        "みどり自治会",
        "--slug",
        "midori",
        "--officer",
        "小林 茂",
        "--district",
        "高台地区",
    ]
    assert machine("init", "--city-id", "hana", *hill, "--yes").code == 0
    moved = machine("district", "--association", "sakura", " 川東 地区", "--json")
    assert moved.json == {"association": "さくら町内会", "district": "川東 地区", "others": 0}
    assert "at most 100" in machine("district", "--association", "sakura", "地" * 101).err
    there = {row["slug"]: row["district"] for row in machine("seats", "--json").json}
    assert there == {"midori": "高台地区", "sakura": "川東 地区"}
    appoint = ("seats", "appoint", "--role", "clerk", "--person", "市川 直子", "--json")
    code = machine(*appoint).json["code"]
    with machine.serving() as serving, httpx.Client(base_url=serving.url) as phone:
        came = phone.post("/api/v1/enrol", json={"ticket": code, "deviceName": "電話"}).json()
        phone.headers["Authorization"] = f"Bearer {came['token']}"
        with closing(sqlite3.connect(machine.database)) as db:
            city = text_of(db.execute("select id from city").fetchone()[0])
        said = machine("district", "--association", "sakura", "高台地区")
        assert "with 1 other" in said.err, "also while it runs"
        assert machine("district", "--association", "sakura", "川東 地区").code == 0
        answer = phone.get(f"/api/v1/cities/{city}/load")
        assert answer.status_code == 200, answer.text
        load = answer.json()["associations"]
        assert {each["district"] for each in load} == {"高台地区", "川東 地区"}
        for name, homes in (("高台地区", 1), ("川東 地区", 7)):
            answer = phone.get(f"/api/v1/cities/{city}/forecast", params={"district": name})
            assert (answer.json()["associations"], answer.json()["households"]) == (1, homes)
        drafted = phone.post(
            f"/api/v1/cities/{city}/notices",
            json=circular(deadline=None, publish=False, audience={"districts": ["高台地区"]}),
            headers={"Idempotency-Key": new_id()},
        )
        assert drafted.status_code == 201, drafted.text
