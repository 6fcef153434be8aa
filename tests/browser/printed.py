"""Reads the text of a PDF as Chromium prints it: glyphs by number, and a table back to characters for each font."""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_GLYPHS = re.compile(rb"<([0-9A-Fa-f]+)>\s*Tj")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})>")
_CHAR = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4})>\s*$", re.M)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Width and height of the pages, in whole points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    return {(round(float(width)), round(float(height))) for width, height in boxes}


def readings(pdf: bytes) -> list[str]:
    """The whole text once for each font; only what is set in that font makes sense in it."""
    streams = [_inflated(found) for found in _STREAM.findall(pdf)]
    fonts = [_characters(stream) for stream in streams if b"begincmap" in stream]
    glyphs = [int(hexes[at : at + 4], 16) for hexes in _shown(streams) for at in range(0, len(hexes), 4)]
    return ["".join(font.get(glyph, "\ufffd") for glyph in glyphs) for font in fonts]


def _shown(streams: list[bytes]) -> list[bytes]:
    return [found for stream in streams if b" Tf" in stream for found in _GLYPHS.findall(stream)]


def _inflated(stream: bytes) -> bytes:
    try:
        # Its last byte may look like the end of a line and be lost to the pattern above: it is only of the checksum.
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def _characters(cmap: bytes) -> dict[int, str]:
    found = {int(glyph, 16): chr(int(char, 16)) for glyph, char in _CHAR.findall(cmap)}
    for first, last, char in _RANGE.findall(cmap):
        start = int(first, 16)
        found |= {start + n: chr(int(char, 16) + n) for n in range(int(last, 16) - start + 1)}
    return found
