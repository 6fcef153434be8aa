"""PURE: what a notice looks like as a mail.

Made once per notice and language; per recipient only address, date, Message-ID and unsubscribe link differ:
that tail alone is encoded per recipient. Links begin with the configured origin, always.
Sources: RFC 2045 §6.8 (base64 lines of 76), RFC 2369, RFC 2919, RFC 3834 (Auto-Submitted), RFC 8058.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from notices.wording import headers
from notices.wording.letter import (
    QUESTION,
    Letter,
    button_of,
    deadline_of,
    heading,
    host_of,
    link_of,
    message_id,
    said,
)
from notices.wording.text import html_of, plain_of, shortened
from notices.wording.tongues import tag_of
from notices.wording.words import Words, words_of

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)
_HERE: Final = "https://unsubscribe.invalid/"  # stands in a tail until the recipient's own address is known
_SUBJECT_BYTES: Final = 300


@dataclass(frozen=True, slots=True)
class MailBody:
    """A mail but for its recipient. The encoded parts are shared by everybody; see `mail_of`."""

    host: str
    boundary: str
    head: bytes
    text: bytes
    html: bytes
    text_tail: str
    html_tail: str
    html_tail_without: str

    def to(self, address: str, message: str, at: datetime, unsubscribe: str | None) -> bytes:
        """The whole message as it goes over the wire, CRLF lines, for one checked address.

        `message` is our message's id: from it the Message-ID, so that a second copy is seen as one.
        """
        text = self.text_tail.replace(_HERE, unsubscribe) if unsubscribe else ""
        html = self.html_tail.replace(_HERE, escape(unsubscribe)) if unsubscribe else self.html_tail_without
        return b"".join((
            headers.mailbox("To", "", address),
            headers.date(at),
            headers.plain("Message-ID", message_id(message, self.host)),
            _unsubscribe_headers(unsubscribe),
            self.head,
            self.text, _tail(text), f"--{self.boundary}\r\n".encode(),
            _part_head("html"), self.html, _tail(html),
            f"--{self.boundary}--\r\n".encode(),
        ))  # fmt: skip


@lru_cache(maxsize=32)
def mail_of(letter: Letter, *, origin: str, sender: str) -> MailBody:
    """The mail of a notice, made once for all batches that carry it as it reads now. `sender` is the checked address of
    KAIRAN_MAIL_FROM. Raises HeaderTextRefused.
    """
    words = words_of(letter.lang)
    host = host_of(origin)
    facts = _facts(letter, words, origin)
    boundary = "=_kairan_" + sha256(f"{letter.id} {letter.lang}".encode()).hexdigest()[:24]
    with_link = {"words": words, "unsubscribe": _HERE}
    return MailBody(
        host=host,
        boundary=boundary,
        head=_mail_head(letter, sender, host, boundary),
        text=_base64(_padded(_filled("mail.txt.j2", facts | {"body": plain_of(said(letter))}))),
        html=_base64(_padded(_filled("mail.html.j2", facts | {"body_html": _safe(said(letter))}))),
        text_tail=_filled("mail.tail.txt.j2", with_link),
        html_tail=_filled("mail.tail.html.j2", with_link),
        html_tail_without=_filled("mail.tail.html.j2", {"words": words, "unsubscribe": None}),
    )


def bare_mail_of(
    subject: str, text: str, *, origin: str, sender: str, name: str = "Kairan", lang: str = "ja"
) -> MailBody:
    """A mail of the house itself, about no notice: to operators, to its own canary, a code. `name`: who writes."""
    page = f'<!doctype html><html lang="{lang}"><p style="white-space:pre-line">{escape(text)}</p></html>'
    boundary = "=_kairan_" + sha256(f"{subject}\n{text}".encode()).hexdigest()[:24]
    named = headers.mailbox("From", name, sender) + headers.unstructured("Subject", subject)
    return MailBody(
        host=host_of(origin),
        boundary=boundary,
        head=named + _mime_head(lang, boundary),
        text=_base64(_padded(text)),
        html=_base64(_padded(page)),
        text_tail="",
        html_tail="",
        html_tail_without="",
    )


def _facts(letter: Letter, words: Words, origin: str) -> dict[str, object]:
    why = {"circular": words.why, QUESTION: words.why_question}.get(letter.kind, words.why_notice)
    return {
        "words": words,
        "button": button_of(letter),
        "why": why,
        "lang": tag_of(letter.lang),
        "title": heading(letter),
        "deadline": deadline_of(letter),
        "files": letter.files,
        "link": link_of(letter, origin),
        "association": letter.association,
        "author": letter.author,
        "contact": letter.contact,
    }


def _mail_head(letter: Letter, sender: str, host: str, boundary: str) -> bytes:
    return b"".join((
        headers.mailbox("From", letter.association, sender),
        headers.unstructured("Subject", shortened(heading(letter), _SUBJECT_BYTES)),
        headers.identified("List-Id", letter.association, f"{letter.association_id}.{host}"),
        _mime_head(letter.lang, boundary),
    ))  # fmt: skip


def _mime_head(lang: str, boundary: str) -> bytes:
    return b"".join((
        headers.plain("Auto-Submitted", "auto-generated"),
        headers.plain("Content-Language", tag_of(lang)),
        headers.plain("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode(),
        _part_head("plain"),
    ))  # fmt: skip


def _part_head(kind: str) -> bytes:
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()


def _unsubscribe_headers(url: str | None) -> bytes:
    if url is None:
        return b""
    return headers.plain("List-Unsubscribe", f"<{url}>") + headers.plain(
        "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    )


def _filled(template: str, facts: dict[str, object]) -> str:
    return _TEMPLATES.get_template(template).render(facts)


def _safe(body: str) -> Markup:
    return Markup(html_of(body))  # noqa: S704 - nh3 has just cleaned it


def _padded(text: str) -> bytes:
    """Spaces before the last line end, to a multiple of 57 bytes: base64 of a tail may follow directly."""
    raw = text.rstrip("\n").replace("\n", "\r\n").encode("utf-8", "replace")
    return raw + b" " * (-(len(raw) + 2) % 57) + b"\r\n"


def _tail(text: str) -> bytes:
    return _base64(text.replace("\n", "\r\n").encode("utf-8", "replace"))


def _base64(raw: bytes) -> bytes:
    """Lines of 76 characters (57 bytes)."""
    encoded = b64encode(raw)
    return b"".join([encoded[start : start + 76] + b"\r\n" for start in range(0, len(encoded), 76)])
