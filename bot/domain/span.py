"""Spans of whole local days: days, ISO weeks, months, quarters, years and ranges, and how they follow one another.

The end of a span is the first day after it. A span is kept whole even while it runs: `so_far` says that it does, and
`elapsed` and `comparable` cut at today, so that a partial month never meets a full one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.errors import Refused

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES, WEEKDAY_NAMES = (
    {
        name.lower()[:size]: place
        for place, name in enumerate(names, first)
        for size in range(3, len(name) + 1)
    }
    for names, first in ((MONTHS, 1), (WEEKDAYS, 0))
)
"""Names of months and weekdays, whole or cut short, in small letters: the month's number, the days after Monday."""
_TO = "\N{EN DASH}"
_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    """What a period is a whole one of; a range is any other run of days."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from `start` up to, not including, `end`; `label` is for reading and does not tell periods apart."""

    start: date
    end: date
    label: str = field(compare=False)
    kind: PeriodKind

    @property
    def last(self) -> date:
        """The last day in it."""
        return self.end - _DAY

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    def days(self) -> Iterator[date]:
        """Yield its days in order."""
        return (self.start + timedelta(days=count) for count in range(self.length))

    def so_far(self, today: date) -> bool:
        """Return whether it is still running on `today`."""
        return self.start <= today < self.end


def whole(kind: PeriodKind, day: date) -> Period:
    """Return the day, week, month, quarter or year that `day` lies in."""
    start = _start_of(kind, day)
    end = _moved(kind, start, 1)
    return Period(start, end, _label(start, end, kind), kind)


def neighbour(period: Period, steps: int) -> Period:
    """Return the period of the same kind `steps` later, or earlier where negative; a range moves by its own length."""
    if period.kind is PeriodKind.RANGE:
        by = timedelta(days=steps * period.length)
        return between(period.start + by, period.last + by)
    return whole(period.kind, _moved(period.kind, period.start, steps))


def between(first: date, last: date) -> Period:
    """Return the days from `first` to `last`, both included; one day alone is a day."""
    kind = PeriodKind.DAY if first == last else PeriodKind.RANGE
    end = last + _DAY
    return Period(first, end, _label(first, end, kind), kind)


def elapsed(period: Period, today: date) -> Period:
    """Return the part of a period that has begun, today included."""
    if today < period.start:
        raise Refused(f"{period.label} has not begun yet.")
    return period if period.last <= today else between(period.start, today)


def comparable(period: Period, today: date) -> Period:
    """Return what a period is fairly compared with: the one before it.

    While a period runs, that is the same number of days of the one before, and never more than it has.
    """
    before = neighbour(period, -1)
    if not period.so_far(today):
        return before
    return elapsed(before, before.start + (today - period.start))


def fairly(versus: Period, period: Period, today: date) -> Period:
    """Return what of `versus` a period is compared with: while it runs, the same number of days of one of its kind."""
    versus = elapsed(versus, today)
    if versus.kind is not period.kind or not period.so_far(today):
        return versus
    return elapsed(versus, versus.start + (today - period.start))


def merged(periods: Iterable[Period]) -> list[tuple[date, date]]:
    """Return the spans that periods cover, touching ones joined, each with the first day after it."""
    spans: list[tuple[date, date]] = []
    for start, end in sorted((period.start, period.end) for period in periods):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def buckets(until: Period | date, step: str, count: int, today: date) -> list[Period]:
    """Return the last `count` days, weeks or months, up to the one that holds the end of `until`, never past today.

    They are whole, follow one another without gaps, and carry short labels, each label once.
    """
    end = until.last if isinstance(until, Period) else until
    newest = whole(PeriodKind(step), min(end, today))
    periods = [neighbour(newest, -back) for back in reversed(range(count))]
    return [
        replace(period, label=label)
        for period, label in zip(periods, _short_labels(periods), strict=True)
    ]


def trend_step(period: Period) -> str:
    """Return the step in which a trend towards a period is shown."""
    match period.kind:
        case PeriodKind.DAY:
            return "day"
        case PeriodKind.WEEK | PeriodKind.MONTH:
            return "week"
        case PeriodKind.QUARTER | PeriodKind.YEAR:
            return "month"
        case PeriodKind.RANGE:
            return "day" if period.length <= 14 else "week" if period.length <= 100 else "month"


