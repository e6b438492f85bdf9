"""Periods: what people write, what it is compared with, and how a trend is cut."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.period import (
    Period,
    PeriodKind,
    buckets,
    comparable,
    describe,
    elapsed,
    parse_period,
    query,
    trend_step,
)
from bot.domain.span import between, whole
from bot.errors import Refused

TODAY = date(2026, 11, 23)  # a Monday, in week 48

UNITS = [kind for kind in PeriodKind if kind is not PeriodKind.RANGE]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-11-23", "2026-11-23"),
        ("yesterday", "2026-11-22", "2026-11-22"),
        ("this week", "2026-11-23", "2026-11-29"),
        ("last week", "2026-11-16", "2026-11-22"),
        ("current month", "2026-11-01", "2026-11-30"),
        ("Last Month", "2026-10-01", "2026-10-31"),
        ("previous quarter", "2026-07-01", "2026-09-30"),
        ("the last quarter", "2026-07-01", "2026-09-30"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("wtd", "2026-11-23", "2026-11-29"),
        ("mtd", "2026-11-01", "2026-11-30"),
        ("month to date", "2026-11-01", "2026-11-30"),
        ("this month so far", "2026-11-01", "2026-11-30"),
        ("qtd", "2026-10-01", "2026-12-31"),
        ("ytd", "2026-01-01", "2026-12-31"),
        ("2026-W40", "2026-09-28", "2026-10-04"),
        ("w40", "2026-09-28", "2026-10-04"),
        ("week 40", "2026-09-28", "2026-10-04"),
        ("week 40 of 2025", "2025-09-29", "2025-10-05"),
        ("w49", "2025-12-01", "2025-12-07"),
        ("w53", "2020-12-28", "2021-01-03"),
        ("october", "2026-10-01", "2026-10-31"),
        ("in October", "2026-10-01", "2026-10-31"),
        ("oct", "2026-10-01", "2026-10-31"),
        ("sept", "2026-09-01", "2026-09-30"),
        ("november", "2026-11-01", "2026-11-30"),
        ("december", "2025-12-01", "2025-12-31"),
        ("last november", "2025-11-01", "2025-11-30"),
        ("oct 2025", "2025-10-01", "2025-10-31"),
        ("October, 2025", "2025-10-01", "2025-10-31"),
        ("2025 october", "2025-10-01", "2025-10-31"),
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-2", "2026-02-01", "2026-02-28"),
        ("10/2026", "2026-10-01", "2026-10-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("q3", "2026-07-01", "2026-09-30"),
        ("Q3 2025", "2025-07-01", "2025-09-30"),
        ("2025-q3", "2025-07-01", "2025-09-30"),
        ("the third quarter of 2025", "2025-07-01", "2025-09-30"),
        ("1d", "2026-11-23", "2026-11-23"),
        ("30d", "2026-10-25", "2026-11-23"),
        ("last 30 days", "2026-10-25", "2026-11-23"),
        ("12w", "2026-09-01", "2026-11-23"),
        ("last 12 weeks", "2026-09-01", "2026-11-23"),
        ("last three months", "2026-08-24", "2026-11-23"),
        ("5 years", "2021-11-24", "2026-11-23"),
        ("2026-10-01", "2026-10-01", "2026-10-01"),
        ("1 October", "2026-10-01", "2026-10-01"),
        ("the 1st of October", "2026-10-01", "2026-10-01"),
        ("october 1st, 2025", "2025-10-01", "2025-10-01"),
        ("24 november", "2025-11-24", "2025-11-24"),
        ("29 feb", "2024-02-29", "2024-02-29"),
        ("monday", "2026-11-23", "2026-11-23"),
        ("last monday", "2026-11-16", "2026-11-16"),
        ("on tuesday", "2026-11-17", "2026-11-17"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026-10-01 to 2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026-10-01 - 2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026-10-01\N{EN DASH}2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026-10-01-2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026-10-01…2026-10-15", "2026-10-01", "2026-10-15"),
        ("“2026-10-01”..“2026-10-15”", "2026-10-01", "2026-10-15"),
        ("2026-11-20..2026-11-30", "2026-11-20", "2026-11-30"),
        ("1 to 15 october", "2026-10-01", "2026-10-15"),
        ("oct 1-15", "2026-10-01", "2026-10-15"),
        ("20 nov to 30 nov", "2026-11-20", "2026-11-30"),
        ("15 dec to 5 jan", "2025-12-15", "2026-01-05"),
        ("oct to dec 2025", "2025-10-01", "2025-12-31"),
        ("w40-w42", "2026-09-28", "2026-10-18"),
        ("2024-2026", "2024-01-01", "2026-12-31"),
        ("since october", "2026-10-01", "2026-11-23"),
        ("from last month to today", "2026-10-01", "2026-11-23"),
    ],
)
def test_reads_what_people_write(text: str, first: str, last: str) -> None:
    """Case, spaces, commas, small words and dashes do not matter; a name without a year is the latest that began."""
    period = parse_period(text, TODAY)

    assert (period.start, period.last) == (day(first), day(last))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Which period? Try last month"),
        (
            "lst month",
            "“lst month” is not a period I know; did you mean “last month”? Try last month,",
        ),
        ("octobre 2026", "did you mean “october 2026”?"),
        ("wendsday", "did you mean “wednesday”?"),
        ("quarter", "did you mean “this quarter”?"),
        (
            "banana",
            "“banana” is not a period I know. Try last month, october, 2026-W40, q3, 30d or",
        ),
        ("x" * 500, "is too long to be a period"),
        ("2026-02-30", "There is no 30 February in 2026: that month has 28 days."),
        ("30 feb", "There is no 30 February: that month has 29 days."),
        ("2026-13", "There is no month 13 in 2026: a year has months 1 to 12."),
        ("2026-13-01", "a year has months 1 to 12"),
        ("2026-W54", "There is no week 54 in 2026: weeks run from 1 to 53."),
        ("w53 2025", "There is no week 53 in 2025: weeks run from 1 to 52."),
        ("q5", "There is no Q5: a year has Q1 to Q4."),
        ("tomorrow", "24 November 2026 has not begun yet: today is 23 November 2026."),
        ("next month", "December 2026 has not begun yet"),
        ("2027", "2027 has not begun yet"),
        ("9999-12-31", "is too far ahead"),
        ("1999", "“1999” begins before 2000; ask for a later period."),
        (
            "2026-10-15..2026-10-01",
            "15 October 2026 comes after 1 October 2026; write the earlier one first.",
        ),
        ("15 oct to 1 oct", "15 October 2026 comes after 1 October 2026"),
        ("2019..2026", "1 January 2019\N{EN DASH}31 December 2026 is longer than five years"),
        ("99999d", "“99999d” is longer than five years"),
        ("0d", "ask for 1 or more"),
        ("10/11/2026", "“10/11/2026” could be two different days; write the year first"),
        ("<!channel> ' OR 1=1", "is not a period I know"),
    ],
)
def test_says_what_is_wrong_and_what_would_work(text: str, sentence: str) -> None:
    """Every refusal names the text, the reason and something that works."""
    with pytest.raises(Refused) as refused:
        parse_period(text, TODAY)

    assert sentence in refused.value.sentence
    assert len(refused.value.sentence) < 250


@pytest.mark.parametrize(
    ("text", "label", "spoken", "words"),
    [
        ("today", "23 November 2026", "today, 23 November 2026", "2026-11-23"),
        ("yesterday", "22 November 2026", "yesterday, 22 November 2026", "2026-11-22"),
        ("w40", "week 40 of 2026 (28 Sep–4 Oct)", "week 40 of 2026 (28 Sep–4 Oct)", "2026-W40"),
        ("oct", "October 2026", "October 2026", "2026-10"),
        ("mtd", "November 2026", "November 2026 so far", "2026-11"),
        ("q3", "Q3 2026", "Q3 2026", "2026-Q3"),
        ("ytd", "2026", "2026 so far", "2026"),
        ("1-15 oct", "1–15 October 2026", "1–15 October 2026", "2026-10-01..2026-10-15"),
        ("7d", "17–23 November 2026", "17–23 November 2026", "2026-11-17..2026-11-23"),
    ],
)
def test_labels(text: str, label: str, spoken: str, words: str) -> None:
    """A period has a label that stays, a way to be spoken of today, and absolute words for a button."""
    period = parse_period(text, TODAY)

    assert (period.label, describe(period, TODAY), query(period)) == (label, spoken, words)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("yesterday", "2026-11-21", "2026-11-21"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("october", "2026-09-01", "2026-09-30"),
        ("q3", "2026-04-01", "2026-06-30"),
        ("2025", "2024-01-01", "2024-12-31"),
        ("2026-10-01..2026-10-15", "2026-09-16", "2026-09-30"),
        ("30d", "2026-09-25", "2026-10-24"),
        ("mtd", "2026-10-01", "2026-10-23"),
        ("qtd", "2026-07-01", "2026-08-23"),
        ("ytd", "2025-01-01", "2025-11-23"),
        ("this week", "2026-11-16", "2026-11-16"),
        ("20..30 november", "2026-11-09", "2026-11-12"),
    ],
)
def test_compares_like_with_like(text: str, first: str, last: str) -> None:
    """A period is compared with the one before; while it runs, with as many days of that."""
    before = comparable(parse_period(text, TODAY), TODAY)

    assert (before.start, before.last) == (day(first), day(last))


def test_a_long_month_is_compared_with_all_of_a_short_one() -> None:
    """On 31 March there are only 28 days of February to compare with."""
    before = comparable(parse_period("mtd", day("2026-03-31")), day("2026-03-31"))

    assert before == parse_period("2026-02", day("2026-03-31"))


def test_elapsed_is_cut_at_today() -> None:
    """Today counts; what has ended is whole; what has not begun is refused."""
    november = parse_period("mtd", TODAY)

    assert elapsed(november, TODAY).last == TODAY
    assert elapsed(november, day("2026-12-01")) == november
    with pytest.raises(Refused, match="November 2026 has not begun yet"):
        elapsed(november, day("2026-10-31"))


@pytest.mark.parametrize(
    ("text", "step", "labels"),
    [
        ("october", "week", ["W42", "W43", "W44"]),
        ("mtd", "week", ["W46", "W47", "W48"]),
        ("q1", "month", ["Jan", "Feb", "Mar"]),
        ("2026-W01", "day", ["2 Jan", "3 Jan", "4 Jan"]),
    ],
)
def test_trends_end_with_the_period(text: str, step: str, labels: list[str]) -> None:
    """The last bucket holds the period's last day, or today while it runs."""
    assert [each.label for each in buckets(parse_period(text, TODAY), step, 3, TODAY)] == labels


