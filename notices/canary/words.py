"""PURE: what operators are told of a canary, plainly and with what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from notices.canary.rounds import News
from notices.canary.watch import State
from notices.ledger.reasons import REASONS
from notices.models import Canary
from notices.tokyo import TOKYO

CHANNELS: Final = {"mail": "メール", "push": "プッシュ通知", "line": "LINE"}
_WORK: Final = "お知らせの送り出し"
_LATE: Final = "住民の皆さんに、まだ送られていないお知らせがあります。"
_MEANWHILE: Final = (
    "止まっていた間のお知らせの届き具合は、それぞれのお知らせの「届き具合」で確かめてください。"
)
_LOOK: Final = "サーバーで「kairan doctor」を実行すると、確かめるところが分かります。"

_START: Final = "送信の係（kairan serve、またはkairan work）が動いているか、確かめてください。"


@dataclass(frozen=True, slots=True)
class Announcement:
    title: str
    text: str


def announcement(news: News) -> Announcement:
    if news.channel == "work":
        return _of_work(news)
    name = CHANNELS[news.channel]
    if news.until is not None:
        text = f"{_moment(news.since)}から止まっていた{name}が、{_moment(news.until)}に元に戻りました。"
        return Announcement(f"【Kairan】{name}は元に戻りました", f"{text}\n{_MEANWHILE}")
    text = f"{_moment(news.since)}から、{name}の試しの通信が届いていません。"
    effect = f"住民の皆さんへの{name}も、届いていないおそれがあります。"
    lines = [text + effect, REASONS.get(news.reason or "", ""), _LOOK]
    return Announcement(f"【Kairan】{name}が届いていません", "\n".join(filter(None, lines)))


def _of_work(news: News) -> Announcement:
    if news.until is not None:
        text = f"{_moment(news.since)}から滞っていた{_WORK}が、{_moment(news.until)}に元に戻りました。"
        return Announcement(f"【Kairan】{_WORK}は元に戻りました", f"{text}\n{_MEANWHILE}")
    text = f"{_moment(news.since)}から、{_WORK}が滞っています。{_LATE}"
    lines = [text, REASONS.get(news.reason or "", ""), _LOOK]
    return Announcement(f"【Kairan】{_WORK}が滞っています", "\n".join(filter(None, lines)))


def sentence(
    channel: str, state: State | Literal["held"], row: Canary | None, silent: timedelta | None
) -> str:
    """For the operators' page: how it stands, and what is to be done. `silent`: how long none was seen."""
    if channel == "work":
        return _sentence_of_work(state, row, silent)
    name = CHANNELS[channel]
    minutes = int((silent or timedelta(0)).total_seconds()) // 60
    match state:
        case "well":
            return f"5分ごとの試しの{name}が、届いています。"
        case "waiting":
            return f"試しの{name}を送り、届くのを待っています。"
        case "held":
            return f"市が送信を止めているため、試しの{name}も止めています。"
        case "unwatched":
            return f"試しの{name}が送られていません。{_START}"
    why = REASONS.get(row.reason or "", "") if row else ""
    return f"試しの{name}が{minutes}分届いていません。{why}{_LOOK}"


def _sentence_of_work(state: State | Literal["held"], row: Canary | None, behind: timedelta | None) -> str:
    minutes = int((behind or timedelta(0)).total_seconds()) // 60
    match state:
        case "well" | "waiting":
            return f"{_WORK}は、滞っていません。"
        case "held":
            return f"市が送信を止めているため、{_WORK}も止まっています。"
        case "unwatched":
            return f"{_WORK}が見守られていません。{_START}"
    why = REASONS.get(row.reason or "", "") if row else ""
    return f"{_WORK}が{minutes}分滞っています。{why}{_LATE}{_LOOK}"


def _moment(at: datetime) -> str:
    there = at.astimezone(TOKYO)
    return f"{there.month}月{there.day}日{there:%H:%M}"
