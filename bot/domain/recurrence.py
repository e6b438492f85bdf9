"""When a meeting repeats: a first day, a time on the wall of one zone, and an RFC 5545 rule.

Starts are naive local times, one a day that the rule names; each becomes UTC by itself, so that a clock change neither
skips nor doubles a meeting.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from bot.domain.span import PeriodKind, whole
from bot.domain.walltime import to_utc, zone_in_words
from bot.errors import Refused

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}
_A_DAY = timedelta(days=1)
_LONGEST_STEP = 52
_LAST = 31  # a day that stands for a month's last


class Repeat(StrEnum):
    """How a meeting repeats, as a form asks."""

    ONCE = "once"
    WEEKLY = "weekly"
    MONTHLY_BY_WEEKDAY = "monthly_by_weekday"  # the third Thursday
    MONTHLY_BY_DATE = "monthly_by_date"  # the 15th


@dataclass(frozen=True, slots=True)
class Rule:
    """From `first` on, at `at` on the clocks of `zone`, on the days that `rrule` names."""

    first: date
    at: time
    zone: ZoneInfo
    rrule: str  # an RFC 5545 RRULE without DTSTART, as `make_rule` makes it


def make_rule(
    kind: Repeat,
    first: date,
    at: time,
    zone: ZoneInfo,
    every: int = 1,
    weekdays: Collection[int] = (),
) -> Rule:
    """Return the rule that a form's fields mean; `Refused` where they mean none.

    `every` counts weeks or months. `weekdays` (Monday is 0) matter to weekly meetings, whose first may then come after
    `first`; without them it is the weekday of `first`. A day that a month lacks is its last.
    """
    if not 1 <= every <= _LONGEST_STEP:
        raise Refused(f"A meeting repeats every 1 to {_LONGEST_STEP} weeks or months, not {every}.")
    if not all(0 <= weekday < len(_CODES) for weekday in weekdays):
        raise Refused("Weekdays run from 0, Monday, to 6, Sunday.")
    return Rule(first, at, zone, _rrule(kind, first, every, weekdays))


def starts(rule: Rule, after: datetime) -> Iterator[datetime]:
    """Yield the rule's naive local starts strictly after the naive local `after`, in order, for as long as it repeats.

    A start that falls into a clock change's gap is yielded as it stands; `to_utc` moves it.
    """
    begin = datetime.combine(rule.first, rule.at)
    return iter(rrulestr(rule.rrule, dtstart=begin).xafter(after))


def next_starts(rule: Rule, after: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the starts strictly after an instant, each as naive local time and in UTC."""
    local = after.astimezone(rule.zone).replace(tzinfo=None)
    for start in starts(rule, local - _A_DAY):  # a change of clocks moves some, and repeats an hour
        starts_at = to_utc(start, rule.zone)
        if starts_at > after:
            yield start, starts_at


def fields_of(rule: Rule) -> tuple[Repeat, int, tuple[int, ...]]:
    """Return what `make_rule` was given: how it repeats, every how many weeks or months, and on which weekdays."""
    parts = dict(part.split("=", 1) for part in rule.rrule.split(";"))
    every = int(parts.get("INTERVAL", "1"))
    if "COUNT" in parts:
        return Repeat.ONCE, 1, ()
    if parts["FREQ"] == "WEEKLY":
        return Repeat.WEEKLY, every, tuple(_CODES.index(code) for code in parts["BYDAY"].split(","))
    return (Repeat.MONTHLY_BY_WEEKDAY if "BYDAY" in parts else Repeat.MONTHLY_BY_DATE), every, ()


def in_words(rule: Rule) -> str:
    """Return the rule as a sentence says it: "every 2 weeks on Monday and Thursday at 09:00, Berlin time"."""
    return f"{_days(rule)} at {rule.at:%H:%M}, {zone_in_words(rule.zone)}"


def _rrule(kind: Repeat, first: date, every: int, weekdays: Collection[int]) -> str:
    interval = f";INTERVAL={every}" if every > 1 else ""
    match kind:
        case Repeat.ONCE:
            return "FREQ=DAILY;COUNT=1"
        case Repeat.WEEKLY:
            days = ",".join(_CODES[day] for day in sorted(set(weekdays) or {first.weekday()}))
            return f"FREQ=WEEKLY{interval};BYDAY={days}"
        case Repeat.MONTHLY_BY_WEEKDAY:
            return f"FREQ=MONTHLY{interval};BYDAY={_place(first)}{_CODES[first.weekday()]}"
        case Repeat.MONTHLY_BY_DATE:
            return f"FREQ=MONTHLY{interval};{_by_date(first.day)}"


def _place(day: date) -> int:
    """Return which of its weekday in the month a day is; a fifth one is the last, for most months have no fifth."""
    place = (day.day - 1) // 7 + 1
    return place if place in _ORDINALS else -1


def _by_date(day: int) -> str:
    """Return the part that names a day of the month, or the last one where a month is shorter."""
    if day == _LAST:
        return "BYMONTHDAY=-1"
    if day <= 28:
        return f"BYMONTHDAY={day}"
    return f"BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def _days(rule: Rule) -> str:
    kind, every, weekdays = fields_of(rule)
    match kind:
        case Repeat.ONCE:
            return f"once, on {whole(PeriodKind.DAY, rule.first).label}"
        case Repeat.WEEKLY:
            return _weekly(every, weekdays)
        case Repeat.MONTHLY_BY_WEEKDAY:
            nth = f"the {_ORDINALS[_place(rule.first)]} {_WEEKDAYS[rule.first.weekday()]}"
            return _monthly(every, nth)
        case Repeat.MONTHLY_BY_DATE:
            return _monthly(every, _date_in_words(rule.first.day))


def _weekly(every: int, weekdays: Sequence[int]) -> str:
    days = _listed([_WEEKDAYS[day] for day in weekdays])
    if every > 1:
        return f"every {every} weeks on {days}"
    return f"every {_SHORTER.get(tuple(weekdays), days)}"


_SHORTER = {tuple(range(7)): "day", tuple(range(5)): "day from Monday to Friday"}


def _monthly(every: int, day: str) -> str:
    return f"every {every} months on {day}" if every > 1 else f"on {day} of every month"


def _date_in_words(day: int) -> str:
    if day == _LAST:
        return "the last day"
    return f"the {day}{_ENDINGS.get(day, 'th')}" + (", or else the last day," if day > 28 else "")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
