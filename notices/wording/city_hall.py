"""PURE: what the city hall is told: approvals, alerts that have come in, and where the record of deeds stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class CityHall:
    approvals: Mapping[str, tuple[Callable[[str], str], Callable[[str, str], str]]]
    """By what became of it, title (of the notice's) and text (who, and why) of a memo about a second person."""
    alerts: Mapping[str, tuple[Callable[[str], str], str]]
    """By what became of it, title (of its headline) and text."""
    alone_wait: tuple[str, Callable[[str, int, date | None], str]]
    """Title and text (who, minutes or 0 for never, from which day where that is to come) of the way out at night."""
    head: tuple[Callable[[str, int], str], Callable[[datetime, str], str]]
    """Title (city, entries) and text (when, head) of the mail with the head of the audit."""


def city_hall(lang: str) -> CityHall:
    """Japanese where we do not speak the language."""
    return _WORDS.get(lang, _WORDS["ja"])


_WORDS: Final[Mapping[str, CityHall]] = {
    "ja": CityHall(
        approvals={
            "asked": (
                lambda title: f"【承認のお願い】{title}",
                lambda name, _: (
                    f"{name}さんが、市全体へのお知らせを送る承認を求めています。"
                    "アプリで内容を見て、承認するか、差し戻してください。"
                ),
            ),
            "alone": (
                lambda title: f"【承認なしで送りました】{title}",
                lambda name, reason: (
                    f"{name}さんが、承認を待たずに緊急のお知らせを送りました。わけ：\n\n{reason}"
                ),
            ),
            "correction-asked": (
                lambda title: f"【訂正の承認のお願い】{title}",
                lambda name, _: (
                    f"{name}さんが、送った回覧の文を直す承認を求めています。"
                    "アプリで前と後の文を見て、承認するか、差し戻してください。"
                ),
            ),
            "correction-approved": (
                lambda title: f"【訂正が承認されました】{title}",
                lambda name, _: f"{name}さんが承認し、届いている回覧の文を直しました。",
            ),
            "approved": (
                lambda title: f"【承認されました】{title}",
                lambda name, _: f"{name}さんが承認し、お知らせを送りました。",
            ),
            "refused": (
                lambda title: f"【差し戻し】{title}",
                lambda name, reason: f"{name}さんが差し戻しました。\n\n{reason}",
            ),
            "withdrawn": (
                lambda title: f"【取り下げ】{title}",
                lambda name, _: f"{name}さんが取り下げました。送っていません。",
            ),
        },
        alerts={
            "draft": (
                lambda headline: f"【警報が届きました】{headline}",
                "下書きにしました。まだ、だれにも送っていません。アプリで内容を見て、送るかどうかを決めてください。",
            ),
            "sent": (
                lambda headline: f"【警報を自動で送りました】{headline}",
                "市の決まりにしたがって、自動で送りました。アプリで内容を確かめてください。",
            ),
            "ended": (
                lambda headline: f"【警報が取り消されました】{headline}",
                "送る前だったので、下書きを取り下げました。だれにも送っていません。",
            ),
        },
        alone_wait=(
            "【緊急のお知らせ】承認を待つ時間が変わりました",
            lambda name, minutes, day: (
                f"{name}さんが変えました。{f'{day.month}月{day.day}日から、' if day else ''}緊急のお知らせは、"
                + (
                    f"{minutes}分たっても承認がないとき、求めた人がひとりで送れます。"
                    if minutes
                    else "承認なしでは送れません。"
                )
                + "おぼえがないときは、ほかの担当者に確かめてください。"
            ),
        ),
        head=(
            lambda city, seq: f"{city} 記録の控え {seq}",
            lambda at, head: (
                f"{at.year}年{at.month}月{at.day}日 {at:%H:%M} の、操作の記録の控えです。\n\n{head}\n\n"
                "このメールは消さずに、とっておいてください。記録が書きかえられていないかを、"
                "あとからこの番号で確かめられます。\n\n"
                f"kairan audit verify --head {head}"
            ),
        ),
    ),
    "en": CityHall(
        approvals={
            "asked": (
                lambda title: f"[To approve] {title}",
                lambda name, _: (
                    f"{name} asks to send a notice to the whole city. Look at it in the app, and decide."
                ),
            ),
            "alone": (
                lambda title: f"[Sent without approval] {title}",
                lambda name, reason: (
                    f"{name} has sent an emergency without a second person, because:\n\n{reason}"
                ),
            ),
            "correction-asked": (
                lambda title: f"[Correction to approve] {title}",
                lambda name, _: (
                    f"{name} asks to correct a circular that has been sent. Look at both texts in the app, and decide."
                ),
            ),
            "correction-approved": (
                lambda title: f"[Correction approved] {title}",
                lambda name, _: f"{name} has approved it, and what is out has been corrected.",
            ),
            "approved": (
                lambda title: f"[Approved] {title}",
                lambda name, _: f"{name} has approved it, and it has been sent.",
            ),
            "refused": (
                lambda title: f"[Given back] {title}",
                lambda name, reason: f"{name} has given it back.\n\n{reason}",
            ),
            "withdrawn": (
                lambda title: f"[Taken back] {title}",
                lambda name, _: f"{name} has taken it back. It was not sent.",
            ),
        },
        alerts={
            "draft": (
                lambda headline: f"[An alert has come in] {headline}",
                "It is a draft, and nobody has got it yet. Look at it in the app, and decide.",
            ),
            "sent": (
                lambda headline: f"[An alert was passed on by itself] {headline}",
                "A rule of the city sent it. Look at it in the app.",
            ),
            "ended": (
                lambda headline: f"[An alert was cancelled] {headline}",
                "It had not been sent yet: the draft is withdrawn, and nobody got it.",
            ),
        },
        alone_wait=(
            "Emergencies: another wait for an approval",
            lambda name, minutes, day: (
                f"{name} has changed it. {f'From {day.isoformat()} on: w' if day else 'W'}hoever asks to send an emergency "
                + (
                    f"may go on alone when nobody has answered for {minutes} minutes."
                    if minutes
                    else "can never go on alone."
                )
                + " If you know nothing of this, ask your colleagues."
            ),
        ),
        head=(
            lambda city, seq: f"{city}: head of the record, {seq}",
            lambda at, head: (
                f"The head of the record of what officers did, as of {at:%Y-%m-%d %H:%M}:\n\n{head}\n\n"
                "Keep this mail: by this number it can be told later whether the record was rewritten.\n\n"
                f"kairan audit verify --head {head}"
            ),
        ),
    ),
}
