"""PURE: texts prepared for when it matters, in five languages, with what is filled in on the day (templates.json).

A template is of one kind for ever: what was prepared for an exercise says so in every language, and is sent as nothing else.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from notices.alarm.alarm_errors import AnotherKind, FillInMissing, FollowUpWrong, TemplateUnknown

_FILE: Final = Path(__file__).parent / "templates.json"
_FILL_IN: Final = re.compile(r"\{([a-z]+)\}")
LANGUAGES: Final = ("ja", "ja-easy", "en", "zh", "ko")
Texts = Mapping[str, Mapping[str, str]]
"""Language → {title, body}."""


class Template(NamedTuple):
    name: str
    kind: str
    step: str
    topic: str
    said: Texts

    def fill_ins(self, language: str = "ja") -> tuple[str, ...]:
        """What is to be filled in, in the order in which it is read."""
        said = self.said[language]
        return tuple(dict.fromkeys(_FILL_IN.findall(f"{said['title']}\n{said['body']}")))


@cache
def prepared() -> Mapping[str, Template]:
    """By name, in the order in which a clerk sees them."""
    return {each["name"]: Template(**each) for each in _read()["templates"]}


@cache
def labels() -> Mapping[str, str]:
    """Fill-in → what it is called on a Japanese screen."""
    found: Mapping[str, str] = _read()["fillIns"]
    return found


def _read() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def of_kind(name: str, kind: str) -> Template:
    """Raises TemplateUnknown, AnotherKind."""
    template = prepared().get(name)
    if template is None:
        raise TemplateUnknown()
    if template.kind != kind:
        raise AnotherKind(kind=template.kind)
    return template


def suits(name: str, kind: str, step: str) -> None:
    """Raises as `of_kind`, and FollowUpWrong for an all-clear that is no all-clear."""
    if of_kind(name, kind).step != step:
        raise FollowUpWrong()


def filled(name: str, kind: str, given: Mapping[str, str]) -> Texts:
    """In all five languages. Raises as `of_kind`, and FillInMissing."""
    template = of_kind(name, kind)
    missing = [each for each in template.fill_ins() if not given.get(each, "").strip()]
    if missing:
        raise FillInMissing(labels="、".join(labels()[each] for each in missing), names=", ".join(missing))
    return {
        language: {
            part: _FILL_IN.sub(lambda found: given[found[1]].strip(), text) for part, text in said.items()
        }
        for language, said in template.said.items()
    }


def told() -> dict[str, Any]:
    """As clients get it; where nothing is filled in yet, a fill-in stands as {name}."""
    return {
        "fillIns": dict(labels()),
        "templates": [
            {
                "name": each.name,
                "kind": each.kind,
                "step": each.step,
                "topic": each.topic,
                "fillIns": list(each.fill_ins()),
                "said": each.said,
            }
            for each in prepared().values()
        ],
    }
