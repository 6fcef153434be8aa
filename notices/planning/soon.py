"""When a message leaves for a person, as an expression over Person: the rules of ladder/hours.py, for a count of a town.

Minutes are whole ones: quiet hours and digests begin and end with them. A law holds the two together:
tests/notices/test_soon.py.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, case, false, func, or_, true

from notices.ladder.hours import EVENING, MARGIN
from notices.models import Person
from notices.tokyo import TOKYO, midnight, today

_DAY: Final = 24 * 60
_MINUTE: Final = timedelta(minutes=1)


def leaves_by(urgency: str, now: datetime, within: timedelta, ends: datetime | None) -> ColumnElement[bool]:
    """A first message of a notice that goes out now leaves for them by then; they may sleep, or wait for a bundle."""
    if urgency == "emergency":
        return true()
    awake = or_(awake_at(urgency, now, ends), _wakes_in(now) <= within // _MINUTE)
    if urgency == "urgent":
        return awake
    bundled: ColumnElement[bool] = Person.digest.in_(("daily", "weekly"))
    if ends is not None:
        last = (midnight(today(ends)) - EVENING - midnight(today(now))) // _MINUTE
        bundled = and_(bundled, _bundle_at(now) <= last)
    then = (now + within - midnight(today(now))) // _MINUTE
    return case((bundled, _bundle_at(now) <= then), else_=awake)


def awake_at(urgency: str, at: datetime, ends: datetime | None) -> ColumnElement[bool]:
    """What is due leaves for them then; an emergency always, and what is urgent where it would end in their sleep."""
    if urgency == "emergency":
        return true()
    awake = ~asleep(at)
    return (
        or_(awake, _wakes_in(at) > _margin(at, ends)) if urgency == "urgent" and ends is not None else awake
    )


def asleep(at: datetime) -> ColumnElement[bool]:
    """These are their quiet hours."""
    return _quiet(_minute(at))


def _quiet(minute: int | ColumnElement[int]) -> ColumnElement[bool]:
    begins, ends = Person.quiet_from, Person.quiet_to
    by_day = and_(begins < ends, begins <= minute, ends > minute)
    by_night = and_(begins > ends, or_(begins <= minute, ends > minute))
    return func.coalesce(or_(by_day, by_night), false())


def _wakes_in(now: datetime) -> ColumnElement[int]:
    """Minutes, of somebody who sleeps; counted from the minute that runs."""
    return (func.coalesce(Person.quiet_to, 0) - _minute(now) + _DAY) % _DAY


def _margin(now: datetime, ends: datetime) -> float:
    """Who wakes later than in so many minutes is told in their sleep."""
    return (ends - now.replace(second=0, microsecond=0) - MARGIN) / _MINUTE


def _bundle_at(now: datetime) -> ColumnElement[int]:
    """When their next digest leaves, in minutes since today began; after their sleep where it would come into it."""
    hour = Person.digest_hour * 60
    over = case((hour <= _minute(now), 1), else_=0)
    to_day = (Person.digest_day - today(now).weekday() + 7) % 7
    days = case((Person.digest == "daily", over), (to_day > 0, to_day), else_=7 * over)
    awake = Person.quiet_to + case((hour >= Person.quiet_to, _DAY), else_=0)
    return days * _DAY + case((_quiet(hour), awake), else_=hour)


def _minute(at: datetime) -> int:
    """Of its day."""
    local = at.astimezone(TOKYO)
    return local.hour * 60 + local.minute
