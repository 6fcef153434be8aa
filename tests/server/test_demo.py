"""The demo, as its user meets it: `--once` from the command line, and the pages of a town that is open."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner
from rich.console import Console

from notices import ids
from server.demo import evidence, once, visit
from server.demo.command import demo
from server.demo.folder import Folder, NotADemo
from server.demo.report import Report
from server.demo.running import Sinks
from server.migrate import upgrade
from server.sinks.mail import MailSink
from server.sinks.push import PushSink, answering

FEW = 80


@pytest.mark.slow
async def test_the_main_job_holds_from_the_command_line_and_its_numbers_add_up() -> None:
    command = [sys.executable, "-m", "server.demo", "--once", "--json", "--people", str(FEW)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    out, complaints = await asyncio.wait_for(process.communicate(), 240)
    said = json.loads(out)
    assert process.returncode == 0, (said, complaints.decode())
    assert said["held"]
    assert sum(said["grades"].values()) == said["households"]
    assert said["sent"]["stamps"] == 3
    assert said["sent"]["visits"] == 1
    assert said["grades"]["stamped"] == 4
    assert said["grades"]["planned"] == 0
    assert said["sent"]["push"] > 0
    assert said["sent"]["mail"] > 0
    assert all(step["seconds"] >= 0 for step in said["steps"])
    assert said["failures"] == []


class Refusing(MailSink):
    """One mailbox is not there."""

    def __init__(self, missing: str) -> None:
        super().__init__()
        self._missing = missing

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self._missing:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"


class Forgetful(MailSink):
    """Says that it took the mail of one mailbox, and throws it away: what no honest ledger can know."""

    def __init__(self, missing: str) -> None:
        super().__init__()
        self._missing = missing

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        if self._missing not in recipients:
            super().keep(sender, recipients, raw)


class Dying(PushSink):
    """The first phone that subscribes has dropped its subscription when a push comes."""

    def subscribe(self, name: str) -> Any:
        if not self.answers:
            self.answers[name] = answering(410)
        return super().subscribe(name)


def some_mailbox() -> str:
    """One that nobody shares, of a home that has no phone, from the roster that `once` will make."""
    homes = [home for home in evidence.homes(once.planned(FEW).roster) if home.paper]
    return next(mail for home in homes for mail, people in home.mails().items() if people == 1)


@pytest.mark.slow
async def test_a_dead_phone_and_a_missing_mailbox_are_shown_with_their_reason_and_not_lost() -> None:
    report = await once.run(Sinks(Refusing(some_mailbox()), Dying()), FEW, lambda _: None)
    assert report.held, wrong_of(report)
    assert {(row["channel"], row["state"]) for row in report.failures} == {("push", "gone"), ("mail", "gone")}
    assert all(row["reason"] for row in report.failures)
    assert sum(report.grades.values()) == report.households


@pytest.mark.slow
async def test_a_copy_that_vanishes_without_a_word_is_called_lost() -> None:
    report = await once.run(Sinks(Forgetful(some_mailbox()), PushSink()), FEW, lambda _: None)
    assert not report.held
    assert any("got lost without a word" in sentence for sentence in wrong_of(report))


def wrong_of(report: Report) -> list[str]:
    return [sentence for check in report.checks for sentence in check.wrong]


def test_a_demo_refuses_a_database_that_is_not_one(tmp_path: Path) -> None:
    database = tmp_path / "kairan.db"
    upgrade(f"sqlite+aiosqlite:///{database}")
    with closing(connect(database)) as connection:
        connection.execute(
            "INSERT INTO city (tenant, id, name, contact, locale, demo, on_hold, created_at)"
            " VALUES ('real', x'00', 'まこと市', '', 'ja', 0, 0, '2026-11-20 01:00:00')"
        )
        connection.commit()
    before = database.read_bytes()
    result = CliRunner().invoke(demo, ["--no-browser", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert "is not a demo" in result.output
    assert database.read_bytes() == before


def test_a_demo_does_not_move_into_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(NotADemo):
        Folder(tmp_path).insist()


def test_json_without_once_is_refused_with_a_sentence() -> None:
    result = CliRunner().invoke(demo, ["--json"])
    assert result.exit_code == 2
    assert "belong to --once" in result.output


@dataclass
class OpenTown:
    http: httpx.AsyncClient

    async def page(self, path: str) -> str:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@asynccontextmanager
async def visited(folder: Path) -> AsyncIterator[OpenTown]:
    place = Folder(folder, households=300)
    opened = visit.opened(place, place.insist(), visit.door(0), Console(quiet=True))
    async with opened as origin, httpx.AsyncClient(base_url=origin, timeout=60) as http:
        yield OpenTown(http)


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town as the first start makes it, once for all tests here."""
    return tmp_path_factory.mktemp("demo") / "town"


