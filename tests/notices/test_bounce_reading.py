"""What a mail at a return path says, whoever wrote it and however."""

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.bounces.mime import leaves, part_of
from notices.bounces.reading import UNDELIVERED, Kind, Report, classified, read
from notices.ledger.reasons import REASONS
from tests.notices import bounce_reports as reports

TO = "b-token@bounce.example.jp"


@pytest.mark.parametrize(
    ("write", "kind", "status"),
    [
        (reports.postfix, "hard", "5.1.1"),
        (reports.exchange, "hard", "5.1.10"),
        (reports.docomo, "hard", None),
        (reports.au, "hard", "5.1.1"),
        (reports.softbank, "soft", "5.2.2"),
        (reports.qmail, "hard", "5.1.1"),
        (reports.complaint, "complaint", None),
    ],
)
def test_what_servers_write_is_understood(
    write: Callable[[str], bytes], kind: Kind, status: str | None
) -> None:
    found = read(write(TO))
    assert (found.kind, found.status) == (kind, status)
    assert read(write(TO).replace(b"\n", b"\r\n")) == found, "line ends of the wire say nothing else"


@pytest.mark.parametrize("name", reports.NO_FAILURE)
def test_what_is_no_failure_is_not_taken_for_one(name: str) -> None:
    assert read(reports.NO_FAILURE[name](TO)).kind in ("automatic", "other")


@pytest.mark.parametrize("name", ["vacation", "vacation of a server", "read receipt"])
def test_an_automatic_reply_is_known_as_one(name: str) -> None:
    assert read(reports.NO_FAILURE[name](TO)).kind == "automatic"


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        ("5.1.1", "550 user unknown", "hard"),
        ("5.1.2", "", "hard"),
        ("5.2.1", "550 mailbox disabled", "hard"),
        ("5.4.4", "Host or domain name not found", "hard"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "hard"),
        ("5.0.0", "550 Unknown user ume@example.jp", "hard"),
        (None, "550 Requested action not taken", "hard"),
        ("5.2.2", "552 mailbox full", "soft"),
        ("5.1.1", "550 5.1.1 over quota", "soft"),
        ("5.3.0", "", "soft"),
        ("4.4.7", "delivery time expired", "soft"),
        ("4.2.2", "", "soft"),
        ("5.7.1", "550 5.7.1 blocked by policy", "refused"),
        ("5.7.26", "unauthenticated mail, dmarc", "refused"),
        ("5.6.0", "", "refused"),
        ("5.1.8", "sender address rejected", "refused"),
        ("5.0.0", "554 this looks like spam", "refused"),
        ("5.0.0", "550 受信拒否設定により拒否されました", "refused"),
        (None, "", "refused"),
    ],
)
def test_only_who_is_not_there_is_a_hard_failure(status: str | None, said: str, kind: Kind) -> None:
    found = classified(status, said)
    assert found.kind == kind
    assert found.reason in REASONS


def test_a_delay_or_a_success_is_no_failure() -> None:
    assert read(reports.postfix(TO, "4.4.1", "delayed")).kind == "delayed"
    assert read(reports.postfix(TO, "2.0.0", "relayed")).kind == "arrived"
    assert read(reports.postfix(TO, "2.0.0", "delivered")).kind == "arrived"


def test_the_copy_of_what_was_sent_is_not_read_as_words_of_the_server() -> None:
    said = b"From: MAILER-DAEMON@example.jp\nSubject: hello\n\nGood day.\n--- Below this line is a copy\n\n"
    assert read(said + reports.ORIGINAL.encode()).kind == "other"


def test_of_an_attached_mail_nothing_is_read() -> None:
    inner = b"Content-Type: message/rfc822\n\n" + reports.postfix(TO)
    assert read(b"From: hanako@example.jp\n" + inner).kind == "other", "a forwarded bounce is no bounce"


@pytest.mark.parametrize("name", ["nested", "huge", "of no known charset"])
def test_bad_reports_cost_little_time_and_memory(name: str) -> None:
    raw = (reports.NO_FAILURE | {"huge": reports.huge})[name](TO)
    tracemalloc.start()
    before = time.process_time()
    read(raw)
    took, (_, peak) = time.process_time() - before, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 2
    assert peak < 50e6


@pytest.mark.parametrize(
    "piece",
    [
        b"\n ",
        b"--x \t \t",
        b"a: b\n",
        b"=?utf-8?B?44GC?= ",
        b";",
        b"-",
        b"<a@",
        b'"=?',
        "宛先 ".encode(),
        b"\x1b$B",
    ],
)
@pytest.mark.parametrize(
    "head",
    [
        b"From: MAILER-DAEMON@example.jp\n\n",
        b"From: MAILER-DAEMON@example.jp\nSubject: ",
        b"Content-Type: multipart/mixed; boundary=x\n\n",
        b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n",
    ],
)
def test_five_megabytes_of_anything_are_read_in_no_time(head: bytes, piece: bytes) -> None:
    before = time.process_time()
    read(head + piece * (5_000_000 // len(piece)))
    assert time.process_time() - before < 1


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "head", "body", "middle"]))
def test_nothing_raises_whatever_comes(noise: bytes, where: str) -> None:
    real = reports.postfix(TO)
    raw = {
        "": noise,
        "head": noise + real,
        "body": real.partition(b"\n\n")[0] + b"\n\n" + noise,
        "middle": real[:700] + noise + real[700:],
    }[where]
    found = read(raw)
    assert isinstance(found, Report)
    assert found.kind not in UNDELIVERED or found.reason in REASONS


def test_one_boundary_may_begin_with_another() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/mixed; boundary=abc\n\n"
        b"--abc\n\none\n--abc\n\ntwo\n--abc--\n--ab\n\nthree\n--ab--\n"
    )
    assert [part.text.strip() for part in leaves(part_of(raw))] == ["one", "two", "three"]
