"""What leaves the house, read by other eyes than those that wrote it."""

import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.town.address_errors import HeaderTextRefused, MailAddressRefused
from notices.town.mail_address import checked, is_old_style
from notices.wording import headers
from notices.wording.letter import heading
from notices.wording.payload import PLAINTEXT_LIMIT, push_of, topic_of
from notices.wording.render import mail_of
from notices.wording.text import html_of, plain_of, shortened
from tests.notices.letters import NOW, ORIGIN, letter

UNSUBSCRIBE = f"{ORIGIN}/u/hana.{'t' * 43}"


def wire(unsubscribe: str | None = UNSUBSCRIBE, to: str = "person@example.jp", **changes: Any) -> bytes:
    body = mail_of(letter(**changes), origin=ORIGIN, sender="kairan@example.jp")
    return body.to(to, "m" * 22, NOW, unsubscribe)


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def part(raw: bytes, kind: str) -> str:
    body = read(raw).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def raw_header(raw: bytes, name: str) -> str:
    """An independent reading: RFC 5322 unfolding by hand, encoded words left as they are."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    found = [line for line in unfolded.split("\r\n") if line.lower().startswith(name.lower() + ":")]
    assert len(found) == 1, f"{name} stands once"
    return found[0].partition(":")[2].strip()


def test_a_mail_has_the_headers_that_programs_and_people_need() -> None:
    raw = wire()
    mail = read(raw)
    assert mail["From"] == "花見月町内会 <kairan@example.jp>"
    assert mail["To"] == "person@example.jp"
    assert mail["Subject"] == "回覧：秋の清掃のお願い"
    assert mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<{'m' * 22}@kairan.example.jp>"
    assert raw_header(raw, "List-Unsubscribe") == f"<{UNSUBSCRIBE}>"
    assert raw_header(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert raw_header(raw, "List-Id").endswith(f"<{letter().association_id}.kairan.example.jp>")
    assert raw_header(raw, "Auto-Submitted") == "auto-generated"
    assert raw_header(raw, "MIME-Version") == "1.0"


def test_a_mail_carries_the_text_itself_the_deadline_the_sender_and_one_way_in() -> None:
    for kind in ("plain", "html"):
        text = part(wire(), kind)
        for expected in (
            "集会所へ。", "ほうき", "しめきり：11月30日（月）", "花見月町内会", "会長 花田 咲", "office@example.jp",
            "ひらいて 読みました を押す", f"{ORIGIN}/n/{letter().id}", UNSUBSCRIBE,
        ):  # fmt: skip
            assert expected in text, f"{expected} is in the {kind} part"


def test_a_notice_that_asks_for_no_stamp_does_not_speak_of_one() -> None:
    text = part(wire(kind="notice"), "plain")
    assert "読みました" not in text
    assert "ひらいて読む" in text


def test_a_mail_without_a_way_to_unsubscribe_names_none() -> None:
    raw = wire(unsubscribe=None)
    assert b"List-Unsubscribe" not in raw
    assert not re.search("受け取らない|止める", part(raw, "plain") + part(raw, "html"))


def test_the_same_message_gives_the_same_message_id_and_body_twice() -> None:
    assert wire() == wire()


def test_no_line_is_longer_than_smtp_allows_and_every_byte_is_ascii() -> None:
    raw = wire(title="長" * 100, body="あ" * 100_000)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n") if b"://" not in line) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.endswith(b"\r\n")


@pytest.mark.parametrize(
    "text", ["①髙﨑 ㈱ ～−", "𠮷野家", "ｶﾞｽ点検", "か\u3099っこう", "👨‍👩‍👧 家族", "Ölofs café"]
)
def test_every_character_travels_as_utf_8_and_comes_back_byte_for_byte(text: str) -> None:
    """ISO-2022-JP, which old programs still write, has no place for most of these."""
    raw = wire(title=text, body=text)
    assert b"\x1b" not in raw
    assert b"iso-2022" not in raw.lower()
    assert {each.get_content_charset() for each in read(raw).walk() if not each.is_multipart()} == {"utf-8"}
    assert str(read(raw)["Subject"]).endswith(text)
    assert text in part(raw, "plain")
    assert text in part(raw, "html")


def test_the_html_shows_no_picture_loads_nothing_and_tracks_nobody() -> None:
    html = part(wire(body="![x](https://example.jp/p.png) <img src=https://example.jp/p.png>"), "html")
    assert "<img" not in html
    assert not re.search(r"<[^>]*\ssrc=", html)
    assert "url(" not in html
    links = re.findall(r'href="([^"]*)"', html)
    assert set(links) == {"https://example.jp/p.png", f"{ORIGIN}/n/{letter().id}", UNSUBSCRIBE}


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<b onclick=alert(1)>x</b>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        '[x](https://example.jp "onmouseover=alert(1)")',
        "<https://example.jp/\"onclick='x'>",
        "&lt;script&gt;",
    ],
)
def test_a_body_cannot_carry_a_script_into_html(attack: str) -> None:
    for html in (html_of(attack), part(wire(body=attack), "html")):
        assert not re.search(r"<script|<b |<[^>]*\son\w+=|href=\"(javascript|data)", html, re.IGNORECASE)


def test_titles_and_names_are_escaped_in_html() -> None:
    html = part(wire(title="<i>&", author="<b>", contact='"<u>"', files=("<s>.pdf",)), "html")
    assert not re.search(r"<(i|b|u|s)>", html)


def test_what_people_type_by_accident_does_not_turn_into_structure() -> None:
    typed = "持ち物\n-----\n    四つの空白\n\n[1]: 会場\n\n一行目\n二行目"
    assert html_of(typed) == (
        "<p>持ち物</p>\n<hr>\n<p>四つの空白</p>\n<p>[1]: 会場</p>\n<p>一行目<br>\n二行目</p>\n"
    )


def test_headings_begin_below_the_title_of_the_page() -> None:
    assert html_of("# 大\n## 中\n##### 小") == "<h3>大</h3>\n<h4>中</h4>\n<h6>小</h6>\n"


def test_plain_text_reads_as_people_write_it() -> None:
    body = "## 日時\n**10時** に [市の頁](https://example.jp/a) と <https://example.jp/b>\n\n- 一\n  - 中\n1. あ\n2. い"
    assert plain_of(body) == (
        "日時\n\n10時 に 市の頁（https://example.jp/a） と https://example.jp/b\n・一\n　・中\n1. あ\n2. い"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nBcc: b@example.jp",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "a\u2028b",
        "a\u2066b",
        "a\x85b",
        "a\x7fb",
        "\ud800",
    ],
)
def test_a_title_that_could_forge_a_header_or_turn_the_text_is_refused(text: str) -> None:
    with pytest.raises(HeaderTextRefused):
        wire(title=text)
    with pytest.raises(HeaderTextRefused):
        wire(association=text)


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf", "Zs"]), min_size=1, max_size=300)
)
def test_every_subject_comes_back_as_it_was(text: str) -> None:
    line = headers.unstructured("Subject", text)
    assert all(len(each) <= 76 for each in line.split(b"\r\n"))
    mail = message_from_bytes(line + b"\r\n", policy=policy.default)
    assert mail["Subject"] == text
    words = re.findall(rb"=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=", line)
    if words:
        assert "".join(b64decode(word).decode() for word in words) == text, "each word holds whole characters"


def test_a_subject_of_two_thousand_characters_is_shortened() -> None:
    subject = str(read(wire(title="あ" * 2000))["Subject"])
    assert subject.startswith("回覧：あああ")
    assert subject.endswith("…")
    assert len(subject) <= 100


def test_a_correction_says_so_first() -> None:
    assert heading(letter(corrected=True)) == "【訂正】回覧：秋の清掃のお願い"
    assert heading(letter(kind="exercise")).startswith("【訓練】")


def test_a_deadline_is_a_day_in_japan_and_an_hour_only_where_there_is_one() -> None:
    early = letter(deadline=datetime(2026, 11, 30, 15, 30, tzinfo=UTC))
    assert (
        "しめきり：12月1日（火）0時30分"
        in json.loads(push_of(early, origin=ORIGIN).payload)["notification"]["body"]
    )


def test_a_letter_in_english_speaks_english() -> None:
    text = part(wire(lang="en"), "plain")
    assert "Deadline: Monday 30 November" in text
    assert "読みました" not in text


def test_a_push_is_one_payload_for_declarative_and_classic() -> None:
    message = json.loads(push_of(letter(), origin=ORIGIN + "/").payload)
    notice = letter().id
    assert message == {
        "web_push": 8030,
        "notification": {
            "title": "回覧：秋の清掃のお願い",
            "body": "しめきり：11月30日（月）\n10時に集会所へ。\n・ほうき\n・軍手",
            "lang": "ja",
            "tag": f"notice-{notice}",
            "navigate": f"{ORIGIN}/n/{notice}",
            "data": {"id": notice},
        },
        "mutable": True,
    }


@pytest.mark.parametrize(
    "body", ["あ" * 5000, '"' * 5000, "x\n" * 3000, "👨‍👩‍👧‍👦" * 800, "が" * 4000, "🇯🇵" * 1000, "a" * 3993]
)
def test_a_long_text_is_cut_to_what_a_push_may_hold_and_stays_readable(body: str) -> None:
    push = push_of(letter(body=body, title="題" * 500), origin=ORIGIN)
    for payload, limit in ((push.payload, PLAINTEXT_LIMIT), (push.short, 2000)):
        assert limit - 200 <= len(payload) <= limit
        text = json.loads(payload)["notification"]["body"]
        assert text.endswith("…")
        assert "\ufffd" not in text


@given(st.text(max_size=200), st.integers(0, 300))
def test_shortening_never_passes_its_limit_and_keeps_a_beginning(text: str, limit: int) -> None:
    short = shortened(text, limit)
    assert len(short.encode("utf-8", "replace")) <= max(limit, 0)
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("かか\u3099く", 10, "か…"),
        ("👨‍👩‍👧とても", 20, "…"),
        ("a👍🏽bcdef", 8, "a…"),
        ("🇯🇵🇯🇵🇯🇵", 18, "🇯🇵…"),
        ("𠮷野家です", 10, "𠮷野…"),
    ],
)
def test_a_cut_falls_between_what_readers_see_as_characters(text: str, limit: int, short: str) -> None:
    assert shortened(text, limit) == short


def test_a_topic_fits_its_header_and_hides_the_id() -> None:
    topic = topic_of(letter().id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", topic)
    assert letter().id not in topic
    assert topic != topic_of("x" * 22)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("hanako@example.jp", "hanako@example.jp"),
        (" Hanako@Example.JP ", "Hanako@example.jp"),
        ("a..b@docomo.example.jp", "a..b@docomo.example.jp"),
        (".a-_.@docomo.example.jp", ".a-_.@docomo.example.jp"),
        ("a+tag/x@sub.example.jp", "a+tag/x@sub.example.jp"),
    ],
)
def test_addresses_people_have_are_accepted(text: str, address: str) -> None:
    assert checked(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "@", "a@", "@example.jp", "a@b", "a@-x.jp", "a@x-.jp", "a@x..jp", "a@.jp", "a b@example.jp",
        "a@example.jp>,<b@example.jp", "a@example.jp,b@example.jp", "a@example.jp\nb", "<a@example.jp>", "a@b@c.jp",
        "あ@example.jp", "a@例え.jp", "a" * 65 + "@example.jp", "a@" + "x." * 130 + "jp", '"a b"@example.jp',
        "a@[127.0.0.1]", "a\x00@example.jp",
    ],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(text: str) -> None:
    with pytest.raises(MailAddressRefused):
        checked(text)


def test_old_addresses_are_known_as_such() -> None:
    assert is_old_style("a..b@docomo.example.jp")
    assert is_old_style(".a@docomo.example.jp")
    assert is_old_style("a.@docomo.example.jp")
    assert not is_old_style("a.b@docomo.example.jp")
