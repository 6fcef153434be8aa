"""A neighbourhood of three blocks for the browser tests: the small town's homes and some more, in office today."""

from datetime import date, timedelta

from tests.town import MIDORI, SAKURA

MORE = """一班,4,104,木村,3丁目 4-6,,9,木村 節子,きむら せつこ,1947,,setsuko.kimura@example.jp,,,
一班,5,105,林,3丁目 4-8,,10,林 正夫,はやし まさお,1951,,masao.hayashi@example.jp,,,
一班,6,106,清水,3丁目 4-11,紙,12,清水 トメ,しみず とめ,1936,,,,,
二班,5,205,中村,3丁目 7-10,,13,中村 和子,なかむら かずこ,1949,,kazuko.nakamura@example.jp,,,
二班,6,206,松本,3丁目 7-12,紙,14,松本 春江,まつもと はるえ,1939,000-0000-0014,,,,
三班,1,301,井上,3丁目 9-1,,15,井上 浩,いのうえ ひろし,1968,,hiroshi.inoue@example.jp,班長,2026-04-01,2027-03-31
三班,2,302,斎藤,3丁目 9-2,,16,斎藤 ヨシ,さいとう よし,1942,,,,,
三班,3,303,森,3丁目 9-4,,17,森 恵子,もり けいこ,1958,,keiko.mori@example.jp,,,
三班,4,304,池田,3丁目 9-7,,18,池田 勇,いけだ いさむ,1945,,isamu.ikeda@example.jp,,,
三班,5,305,橋本,3丁目 9-9,紙,19,橋本 キヨ,はしもと きよ,1935,,,,,
"""
HOUSEHOLDS = 17
"""Of さくら町内会; six of them in 二班."""


def rosters(now: date) -> list[tuple[str, str, str]]:
    """Name, slug and roster of each association; every term holds on `now`."""
    return [
        ("さくら町内会", "sakura", _in_office(SAKURA + MORE, now)),
        ("みどり自治会", "midori", _in_office(MIDORI, now)),
    ]


def _in_office(csv: str, now: date) -> str:
    begins, ends = now - timedelta(days=200), now + timedelta(days=160)
    return csv.replace("2026-04-01", begins.isoformat()).replace("2027-03-31", ends.isoformat())
