"""PURE: the one way in for a file, whichever path it came by. What it claims to be does not count; its content does.

Images are decoded and encoded afresh, so that EXIF, XMP and the place where a photo was taken stay behind.
A PDF is passed on as it is and never parsed here.
"""

from dataclasses import dataclass
from hashlib import sha256

from notices.attachments.file_errors import FileRefused, FileTooLarge

LARGEST = 20 * 1024 * 1024
"""Bytes of one file."""


@dataclass(frozen=True, slots=True)
class Ingested:
    sha256: str
    type: str
    data: bytes


def ingest(data: bytes) -> Ingested:
    """Raises FileTooLarge, ImageTooLarge, FileRefused."""
    if len(data) > LARGEST:
        raise FileTooLarge(most=LARGEST // 1024 // 1024)
    if data.startswith(b"%PDF-"):
        type_, kept = "application/pdf", data
    elif data.startswith(b"\xff\xd8\xff"):
        type_, kept = "image/jpeg", _afresh(data, "JPEG")
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        type_, kept = "image/png", _afresh(data, "PNG")
    else:
        raise FileRefused()
    return Ingested(sha256=sha256(kept).hexdigest(), type=type_, data=kept)


def _afresh(data: bytes, format: str) -> bytes:
    from notices.attachments import photographs  # and Pillow with it, 2 MB: with the first image

    return photographs.reencoded(data, format)
