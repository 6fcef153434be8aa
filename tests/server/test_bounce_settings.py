"""What an operator sets so that mail may come back, and what the start and doctor say about it."""

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notices.bounces import return_path
from notices.ids import new_id
from server import keys
from server.settings import Settings, WrongSetting, checked, listen_at
from tests.notices import bounce_reports as reports
from tests.server.commands import Machine, free_port
from tests.server.test_doctor import mail_server, sentences

DOMAIN = "bounce.example.jp"
MAIL = {"mail_from": "kairan@example.jp"}


@contextmanager
def greeting() -> Iterator[str]:
    """Somebody who says what a listener says, in a loop of its own."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 bounce.example.jp Kairan\r\n")
        await reader.readline()
        writer.close()

    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever)
    running.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(greet, "127.0.0.1", 0), loop).result(10)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        running.join()
        loop.close()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("127.0.0.1:2525", ("127.0.0.1", 2525)),
        ("[::1]:25", ("::1", 25)),
        ("mx.example.jp:25", ("mx.example.jp", 25)),
        ("/run/kairan/bounce.sock", Path("/run/kairan/bounce.sock")),
    ],
)
def test_where_to_listen(text: str, where: object) -> None:
    assert listen_at(text) == where


@pytest.mark.parametrize(
    "wrong",
    [
        {"bounce_listen": "2525", "bounce_domain": DOMAIN},
        {"bounce_listen": "host:port", "bounce_domain": DOMAIN},
        {"bounce_listen": "host:99999", "bounce_domain": DOMAIN},
        {"bounce_listen": "127.0.0.1:2525"},
        {"bounce_domain": "kairan@bounce.example.jp"},
        {"bounce_domain": "localhost"},
        {"bounce_domain": "a" * 200 + ".example.jp"},
        {"bounce_secret": "short"},
    ],
)
def test_a_setting_that_cannot_work_is_said_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(WrongSetting, match="KAIRAN_BOUNCE_"):
        checked(replace(Settings(), **wrong))  # type: ignore[arg-type]


def test_doctor_says_whether_mail_that_comes_back_is_noticed(machine: Machine) -> None:
    machine.init()
    assert "bounces" not in sentences(machine, "warn"), "no mail leaves, so none comes back"
    with mail_server() as url:
        mail = MAIL | {"smtp_url": url}
        assert "is not noticed" in sentences(machine, "warn", **mail)
        domain = mail | {"bounce_domain": DOMAIN}
        assert "nothing takes what comes back" in sentences(machine, "fail", **domain)
        silent = domain | {"bounce_listen": "127.0.0.1:1"}
        assert "Nobody takes mail that comes back at 127.0.0.1:1" in sentences(machine, "warn", **silent)
        hook = mail | {"bounce_secret": "x" * 16}
        assert "taken by the webhook" in sentences(machine, "ok", **hook)
        with greeting() as place:
            both = domain | {"bounce_listen": place, "bounce_secret": "x" * 16}
            assert "taken by the listener and the webhook" in sentences(machine, "ok", **both)


@pytest.mark.slow
def test_a_running_house_takes_mail_that_comes_back_and_ends_with_a_line_open(either: Machine) -> None:
    port = free_port()
    either.settings |= {"bounce_domain": DOMAIN, "bounce_listen": f"127.0.0.1:{port}"}
    either.init()
    with either.serving() as serving, smtplib.SMTP("127.0.0.1", port, "mx.example.jp", timeout=10) as line:
        assert line.ehlo()[0] == 250
        assert line.mail("<>")[0] == 250
        assert line.rcpt(f"b-aaaa@{DOMAIN}")[0] == 550
        ours = return_path.made_for(
            keys.read(either.folder / "kairan.secret").vault, DOMAIN, "hana", new_id()
        )
        assert line.rcpt(ours)[0] == 250
        assert line.data(reports.postfix(ours))[0] == 250, "of no message that is known, so it is ignored"
        assert line.docmd("LHLO", "mx.example.jp")[0] == 250
        assert serving.end() == 0
        log = serving.log.read_text()
        line.close()
    assert "stopped" in log
    assert "Error" not in log
    assert "b-aaaa" not in log


def test_a_place_somebody_else_listens_at_ends_the_start_with_a_sentence(machine: Machine) -> None:
    machine.init()
    nowhere = str(machine.folder / "nowhere" / "bounce.sock")
    said = machine("serve", bounce_domain=DOMAIN, bounce_listen=nowhere)
    assert said.code == 1
    assert "KAIRAN_BOUNCE_LISTEN" in said.err
