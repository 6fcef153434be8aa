"""A circular that the city mails: a draft for the clerks, or an answer that says why not."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notices.channels.dkim import Signer
from notices.circulation.mail_in import MailRefused
from server.bounces import circulars as by_mail
from server.bounces.listener import listening
from server.settings import Settings, WrongSetting
from server.settings.rules import checked
from tests.browser.papers import pdf
from tests.journeys import circulars, story
from tests.phone import Phone
from tests.server.test_bounces import dialogue
from tests.town import TENANT, Town, town

DOMAIN = "kairan.city.example.jp"
SECRET = "sakurasakura2026"
KOUHOU = "kouhou@city.example.jp"
WANTED = {
    "bounce_domain": "bounce.example.jp",
    "bounce_listen": "127.0.0.1:0",
    "circular_domain": DOMAIN,
    "circular_senders": f"{KOUHOU}, @office.example.jp",
    "circular_secret": SECRET,
}
TO = f"{TENANT}+{SECRET}@{DOMAIN}"


@dataclass
class Office:
    here: Town
    clerk: Phone
    port: int

    async def mail(self, raw: bytes, to: str = TO) -> str:
        """The answer to DATA, or the first refusal before it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        return (await dialogue(reader, writer, raw, to, "LHLO mx.example.jp"))[-2]

    async def drafts(self) -> list[dict[str, Any]]:
        answer = await self.clerk.http.get(f"/api/v1/cities/{await circulars.city(self.here)}/notices")
        found: list[dict[str, Any]] = answer.json()["notices"]
        return found


@asynccontextmanager
async def opened(database_url: str, folder: Path, **changed: Any) -> AsyncIterator[Office]:
    async with town(database_url, folder, **(WANTED | changed)) as here, listening(here.house) as server:
        assert server is not None
        yield Office(here, await circulars.clerk(here), server.sockets[0].getsockname()[1])


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(database_url, tmp_path) as made:
        yield made


