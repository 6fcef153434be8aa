"""PURE: the words around a notice in further languages: those that residents read. What is missing in one of them, what
the house says to officers and clerks, is said in Japanese.
"""

from collections.abc import Mapping
from typing import Any, Final

from notices.wording.frames import chinese, easy, korean

FURTHER: Final[Mapping[str, Mapping[str, Any]]] = {
    "ja-easy": easy.SAID,
    "zh": chinese.SAID,
    "ko": korean.SAID,
}
"""Fields of words.Words, by language."""
