"""PURE: 中文 (simplified): the words around a notice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final


def _day(moment: datetime) -> str:
    day = f"{moment.month}月{moment.day}日（星期{'一二三四五六日'[moment.weekday()]}）"
    return day if (moment.hour, moment.minute) == (23, 59) else f"{day}{moment:%H:%M}"


_ONCE = "10分钟内有效，只能使用一次。请不要告诉任何人。"

SAID: Final[Mapping[str, Any]] = {
    "kinds": {
        "notice": "通知：",
        "circular": "传阅：",
        "digest": "",
        "question": "",
        "memo": "",
        "nudge": "",
    },
    "urgent": "【加急】",
    "reminders": {"eve": "【截止到明天】", "morning": "【截止到今天】"},
    "bundle": lambda weekly, count, minutes: f"{'本周' if weekly else '今天'}的通知 {count}条・{minutes}分钟",
    "corrected": "【更正】",
    "greeting": "发来通知。",
    "deadline": "截止日期：",
    "files": "附件（打开后可查看）",
    "open": "打开并按「已读」",
    "open_notice": "打开阅读",
    "open_app": "打开应用",
    "why": "只打开不算已读。按下按钮后，町内会才会知道。",
    "why_notice": "打开通知不会告知任何人。",
    "why_question": "请在手机上打开应用。不需要做其他事情。",
    "question": ("您一切都好吗", "您一切都好吗？请打开一次应用，以后也能继续收到通知。"),
    "codes": {
        "sign-in": (
            "登录传阅应用的验证码",
            lambda digits, city: f"这是登录{city}传阅应用的验证码。\n\n{digits}\n\n{_ONCE}",
        ),
        "address": (
            "确认邮箱地址的验证码",
            lambda digits, city: f"这是在{city}传阅应用中登记此邮箱的验证码。\n\n{digits}\n\n{_ONCE}",
        ),
    },
    "from_": "发送者：",
    "contact": "联系方式：",
    "unsubscribe": "如果不想再收到此邮件，请打开：",
    "stop": "不再接收此邮件",
    "day": _day,
}
