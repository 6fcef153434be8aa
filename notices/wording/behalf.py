"""PURE: a message to a proxy says at once for whom it is, behind the marks of a drill or an emergency."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Behalf:
    """`names`: those for whom its reader reads it; `own`: it is for the reader's own home, too."""

    names: tuple[str, ...] = ()
    own: bool = True


OWN: Final = Behalf()


@dataclass(frozen=True, slots=True)
class _Words:
    """Of names, as one part of a sentence."""

    each: str
    between: str
    title: Callable[[str], str]
    title_too: Callable[[str], str]
    text: Callable[[str], str]
    text_too: Callable[[str], str]


_JA: Final = _Words(
    each="{}さん",
    between="、",
    title=lambda who: f"【代理：{who}】",
    title_too=lambda who: f"【{who}の分も】",
    text=lambda who: f"{who}の代理として、お送りしています。",
    text_too=lambda who: f"ご自身の分と、{who}の代理としての分です。",
)
_WORDS: Final[Mapping[str, _Words]] = {
    "ja": _JA,
    "ja-easy": _Words(
        each="{}さん",
        between="、",
        title=lambda who: f"【代理：{who}】",
        title_too=lambda who: f"【{who}の 分も】",
        text=lambda who: f"これは {who}への お知らせです。あなたが 代理（かわりの 人）なので、送りました。",
        text_too=lambda who: (
            f"これは あなたと {who}への お知らせです。あなたは {who}の 代理（かわりの 人）です。"
        ),
    ),
    "en": _Words(
        each="{}",
        between=", ",
        title=lambda who: f"[For {who}] ",
        title_too=lambda who: f"[Also for {who}] ",
        text=lambda who: f"You get this as the proxy of {who}.",
        text_too=lambda who: f"You get this for yourself, and as the proxy of {who}.",
    ),
    "zh": _Words(
        each="{}",
        between="、",
        title=lambda who: f"【代理：{who}】",
        title_too=lambda who: f"【兼代理：{who}】",
        text=lambda who: f"您是{who}的代理人，因此收到此通知。",
        text_too=lambda who: f"此通知既发给您本人，也发给由您代理的{who}。",
    ),
    "ko": _Words(
        each="{} 님",
        between=", ",
        title=lambda who: f"【대리: {who}】",
        title_too=lambda who: f"【{who} 대리 포함】",
        text=lambda who: f"{who}의 대리인으로서 받으시는 알림입니다.",
        text_too=lambda who: f"본인과, 대리하고 계신 {who}에게 온 알림입니다.",
    ),
}


def title(whose: Behalf, lang: str) -> str:
    """What stands before a title; nothing for who reads for themselves alone."""
    words = _WORDS.get(lang, _JA)
    return (words.title_too if whose.own else words.title)(_who(whose, words)) if whose.names else ""


def text(whose: Behalf, body: str, lang: str) -> str:
    words = _WORDS.get(lang, _JA)
    if not whose.names:
        return body
    return f"{(words.text_too if whose.own else words.text)(_who(whose, words))}\n\n{body}"


def _who(whose: Behalf, words: _Words) -> str:
    return words.between.join(words.each.format(name) for name in whose.names)
