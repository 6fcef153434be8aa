"""PURE: やさしい日本語: short sentences, spaces between words, no honorifics, hard words explained."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final


def _day(moment: datetime) -> str:
    day = f"{moment.month}月{moment.day}日（{'月火水木金土日'[moment.weekday()]}曜日）"
    if (moment.hour, moment.minute) == (23, 59):
        return day
    return f"{day} {moment.hour}時{f'{moment.minute}分' if moment.minute else ''}"


_ONCE = "10分の あいだに 1回だけ 使えます。だれにも 教えないで ください。"

SAID: Final[Mapping[str, Any]] = {
    "kinds": {
        "notice": "お知らせ：",
        "circular": "回覧：",
        "digest": "",
        "question": "",
        "memo": "",
        "nudge": "",
    },
    "urgent": "【急ぎ】",
    "reminders": {"eve": "【明日まで】", "morning": "【今日まで】"},
    "bundle": lambda weekly, count, minutes: (
        f"{'今週' if weekly else '今日'}の お知らせ {count}件（読むのに {minutes}分）"
    ),
    "corrected": "【直しました】",
    "greeting": "からの お知らせです。",
    "deadline": "いつまで：",
    "files": "いっしょに 送った もの（開くと 見ることが できます）",
    "open": "開いて「読みました」を 押す",
    "open_notice": "開いて 読む",
    "open_app": "アプリを 開く",
    "why": "「読みました」の ボタンを 押すと、町内会に 伝わります。開くだけでは 伝わりません。",
    "why_notice": "開いても、だれにも 伝わりません。",
    "why_question": "スマホの アプリを 開いて ください。ほかに することは ありません。",
    "question": (
        "元気ですか",
        "元気ですか。アプリを 1回 開いて ください。これからも お知らせが 届きます。",
    ),
    "codes": {
        "sign-in": (
            "アプリに 入る 番号",
            lambda digits, city: f"{city}の 回覧アプリに 入る 番号です。\n\n{digits}\n\n{_ONCE}",
        ),
        "address": (
            "メールアドレスを 確かめる 番号",
            lambda digits, city: (
                f"{city}の 回覧アプリで この メールアドレスを 使う ための 番号です。\n\n{digits}\n\n{_ONCE}"
            ),
        ),
    },
    "from_": "送った 人：",
    "contact": "連絡する ところ：",
    "unsubscribe": "この メールを やめたい ときは、ここを 開いて ください。",
    "stop": "この メールを やめる",
    "day": _day,
}
