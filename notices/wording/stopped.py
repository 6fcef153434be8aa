"""PURE: what whoever pressed is told when sending has stopped and asks (planning/misgivings.py)."""

from collections.abc import Mapping
from typing import Final

from notices.ledger.reasons import REASONS

_IN_ENGLISH: Final[Mapping[str, str]] = {
    "nobody": "Nobody was found who would get it. Check the list of homes first.",
    "far-more": "It would be more than ten times as many messages as usual.",
}


def said(lang: str, reason: str, title: str) -> tuple[str, str]:
    """Title and text. Japanese where we do not speak the language yet."""
    if lang == "en":
        return (
            f"Sending has stopped and waits for you: {title}",
            f"{_IN_ENGLISH[reason]} Open the app, look, and go on or withdraw it.",
        )
    return (
        f"送るのを止めて、お返事を待っています：{title}",
        f"{REASONS[reason]}アプリを開き、このまま送るか、取り下げるかを決めてください。",
    )
