"""Working days and hours: Monday to Friday from nine to five, wherever a person is.

Days are a person's own calendar days; only at the edge do they become instants, so that a clock change moves nothing.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.walltime import to_utc

OPENS, CLOSES = time(9), time(17)
_DAY = timedelta(days=1)
_DAYS_A_WEEK, _WORKDAYS_A_WEEK = 7, 5


def is_workday(day: date) -> bool:
    """Return whether people work on `day`."""
    return day.weekday() < _WORKDAYS_A_WEEK


def workday_from(day: date) -> date:
    """Return `day`, or the next day on which people work."""
    while not is_workday(day):
        day += _DAY
    return day


def workday_after(day: date) -> date:
    """Return the next day after `day` on which people work."""
    return workday_from(day + _DAY)


def workday_before(day: date) -> date:
    """Return the last day before `day` on which people work."""
    day -= _DAY
    while not is_workday(day):
        day -= _DAY
    return day


def workdays_between(day: date, later: date) -> int:
    """Return how many working days have come after `day` up to `later`, which counts; 0 where it is not later."""
    return max(_workdays_until(later) - _workdays_until(day), 0)


def morning_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when `day`'s work begins in a zone."""
    return _instant(day, OPENS, zone)


def evening_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when `day`'s work ends in a zone."""
    return _instant(day, CLOSES, zone)


def is_working_time(at: datetime, zone: ZoneInfo) -> bool:
    """Return whether people in a zone are at work."""
    local = at.astimezone(zone)
    return is_workday(local.date()) and OPENS <= local.time() < CLOSES


def next_working_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return `at` where people in a zone are at work, or else when they begin next."""
    return at if is_working_time(at, zone) else next_opening(at, zone)


def next_opening(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when people in a zone begin work next: today, where that is still to come."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < OPENS else local.date() + _DAY
    return _first_morning(day, zone)


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when people in a zone begin work on the next working day after the day that it is there."""
    return _first_morning(at.astimezone(zone).date() + _DAY, zone)


def _first_morning(day: date, zone: ZoneInfo) -> datetime:
    """Return the first morning from `day` on; a day that a zone left out, as Samoa did in 2011, has none."""
    while not is_working_time(morning_of(day, zone), zone):
        day += _DAY
    return morning_of(day, zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(day, at), zone)


def _workdays_until(day: date) -> int:
    """Return how many working days there have been up to `day`, which counts, since the calendar began on a Monday."""
    weeks, rest = divmod(day.toordinal(), _DAYS_A_WEEK)
    return weeks * _WORKDAYS_A_WEEK + min(rest, _WORKDAYS_A_WEEK)