def query(period: Period) -> str:
    """Return the period in absolute words that `parse_period` reads back."""
    year, week, _ = period.start.isocalendar()
    match period.kind:
        case PeriodKind.DAY:
            return period.start.isoformat()
        case PeriodKind.WEEK:
            return f"{year}-W{week:02}"
        case PeriodKind.MONTH:
            return f"{period.start:%Y-%m}"
        case PeriodKind.QUARTER:
            return f"{period.start.year}-Q{_quarter(period.start)}"
        case PeriodKind.YEAR:
            return str(period.start.year)
        case PeriodKind.RANGE:
            return f"{period.start}..{period.last}"


def describe(period: Period, today: date) -> str:
    """Return the label as one says it today: "yesterday, 22 November 2026", "November 2026 so far"."""
    if period.kind is PeriodKind.DAY:
        name = {0: "today, ", 1: "yesterday, "}.get((today - period.start).days, "")
        return name + period.label
    is_cut = (
        period.kind is not PeriodKind.RANGE or period.last > today
    )  # "30 days to today" says it already
    return f"{period.label} so far" if period.so_far(today) and is_cut else period.label


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - _DAY).day


def _start_of(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.WEEK:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTH:
            return day.replace(day=1)
        case PeriodKind.QUARTER:
            return date(day.year, 3 * _quarter(day) - 2, 1)
        case PeriodKind.YEAR:
            return date(day.year, 1, 1)
    return day


def _moved(kind: PeriodKind, start: date, steps: int) -> date:
    match kind:
        case PeriodKind.DAY:
            return start + timedelta(days=steps)
        case PeriodKind.WEEK:
            return start + timedelta(weeks=steps)
        case PeriodKind.MONTH:
            return add_months(start, steps)
        case PeriodKind.QUARTER:
            return add_months(start, 3 * steps)
        case PeriodKind.YEAR:
            return add_months(start, 12 * steps)
    raise ValueError("a range has no step of its own")


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


# Labels, in British English.


def _label(start: date, end: date, kind: PeriodKind) -> str:
    last = end - _DAY
    match kind:
        case PeriodKind.DAY:
            return _written(start, year=True)
        case PeriodKind.WEEK:
            year, week, _ = start.isocalendar()
            return f"week {week} of {year} ({_written_range(start, last, short=True)})"
        case PeriodKind.MONTH:
            return f"{MONTHS[start.month - 1]} {start.year}"
        case PeriodKind.QUARTER:
            return f"Q{_quarter(start)} {start.year}"
        case PeriodKind.YEAR:
            return str(start.year)
        case PeriodKind.RANGE:
            return _written_range(start, last)


def _written(day: date, *, short: bool = False, year: bool = False) -> str:
    month = MONTHS[day.month - 1]
    return f"{day.day} {month[:3] if short else month}" + (f" {day.year}" if year else "")


def _written_range(first: date, last: date, *, short: bool = False) -> str:
    """Return the first and last day with a dash between, naming month and year only where they differ."""
    end = _written(last, short=short, year=not short)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{_TO}{end}"
    return f"{_written(first, short=short, year=not short and first.year != last.year)}{_TO}{end}"


def _short_labels(periods: list[Period]) -> list[str]:
    """Return "2 Oct", "W40" or "Oct" for each; with the year where the same would come twice."""
    short = [_short_label(period) for period in periods]
    repeats = Counter(short)
    return [
        f"{label} {_year(period)}" if repeats[label] > 1 else label
        for label, period in zip(short, periods, strict=True)
    ]


def _short_label(period: Period) -> str:
    if period.kind is PeriodKind.WEEK:
        return f"W{period.start.isocalendar().week}"
    if period.kind is PeriodKind.MONTH:
        return MONTHS[period.start.month - 1][:3]
    return _written(period.start, short=True)


def _year(period: Period) -> int:
    return period.start.isocalendar().year if period.kind is PeriodKind.WEEK else period.start.year