def letter(
    sender: str = KOUHOU,
    paper: bytes | None = None,
    *,
    subject: str = "国勢調査のお願い",
    name: str = "国勢調査.pdf",
    type_: str = "application/pdf",
) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"広報課 <{sender}>"
    mail["To"] = TO
    mail["Subject"] = subject
    mail["Date"] = "Fri, 20 Nov 2026 10:00:00 +0900"
    mail["Message-ID"] = "<1@city.example.jp>"
    mail.set_content("調査票を配ります。\n回覧をお願いします。\n")
    main, _, sub = type_.partition("/")
    if paper is not None:
        mail.add_attachment(paper, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


async def test_a_mail_with_a_pdf_becomes_a_draft_that_a_clerk_reads_and_sends(office: Office) -> None:
    assert (await office.mail(letter(paper=pdf()))).startswith("250 ")
    [draft] = await office.drafts()
    assert (draft["state"], draft["title"]) == ("draft", "国勢調査のお願い")
    assert draft["body"] == "調査票を配ります。\n回覧をお願いします。"
    [file] = draft["files"]
    assert (file["name"], file["type"]) == ("国勢調査.pdf", "application/pdf")
    await office.clerk.pull()
    assert office.clerk.records["circulations", draft["circular"]]["state"] == "draft"
    got = await office.clerk.http.get(f"/files/{file['sha256']}")
    assert (got.status_code, got.content) == (200, pdf())
    president = await office.here.phone(story.PRESIDENT)
    assert (await president.http.get(f"/files/{file['sha256']}")).status_code == 404, "a draft is the city's"
    assert story.sent(office.here) == 0, "a mail alone sends nothing"

    await circulars.publish(office.here, office.clerk, draft["circular"])
    assert (await president.http.get(f"/files/{file['sha256']}")).status_code == 200
    answer = await circulars.forward(president, draft["circular"])
    assert answer.json()["files"] == draft["files"]
    resident = await office.here.phone(story.RESIDENT)
    assert (await resident.http.get(f"/files/{file['sha256']}")).status_code == 200


async def test_the_same_mail_brought_again_makes_no_second_draft(office: Office) -> None:
    for _ in range(2):
        assert (await office.mail(letter(paper=pdf()))).startswith("250 ")
    assert len(await office.drafts()) == 1


ZIP_END = b"PK\x05\x06" + bytes(18)
REFUSED = {
    "an unknown sender": (letter("somebody@elsewhere.example.jp", pdf()), "550 5.7.1 This sender may not"),
    "two authors": (
        b"From: evil@elsewhere.example.jp\r\n" + letter(paper=pdf()),
        "550 5.7.1 A circular has one From",
    ),
    "no PDF": (letter(), "550 5.6.0 There is no PDF"),
    "a text that is called PDF": (letter(paper=b"hello"), "550 5.7.1 What calls itself a PDF is none"),
    "a programme that is called PDF": (letter(paper=b"MZ\x90" + pdf()), "550 5.7.1 What calls itself"),
    "a PDF that is an archive, too": (letter(paper=pdf() + ZIP_END), "550 5.7.1 The PDF is something else"),
    "a PDF that is a page, too": (
        letter(paper=pdf().replace(b"%%EOF", b"<script>alert(1)</script>\n%%EOF")),
        "550 5.7.1 The PDF is something else",
    ),
    "a PDF that runs a programme": (
        letter(paper=pdf().replace(b"%%EOF", b"<< /S /Launch /F (x.exe) >>\n%%EOF")),
        "550 5.7.1 The PDF is something else",
    ),
    "a picture": (
        letter(paper=b"\x89PNG\r\n\x1a\n", name="a.png", type_="image/png"),
        "550 5.6.0 There is no",
    ),
}


@pytest.mark.parametrize("what", sorted(REFUSED))
async def test_what_is_no_circular_is_refused_with_a_reason_and_leaves_nothing(
    database_url: str, tmp_path: Path, what: str
) -> None:
    raw, reason = REFUSED[what]
    async with opened(database_url, tmp_path) as office:
        assert (await office.mail(raw)).startswith(reason)
        assert await office.drafts() == []
        assert sum(office.here.house.came_back.values()) == 1


async def test_of_a_mail_for_a_city_that_is_not_here_no_file_is_kept(office: Office) -> None:
    answer = await office.mail(letter(paper=pdf()), TO.replace(TENANT, "nobody"))
    assert answer.startswith("550 5.1.1"), answer
    assert await asyncio.to_thread(_files_below, office.here.house.settings.files_url) == []


def _files_below(folder: str) -> list[Path]:
    return [each for each in Path(folder).rglob("*") if each.is_file()]


@pytest.mark.slow
async def test_forty_megabytes_are_refused_and_twenty_one_of_pdf_as_well(office: Office) -> None:
    assert (await office.mail(letter(paper=b"%PDF-" + bytes(29 * 1024 * 1024)))).startswith("552 5.3.4")
    too_long = letter(paper=b"%PDF-" + bytes(21 * 1024 * 1024 - 64))
    assert (await office.mail(too_long)).startswith("550 5.3.4 The PDF has more than 20 MB")
    assert await office.drafts() == []


async def test_other_addresses_of_the_domain_are_refused_before_the_mail(office: Office) -> None:
    for local in (f"{TENANT}+wrongwrongwrong1", f"{TENANT}+"):
        assert (await office.mail(letter(paper=pdf()), to=f"{local}@{DOMAIN}")).startswith("550 5.1.1")
    answer = await office.mail(letter(paper=pdf()), to=f"yuri+{SECRET}@{DOMAIN}")
    assert answer.startswith("550 5.1.1 Nobody works for this city")


@dataclass(frozen=True)
class Key:
    signer: Signer

    def txt(self, name: bytes, timeout: float = 5) -> bytes | None:
        asked = name.decode().rstrip(".")
        return self.signer.record.encode() if asked == self.signer.name else None


def key(domain: str) -> Key:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Key(Signer(pem, "k1", domain))


def signed(key: Key, raw: bytes) -> bytes:
    wire = re.sub(rb"\r?\n", b"\r\n", raw)
    return key.signer.signed(wire, datetime(2026, 11, 20, tzinfo=UTC))


async def test_without_the_secret_a_signature_of_the_senders_domain_must_hold(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path, circular_secret="") as office:
        house, ours, theirs = office.here.house, key("city.example.jp"), key("elsewhere.example.jp")
        raw = letter(paper=pdf())
        good = signed(ours, raw)
        changed = good.replace(b64encode("調査票".encode())[:8], b"AAAAAAAA")
        assert changed != good
        for wrong, dns in ((raw, ours), (signed(theirs, raw), theirs), (changed, ours), (good, theirs)):
            with pytest.raises(MailRefused) as refused:
                await by_mail.take(house, TENANT, wrong, trusted=False, txt=dns.txt)
            assert refused.value.slug == "circular-unsigned"
        assert await office.drafts() == []
        await by_mail.take(house, TENANT, good, trusted=False, txt=ours.txt)
        assert [each["title"] for each in await office.drafts()] == ["国勢調査のお願い"]


def test_what_dkimpy_takes_for_signed_in_part_is_not_signed(tmp_path: Path) -> None:
    ours = key("city.example.jp")
    raw = re.sub(rb"\r?\n", b"\r\n", letter(paper=pdf()))
    pem = ours.signer._key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    part = dkim.sign(raw, b"k1", b"city.example.jp", pem, include_headers=[b"from", b"subject"], length=True)
    longer = part + raw + b"<p>more</p>\r\n"
    assert dkim.verify(longer, dnsfunc=ours.txt), (
        "dkimpy holds what was added for unsigned, and the rest for signed"
    )
    assert not by_mail.is_signed(longer, KOUHOU, ours.txt)
    assert by_mail.is_signed(dkim.sign(raw, b"k1", b"city.example.jp", pem) + raw, KOUHOU, ours.txt)


@pytest.mark.parametrize(
    "changed",
    [
        {"circular_domain": "no domain"},
        {"circular_domain": "bounce.example.jp"},
        {"bounce_listen": ""},
        {"circular_senders": ""},
        {"circular_secret": "short"},
    ],
)
def test_a_wrong_setting_is_said_at_the_start(changed: dict[str, str]) -> None:
    with pytest.raises(WrongSetting):
        checked(Settings(**(WANTED | changed)))  # type: ignore[arg-type]