def test_a_label_that_would_come_twice_names_its_year() -> None:
    """Fourteen months show two Octobers."""
    labels = [each.label for each in buckets(TODAY, "month", 14, TODAY)]

    assert labels[:3] == ["Oct 2025", "Nov 2025", "Dec"]
    assert labels[-2:] == ["Oct 2026", "Nov 2026"]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("today", "day"),
        ("w40", "week"),
        ("oct", "week"),
        ("q3", "month"),
        ("2025", "month"),
        ("7d", "day"),
        ("30d", "week"),
        ("200d", "month"),
    ],
)
def test_a_trend_steps_as_its_period_suggests(text: str, step: str) -> None:
    """A week's trend is of weeks, a quarter's of months."""
    assert trend_step(parse_period(text, TODAY)) == step


# For every day and every period.

todays = st.dates(day("2006-01-01"), day("2100-12-31"))
PIECES = re.findall(
    r"\S+",
    "2026 2025-10 10 15 31 53 99 0 - .. to and since from last next this w q d week month quarter year "
    "days october feb mon today ytd 1st third / . the 2026-02-30 w53 0000 99999",
)
texts = (
    st.text(max_size=60)
    | st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join)
    | st.text("0123456789-./wqdmy ", max_size=14)
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Period, date]:
    """Draw a day, and a period that has begun by then."""
    today = draw(todays)
    begun = today - timedelta(days=draw(st.integers(0, 1500)))
    kind = draw(st.sampled_from(PeriodKind))
    if kind is PeriodKind.RANGE:
        return between(begun, begun + timedelta(days=draw(st.integers(0, 1800)))), today
    return whole(kind, begun), today


