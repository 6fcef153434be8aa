"""PURE: what an alert becomes: the draft of an emergency or of an exercise. Its words, cleaned; whose they are is said below."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from notices.cap.judging import KIND_OF, expires, main_info
from notices.cap.message import Alert, Info, moment
from notices.publishing.compose import BODY_LENGTH, TITLE_LENGTH, Draft
from notices.tokyo import TOKYO

_LANGUAGES: Final = {"en": "en", "zh": "zh", "ko": "ko", "ja-x-easy": "ja-easy"}
_AREAS: Final = 40
"""Named; a national alert lists every town of the country."""
_STEPS: Final = {"Alert": "first", "Update": "update", "Cancel": "all-clear"}
_ENDED: Final = ("警報は解除されました", "気象台などから、警報の解除が伝えられました。")


def step_of(alert: Alert) -> str:
    return _STEPS[alert.msg_type]


def draft_of(
    alert: Alert,
    audience: Mapping[str, object],
    refers_to: str | None,
    now: datetime,
    title: str | None = None,
) -> Draft:
    """`refers_to`: the first message of the chain it goes on with; None: it begins one. `title`: of what a Cancel without words
    is about."""
    info = main_info(alert)
    translations = {
        _LANGUAGES[language]: {"title": _title(each), "body": _body(each)}
        for each in alert.info
        if each is not info and (language := _language(each)) in _LANGUAGES
    }
    ends = expires(alert)
    return Draft(
        kind=KIND_OF[alert.status],
        topic="disaster",
        title=_title(info) if info is not None else _line(title or _ENDED[0])[:TITLE_LENGTH],
        body=_body(info) if info is not None else _ENDED[1],
        audience=audience,
        expires_at=ends if ends is not None and ends > now else None,
        translations=translations,
        refers_to=refers_to,
        step=step_of(alert) if refers_to is not None else "first",
    )


def said_of(alert: Alert) -> dict[str, Any]:
    """What the list of alerts shows of it, in columns."""
    info = main_info(alert)
    return {
        "event": _line(info.event)[:200] if info else "",
        "headline": _title(info) if info else "",
        "urgency": info.urgency if info else "Unknown",
        "severity": info.severity if info else "Unknown",
        "certainty": info.certainty if info else "Unknown",
        "areas": [_line(area.area_desc)[:200] for area in (info.area[:_AREAS] if info else ())],
        "expires_at": expires(alert),
    }


def _language(info: Info) -> str:
    whole = (info.language or "en-US").lower()
    return whole if whole in _LANGUAGES else whole.split("-")[0]


def _title(info: Info) -> str:
    return (_line(info.headline or "") or _line(info.event))[:TITLE_LENGTH]


def _body(info: Info) -> str:
    areas = "、".join(_line(each.area_desc) for each in info.area[:_AREAS])
    parts = (
        _clean(info.description or ""),
        _clean(info.instruction or ""),
        areas and f"対象：{areas}" + ("　ほか" if len(info.area) > _AREAS else ""),
        _until(info),
        info.sender_name and f"発表：{_line(info.sender_name)}",
        _web(info),
    )
    return _cut("\n\n".join(filter(None, parts)) or _title(info))


def _until(info: Info) -> str:
    if info.expires is None:
        return ""
    at = moment(info.expires).astimezone(TOKYO)
    return f"有効期限：{at.month}月{at.day}日 {at.hour}時{at.minute:02}分"


def _web(info: Info) -> str:
    found = re.fullmatch(r"https://[\x21-\x7e]{1,500}", info.web or "")
    return found[0] if found else ""


def _cut(text: str) -> str:
    return text if len(text) <= BODY_LENGTH else text[: BODY_LENGTH - 1] + "…"


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """Without what a notice may not say: controls, and marks that turn the direction of text."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(_kept(kept)).strip()


def _kept(text: str) -> Iterable[str]:
    return (
        each
        for each in text
        if each == "\n" or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
