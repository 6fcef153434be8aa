"""PURE: the languages that a reader may choose, and what a notice says in one of them."""

from collections.abc import Mapping
from typing import Final

TONGUES: Final = ("ja", "ja-easy", "en", "zh", "ko")
"""ja-easy: やさしい日本語, for those who are learning it."""
_TAGS: Final = {"ja-easy": "ja", "zh": "zh-Hans"}


def tag_of(lang: str) -> str:
    """As programs name it (BCP 47): what a screen reader pronounces it by."""
    return _TAGS.get(lang, lang)


def said_in(lang: str, translations: Mapping[str, object], title: str, body: str) -> tuple[str, str]:
    """Title and body in the reader's language; as they were written, where nobody has translated them.

    `translations`: by language, {"title", "body"}.
    """
    said = translations.get(lang)
    if not isinstance(said, Mapping):
        return title, body
    other, text = said.get("title"), said.get("body")
    whole = isinstance(other, str) and isinstance(text, str) and bool(other and text)
    return (str(other), str(text)) if whole else (title, body)