@given(asked())
def test_absolute_words_come_back_as_the_same_period(case: tuple[Period, date]) -> None:
    """What a button carries is read back as the period it was made for."""
    period, today = case

    again = parse_period(query(period), today)

    assert (again, again.label) == (period, period.label)


@given(asked())
def test_the_comparable_period_lies_just_before_and_is_no_longer_than_what_has_passed(
    case: tuple[Period, date],
) -> None:
    """No day is on both sides, and a partial period never meets a full one."""
    period, today = case

    before = comparable(period, today)

    assert before.end <= period.start
    if period.so_far(today):
        assert before.length <= elapsed(period, today).length
    if before.length < elapsed(period, today).length:  # all there was before
        assert before.end == period.start


@given(asked(), st.sampled_from(["day", "week", "month"]), st.integers(1, 60))
def test_buckets_follow_one_another(case: tuple[Period, date], step: str, count: int) -> None:
    """They tile the days up to the period's end, or to today, and no label comes twice."""
    period, today = case

    parts = buckets(period, step, count, today)

    assert all(one.end == two.start for one, two in pairwise(parts))
    assert parts[-1].start <= min(period.last, today) < parts[-1].end
    assert len({part.label for part in parts}) == len(parts) == count
    assert all(len(part.label) <= 20 for part in parts)


@given(texts, todays)
@example("12m", day("2024-02-29"))
@example("w1", day("2026-12-30"))
@example("60 months", day("2025-02-28"))
def test_any_text_is_read_or_refused(text: str, today: date) -> None:
    """Nothing a person types raises anything else, and what is read can be asked again."""
    try:
        period = parse_period(text, today)
    except Refused:
        return
    assert period.start <= today
    assert parse_period(query(period), today) == period
