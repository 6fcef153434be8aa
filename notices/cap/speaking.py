"""PURE: an alarm of ours as an alert for others. Its kind is its status, its step the type of its message.

`ja-x-easy` for やさしい日本語: a private use subtag (RFC 5646 §2.2.7), since no script or variant of the registry says "plain".
A machine that knows only `ja` finds it by the first subtag, and a person is never told that a script is meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from notices.alarm.chain import ALL_CLEAR, UPDATE
from notices.alarm.kinds import EMERGENCY, EXERCISE
from notices.cap.message import Alert, Area, Info, Pair, Reference
from notices.models import Notice
from notices.tokyo import wire
from notices.wording.marks import marked, opened

KINDS: Final = {EMERGENCY: "Actual", EXERCISE: "Exercise"}
LANGUAGES: Final = {"ja": "ja", "ja-easy": "ja-x-easy", "en": "en", "zh": "zh", "ko": "ko"}
EVENTS: Final = {
    EMERGENCY: {
        "ja": "緊急のお知らせ",
        "ja-easy": "緊急の お知らせ",
        "en": "Emergency",
        "zh": "紧急通知",
        "ko": "긴급 안내",
    },
    EXERCISE: {"ja": "訓練", "ja-easy": "訓練（練習）", "en": "Drill", "zh": "演练", "ko": "훈련"},
}


class Meaning(NamedTuple):
    category: str
    response: str | None
    severity: str
    certainty: str


_UNSAID: Final = Meaning("Safety", None, "Severe", "Likely")
MEANINGS: Final[Mapping[str, Meaning]] = {
    "elderly-evacuation": Meaning("Safety", "Prepare", "Severe", "Likely"),
    "evacuation": Meaning("Safety", "Evacuate", "Severe", "Likely"),
    "emergency-safety": Meaning("Safety", "Shelter", "Extreme", "Likely"),
    "shelter-open": Meaning("Safety", "Shelter", "Moderate", "Observed"),
    "water-outage": Meaning("Infra", None, "Moderate", "Observed"),
    "power-outage": Meaning("Infra", None, "Moderate", "Observed"),
    "heavy-rain": Meaning("Met", "Prepare", "Moderate", "Likely"),
    "earthquake": Meaning("Geo", "Assess", "Severe", "Observed"),
    "tsunami": Meaning("Geo", "Evacuate", "Extreme", "Likely"),
    "suspicious-person": Meaning("Security", "Avoid", "Moderate", "Observed"),
    "bear": Meaning("Safety", "Avoid", "Moderate", "Observed"),
    "fire": Meaning("Fire", "Evacuate", "Severe", "Observed"),
}
"""Template → what a machine may conclude. What was written freely is grave, and no more is claimed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Of what is alerted: a city, or one association of it."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """`name`: of the city or association; `host`: of the house, which makes sender and identifier unique."""

    tenant: str
    host: str
    name: str
    contact: str
    origin: str

    @property
    def sender(self) -> str:
        return f"{self.tenant}@{self.host}"


def identifier(notice: Notice, *, withdrawn: bool = False) -> str:
    return f"{notice.tenant}.{notice.id}" + (".withdrawn" if withdrawn else "")


def alert_of(
    notice: Notice,
    earlier: Sequence[Notice],
    places: Sequence[Place],
    by: Speaker,
    *,
    withdrawn: bool = False,
) -> Alert:
    """`earlier`: of its chain, what was out before it, the oldest first. `withdrawn`: what takes the notice itself back."""
    at = notice.withdrawn_at if withdrawn else notice.published_at
    assert at is not None
    before = [*earlier, notice] if withdrawn else earlier
    step = ALL_CLEAR if withdrawn else notice.step
    references = " ".join(str(_reference(each, by)) for each in before if each.published_at is not None)
    return Alert(
        identifier=identifier(notice, withdrawn=withdrawn),
        sender=by.sender,
        sent=_time(at),
        status=KINDS[notice.kind],
        msg_type=("Cancel" if step == ALL_CLEAR else "Update" if step == UPDATE else "Alert"),
        scope="Public",
        references=references or None,
        info=tuple(_infos(notice, step, places, by)),
    )


def _reference(notice: Notice, by: Speaker) -> Reference:
    assert notice.published_at is not None
    return Reference(by.sender, identifier(notice), _time(notice.published_at))


def _infos(notice: Notice, step: str, places: Sequence[Place], by: Speaker) -> list[Info]:
    said: dict[str, Any] = {"ja": {"title": notice.title, "body": notice.body}} | notice.translations
    return [
        _info(notice, language, said[language], step, places, by)
        for language in LANGUAGES
        if language in said
    ]


def _info(
    notice: Notice,
    language: str,
    said: Mapping[str, str],
    step: str,
    places: Sequence[Place],
    by: Speaker,
) -> Info:
    meaning = MEANINGS.get(notice.template or "", _UNSAID)
    over = step == ALL_CLEAR
    response = "AllClear" if over else meaning.response
    return Info(
        language=LANGUAGES[language],
        category=(meaning.category,),
        event=EVENTS[notice.kind][language],
        response_type=(response,) if response else (),
        urgency="Past" if over else "Immediate",
        severity="Unknown" if over else meaning.severity,
        certainty="Observed" if over else meaning.certainty,
        effective=_time(notice.published_at) if notice.published_at else None,
        expires=_time(notice.expires_at) if notice.expires_at else None,
        sender_name=by.name,
        headline=marked(notice.kind, said["title"], language, step),
        description=opened(notice.kind, said["body"], language),
        web=f"{by.origin}/n/{notice.id}",
        contact=by.contact or None,
        area=tuple(Area(area_desc=each.name, geocode=(Pair("Kairan", each.code),)) for each in places),
    )


def _time(at: datetime) -> str:
    text = wire(at)
    assert text is not None
    return text
