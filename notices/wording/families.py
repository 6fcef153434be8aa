"""PURE: what a family is told of somebody for whom they hear: title and text, by what happened."""

from collections.abc import Callable, Mapping
from typing import Final

Said = tuple[str, str]

_JA: Final[Mapping[str, Callable[[str, str], Said]]] = {
    "unseen": lambda name, title: (
        f"{name}さんがまだ見ていないお知らせがあります",
        f"急ぎのお知らせ「{title}」を、{name}さんの世帯がまだ見ていません。お電話などで、ようすを確かめてください。",
    ),
    "missing": lambda name, day: (
        f"{name}さんの「元気です」がまだありません",
        f"{day}の「元気です」が、決めた時刻までに押されていません。お電話などで、ようすを確かめてください。",
    ),
    "late": lambda name, day: (
        f"{name}さんの「元気です」がおくれて届きました",
        f"{day}の「元気です」が届きました。決めた時刻のあとに押されたか、電波がなくておくれて届いたものです。",
    ),
}
_EN: Final[Mapping[str, Callable[[str, str], Said]]] = {
    "unseen": lambda name, title: (
        f"{name} has not seen an urgent notice yet",
        f"The household of {name} has not seen the urgent notice “{title}” yet. Please ring them, or look in.",
    ),
    "missing": lambda name, day: (
        f"No “I am well” from {name} yet",
        f"The “I am well” of {day} was not pressed by the agreed time. Please ring them, or look in.",
    ),
    "late": lambda name, day: (
        f"The “I am well” of {name} came late",
        f"The “I am well” of {day} is here. It was pressed after the agreed time, or came late for want of a signal.",
    ),
}


def said(what: str, lang: str, name: str, about: str) -> Said:
    """`about`: the notice's title, or the day. Japanese where we do not speak the language yet."""
    return (_EN if lang == "en" else _JA)[what](name, about)
