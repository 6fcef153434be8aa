"""Mail that comes back: over a real socket or by webhook, to what a leader reads in the ledger."""

import asyncio
import hmac
import time
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from notices import ids
from notices.bounces import counting
from notices.channels import Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.ledger.reasons import REASONS
from notices.models import Address, Bounce, Message, Rung
from notices.outcomes import Gone, Outcome, Sent
from notices.planning import carried
from server.bounces.listener import AT_ONCE, listening
from server.processes.ready import NotReady
from tests.journeys import story
from tests.journeys.story import PRESIDENT
from tests.journeys.test_delivering import subscribe, subscription
from tests.notices import bounce_reports as reports
from tests.phone import Phone
from tests.town import TENANT, Town, town

DOMAIN = "bounce.example.jp"
SECRET = "a secret of the provider"
SACHI = "sachi.ito@example.jp"
YAMADA = "hanako.yamada@example.jp"
"""The Yamadas share it."""


@dataclass
class House:
    here: Town
    president: Phone
    port: int

    @property
    def counted(self) -> dict[str, int]:
        return dict(self.here.house.came_back)

    async def circular(self, **said: Any) -> str:
        notice = await self.here.post(self.president, **said)
        await self.here.work()
        return str(notice["id"])

    def newest(self, to: str = SACHI) -> Mail:
        return [each for each in story.mails(self.here) if each.to.address == to][-1]

    def path(self, to: str = SACHI) -> str:
        path = self.newest(to).return_path
        assert path is not None
        return path

    async def back(self, raw: bytes, *, to: str) -> str:
        """The answer to DATA, or the first refusal before it."""
        return (await self.spoken(raw, to))[-2]

    async def spoken(self, raw: bytes, to: str, greeting: str = "EHLO mx.example.jp") -> list[str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        return await dialogue(reader, writer, raw, to, greeting)

    async def state_of(self, address: str = SACHI) -> tuple[str, str | None]:
        lookup = self.here.house.keys.vault.lookup(TENANT, address)
        async with self.here.house.db.read() as session:
            rows = (await session.scalars(select(Address).where(Address.lookup == lookup))).all()
        found = {(row.state, row.reason) for row in rows}
        assert len(found) == 1, "a mailbox has one state, whoever shares it"
        return found.pop()

    async def row_of(self, notice: str, household: str) -> dict[str, Any]:
        answer = await self.president.http.get(f"/api/v1/notices/{notice}/deliveries")
        rows = [
            each for each in answer.json()["rows"] if each["household"] == self.here.households[household]
        ]
        assert len({row["state"] for row in rows}) == 1
        found: dict[str, Any] = rows[0]
        return found

    async def grade(self, notice: str, household: str) -> str:
        ledger = await story.reach(self.president, notice)
        return story.grade_of(ledger, self.here.households[household])

    async def hook(self, said: Any, **more: Any) -> httpx.Response:
        async with self.here.http() as provider:
            headers = {"Authorization": f"Bearer {SECRET}"}
            return await provider.post("/api/v1/bounces", json=said, headers=headers, **more)


async def dialogue(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes, to: str, greeting: str
) -> list[str]:
    """All replies, to QUIT's. A refusal before DATA ends it. The line is closed, also where a test ends in the middle."""
    try:
        said = [await reply(reader)]
        stuffed = raw.replace(b"\r\n", b"\n").replace(b"\n.", b"\n..").replace(b"\n", b"\r\n")
        for line in (greeting, "MAIL FROM:<>", f"RCPT TO:<{to}>", "DATA"):
            writer.write(f"{line}\r\n".encode())
            said.append(await reply(reader))
            if said[-1][0] in "45":
                break
        else:
            writer.write(stuffed + b"\r\n.\r\n")
            said.append(await reply(reader))
        writer.write(b"QUIT\r\n")
        said.append(await reply(reader))
    finally:
        writer.close()
    await writer.wait_closed()
    return said


async def reply(reader: asyncio.StreamReader) -> str:
    while line := (await asyncio.wait_for(reader.readline(), 10)).decode():
        if line[3:4] != "-":
            return line.strip()
    return ""


@asynccontextmanager
async def opened(database_url: str, folder: Path, **changed: Any) -> AsyncIterator[House]:
    wanted = {"bounce_domain": DOMAIN, "bounce_listen": "127.0.0.1:0", "bounce_secret": SECRET} | changed
    async with town(database_url, folder, chores=True, **wanted) as here, listening(here.house) as server:
        assert server is not None
        name = server.sockets[0].getsockname()
        yield House(here, await here.phone(PRESIDENT), name[1] if isinstance(name, tuple) else 0)


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(database_url, tmp_path) as made:
        yield made


async def test_a_mail_that_came_back_is_in_the_ledger_with_its_reason(house: House) -> None:
    notice = await house.circular()
    assert await house.grade(notice, "伊藤") == "handedOver"
    assert await house.back(reports.postfix(house.path()), to=house.path()) == "250 2.0.0 Taken"
    await house.here.work()
    assert await house.grade(notice, "伊藤") == "noChannel", "nobody has it, and nobody says so"
    row = await house.row_of(notice, "伊藤")
    assert (row["state"], row["reason"]) == ("failed", REASONS["came-back-unknown"])
    (door,) = [
        each
        for each in (await story.reach(house.president, notice))["rows"]
        if each["household"] == house.here.households["伊藤"]
    ]
    assert door["reason"] == "came-back-unknown"
    assert await house.grade(notice, "田中") == "handedOver", "and nobody else is touched"
    assert await house.state_of() == ("live", None), "one failure proves nothing"


async def test_a_home_that_got_it_by_push_keeps_its_grade_when_the_mail_comes_back(house: House) -> None:
    notice = await house.circular()
    await subscribe(await house.here.phone("伊藤 さち"), subscription(1))
    house.here.clock.pass_(days=1, seconds=1)
    await house.here.work()
    await house.back(reports.postfix(house.path()), to=house.path())
    assert await house.grade(notice, "伊藤") == "handedOver", "she heard it again, on her new phone"


async def test_a_mail_that_came_back_brings_the_next_step_of_its_homes_ladder(house: House) -> None:
    await house.circular()
    await house.back(reports.postfix(house.path()), to=house.path())
    async with house.here.house.db.read() as session:
        rungs = (await session.execute(select(Rung.household, Rung.step))).all()
    assert [tuple(rung) for rung in rungs] == [(house.here.households["伊藤"], "line")]


async def test_what_came_back_counts_again_when_it_is_handed_over_anew(house: House) -> None:
    notice = await house.circular()
    await house.back(reports.softbank(house.path()), to=house.path())
    assert await house.grade(notice, "伊藤") == "noChannel"
    house.here.clock.pass_(minutes=5)
    corrected = await story.correct(house.president, notice, title="訂正", resend="all")
    assert corrected.status_code == 200, corrected.text
    await house.here.work()
    assert await house.grade(notice, "伊藤") == "handedOver"


async def test_two_hard_failures_on_different_days_and_the_mailbox_is_written_to_no_more(
    house: House,
) -> None:
    for _ in range(2):
        await house.circular()
        await house.back(reports.exchange(house.path()), to=house.path())
        house.here.clock.pass_(hours=1)
    assert await house.state_of() == ("live", None), "twice on one day is one bad day"
    house.here.clock.pass_(days=1)
    await house.circular()
    await house.back(reports.docomo(house.path()), to=house.path())
    assert await house.state_of() == ("suppressed", "bounced")
    before = story.sent_to(house.here).count(SACHI)
    notice = await house.circular()
    assert story.sent_to(house.here).count(SACHI) == before
    assert await house.grade(notice, "伊藤") == "noChannel", "and the leader sees it"


async def test_who_is_suppressed_between_plan_and_send_gets_nothing_and_a_reason(house: House) -> None:
    await house.here.post(house.president)
    async with house.here.house.db.write() as session:
        address = await session.scalar(
            select(Address).where(Address.lookup == house.here.house.keys.vault.lookup(TENANT, SACHI))
        )
        assert address is not None
        for days in (0, 1):
            house.here.clock.pass_(days=days)
            await counting.count(session, TENANT, address.id, "hard", house.here.clock(), house.here.clock())
    notice = (await house.here.post(house.president))["id"]
    await house.here.work()
    assert SACHI not in story.sent_to(house.here)
    async with house.here.house.db.read() as session:
        reasons = set(await session.scalars(select(Message.reason).where(Message.state == "skipped")))
    assert reasons == {"bounced"}
    assert await house.grade(notice, "伊藤") == "noChannel"


async def test_a_mailbox_refused_in_the_dialogue_counts_by_the_same_rule(
    database_url: str, tmp_path: Path
) -> None:
    def nobody(message: Outgoing) -> Outcome:
        assert isinstance(message, Mail)
        return Gone(550, "mailbox-unknown") if message.to.address == YAMADA else Sent(250)

    channels = {"mail": MemoryChannel("mail", nobody), "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels, chores=True) as here:
        house = House(here, await here.phone(PRESIDENT), 0)
        await house.circular()
        assert await house.state_of(YAMADA) == ("live", None)
        here.clock.pass_(days=1)
        await house.circular()
        assert await house.state_of(YAMADA) == ("suppressed", "bounced"), "for both who share it"


@pytest.mark.slow
async def test_soft_failures_rest_a_mailbox_which_is_tried_again_when_they_have_faded(house: House) -> None:
    for _ in range(5):
        await house.circular()
        await house.back(reports.softbank(house.path()), to=house.path())
        house.here.clock.pass_(days=1)
    assert await house.state_of() == ("suppressed", "bounced-softly")
    house.here.clock.pass_(days=20)
    await house.here.work()
    assert await house.state_of() == ("live", None)


@pytest.mark.parametrize("reason", ["bounced-softly", "complained", "stopped"])
async def test_an_emergency_goes_to_whom_nothing_else_goes(house: House, reason: str) -> None:
    await house.here.post(house.president)
    state = "off" if reason == "stopped" else "suppressed"
    lookup = house.here.house.keys.vault.lookup(TENANT, SACHI)
    async with house.here.house.db.write() as session:
        await session.execute(update(Message).values(urgency="emergency"))
        rows = update(Address).where(Address.lookup == lookup)
        await session.execute(rows.values(state=state, reason=reason))
        planned = select(func.count()).where(Address.lookup == lookup)
        assert await session.scalar(planned.where(carried.takes_any("ordinary"))) == 0
        assert await session.scalar(planned.where(carried.takes_any("emergency"))) == 1
    await house.here.work()
    assert SACHI in story.sent_to(house.here)


async def test_a_complaint_stops_all_but_emergencies_and_unmakes_nothing(house: House) -> None:
    notice = await house.circular()
    await house.back(reports.complaint(house.path()), to=house.path())
    assert await house.state_of() == ("suppressed", "complained")
    assert await house.grade(notice, "伊藤") == "handedOver", "who complains has got it"


@pytest.mark.parametrize("name", reports.NO_FAILURE)
async def test_what_is_no_failure_is_taken_counted_and_ignored(house: House, name: str) -> None:
    notice = await house.circular()
    sent = story.sent(house.here)
    raw = reports.NO_FAILURE[name](house.path())
    assert await house.back(raw, to=house.path()) in ("250 2.0.0 Taken", "552 5.3.4 Too much")
    assert sum(house.counted.values()) == 1
    assert not {"hard", "soft", "refused"} & house.counted.keys()
    assert await house.grade(notice, "伊藤") == "handedOver"
    await house.here.work()
    assert story.sent(house.here) == sent, "0 answers sent"


async def test_a_forged_return_path_is_refused_and_counted(house: House) -> None:
    notice = await house.circular()
    for forged in (house.path().replace("b-", "b-a"), f"b-{'a' * 50}@{DOMAIN}", f"someone@{DOMAIN}", SACHI):
        assert (await house.back(reports.postfix(forged), to=forged)).startswith("550 5.1.1")
    assert house.counted == {"forged": 4}
    assert await house.grade(notice, "伊藤") == "handedOver"


async def test_whatever_the_text_claims_the_return_path_decides(house: House) -> None:
    notice = await house.circular()
    about_another = reports.postfix(house.path("minoru.tanaka@example.jp"))
    await house.back(about_another, to=house.path())
    assert (await house.row_of(notice, "伊藤"))["state"] == "failed"
    assert (await house.row_of(notice, "田中"))["state"] == "sent"


async def test_a_replayed_report_counts_once(house: House) -> None:
    await house.circular()
    path = house.path()
    for _ in range(3):
        assert await house.back(reports.postfix(path), to=path.upper()) == "250 2.0.0 Taken"
        house.here.clock.pass_(days=1)
    assert house.counted == {"hard": 1, "replayed": 2}
    assert await house.state_of() == ("live", None), "nobody is suppressed by a copy"


async def test_a_report_of_an_old_message_is_ignored(house: House) -> None:
    notice = await house.circular()
    house.here.clock.pass_(days=15)
    await house.back(reports.postfix(house.path()), to=house.path())
    assert house.counted == {"old": 1}
    assert (await house.row_of(notice, "伊藤"))["state"] == "sent"


async def test_a_report_that_is_faster_than_the_note_of_sending_is_asked_to_come_again(house: House) -> None:
    await house.circular()
    id = house.newest().id
    async with house.here.house.db.write() as session:
        await session.execute(update(Message).where(Message.id == id).values(state="sending"))
    assert (await house.back(reports.postfix(house.path()), to=house.path())).startswith("451")
    refused = await house.hook({"messageId": id, "kind": "hard"})
    assert (refused.status_code, refused.json()["slug"]) == (503, "bounce-too-soon")
    assert "retry-after" in refused.headers
    async with house.here.house.db.write() as session:
        await session.execute(update(Message).where(Message.id == id).values(state="sent"))
    assert await house.back(reports.postfix(house.path()), to=house.path()) == "250 2.0.0 Taken"


@pytest.mark.parametrize("state", ["unknown", "later"])
async def test_a_copy_that_came_back_ends_the_doubt(house: House, state: str) -> None:
    notice = await house.circular()
    async with house.here.house.db.write() as session:
        rows = update(Message).where(Message.id == house.newest().id)
        await session.execute(
            rows.values(state=state, due_at=house.here.clock() if state == "later" else None)
        )
    await house.back(reports.postfix(house.path()), to=house.path())
    row = await house.row_of(notice, "伊藤")
    assert (row["state"], row["reason"]) == ("failed", REASONS["came-back-unknown"])
    sent = story.sent(house.here)
    await house.here.work()
    assert story.sent(house.here) == sent, "and no second copy leaves"


async def test_five_megabytes_are_turned_away_in_time_and_memory(house: House) -> None:
    await house.circular()
    raw = reports.huge(house.path())
    stuffed = raw.replace(b"\n", b"\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    await reply(reader)
    for line in ("LHLO mx.example.jp", "MAIL FROM:<>", f"RCPT TO:<{house.path()}>", "DATA"):
        writer.write(f"{line}\r\n".encode())
        assert (await reply(reader))[0] in "23"
    tracemalloc.start()
    began = time.process_time()
    for start in range(0, len(stuffed), 65536):
        writer.write(stuffed[start : start + 65536])
        await writer.drain()
    writer.write(b"\r\n.\r\n")
    said = await asyncio.wait_for(reader.readline(), 60)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said.startswith(b"552")
    assert peak < 50e6
    assert time.process_time() - began < 2
    writer.close()
    await writer.wait_closed()
    assert house.counted == {"too-large": 1}


async def test_lmtp_is_spoken_too_and_other_commands_do_no_harm(house: House) -> None:
    await house.circular()
    said = await house.spoken(reports.postfix(house.path()), house.path(), "LHLO mx.example.jp")
    assert [line[:3] for line in said] == ["220", "250", "250", "250", "354", "250", "221"]
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    await reply(reader)
    for line in ("EHLO mx.example.jp", "MAIL FROM:<a..b@docomo.example.jp>", f"RCPT TO:<{house.path()}>"):
        writer.write(f"{line}\r\n".encode())
        assert (await reply(reader)).startswith("250"), "an old address may complain, too"
    writer.write(f"RCPT TO:<{house.path(YAMADA)}>\r\n".encode())
    assert (await reply(reader)).startswith("452"), "one mail, one message"
    for line in ("VRFY hanako", "EXPN all", "AUTH PLAIN", "NONSENSE", "RCPT TO:<>"):
        writer.write(f"{line}\r\n".encode())
        assert (await reply(reader))[:2] in ("25", "50", "45", "53", "55")
    writer.close()
    await writer.wait_closed()


async def test_too_many_connections_are_told_to_come_again(house: House) -> None:
    open_ = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(AT_ONCE)]
    assert all([(await reply(reader)).startswith("220") for reader, _ in open_])
    reader, late = await asyncio.open_connection("127.0.0.1", house.port)
    assert (await reply(reader)).startswith("421")
    for writer in [late, *[writer for _, writer in open_]]:
        writer.close()
        await writer.wait_closed()
    await house.circular()
    for _ in range(100):
        said = await house.spoken(reports.postfix(house.path()), house.path())
        if not said[0].startswith("421"):
            break
        await asyncio.sleep(0.05)
    assert said[-2] == "250 2.0.0 Taken"


async def test_a_socket_in_the_file_system_is_taken_as_well(sqlite_database: str, tmp_path: Path) -> None:
    socket = tmp_path / "bounce.sock"
    async with opened(sqlite_database, tmp_path, bounce_listen=str(socket)) as house:
        await house.circular()
        reader, writer = await asyncio.open_unix_connection(socket)
        said = await dialogue(reader, writer, reports.au(house.path()), house.path(), "LHLO mx")
        assert said[-2] == "250 2.0.0 Taken"
        assert house.counted == {"hard": 1}


async def test_a_place_that_cannot_be_listened_at_is_said_at_the_start(
    sqlite_database: str, tmp_path: Path
) -> None:
    where = str(tmp_path / "nowhere" / "bounce.sock")
    with pytest.raises(NotReady, match="KAIRAN_BOUNCE_LISTEN"):
        async with opened(sqlite_database, tmp_path, bounce_listen=where):
            pass


async def test_without_a_domain_mail_has_no_sender_of_its_own(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, chores=True) as here:
        await here.post(await here.phone(PRESIDENT))
        await here.work()
        assert {mail.return_path for mail in story.mails(here)} == {None}


async def test_a_provider_reports_by_webhook_with_the_same_effect(house: House) -> None:
    notice = await house.circular()
    said = {"messageId": f"<{house.newest().id}@localhost>", "kind": "hard", "code": "550 5.1.1 user unknown"}
    assert (await house.hook(said)).json() == {"was": "hard"}
    assert (await house.hook(said)).json() == {"was": "replayed"}
    row = await house.row_of(notice, "伊藤")
    assert (row["state"], row["reason"]) == ("failed", REASONS["came-back-unknown"])
    assert await house.grade(notice, "伊藤") == "noChannel"
    full = {"returnPath": house.path(YAMADA), "kind": "soft", "code": "552 5.2.2 mailbox full"}
    assert (await house.hook(full)).json() == {"was": "soft"}
    assert (await house.row_of(notice, "山田"))["reason"] == REASONS["came-back-full"]
    assert (await house.hook({"returnPath": house.path(), "kind": "complaint"})).json() == {
        "was": "complaint"
    }
    async with house.here.house.db.read() as session:
        kept = {(row.kind, row.status) for row in await session.scalars(select(Bounce))}
    assert kept == {("hard", "5.1.1"), ("soft", "5.2.2"), ("complaint", None)}


async def test_the_day_of_a_failure_is_the_one_it_happened_on(house: House) -> None:
    house.here.clock.pass_(days=3)
    days = [(house.here.clock() - _days(back)).isoformat() for back in (2, 1)]
    for at in days:
        await house.circular()
        answer = await house.hook({"returnPath": house.path(), "kind": "hard", "at": at})
        assert answer.json() == {"was": "hard"}
    assert await house.state_of() == ("suppressed", "bounced"), "both were reported today"
    await house.circular()
    old = {
        "returnPath": house.path(YAMADA),
        "kind": "hard",
        "at": (house.here.clock() - _days(30)).isoformat(),
    }
    assert (await house.hook(old)).json() == {"was": "old"}


def _days(count: int) -> timedelta:
    return timedelta(days=count)


async def test_a_bounce_may_be_forwarded_as_it_is(house: House) -> None:
    await house.circular()
    headers = {"Content-Type": "message/rfc822", "Authorization": f"Bearer {SECRET}"}
    async with house.here.http() as provider:
        raw = reports.qmail(f"Kairan <{house.path()}>")
        answer = await provider.post("/api/v1/bounces", content=raw, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"was": "hard"})
        nameless = reports.docomo("undisclosed-recipients:;")
        answer = await provider.post(
            "/api/v1/bounces", content=nameless, headers=headers, params={"returnPath": house.path(YAMADA)}
        )
        assert answer.json() == {"was": "hard"}
        answer = await provider.post("/api/v1/bounces", content=nameless, headers=headers)
        assert answer.json() == {"was": "forged"}


async def test_the_webhook_trusts_the_secret_alone(house: House) -> None:
    notice = await house.circular()
    body = b'{"messageId": "%s", "kind": "hard"}' % house.newest().id.encode()
    signed = "sha256=" + hmac.digest(SECRET.encode(), body, sha256).hex()
    wrong: Sequence[dict[str, str]] = (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {SECRET}"},
        {"X-Kairan-Signature": "sha256=00"},
        {"X-Kairan-Signature": "sha256=" + hmac.digest(SECRET.encode(), body + b" ", sha256).hex()},
    )
    async with house.here.http() as provider:
        for headers in wrong:
            answer = await provider.post("/api/v1/bounces", content=body, headers=headers)
            assert (answer.status_code, answer.json()["slug"]) == (401, "signature-wrong")
        assert (await house.row_of(notice, "伊藤"))["state"] == "sent"
        right = {"X-Kairan-Signature": signed, "Content-Type": "application/json"}
        answer = await provider.post("/api/v1/bounces", content=body, headers=right)
        assert answer.json() == {"was": "hard"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"kind": "soft-ish", "messageId": "x"}',
        b'{"kind": "hard", "messageId": 3}',
        b'{"kind": "hard", "messageId": "x", "more": 1}',
        b'{"kind": "hard", "at": "yesterday"}',
        b'{"kind": "hard", "kind": "soft"}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
async def test_a_webhook_that_cannot_be_read_is_told_so(
    sqlite_database: str, tmp_path: Path, body: bytes
) -> None:
    async with opened(sqlite_database, tmp_path) as house, house.here.http() as provider:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
        answer = await provider.post("/api/v1/bounces", content=body, headers=headers)
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["detail"]


async def test_a_webhook_about_nothing_of_ours_is_counted_and_ignored(house: House) -> None:
    for said in (
        {"messageId": ids.new_id(), "kind": "hard"},
        {"messageId": "<20261122@elsewhere.example.jp>", "kind": "hard"},
        {"kind": "hard"},
    ):
        assert (await house.hook(said)).json() == {"was": "unknown-message"}
    assert (await house.hook({"returnPath": f"b-aaaa@{DOMAIN}", "kind": "hard"})).json() == {"was": "forged"}


async def test_there_is_no_webhook_where_no_secret_is_set(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, chores=True) as here, here.http() as provider:
        for authorization in ("Bearer", "Bearer ", "Bearer x"):
            answer = await provider.post(
                "/api/v1/bounces", json={"kind": "hard"}, headers={"Authorization": authorization}
            )
            assert answer.status_code == 404
