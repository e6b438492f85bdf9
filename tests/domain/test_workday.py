"""Working days and hours, for everybody where they are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.workday import (
    evening_of,
    is_workday,
    is_working_time,
    morning_of,
    next_morning,
    next_working_time,
    workday_after,
    workday_before,
    workday_from,
    workdays_between,
)

MON, TUE, FRI, SAT, SUN = (date(2026, 11, day) for day in (23, 24, 27, 28, 29))
NEXT_MON = date(2026, 11, 30)
BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")

days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (Hypothesis adds the zone)


@pytest.mark.parametrize(
    ("day", "here_or_next", "after", "before"),
    [
        (MON, MON, TUE, date(2026, 11, 20)),
        (FRI, FRI, NEXT_MON, date(2026, 11, 26)),
        (SAT, NEXT_MON, NEXT_MON, FRI),
        (SUN, NEXT_MON, NEXT_MON, FRI),
    ],
)
def test_the_days_around(day: date, here_or_next: date, after: date, before: date) -> None:
    """Over a weekend too."""
    assert (workday_from(day), workday_after(day), workday_before(day)) == (
        here_or_next,
        after,
        before,
    )


@pytest.mark.parametrize(
    ("day", "later", "count"),
    [
        (MON, MON, 0),
        (MON, TUE, 1),
        (TUE, MON, 0),
        (FRI, SUN, 0),
        (FRI, NEXT_MON, 1),
        (SAT, NEXT_MON, 1),
        (FRI, date(2026, 12, 2), 3),
        (MON, NEXT_MON, 5),
    ],
)
def test_how_many_working_days_have_come(day: date, later: date, count: int) -> None:
    """The later day counts, the earlier does not."""
    assert workdays_between(day, later) == count


@given(days, st.integers(0, 400))
def test_counting_is_what_counting_one_by_one_is(day: date, length: int) -> None:
    """However long."""
    following = [day + timedelta(days=1 + step) for step in range(length)]
    assert workdays_between(day, day + timedelta(days=length)) == sum(map(is_workday, following))


@pytest.mark.parametrize(
    ("at", "zone", "works", "next_at"),
    [
        # Berlin is an hour ahead of UTC in November, Kolkata five and a half.
        ("2026-11-23 07:59", BERLIN, False, "2026-11-23 08:00"),
        ("2026-11-23 08:00", BERLIN, True, "2026-11-23 08:00"),
        ("2026-11-23 15:59", BERLIN, True, "2026-11-23 15:59"),
        ("2026-11-23 16:00", BERLIN, False, "2026-11-24 08:00"),
        ("2026-11-27 16:00", BERLIN, False, "2026-11-30 08:00"),
        ("2026-11-28 10:00", BERLIN, False, "2026-11-30 08:00"),
        ("2026-11-22 22:00", KOLKATA, False, "2026-11-23 03:30"),
        ("2026-11-27 12:00", KOLKATA, False, "2026-11-30 03:30"),
        # The clock goes back on Sunday 25 October and forward on Sunday 28 March: nine stays nine.
        ("2026-10-23 16:00", BERLIN, False, "2026-10-26 08:00"),
        ("2027-03-26 17:00", BERLIN, False, "2027-03-29 07:00"),
        # Samoa went from Thursday 29 December 2011 to Saturday the 31st; Monday is 14 hours ahead.
        ("2011-12-30 09:00", ZoneInfo("Pacific/Apia"), False, "2012-01-01 19:00"),
    ],
)
def test_when_people_work_next(at: str, zone: ZoneInfo, works: bool, next_at: str) -> None:
    """At once within hours, else at nine on the next working day, by their own clock."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert is_working_time(moment, zone) is works
    assert next_working_time(moment, zone) == datetime.fromisoformat(next_at).replace(tzinfo=UTC)


@given(moments, zones)
def test_the_next_working_time_is_working_time(at: datetime, zone: ZoneInfo) -> None:
    """In every zone there is, and never more than a long weekend away."""
    next_at = next_working_time(at, zone)
    assert is_working_time(next_at, zone)
    assert timedelta(0) <= next_at - at <= timedelta(days=4)
    assert next_working_time(next_at, zone) == next_at


@given(moments, zones)
def test_the_next_morning_is_on_a_later_day(at: datetime, zone: ZoneInfo) -> None:
    """So that nobody is woken twice on one day."""
    morning = next_morning(at, zone)
    assert morning.astimezone(zone).date() > at.astimezone(zone).date()
    assert is_working_time(morning, zone)


@given(days, zones)
def test_a_day_begins_before_it_ends(day: date, zone: ZoneInfo) -> None:
    """Eight hours, unless the clock changes at noon somewhere."""
    assert (
        timedelta(hours=6) <= evening_of(day, zone) - morning_of(day, zone) <= timedelta(hours=10)
    )
    assert morning_of(day, zone).tzinfo is UTC
