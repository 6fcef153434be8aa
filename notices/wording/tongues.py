"""PURE: the languages that a reader may choose, and what a notice says in one of them."""

from collections.abc import Mapping
from typing import Final

TONGUES: Final = ("ja", "ja-easy", "en", "zh", "ko")
"""ja-easy: やさしい日本語, for those who are learning it."""
_TAGS: Final = {"ja-easy": "ja", "zh": "zh-Hans"}
_ONLY_JAPANESE: Final[Mapping[str, str]] = {
    "ja-easy": "{}からの 大切な お知らせです。むずかしい 日本語だけです。わからない ときは、すぐ 近くの 人に 聞いて ください。",
    "en": "An important message from {}, in Japanese only. If you cannot read it, ask somebody near you at once.",
    "zh": "这是{}发出的重要通知，只有日语。如果看不懂，请立即向身边的人询问。",
    "ko": "{}에서 보낸 중요한 알림이며, 일본어로만 되어 있습니다. 읽을 수 없으면 바로 주변 사람에게 물어보십시오.",
}


def tag_of(lang: str) -> str:
    """As programs name it (BCP 47): what a screen reader pronounces it by."""
    return _TAGS.get(lang, lang)


def said_in(lang: str, translations: Mapping[str, object], title: str, body: str) -> tuple[str, str]:
    """Title and body in the reader's language; as they were written, where nobody has translated them.

    `translations`: by language, {"title", "body"}.
    """
    return _said(lang, translations) or (title, body)


def alarm_in(
    lang: str, translations: Mapping[str, object], title: str, body: str, sender: str
) -> tuple[str, str]:
    """The same of an alarm: one that its writer worded in Japanese alone says so first, in the reader's language."""
    only = _ONLY_JAPANESE.get(lang)
    said = _said(lang, translations)
    return said or (title, body if only is None else f"{only.format(sender)}\n\n{body}")


def _said(lang: str, translations: Mapping[str, object]) -> tuple[str, str] | None:
    said = translations.get(lang)
    if not isinstance(said, Mapping):
        return None
    title, body = said.get("title"), said.get("body")
    whole = isinstance(title, str) and isinstance(body, str) and bool(title and body)
    return (str(title), str(body)) if whole else None
