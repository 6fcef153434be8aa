"""PURE: the one way in for a file, whichever path it came by. What it claims to be does not count; its content does.

Images are decoded and encoded afresh, so that EXIF, XMP and the place where a photo was taken stay behind.
A PDF is passed on as it is and never parsed here.
"""

import io
from dataclasses import dataclass
from hashlib import sha256

from PIL import Image, ImageOps, UnidentifiedImageError

from notices.attachments.file_errors import FileRefused, FileTooLarge, ImageTooLarge

LARGEST = 20 * 1024 * 1024
"""Bytes of one file."""
PIXELS = 40_000_000
LONGEST_SIDE = 2400
"""Pixels; more is not seen on a phone, and costs the plan of whoever opens it."""


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
        type_, kept = "image/jpeg", _reencoded(data, "JPEG")
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        type_, kept = "image/png", _reencoded(data, "PNG")
    else:
        raise FileRefused()
    return Ingested(sha256=sha256(kept).hexdigest(), type=type_, data=kept)


def _reencoded(data: bytes, format: str) -> bytes:
    try:
        # `formats` keeps Pillow from opening what merely begins like the right thing with another decoder.
        with Image.open(io.BytesIO(data), formats=[format]) as image:
            # Only the header is read yet: a small file can decode to gigabytes.
            if image.width * image.height > PIXELS:
                raise ImageTooLarge()
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _encoded(upright, format)
    except Image.DecompressionBombError:
        # Pillow's own limit comes before ours where the header is beyond all measure.
        raise ImageTooLarge() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise FileRefused() from None


def _encoded(image: Image.Image, format: str) -> bytes:
    if format == "JPEG":
        image = image.convert("RGB")
    elif "transparency" in image.info or image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        # Of a palette or a single colour, transparency is kept in `info`, which goes.
        image = image.convert("RGBA")
    image.info = {}
    out = io.BytesIO()
    image.save(out, format, optimize=True, **({"quality": 85} if format == "JPEG" else {}))
    return out.getvalue()
