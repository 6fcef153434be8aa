"""PURE: the words that stand around a notice in a mail and on a lock screen, in each language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from notices.wording.frames import FURTHER


def _japanese_day(moment: datetime) -> str:
    """11月30日（月）, with the hour unless it is the end of the day."""
    day = f"{moment.month}月{moment.day}日（{'月火水木金土日'[moment.weekday()]}）"
    if (moment.hour, moment.minute) == (23, 59):
        return day
    return f"{day}{moment.hour}時{f'{moment.minute}分' if moment.minute else ''}"


def _english_day(moment: datetime) -> str:
    day = f"{moment:%A} {moment.day} {moment:%B}"
    return day if (moment.hour, moment.minute) == (23, 59) else f"{day}, {moment:%H:%M}"


@dataclass(frozen=True, slots=True)
class Words:
    kinds: Mapping[str, str]
    """Before a title, of those that have no mark (marks.py)."""
    urgent: str
    reminders: Mapping[str, str]
    """Before the subject of a letter that comes again because its deadline is near."""
    bundle: Callable[[bool, int, int], str]
    """Subject of a digest: weekly, notices, minutes."""
    corrected: str
    greeting: str
    deadline: str
    files: str
    open: str
    open_notice: str
    open_app: str
    why: str
    why_notice: str
    why_question: str
    question: tuple[str, str]
    """Title and text for somebody whose phone has long been silent."""
    codes: Mapping[str, tuple[str, Callable[[str, str], str]]]
    """By what it is for, title and text of a code by mail: the digits, the city."""
    waits: Callable[[str, str, bool], tuple[str, str]]
    """Title and text for officers whose association has a circular to pass on: city, title, said before."""
    place: tuple[Callable[[str], str], str]
    """Title (of the notice's) and text for whoever waited for a place and has one now."""
    from_: str
    contact: str
    unsubscribe: str
    stop: str
    day: Callable[[datetime], str]


def words_of(lang: str) -> Words:
    """Japanese where we do not speak the language yet."""
    return WORDS.get(lang, WORDS["ja"])


_WHOLE: Final[Mapping[str, Words]] = {
    "ja": Words(
        kinds={
            "notice": "お知らせ：",
            "circular": "回覧：",
            "digest": "",
            "question": "",
            "memo": "",
            "nudge": "",
        },
        urgent="【急ぎ】",
        reminders={"eve": "【あすまで】", "morning": "【きょうまで】"},
        bundle=lambda weekly, count, minutes: (
            f"{'今週' if weekly else 'きょう'}のお知らせ {count}件・{minutes}分"
        ),
        corrected="【訂正】",
        greeting="からのお知らせです。",
        deadline="しめきり：",
        files="添付（ひらくと見られます）",
        open="ひらいて 読みました を押す",
        open_notice="ひらいて読む",
        open_app="アプリをひらく",
        why="ひらいただけでは「読みました」になりません。ボタンを押すと、町内会に伝わります。",
        why_notice="ひらいただけでは、だれにも伝わりません。",
        why_question="スマホに登録したアプリでひらいてください。ほかにすることはありません。",
        question=(
            "お変わりありませんか",
            "お変わりありませんか。アプリを一度ひらくと、これからもお知らせが届きます。",
        ),
        codes={
            "sign-in": (
                "回覧アプリに入る番号",
                lambda digits, city: (
                    f"{city}の回覧アプリに入る番号です。\n\n{digits}\n\n10分のあいだ、一度だけ使えます。"
                    "だれにも教えないでください。町内会や市が、この番号をたずねることはありません。\n"
                    "おぼえがないときは、このメールを消してください。番号を入れないかぎり、何も変わりません。"
                ),
            ),
            "address": (
                "メールアドレスを確かめる番号",
                lambda digits, city: (
                    f"{city}の回覧アプリで、このメールアドレスを登録する番号です。\n\n{digits}\n\n"
                    "10分のあいだ、一度だけ使えます。だれにも教えないでください。\n"
                    "おぼえがないときは、このメールを消してください。番号を入れないかぎり、何も変わりません。"
                ),
            ),
        },
        waits=lambda city, title, again: (
            f"{'まだ回していません：' if again else ''}{city}の回覧「{title}」",
            f"{city}から回覧「{title}」が届いています。アプリで「町内会に回す」か「対象外」をえらんでください。",
        ),
        place=(
            lambda title: f"席があきました：{title}",
            "お待ちいただいていた席がとれました。おいでになれないときは、アプリの「欠席」を押してください。次の方に席が回ります。",
        ),
        from_="差出人：",
        contact="連絡先：",
        unsubscribe="このメールを受け取らないようにするには、こちらをひらいてください。",
        stop="このメールの受け取りを止める",
        day=_japanese_day,
    ),
    "en": Words(
        kinds={
            "notice": "Notice: ",
            "circular": "Circular: ",
            "digest": "",
            "question": "",
            "memo": "",
            "nudge": "",
        },
        urgent="[Urgent] ",
        reminders={"eve": "[Until tomorrow] ", "morning": "[Until today] "},
        bundle=lambda weekly, count, minutes: (
            f"{'This week' if weekly else 'Today'}: {count} notices, {minutes} min"
        ),
        corrected="[Corrected] ",
        greeting=" has news for you.",
        deadline="Deadline: ",
        files="Attachments (open the notice to see them)",
        open="Open, and press “I have read it”",
        open_notice="Open and read",
        open_app="Open the app",
        why="Opening it tells nobody anything. Your association learns of it when you press the button.",
        why_notice="Opening it tells nobody anything.",
        why_question="Open it in the app on your phone. There is nothing else to do.",
        question=("Are you well?", "Are you well? Open the app once, and notices will go on reaching you."),
        codes={
            "sign-in": (
                "Your code for the circulars",
                lambda digits, city: (
                    f"With this code you come into the circulars of {city}:\n\n{digits}\n\n"
                    "It is good for ten minutes, once. Tell nobody: neither your association nor the city will "
                    "ever ask for it.\nIf you did not ask for it, delete this mail; nothing has changed."
                ),
            ),
            "address": (
                "The code for your mail address",
                lambda digits, city: (
                    f"With this code you take the circulars of {city} at this address:\n\n{digits}\n\n"
                    "It is good for ten minutes, once. Tell nobody.\n"
                    "If you did not ask for it, delete this mail; nothing has changed."
                ),
            ),
        },
        waits=lambda city, title, again: (
            f"{'Still waiting: ' if again else ''}{city}'s circular “{title}”",
            f"{city} has sent the circular “{title}”. Choose in the app: forward it, or not for us.",
        ),
        place=(
            lambda title: f"A place is yours: {title}",
            "You waited for a place, and have one now. If you cannot come, say so in the app: the next has it then.",
        ),
        from_="From: ",
        contact="Contact: ",
        unsubscribe="To stop receiving these mails, open:",
        stop="Stop receiving these mails",
        day=_english_day,
    ),
}

WORDS: Final[Mapping[str, Words]] = {
    **_WHOLE,
    **{lang: replace(_WHOLE["ja"], **said) for lang, said in FURTHER.items()},
}


def spoken(lang: str) -> str:
    """A language that we have words in."""
    return lang if lang in WORDS else "ja"
