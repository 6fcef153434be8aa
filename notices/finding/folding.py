"""PURE: what two ways of writing the same words have in common, so that one is found by the other.

Japanese has no blanks between words, so words are found as pieces of the text, not by cutting it up. The web client folds
alike (server/web/read/finding.js); a test holds the two together.
"""

import unicodedata
from typing import Final

_TO_HIRAGANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}


def fold(text: str) -> str:
    """NFKC, small letters, katakana as hiragana, and no blanks: a word may be broken at the end of a line."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_TO_HIRAGANA)
    return "".join(plain.split())


def of(title: str, body: str) -> str:
    """What a notice is found by. A piece of the one and the other never makes a word: a line stands between."""
    return f"{fold(title)}\n{fold(body)}"


def terms(asked: str) -> list[str]:
    """The words somebody typed, each to be found: what blanks separate, the wide one too."""
    return list(dict.fromkeys(filter(None, map(fold, asked.split()))))
