"""Periods as people write them: `october`, `2026-W40`, `q3`, `30d`, `last month`, `1 to 15 october`.

`parse_period` either returns a `Period` or raises `Refused`, whatever the text. A name without a year means the most
recent one that has begun; `30d`, `12w` and `3m` end today; ranges include both ends.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.domain.span import (
    MONTH_NAMES,
    MONTHS,
    WEEKDAY_NAMES,
    WEEKDAYS,
    Period,
    PeriodKind,
    add_months,
    between,
    buckets,
    comparable,
    days_in_month,
    describe,
    elapsed,
    fairly,
    neighbour,
    query,
    trend_step,
    whole,
)
from bot.domain.spelling import Spellings
from bot.domain.words import SMALL_NUMBERS, quoted, suggest
from bot.errors import Refused

__all__ = [
    "Period",
    "PeriodKind",
    "buckets",
    "comparable",
    "describe",
    "elapsed",
    "fairly",
    "parse_period",
    "query",
    "trend_step",
]

EXAMPLES = "last month, october, 2026-W40, q3, 30d or 2026-10-01..2026-10-15"

_LONGEST_TEXT = 80
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
_MOST_MONTHS = 60
_TWO_MONTHS = timedelta(days=60)
_YEAR = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_KINDS = {kind.value[0]: kind for kind in PeriodKind if kind is not PeriodKind.RANGE}
_VOCABULARY = (
    *(name.lower() for name in MONTHS),
    *(name.lower() for name in WEEKDAYS),
    *("today", "yesterday", "this", "last", "previous", "date", "since"),
    *("day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years"),
)
_PHRASES = (
    *(
        f"{which} {unit}"
        for which in ("last", "this")
        for unit in ("week", "month", "quarter", "year")
    ),
    *("today", "yesterday", "mtd", "qtd", "ytd", "wtd", "last 30 days", "q1", "q2", "q3", "q4"),
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """When it is asked, and between which days a name without a year is looked for."""

    today: date
    latest: date
    earliest: date | None = None


_SPELLINGS = Spellings[_Asked, Period]()
_single, _rule = _SPELLINGS.read, _SPELLINGS.rule


def parse_period(text: str, today: date) -> Period:
    """Return the period that `text` means on `today`; `Refused` says what is wrong and what would work."""
    plain = _plain(text)
    if not plain:
        raise Refused(f"Which period? Try {EXAMPLES}.")
    if len(plain) > _LONGEST_TEXT:
        raise Refused(f"{quoted(text)} is too long to be a period. Try {EXAMPLES}.")
    period = _read(plain, today)
    if period is None:
        raise Refused(_not_understood(text, plain, today))
    return _checked(period, today)


def _read(plain: str, today: date) -> Period | None:
    asked = _Asked(today, latest=today)
    if plain.startswith("since "):
        begun = _single(plain.removeprefix("since "), asked)
        return begun and _ordered(begun, whole(PeriodKind.DAY, today))
    return _single(plain, asked) or next(_ranges(plain, asked), None)


def _checked(period: Period, today: date) -> Period:
    if period.start.year < _FIRST_YEAR:
        raise Refused(f"{period.label} begins before {_FIRST_YEAR}; ask for a later period.")
    if period.start > today:
        raise Refused(
            f"{period.label} has not begun yet: today is {whole(PeriodKind.DAY, today).label}."
        )
    if period.last > add_months(period.start, _MOST_MONTHS):
        raise Refused(f"{period.label} is longer than five years; ask for a shorter period.")
    return period


# What is wrong, and what was probably meant.


def _not_understood(text: str, plain: str, today: date) -> str:
    meant = _corrected(plain, today) or suggest(plain, _PHRASES)
    hint = f"; did you mean {quoted(meant)}?" if meant else "."
    return f"{quoted(text)} is not a period I know{hint} Try {EXAMPLES}."


def _corrected(plain: str, today: date) -> str | None:
    """Return the text with each word replaced by the nearest that periods are made of, if that makes a period."""
    better = re.sub(r"[a-z]{3,}", lambda word: suggest(word[0], _VOCABULARY) or word[0], plain)
    try:
        period = _read(better, today)
        if period:
            _checked(period, today)
    except Refused:
        return None
    return better if period else None


# Plain text: small letters, one kind of dash, digits for number words, nothing that carries no meaning.


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[: 4 * _LONGEST_TEXT]).casefold()
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[,\"'\u2018-\u201f`?!()]", " ", text)
    text = re.sub(r"\b[a-z]+\b", lambda word: _DIGITS.get(word[0], word[0]), text)
    text = re.sub(r"\b([1-4])(?:st|nd|rd|th) quarter\b", r"q\1", text)
    text = re.sub(r"\b([0-9]{1,2})(?:st|nd|rd|th)\b", r"\1", text)
    text = re.sub(r"\b(?:the|in|of|for|on|during|so far)\b", " ", text)
    return " ".join(text.split())


_DIGITS = {word: str(number) for number, word in enumerate(SMALL_NUMBERS)} | {
    "first": "1st",
    "second": "2nd",
    "third": "3rd",
    "fourth": "4th",
}


# Ranges: two single periods with something between them.


def _ranges(plain: str, asked: _Asked) -> Iterator[Period]:
    """Yield what the text means when it is split at each place that may part two periods."""
    plain = re.sub(r"^(?:from|between) ", "", plain)
    for parting in re.finditer(r" ?\.{2,} ?| (?:to|till|until|through|and|-) |-", plain):
        period = _range(*_completed(plain[: parting.start()], plain[parting.end() :]), asked)
        if period is not None:
            yield period


def _completed(left: str, right: str) -> tuple[str, str]:
    """Lend the month to the end that is a bare day: `1..15 october`, `october 1..15`."""
    if re.fullmatch(r"[0-9]{1,2}", left) and (
        month := re.fullmatch(r"[0-9]{1,2}[ -]?([a-z].*)", right)
    ):
        return f"{left} {month[1]}", right
    if re.fullmatch(r"[0-9]{1,2}", right) and (
        month := re.fullmatch(r"([a-z]+)[ -]?[0-9]{1,2}", left)
    ):
        return left, f"{month[1]} {right}"
    return left, right


def _range(left: str, right: str, asked: _Asked) -> Period | None:
    """Read both ends; one that names no year is looked for beside the other."""
    if _YEAR.search(right) and not _YEAR.search(left):
        end = _single(right, asked)
        begin = end and _single(left, replace(asked, latest=end.start))
        return begin and end and _ordered(begin, end)
    begin = _single(left, asked)
    end = begin and _single(right, replace(asked, earliest=begin.start))
    if begin is None or end is None:
        return None
    before = _single(right, replace(asked, latest=begin.start))
    return _ordered(begin, before if before and _is_reversed(begin, before) else end)


def _is_reversed(begin: Period, before: Period) -> bool:
    """Return whether `15 oct to 1 oct` was written, rather than a span that runs into the next year."""
    return (
        before.kind in (PeriodKind.DAY, PeriodKind.WEEK)
        and timedelta(0) < begin.start - before.start < _TWO_MONTHS
    )


def _ordered(begin: Period, end: Period) -> Period:
    if begin.start > end.start:
        raise Refused(f"{begin.label} comes after {end.label}; write the earlier one first.")
    return between(begin.start, end.last)


# Single periods: one rule a spelling.


_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_NUMBER = r"(?P<number>[0-9]{1,2})"
_YEAR_BEFORE = r"(?:(?P<before>[0-9]{4})[ /-]?)?"
_YEAR_AFTER = r"(?:[ /-]?(?P<after>[0-9]{4}))?"


@_rule(r"today|now|yesterday|tomorrow")
def _near_day(found: re.Match[str], asked: _Asked) -> Period:
    by = {"yesterday": -1, "tomorrow": 1}.get(found[0], 0)
    return whole(PeriodKind.DAY, asked.today + timedelta(days=by))


@_rule(rf"(?P<which>this|current|last|previous|past|next) {_UNIT}")
def _near_unit(found: re.Match[str], asked: _Asked) -> Period:
    by = {"this": 0, "current": 0, "next": 1}.get(found["which"], -1)
    return neighbour(whole(PeriodKind(found["unit"]), asked.today), by)


@_rule(rf"(?P<letter>[wmqy])td|{_UNIT} to date")
def _to_date(found: re.Match[str], asked: _Asked) -> Period:
    return whole(_KINDS[(found["letter"] or found["unit"])[0]], asked.today)


@_rule(
    r"(?:(?:last|past|previous) ?)?(?P<count>[0-9]+) ?(?P<unit>[dwmqy]|(?:day|week|month|quarter|year)s?)"
)
def _rolling(found: re.Match[str], asked: _Asked) -> Period:
    """Read 30d, 12w, 3m: a stretch that ends today, today included."""
    count, unit = int(found["count"]), found["unit"][0]
    if count == 0:
        raise Refused(f"{quoted(found[0])} is no time at all; ask for 1 or more, such as 30d.")
    days, months = {"d": (1, 0), "w": (7, 0), "m": (0, 1), "q": (0, 3), "y": (0, 12)}[unit]
    if count * days > 31 * _MOST_MONTHS or count * months > _MOST_MONTHS:
        raise Refused(f"{quoted(found[0])} is longer than five years; ask for a shorter period.")
    before = add_months(asked.today, -count * months) - timedelta(days=count * days)
    return between(before + timedelta(days=1), asked.today)


@_rule(rf"{_YEAR_BEFORE}w(?:k|eek)? ?{_NUMBER}{_YEAR_AFTER}")
def _week(found: re.Match[str], asked: _Asked) -> Period | None:
    number = int(found["number"])

    def build(year: int) -> Period | None:
        try:
            return whole(PeriodKind.WEEK, date.fromisocalendar(year, number, 1))
        except ValueError:
            return None

    year = _year_of(found)
    most = date(year, 12, 28).isocalendar().week if year else 53
    return _in_year(found, asked, build, f"week {number}", f"weeks run from 1 to {most}")


@_rule(rf"{_YEAR_BEFORE}q ?(?P<number>[0-9]){_YEAR_AFTER}")
def _quarter(found: re.Match[str], asked: _Asked) -> Period | None:
    number = int(found["number"])

    def build(year: int) -> Period | None:
        return whole(PeriodKind.QUARTER, date(year, 3 * number, 1)) if 1 <= number <= 4 else None

    return _in_year(found, asked, build, f"Q{number}", "a year has Q1 to Q4")


@_rule(r"(?P<before>[0-9]{4})[-/. ](?P<number>[0-9]{1,2})")
@_rule(r"(?P<number>[0-9]{1,2})[-/.](?P<after>[0-9]{4})")
def _numbered_month(found: re.Match[str], asked: _Asked) -> Period | None:
    return _month(found, asked, int(found["number"]))


@_rule(rf"{_YEAR_BEFORE}(?P<name>[a-z]{{3,9}}){_YEAR_AFTER}")
def _named_month(found: re.Match[str], asked: _Asked) -> Period | None:
    number = MONTH_NAMES.get(found["name"])
    return _month(found, asked, number) if number else None


@_rule(r"(?:last|previous) (?P<name>[a-z]{3,9})")
def _last_month_named(found: re.Match[str], asked: _Asked) -> Period | None:
    """Read `last october`: the most recent that is over."""
    return _named_month(
        found, replace(asked, latest=asked.today.replace(day=1) - timedelta(days=1), earliest=None)
    )


def _month(found: re.Match[str], asked: _Asked, number: int) -> Period | None:
    def build(year: int) -> Period | None:
        return whole(PeriodKind.MONTH, date(year, number, 1)) if 1 <= number <= 12 else None

    return _in_year(found, asked, build, f"month {number}", "a year has months 1 to 12")


@_rule(r"(?P<before>[0-9]{4})(?P<dash>[-/.])(?P<month>[0-9]{1,2})(?P=dash)(?P<day>[0-9]{1,2})")
def _numbered_day(found: re.Match[str], asked: _Asked) -> Period | None:
    return _day(found, asked, int(found["month"]))


@_rule(rf"(?P<day>[0-9]{{1,2}})[ -]?(?P<name>[a-z]{{3,9}}){_YEAR_AFTER}")
@_rule(r"(?P<name>[a-z]{3,9})[ -]?(?P<day>[0-9]{1,2})(?:[ -](?P<after>[0-9]{4}))?")
def _named_day(found: re.Match[str], asked: _Asked) -> Period | None:
    number = MONTH_NAMES.get(found["name"])
    return _day(found, asked, number) if number else None


def _day(found: re.Match[str], asked: _Asked, month: int) -> Period | None:
    day = int(found["day"])

    def build(year: int) -> Period | None:
        try:
            return whole(PeriodKind.DAY, date(year, month, day))
        except ValueError:
            return None

    if not 1 <= month <= 12:
        raise Refused(
            f"{quoted(found[0])} is not a day: a year has months 1 to 12. Days are written 2026-10-15."
        )
    year = _year_of(found)
    days = (
        days_in_month(year, month)
        if year
        else 29
        if month == 2
        else days_in_month(_FIRST_YEAR, month)
    )
    return _in_year(
        found, asked, build, f"{day} {MONTHS[month - 1]}", f"that month has {days} days"
    )


@_rule(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})")
def _ambiguous_day(found: re.Match[str], _: _Asked) -> Period:
    raise Refused(
        f"{quoted(found[0])} could be two different days; write the year first, such as 2026-10-15."
    )


@_rule(r"(?P<before>[0-9]{4})")
def _year(found: re.Match[str], asked: _Asked) -> Period | None:
    return _in_year(found, asked, lambda year: whole(PeriodKind.YEAR, date(year, 1, 1)), "year", "")


@_rule(r"(?P<last>last |previous )?(?P<name>[a-z]{3,9})")
def _weekday(found: re.Match[str], asked: _Asked) -> Period | None:
    """Read `monday` as the most recent one, `last monday` as the most recent before today."""
    place = WEEKDAY_NAMES.get(found["name"])
    if place is None:
        return None
    back = (asked.today.weekday() - place) % 7
    return whole(PeriodKind.DAY, asked.today - timedelta(days=back or (7 if found["last"] else 0)))


# Years, given or looked for.


def _year_of(found: re.Match[str]) -> int | None:
    """Return the year that the text names before or after the rest."""
    groups = found.groupdict()
    year = groups.get("before") or groups.get("after")
    if year is None:
        return None
    if int(year) < _FIRST_YEAR:
        raise Refused(f"{quoted(found[0])} begins before {_FIRST_YEAR}; ask for a later period.")
    if int(year) > _LAST_YEAR:
        raise Refused(f"{quoted(found[0])} is too far ahead; ask for a period that has begun.")
    return int(year)


def _in_year(
    found: re.Match[str],
    asked: _Asked,
    build: Callable[[int], Period | None],
    name: str,
    why_not: str,
) -> Period | None:
    """Return what `build` makes of the year that is named, or of the nearest year that fits."""
    year = _year_of(found)
    period = build(year) if year else _nearest_year(asked, build)
    if period is None:
        raise Refused(f"There is no {name}{f' in {year}' if year else ''}: {why_not}.")
    return period


def _nearest_year(asked: _Asked, build: Callable[[int], Period | None]) -> Period | None:
    """Look back from the latest day, or ahead from the earliest; eight years always hold a leap day."""
    if asked.earliest:
        ahead = filter(None, map(build, range(asked.earliest.year - 1, asked.earliest.year + 9)))
        return next((period for period in ahead if period.start >= asked.earliest), None)
    back = filter(None, map(build, range(asked.latest.year + 1, asked.latest.year - 9, -1)))
    return next((period for period in back if period.start <= asked.latest), None)
