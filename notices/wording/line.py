"""PURE: what a notice looks like on LINE: plain text, the words first and the address of the notice last.

The same text goes to everybody who reads the language, so that one call carries it to hundreds.
Source: Messaging API reference, text message (5,000 UTF-16 code units).
"""

from dataclasses import dataclass
from typing import Final

from notices.wording.letter import Letter, button_of, deadline_of, heading, link_of, said
from notices.wording.text import plain_of, shortened
from notices.wording.words import words_of

LIMIT: Final = 5000
_TITLE_BYTES: Final = 900
_FILES_BYTES: Final = 600


@dataclass(frozen=True, slots=True)
class LineBody:
    text: str


def line_of(letter: Letter, *, origin: str) -> LineBody:
    """The text of a notice; a body that is too long is cut, with a mark."""
    body = plain_of(said(letter))
    # By search, not by sum: a cut falls between characters as readers see them.
    least, most = 0, len(body.encode("utf-8", "replace"))
    while least < most:
        room = (least + most + 1) // 2
        fits = units(_text(letter, shortened(body, room), origin)) <= LIMIT
        least, most = (room, most) if fits else (least, room - 1)
    return LineBody(_text(letter, shortened(body, least), origin))


def units(text: str) -> int:
    """As LINE counts: 𠮷 and most emoji are two."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _text(letter: Letter, body: str, origin: str) -> str:
    words = words_of(letter.lang)
    files = shortened("、".join(letter.files), _FILES_BYTES)
    top = [shortened(heading(letter), _TITLE_BYTES), deadline_of(letter)]
    end: list[str | None] = [
        letter.association,
        button_of(letter),
        link_of(letter, origin),
    ]
    parts: list[list[str | None]] = [top, [body], [words.files, files] if files else [], end]
    text = "\n\n".join(part for part in ("\n".join(filter(None, lines)) for lines in parts) if part)
    return text.encode("utf-8", "replace").decode()
