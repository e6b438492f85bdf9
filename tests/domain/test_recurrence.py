"""Recurrence: which days a meeting is on, at which instant, and how that is said and kept."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.recurrence import (
    Repeat,
    Rule,
    fields_of,
    in_words,
    make_rule,
    next_starts,
    starts,
)
from bot.domain.span import days_in_month
from bot.errors import Refused

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
NINE = time(9)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime.fromisoformat("2000-01-01")
calmly = settings(deadline=None)  # a machine may be busy


def rule(
    kind: Repeat, first: str, *, every: int = 1, weekdays: Collection[int] = (), at: time = NINE
) -> Rule:
    return make_rule(kind, date.fromisoformat(first), at, BERLIN, every, weekdays)


def first_days(of: Rule, count: int, after: datetime = LONG_AGO) -> list[str]:
    return [f"{start:%Y-%m-%d}" for start in islice(starts(of, after), count)]


@pytest.mark.parametrize(
    ("meeting", "days"),
    [
        (rule(Repeat.ONCE, "2026-11-24"), ["2026-11-24"]),
        (rule(Repeat.WEEKLY, "2026-11-24"), ["2026-11-24", "2026-12-01", "2026-12-08"]),
        (
            rule(Repeat.WEEKLY, "2026-11-24", every=2),
            ["2026-11-24", "2026-12-08", "2026-12-22"],
        ),
        (  # a Tuesday: the Monday of its week is over, the Thursday to come
            rule(Repeat.WEEKLY, "2026-11-24", weekdays=(THU, MON)),
            ["2026-11-26", "2026-11-30", "2026-12-03"],
        ),
        (  # and the next week in turn is the one after next
            rule(Repeat.WEEKLY, "2026-11-24", every=2, weekdays=(MON,)),
            ["2026-12-07", "2026-12-21", "2027-01-04"],
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-11-19"),  # a third Thursday
            ["2026-11-19", "2026-12-17", "2027-01-21"],
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-12-07"),  # a first Monday
            ["2026-12-07", "2027-01-04", "2027-02-01"],
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-10-30"),  # a fifth Friday, so the last
            ["2026-10-30", "2026-11-27", "2026-12-25"],
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-11-27"),  # the last Friday, but the fourth
            ["2026-11-27", "2026-12-25", "2027-01-22"],
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-11-19", every=3),
            ["2026-11-19", "2027-02-18", "2027-05-20"],
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-11-15"),
            ["2026-11-15", "2026-12-15", "2027-01-15"],
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-12-31"),
            ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"],
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2027-12-30"),
            ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"],
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-12-29"),
            ["2026-12-29", "2027-01-29", "2027-02-28", "2027-03-29"],
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-12-31", every=2),
            ["2026-12-31", "2027-02-28", "2027-04-30"],
        ),
    ],
)
def test_a_form_s_fields_mean_these_days(meeting: Rule, days: list[str]) -> None:
    """The first is the first that fits, and a day that a month lacks is its last."""
    assert first_days(meeting, len(days)) == days


def test_one_meeting_is_one() -> None:
    """It comes once, and then no more."""
    once = rule(Repeat.ONCE, "2026-11-24")
    assert first_days(once, 9) == ["2026-11-24"]
    assert first_days(once, 9, after=datetime.fromisoformat("2026-11-24 09:00")) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"every": 0}, "A meeting repeats every 1 to 52 weeks or months, not 0."),
        ({"every": 53}, "not 53."),
        ({"weekdays": (7,)}, "Weekdays run from 0, Monday, to 6, Sunday."),
    ],
)
def test_refuses_fields_that_mean_nothing(change: dict[str, object], sentence: str) -> None:
    """A form may send what its lists do not offer."""
    with pytest.raises(Refused, match=sentence):
        make_rule(Repeat.WEEKLY, date(2026, 11, 24), NINE, BERLIN, **change)  # type: ignore[arg-type]


# The same days counted one by one, without RFC 5545.


def is_on(day: date, kind: Repeat, first: date, every: int, weekdays: Collection[int]) -> bool:
    months = (day.year - first.year) * 12 + day.month - first.month
    weeks = (day - first + timedelta(days=first.weekday())).days // 7
    match kind:
        case _ if day < first:
            return False
        case Repeat.ONCE:
            return day == first
        case Repeat.WEEKLY:
            return weeks % every == 0 and day.weekday() in (weekdays or {first.weekday()})
        case Repeat.MONTHLY_BY_DATE:
            there = min(first.day, days_in_month(day.year, day.month))
            return months % every == 0 and day.day == there
        case Repeat.MONTHLY_BY_WEEKDAY:
            is_same = day.weekday() == first.weekday() and months % every == 0
            if first.day > 28:
                return is_same and (day + 7 * DAY).month != day.month
            return is_same and (day.day + 6) // 7 == (first.day + 6) // 7


@settings(calmly, max_examples=150)
@given(
    kind=st.sampled_from(Repeat),
    first=st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    every=st.integers(1, 5),
    weekdays=st.sets(st.integers(MON, SUN), max_size=3),
    later=st.timedeltas(-timedelta(days=500), timedelta(days=9_000)),
)
def test_starts_are_the_days_counted_one_by_one(
    kind: Repeat, first: date, at: time, every: int, weekdays: set[int], later: timedelta
) -> None:
    """Whatever the rule, and however long after its first day one asks: every right day once, in order, at its time."""
    meeting = make_rule(kind, first, at, BERLIN, every, weekdays)
    after = datetime.combine(first, at) + later

    counted = (
        datetime.combine(after.date() + count * DAY, at)
        for count in range(1_500)  # days; four months in every five, and more
        if is_on(after.date() + count * DAY, kind, first, every, weekdays)
    )
    right = (start for start in counted if start > after)
    assert list(islice(starts(meeting, after), 4)) == list(islice(right, 4))


CHANGING = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Africa/Cairo",
    )
]


@calmly
@given(
    zone=st.sampled_from(CHANGING),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    after=st.datetimes(datetime.fromisoformat("2026-01-01"), timezones=st.just(UTC)).map(
        lambda after: after.replace(year=2026 + after.year % 4, day=min(after.day, 28))
    ),
    weekdays=st.sets(st.integers(MON, SUN), min_size=1),
)
def test_instants_keep_the_local_time(
    zone: ZoneInfo, at: time, after: datetime, weekdays: set[int]
) -> None:
    """Through a year's changes of clocks each day has one instant, later than the last, at the rule's local time.

    Only a time that a change skips comes later, by at most the hour that is skipped.
    """
    meeting = make_rule(Repeat.WEEKLY, date(2026, 1, 1), at, zone, weekdays=weekdays)

    found = [at for _, at in islice(next_starts(meeting, after), 60 * len(weekdays))]

    assert found[0] > after
    assert all(earlier < later for earlier, later in pairwise(found))
    local = [start.astimezone(zone).replace(tzinfo=None) for start in found]
    assert {start.weekday() for start in local} == weekdays
    assert len({start.date() for start in local}) == len(found)
    for start in local:
        planned = datetime.combine(start.date(), at)
        skips = planned.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
        exists = skips.replace(tzinfo=None) == planned
        assert start == planned if exists else planned < start <= planned + timedelta(hours=1)


def instants(zone: str, at: str, after: str, count: int = 3) -> list[str]:
    daily = make_rule(
        Repeat.WEEKLY,
        date(2026, 1, 1),
        time.fromisoformat(at),
        ZoneInfo(zone),
        weekdays=range(7),
    )
    found = next_starts(daily, datetime.fromisoformat(after).replace(tzinfo=UTC))
    return [f"{at:%m-%d %H:%M}" for _, at in islice(found, count)]


@pytest.mark.parametrize(
    ("zone", "at", "after", "utc"),
    [  # worked out by hand: the day before a change, the day itself and the day after
        ("Europe/Berlin", "02:30", "2027-03-27", ["03-27 01:30", "03-28 01:00", "03-29 00:30"]),
        ("Europe/Berlin", "02:30", "2026-10-24", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ("America/New_York", "02:30", "2027-03-13", ["03-13 07:30", "03-14 07:00", "03-15 06:30"]),
        ("America/New_York", "01:30", "2026-10-31", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("Australia/Sydney", "02:30", "2026-10-02", ["10-02 16:30", "10-03 16:00", "10-04 15:30"]),
        ("Australia/Sydney", "02:30", "2027-04-02", ["04-02 15:30", "04-03 15:30", "04-04 16:30"]),
        ("Australia/Lord_Howe", "02:15", "2026-10-02", ["10-02 15:45", "10-03 15:30", "10-04 15:15"]),
        ("Australia/Lord_Howe", "01:45", "2027-04-02", ["04-02 14:45", "04-03 14:45", "04-04 15:15"]),
        ("Africa/Cairo", "00:30", "2027-04-28", ["04-28 22:30", "04-29 22:00", "04-30 21:30"]),
        ("Africa/Cairo", "23:30", "2026-10-28", ["10-28 20:30", "10-29 20:30", "10-30 21:30"]),
    ],
)  # fmt: skip
def test_a_change_of_clocks_neither_skips_nor_doubles(
    zone: str, at: str, after: str, utc: list[str]
) -> None:
    """A daily meeting at the very hour that is skipped, or comes twice, is held once that day."""
    assert instants(zone, at, after) == utc


def test_between_the_two_of_a_fold_the_first_is_over() -> None:
    """02:30 comes again at 01:30 UTC; who asks in between waits for the next day."""
    assert instants("Europe/Berlin", "02:30", "2026-10-25 00:29", 1) == ["10-25 00:30"]
    assert instants("Europe/Berlin", "02:30", "2026-10-25 00:30", 1) == ["10-26 01:30"]
    assert instants("Europe/Berlin", "02:30", "2026-10-25 01:15", 1) == ["10-26 01:30"]


def test_a_start_in_a_gap_is_not_over_before_its_end() -> None:
    """02:30 is not there; the meeting is at 03:00, which is 01:00 UTC."""
    assert instants("Europe/Berlin", "02:30", "2027-03-28 00:59", 1) == ["03-28 01:00"]
    assert instants("Europe/Berlin", "02:30", "2027-03-28 01:00", 1) == ["03-29 00:30"]


@pytest.mark.parametrize(
    ("meeting", "words"),
    [
        (rule(Repeat.ONCE, "2026-11-24"), "once, on 24 November 2026 at 09:00, Berlin time"),
        (rule(Repeat.WEEKLY, "2026-11-23"), "every Monday at 09:00, Berlin time"),
        (
            rule(Repeat.WEEKLY, "2026-11-23", every=2, weekdays=(THU, MON), at=time(15, 30)),
            "every 2 weeks on Monday and Thursday at 15:30, Berlin time",
        ),
        (
            rule(Repeat.WEEKLY, "2026-11-23", weekdays=(MON, WED, FRI)),
            "every Monday, Wednesday and Friday at 09:00, Berlin time",
        ),
        (
            rule(Repeat.WEEKLY, "2026-11-23", weekdays=range(5)),
            "every day from Monday to Friday at 09:00, Berlin time",
        ),
        (rule(Repeat.WEEKLY, "2026-11-23", weekdays=range(7)), "every day at 09:00, Berlin time"),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-11-19"),
            "on the third Thursday of every month at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-10-30"),
            "on the last Friday of every month at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_WEEKDAY, "2026-12-07", every=3),
            "every 3 months on the first Monday at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-11-15"),
            "on the 15th of every month at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-11-22"),
            "on the 22nd of every month at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-11-11", every=2),
            "every 2 months on the 11th at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-11-30"),
            "on the 30th, or else the last day, of every month at 09:00, Berlin time",
        ),
        (
            rule(Repeat.MONTHLY_BY_DATE, "2026-12-31"),
            "on the last day of every month at 09:00, Berlin time",
        ),
    ],
)
def test_reads_well(meeting: Rule, words: str) -> None:
    """As one would say it."""
    assert in_words(meeting) == words


@given(
    st.sampled_from(Repeat),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.times(),
    st.sampled_from(CHANGING),
    st.integers(1, 52),
    st.sets(st.integers(MON, SUN)),
)
def test_a_form_can_be_filled_in_again(
    kind: Repeat, first: date, at: time, zone: ZoneInfo, every: int, weekdays: set[int]
) -> None:
    """What a rule was made of makes the same rule."""
    meeting = make_rule(kind, first, at, zone, every, weekdays)
    kind_again, every_again, weekdays_again = fields_of(meeting)
    assert make_rule(kind_again, first, at, zone, every_again, weekdays_again) == meeting
