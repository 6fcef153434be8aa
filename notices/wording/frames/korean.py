"""PURE: 한국어: the words around a notice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final


def _day(moment: datetime) -> str:
    day = f"{moment.month}월 {moment.day}일({'월화수목금토일'[moment.weekday()]})"
    return day if (moment.hour, moment.minute) == (23, 59) else f"{day} {moment:%H:%M}"


_ONCE = "10분 동안 한 번만 사용할 수 있습니다. 아무에게도 알려 주지 마십시오."

SAID: Final[Mapping[str, Any]] = {
    "kinds": {
        "notice": "알림: ",
        "circular": "회람: ",
        "digest": "",
        "question": "",
        "memo": "",
        "nudge": "",
    },
    "urgent": "【급함】",
    "reminders": {"eve": "【내일까지】", "morning": "【오늘까지】"},
    "bundle": lambda weekly, count, minutes: f"{'이번 주' if weekly else '오늘'} 알림 {count}건·{minutes}분",
    "corrected": "【정정】",
    "greeting": "에서 보낸 알림입니다.",
    "deadline": "기한: ",
    "files": "첨부(열면 볼 수 있습니다)",
    "open": "열고 ‘읽었습니다’ 누르기",
    "open_notice": "열어서 읽기",
    "open_app": "앱 열기",
    "why": "열기만 해서는 읽은 것이 되지 않습니다. 버튼을 누르면 주민회에 전해집니다.",
    "why_notice": "열어도 아무에게도 전해지지 않습니다.",
    "why_question": "휴대전화에 등록한 앱에서 열어 주십시오. 그 밖에 하실 일은 없습니다.",
    "question": ("잘 지내십니까", "잘 지내십니까? 앱을 한 번 열면 앞으로도 알림이 도착합니다."),
    "codes": {
        "sign-in": (
            "회람 앱에 들어가는 번호",
            lambda digits, city: f"{city} 회람 앱에 들어가는 번호입니다.\n\n{digits}\n\n{_ONCE}",
        ),
        "address": (
            "메일 주소를 확인하는 번호",
            lambda digits, city: (
                f"{city} 회람 앱에 이 메일 주소를 등록하는 번호입니다.\n\n{digits}\n\n{_ONCE}"
            ),
        ),
    },
    "from_": "보낸 사람: ",
    "contact": "연락처: ",
    "unsubscribe": "이 메일을 받지 않으려면 여기를 여십시오.",
    "stop": "이 메일 받지 않기",
    "day": _day,
}
