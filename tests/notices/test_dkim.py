"""Signatures on mail, verified by dkimpy and by the letter of RFC 6376."""

import re
from base64 import b64decode
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_public_key,
)

from notices.channels.dkim import Signer, relaxed
from notices.outcomes import Sent
from server.sinks.mail import MailSink
from tests.notices.letters import NOW, Ledger, mail
from tests.notices.signing import KEY
from tests.notices.test_mail import channel_to

SIGNER = Signer(KEY, "kairan", "example.jp")


def record(name: bytes, timeout: int = 5) -> bytes:
    assert name == f"{SIGNER.name}.".encode()
    return SIGNER.record.encode()


def signed(**changes: Any) -> bytes:
    letter = mail(1, **changes)
    return SIGNER.signed(letter.body.to("person1@example.jp", letter.id, NOW, letter.unsubscribe), NOW)


async def received(*, unsubscribe: bool = True) -> bytes:
    sink = MailSink()
    await sink.start()
    letter = mail(1) if unsubscribe else replace(mail(1), unsubscribe=None)
    async with channel_to(sink.url, signer=SIGNER) as channel:
        assert await Ledger().take(channel, letter) == [Sent(250)]
    [kept] = sink.messages()
    await sink.close()
    return kept.raw


@pytest.mark.parametrize("unsubscribe", [True, False])
async def test_what_arrives_is_verified_by_another_implementation(unsubscribe: bool) -> None:
    raw = await received(unsubscribe=unsubscribe)
    assert dkim.verify(raw, dnsfunc=record)


@pytest.mark.parametrize(
    "title", ["秋", "秋の清掃のお願い" * 12, "𠮷野家の 👨‍👩‍👧", "ASCII only", "two  spaces\u3000wide"]
)
def test_subjects_of_all_kinds_are_verified(title: str) -> None:
    assert dkim.verify(signed(title=title, body=f".\n{title}\n\n\n"), dnsfunc=record)


def tags(message: Message) -> dict[str, str]:
    value = re.sub(r"\s+", "", message["DKIM-Signature"])
    return dict(each.split("=", 1) for each in value.split(";") if each)


def test_the_signature_is_what_the_text_of_the_rfc_says() -> None:
    """§3.4.2 and §3.4.3 and §3.7, done again from their words with the standard library's parser."""
    raw = signed()
    message = message_from_bytes(raw)
    said = tags(message)
    assert {name: said[name] for name in "vacds"} == {
        "v": "1", "a": "rsa-sha256", "c": "relaxed/simple", "d": "example.jp", "s": "kairan",
    }  # fmt: skip
    body = re.sub(rb"(\r\n)*\Z", b"\r\n", raw.split(b"\r\n\r\n", 1)[1], count=1)
    assert b64decode(said["bh"]) == sha256(body).digest()

    def canonical(name: str, value: str) -> str:
        unfolded = re.sub(r"\r?\n", "", value)
        return f"{name.lower()}:" + re.sub(r"[ \t]+", " ", unfolded).strip()

    wanted = said["h"].split(":")
    found = dict.fromkeys(wanted)
    lines = [canonical(name, message[name]) for name in found]
    empty = re.sub(r"(b=)[^;]*$", r"\1", message["DKIM-Signature"])
    text = "\r\n".join([*lines, canonical("DKIM-Signature", empty)]).encode()
    public = load_der_public_key(b64decode(SIGNER.record.partition("p=")[2]))
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(b64decode(said["b"]), text, PKCS1v15(), SHA256())


def test_header_fields_are_made_simple_as_in_the_example_of_the_rfc() -> None:
    """RFC 6376 §3.4.5."""
    assert list(relaxed(b"A: X\r\nB : Y\t\r\n\tZ  ")) == [(b"a", b"X"), (b"b", b"Y Z")]


def test_everything_a_reader_is_shown_and_what_unsubscribes_is_signed() -> None:
    names = tags(message_from_bytes(signed()))["h"].split(":")
    shown = "from from to subject date message-id list-unsubscribe list-unsubscribe-post list-id mime-version content-type"
    assert names == shown.split()


@pytest.mark.parametrize(
    "change",
    [
        (b"\r\nSubject: ", b"\r\nSubject: x"),
        (b"\r\nTo: <person1@", b"\r\nTo: <person2@"),
        (b"/u/token-1>", b"/u/token-2>"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"\r\nSubject: ", b"\r\nFrom: <thief@example.jp>\r\nSubject: "),
        (b"--\r\n", b"--\r\nmore\r\n"),
    ],
)
def test_a_mail_that_was_changed_on_its_way_is_not_verified(change: tuple[bytes, bytes]) -> None:
    raw = signed()
    changed = raw.replace(*change)
    assert changed != raw
    assert not dkim.verify(changed, dnsfunc=record)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, password: bytes = b"") -> bytes:
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)


@pytest.mark.parametrize(
    ("key", "selector", "sentence"),
    [
        (b"nonsense", "kairan", "no private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "kairan", "must be RSA of 2048 to 4096 bits"),
        (pem(rsa.generate_private_key(65537, 1024)), "kairan", "must be RSA of 2048 to 4096 bits"),
        (pem(rsa.generate_private_key(65537, 2048), password=b"x"), "kairan", "without a password"),
        (KEY, "kai ran; d=evil", "KAIRAN_DKIM_SELECTOR"),
        (KEY, "", "KAIRAN_DKIM_SELECTOR"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_a_sentence(key: bytes, selector: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Signer(key, selector, "example.jp")