@pytest.mark.slow
async def test_a_visitor_writes_as_president_and_finds_it_in_mail_push_and_as_a_resident(
    demo_folder: Path,
) -> None:
    async with visited(demo_folder) as here:
        for path in ("/demo", "/demo/mail", "/demo/push", "/"):
            assert "これは見本です" in await here.page(path), path
        me = await become(here, "president")
        assert "会長" in [seat["title"] for seat in me["seats"]]
        assert me["city"]["demo"]
        assert me["undoSeconds"] == 0
        notice = await post(here, me["homes"][0]["association"])
        await until_finished(here, notice)
        assert "防犯灯の交換" in await here.page("/demo/push")
        mails = await here.page("/demo/mail")
        newest = re.findall(r"/demo/mail/(\d+)", mails)[0]
        assert "12月1日に交換します" in await here.page(f"/demo/mail/{newest}")
        letter = await here.http.get(f"/demo/mail/{newest}/html")
        assert "sandbox" in letter.headers["content-security-policy"]
        resident = await become(here, "resident")
        assert resident["seats"] == []
        assert resident["homes"][0]["association"] == me["homes"][0]["association"]


@pytest.mark.slow
async def test_the_town_is_the_same_after_a_restart_and_its_residents_stamp_when_asked(
    demo_folder: Path,
) -> None:
    async with visited(demo_folder) as here:
        me = await become(here, "president")
    async with visited(demo_folder) as here:
        me = await become(here, "president")
        notice = await post(here, me["homes"][0]["association"])
        moved = await here.http.post("/demo/residents")
        assert moved.status_code == 303
        stamps = int(re.findall(r"stamps=(\d+)", moved.headers["location"])[0])
        assert stamps > 0
        ledger = (await here.http.get(f"/api/v1/notices/{notice}/reach")).json()
        assert 0 < ledger["grades"]["stamped"] <= stamps
        assert sum(ledger["grades"].values()) == ledger["households"]
        assert f"{stamps}件ふえました" in await here.page(moved.headers["location"].split("#")[0])


@pytest.mark.slow
async def test_a_visitor_asks_as_clerk_and_sends_as_the_second_person(demo_folder: Path) -> None:
    async with visited(demo_folder) as here:
        door = await here.page("/demo")
        assert "市職員になる" in door
        assert "承認者になる" in door
        clerk = await become(here, "clerk")
        assert [seat["role"] for seat in clerk["seats"]] == ["clerk"]
        origin = {"Origin": str(here.http.base_url).rstrip("/")}
        said = {
            "kind": "circular",
            "topic": "disaster",
            "title": "避難訓練",
            "body": "12月6日です。",
            "publish": True,
        }
        path = f"/api/v1/cities/{city_of(demo_folder)}/notices"
        asked = await here.http.post(path, json=said, headers=origin | {"Idempotency-Key": "city"})
        assert (asked.status_code, asked.json()["state"]) == (201, "awaiting"), asked.text
        approve = f"/api/v1/notices/{asked.json()['id']}/approve"
        alone = await here.http.post(approve, json={"baseRevision": 1}, headers=origin)
        assert alone.status_code == 403, "nobody approves their own"
        approver = await become(here, "approver")
        assert approver["person"]["id"] != clerk["person"]["id"]
        answer = await here.http.post(approve, json={"baseRevision": 1}, headers=origin)
        assert answer.status_code == 200, answer.text
        await become(here, "president")
        async with asyncio.timeout(60):
            while "避難訓練" not in await here.page("/demo/push"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_nobody_can_become_what_there_is_not(demo_folder: Path) -> None:
    async with visited(demo_folder) as here:
        assert (await here.http.post("/demo/be/mayor")).status_code == 404
        assert (await here.http.get("/demo/mail/9999")).status_code == 404
        page = await here.http.get("/demo")
        assert page.headers["content-type"] == "text/html; charset=utf-8"


def city_of(folder: Path) -> str:
    with closing(connect(folder / "kairan.db")) as connection:
        (id,) = connection.execute("SELECT id FROM city").fetchone()
    return ids.text_of(id)


async def become(here: OpenTown, role: str) -> Any:
    answer = await here.http.post(f"/demo/be/{role}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?fresh=1"
    cookie = answer.headers["set-cookie"]
    assert "kairan=" in cookie
    assert "HttpOnly" in cookie
    return (await here.http.get("/api/v1/me")).json()


async def post(here: OpenTown, association: str) -> str:
    said = {"kind": "circular", "topic": "rules", "title": "防犯灯の交換", "body": "12月1日に交換します。"}
    headers = {"Idempotency-Key": "once", "Origin": str(here.http.base_url).rstrip("/")}
    path = f"/api/v1/associations/{association}/notices"
    answer = await here.http.post(path, json=said | {"publish": True}, headers=headers)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def until_finished(here: OpenTown, notice: str) -> None:
    async with asyncio.timeout(60):
        while not (await here.http.get(f"/api/v1/notices/{notice}/reach")).json()["finished"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
