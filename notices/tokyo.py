"""The calendar people live by. Instants are UTC; days, terms and deadlines are days in Tokyo."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")


def today(now: datetime) -> date:
    return now.astimezone(TOKYO).date()


def midnight(day: date) -> datetime:
    """The instant, in UTC, at which `day` begins in Tokyo."""
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)


def week(at: datetime) -> date:
    """The Monday of the week in which `at` lies."""
    day = today(at)
    return day - timedelta(days=day.weekday())


def end_of(day: date) -> datetime:
    """The last second of `day`: what people mean by "until the 30th"."""
    return midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def spoken(at: datetime) -> str:
    """`11月30日（月）` for screens and mails."""
    local = at.astimezone(TOKYO)
    return f"{local.month}月{local.day}日（{'月火水木金土日'[local.weekday()]}）"


@lru_cache(maxsize=1024)
def _wire(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat(timespec="seconds")


def wire(at: datetime | None) -> str | None:
    """ISO 8601 with the offset of Tokyo, to the second. Homes of one transaction have it in common: it is worked out once."""
    return None if at is None else _wire(at)
