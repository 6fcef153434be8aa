"""PURE: what stands first on every channel, so that nobody takes a drill for the real thing or an alert for a circular.

【訓練】 is put first here and nowhere else; titles are stored without it. The client says the same in web/read/marks.js.
"""

from collections.abc import Mapping
from typing import Final

MARKS: Final[Mapping[str, Mapping[str, str]]] = {
    "exercise": {
        "ja": "【訓練】",
        "ja-easy": "【訓練】",
        "en": "[DRILL] ",
        "zh": "【演练】",
        "ko": "【훈련】",
    },
    "emergency": {
        "ja": "【緊急】",
        "ja-easy": "【緊急】",
        "en": "[EMERGENCY] ",
        "zh": "【紧急】",
        "ko": "【긴급】",
    },
    "safety-check": {
        "ja": "【安否確認】",
        "ja-easy": "【安否確認】",
        "en": "[SAFETY CHECK] ",
        "zh": "【安全确认】",
        "ko": "【안부 확인】",
    },
}
STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "update": {
        "ja": "【続報】",
        "ja-easy": "【続報】",
        "en": "[UPDATE] ",
        "zh": "【后续】",
        "ko": "【후속】",
    },
    "all-clear": {
        "ja": "【解除】",
        "ja-easy": "【解除】",
        "en": "[ALL CLEAR] ",
        "zh": "【解除】",
        "ko": "【해제】",
    },
}
_NO_DANGER: Final[Mapping[str, str]] = {
    "ja": "これは訓練です。本当の災害ではありません。",
    "ja-easy": "これは 訓練（練習）です。本当の 災害では ありません。",
    "en": "This is a drill. There is no real danger.",
    "zh": "这是演练，不是真正的灾害。",
    "ko": "이것은 훈련입니다. 실제 재난이 아닙니다.",
}


def marked(kind: str, title: str, lang: str, step: str = "first") -> str:
    """The title behind its marks; as it is, where the kind has none. `step`: first, update or all-clear.

    What is over is no emergency any more: its all-clear says so alone. A drill stays a drill to its end.
    """
    first = MARKS.get(kind)
    if first is None:
        return title
    then = _in(STEPS[step], lang) if step in STEPS else ""
    calm = step == "all-clear" and kind == "emergency"
    return f"{'' if calm else _in(first, lang)}{then}{title}"


def opened(kind: str, text: str, lang: str) -> str:
    """The text as it may be read alone, without its title: a drill's begins by saying that it is one."""
    if kind != "exercise":
        return text
    return f"{marked(kind, _in(_NO_DANGER, lang), lang)}\n\n{text}"


def has_mark(kind: str) -> bool:
    return kind in MARKS


def _in(words: Mapping[str, str], lang: str) -> str:
    return words.get(lang, words["ja"])
