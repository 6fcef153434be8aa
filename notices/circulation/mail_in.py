"""PURE: a mail of the city with a PDF, read within bounds; what is wrong with it, said to whoever sent it.

The sender is judged by the allow-list here, and by a signature or a secret where the network is (server/bounces/circulars.py).
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from notices import ids
from notices.attachments.file_errors import FileRefused, FileTooLarge
from notices.attachments.ingest import Ingested, ingest
from notices.bounces.mime import Part, leaves, part_of
from notices.circulation.passage import CIRCULAR_LENGTH
from notices.publishing.compose import FILES, TITLE_LENGTH

LARGEST: Final = 30 * 1024 * 1024
"""Bytes of a mail: a PDF of 20 MB, as it travels."""
_NO_TEXT: Final = "くわしくは、添付のPDFをごらんください。"
_NO_TITLE: Final = "市からのお知らせ"
_TAIL: Final = 2 * 1024
"""Bytes before the end of a PDF in which its end mark stands."""
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 66 * 1024
"""A zip archive is recognised from its end (its comment has at most 65,535 bytes)."""
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b")
_OTHERS: Final = re.compile(rb"<script|<!DOCTYPE html|<html|EICAR-STANDARD-ANTIVIRUS", re.IGNORECASE)
_FROM: Final = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)


class MailRefused(Exception):
    """`slug` is counted; `reason` is what the sending server is told, and bounces to the sender."""

    def __init__(self, slug: str, reason: str) -> None:
        super().__init__(slug)
        self.slug, self.reason = slug, reason


@dataclass(frozen=True, slots=True)
class Incoming:
    id: str
    """Of the draft it becomes: the same mail that is brought again makes no second one."""
    sender: str
    title: str
    body: str
    files: Sequence[tuple[str, Ingested]]


def sender_of(raw: bytes, allowed: Collection[str]) -> str:
    """The one author of the mail. Raises MailRefused for several, and for whoever is not on the list."""
    head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    part = part_of(head + b"\n\n")
    found = getaddresses([part.header("from")])
    # A second From could be the signed one, while we read the first.
    if len(_FROM.findall(head)) != 1 or len(found) != 1:
        raise MailRefused("circular-sender", "5.7.1 A circular has one From address, once")
    sender = found[0][1].strip().lower()
    domain = sender.rpartition("@")[2]
    if not domain or not {sender, f"@{domain}"} & set(allowed):
        raise MailRefused("circular-sender", "5.7.1 This sender may not mail circulars; ask the operator")
    return sender


def read(raw: bytes, sender: str) -> Incoming:
    """Raises MailRefused: without a PDF, with too much, or with a PDF that is something else as well."""
    if len(raw) > LARGEST:
        raise MailRefused("circular-too-large", "5.3.4 The mail is too large; the PDF may have 20 MB")
    mail = part_of(raw, LARGEST)
    parts = list(leaves(mail))
    pdfs = [part for part in parts if _is_pdf(part)]
    if not pdfs:
        raise MailRefused("circular-no-pdf", "5.6.0 There is no PDF in this mail; attach the circular as PDF")
    if len(pdfs) > FILES:
        raise MailRefused("circular-no-pdf", f"5.6.0 At most {FILES} PDFs in a mail")
    text = next((part.text for part in parts if part.type == "text/plain" and part not in pdfs), "")
    name = sha256(sender.encode() + b"\0" + (mail.headers.get("message-id", "").encode() or raw)).digest()
    return Incoming(
        id=ids.text_of(
            name[:6] + bytes((0x80 | name[6] & 0x0F, name[7], 0x80 | name[8] & 0x3F)) + name[9:16]
        ),
        sender=sender,
        title=_line(mail.header("subject"))[:TITLE_LENGTH] or _NO_TITLE,
        body=_clean(text).strip()[:CIRCULAR_LENGTH] or _NO_TEXT,
        files=[(_name(part, place), _ingested(part)) for place, part in enumerate(pdfs, 1)],
    )


def _is_pdf(part: Part) -> bool:
    return part.type == "application/pdf" or _file_name(part).lower().endswith(".pdf")


def _ingested(part: Part) -> Ingested:
    data = part.base64
    if data is None:
        raise MailRefused("circular-damaged", "5.6.0 The PDF is damaged, or not encoded as base64")
    try:
        kept = ingest(data)
    except FileTooLarge:
        raise MailRefused("circular-too-large", "5.3.4 The PDF has more than 20 MB") from None
    except FileRefused:
        raise MailRefused("circular-polyglot", "5.7.1 What calls itself a PDF is none") from None
    if kept.type != "application/pdf" or is_something_else(data):
        raise MailRefused(
            "circular-polyglot", "5.7.1 The PDF is something else as well, or does more than be read"
        )
    return kept


def is_something_else(pdf: bytes) -> bool:
    """Whether it would be taken for an archive, a page or a programme, too, or acts when opened.

    A second belt: a PDF can hide such things in compressed streams, where only its reader sees them.
    """
    if b"%%EOF" not in pdf[-_TAIL:] or _ZIP_END in pdf[-_ZIP_TAIL:]:
        return True
    return bool(_OTHERS.search(pdf) or _ACTIVE.search(pdf))


def _name(part: Part, place: int) -> str:
    return _line(_file_name(part))[:100] or f"circular-{place}.pdf"


def _file_name(part: Part) -> str:
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        said = part.header(header)
        if found := re.search(rf'\b{key}="?([^";]+)', said, re.IGNORECASE):
            return found[1].strip()
        # In pieces, and in percent (RFC 2231 §3, §4).
        pieces = re.findall(rf'\b{key}\*(\d{{0,2}})\*?="?([^";\s]+)', said, re.IGNORECASE)
        if pieces:
            whole = "".join(text for _, text in sorted(pieces, key=lambda piece: int(piece[0] or 0)))
            charset, _, rest = whole.partition("'")
            return unquote(rest.partition("'")[2] or whole, "cp932" if "jis" in charset.lower() else "utf-8")
    return ""


def _line(text: str) -> str:
    return " ".join(_clean(text).replace("/", "-").split())


def _clean(text: str) -> str:
    """Without what a notice may not say: controls, and marks that turn the direction of text."""
    kept = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(each for each in kept if each == "\n" or unicodedata.category(each)[0] != "C")
