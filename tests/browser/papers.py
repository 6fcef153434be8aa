"""What an officer attaches: a small PDF and a small picture, made here."""

from io import BytesIO
from time import gmtime
from typing import Final

from PIL import Image, ImageDraw

MADE: Final = gmtime(1_790_000_000)


def pdf() -> bytes:
    """One blank page of A4, the same each time: Pillow would write down the second."""
    out = BytesIO()
    Image.new("1", (595, 842), 1).save(out, "PDF", creationDate=MADE, modDate=MADE)
    return out.getvalue()


def map_png() -> bytes:
    """A park, a street and a cross: where to meet."""
    picture = Image.new("RGB", (640, 400), "#f4f1e6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((60, 60, 280, 340), fill="#bfd8b8")
    draw.rectangle((320, 0, 380, 400), fill="#ffffff")
    draw.line((150, 180, 190, 220), fill="#c8321e", width=10)
    draw.line((190, 180, 150, 220), fill="#c8321e", width=10)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
