"""PURE: an image decoded and encoded afresh, upright and no larger than a phone shows it."""

import io
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from notices.attachments.file_errors import FileRefused, ImageTooLarge

PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2400
"""Pixels; more is not seen on a phone, and costs the plan of whoever opens it."""


def reencoded(data: bytes, format: str) -> bytes:
    """`format`: JPEG or PNG. Raises ImageTooLarge, FileRefused."""
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
