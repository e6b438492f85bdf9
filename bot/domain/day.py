"""Days to come, as people write them: `friday`, `tomorrow`, `in 3 days`, `next week`, `4 dec`, `2026-12-04`.

`parse_day` either returns a day from today on or raises `Refused`, whatever the text. A weekday is the next one after
today; `next friday` the one in the week after this; `next week` its Monday; a date without a year the nearest to come.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from bot.domain.span import (
    MONTH_NAMES,
    MONTHS,
    WEEKDAY_NAMES,
    WEEKDAYS,
    add_months,
    days_in_month,
)
from bot.domain.spelling import Spellings
from bot.domain.words import SMALL_NUMBERS, quoted
from bot.domain.workday import workday_after
from bot.errors import Refused

EXAMPLES = "tomorrow, friday, in 3 days, next week or 2026-12-04"

_LONGEST_TEXT = 60
_FARTHEST_YEARS = 5
_JUST_PAST = timedelta(
    days=60
)  # so long ago, a date without a year was meant and not its next return
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SUNDAY = 6
_VOCABULARY = (
    *(name.lower() for name in (*WEEKDAYS, *MONTHS)),
    *("today", "tomorrow", "week", "weeks", "month", "months", "days", "next"),
)
_NUMBERS = {word: str(number) for number, word in enumerate(SMALL_NUMBERS)} | {"a": "1", "an": "1"}

_SPELLINGS = Spellings[date, date]()
_rule = _SPELLINGS.rule
_TIME = re.compile(
    r" (?:at )?(?:[0-9]{1,2}(?::[0-9]{2})? ?[ap]\.?m|[0-9]{1,2}:[0-9]{2}|[0-9]{1,2} ?h|noon|midday|midnight"
    r"|morning|afternoon|evening|night|eod|cob)$"
)


def parse_day(text: str, today: date) -> date:
    """Return the day that `text` means on `today`; `Refused` where it means none, or one that is past."""
    plain = _plain(text)
    if len(text) > _LONGEST_TEXT or not plain:
        raise Refused(f"{quoted(text)} is not a day I know. Try {EXAMPLES}.")
    day = _read(plain, today)
    if day is None:
        meant = _corrected(plain, today)
        hint = f"; did you mean {quoted(meant)}?" if meant else "."
        raise Refused(f"{quoted(text)} is not a day I know{hint} Try {EXAMPLES}.")
    return must_come(day, today)


def must_come(day: date, today: date) -> date:
    """Return a day that is today or later, and not years away; `Refused` says what is wrong with another."""
    if day < today:
        raise Refused(
            f"{show_day(day, today)} is past; today is {show_day(today, today)}. Try {EXAMPLES}."
        )
    if day > add_months(today, 12 * _FARTHEST_YEARS):
        raise Refused(f"{day.year} is too far ahead. Try {EXAMPLES}.")
    return day


def take_day(text: str, today: date) -> tuple[str, date | None]:
    """Part a sentence from the day it ends in ("call the vendor by friday"); without one it stays whole.

    After `by` a day that is past or misspelt is `Refused`. Without such a word the end of a sentence is read as a day
    only where it can hardly be anything else.
    """
    for found in _DUE.finditer(text):
        phrase = _CLOSING.sub("", text[found.end() :])
        if _read(_plain(phrase), today) or _is_misspelt(phrase, today):
            day = parse_day(phrase, today)
            is_before = found["word"].casefold() == "before"
            return _opened(text[: found.start()]), must_come(day - is_before * _DAY, today)
    return _take_bare(text, today)


def sounds_dated(text: str) -> bool:
    """Return whether a sentence seems to say until when, in words that are no day: "by dec", "until 5pm"."""
    ends = (_plain(text[found.end() :]) for found in _DUE.finditer(text) if found["word"] != "on")
    return any(len(end.split()) <= _MOST_WORDS and _DATED.search(end) for end in ends)


def show_day(day: date, today: date) -> str:
    """Return a day for reading: "Fri 27 Nov", with its year where that is not this one."""
    words = f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"
    return words if day.year == today.year else f"{words} {day.year}"


# A day at the end of a sentence.

_DUE = re.compile(
    r"(?:^|[\s,;(-])(?P<word>due by|due on|due|by|until|till|before|on)(?: *: *|\s+)", re.IGNORECASE
)
_CLOSING = re.compile(r"[\s.,;!?)]+$")
_LEADS_ON = frozenset(
    (
        *("for", "of", "from", "since", "with", "about", "at", "to", "and", "or", "than"),
        *("every", "each", "last", "over", "after", "until", "till", "on"),
    )
)  # after these, a day belongs to what is to be done
_MOST_WORDS = 4
_ANY_WEEKDAY, _ANY_MONTH = ("|".join(names) for names in (WEEKDAY_NAMES, MONTH_NAMES))
_DATED = re.compile(
    rf"[0-9]|\b(?:weeks?|months?|quarter|years?|day|kw|noon|{_ANY_WEEKDAY}|{_ANY_MONTH})\b"
)
_BARE = re.compile(
    rf"today|tomorrow|day after tomorrow|next week|end of (?:week|month|year)|eow|eom|eoy|in [0-9].*|[0-9]{{4}}-.*"
    rf"|(?:next |this )?(?:{'|'.join(name.lower() for name in WEEKDAYS)})"
    rf"|(?:(?:{_ANY_WEEKDAY}) )?[0-9]{{1,2}}[a-z]* (?:{_ANY_MONTH})\b.*|(?:{_ANY_MONTH}) [0-9]{{1,2}}\b.*"
)


def _take_bare(text: str, today: date) -> tuple[str, date | None]:
    words = _CLOSING.sub("", text).split()
    for length in range(min(_MOST_WORDS, len(words)), 0, -1):
        before, phrase = words[:-length], _plain(" ".join(words[-length:]))
        if words[-length].casefold() in _LEADS_ON:
            continue
        if before and before[-1].casefold() in _LEADS_ON | {"the"}:
            continue
        day = _read(phrase, today) if _BARE.fullmatch(phrase) else None
        if day is not None and day >= today:
            is_whole = len(before) == 1  # "plan next week" without its end would be no sentence
            return text.strip() if is_whole else _opened(" ".join(before)), day
    return text.strip(), None


def _opened(text: str) -> str:
    """Return what stands before a day, without what led over to it."""
    return text.rstrip(" ,;:(-\t\n")


def _is_misspelt(phrase: str, today: date) -> bool:
    """Return whether a phrase was surely meant as a day: one or two words, nearly those of a day."""
    plain = _plain(phrase)
    return len(plain.split()) <= 2 and _corrected(plain, today) is not None


def _corrected(plain: str, today: date) -> str | None:
    better = re.sub(r"[a-z]{4,}", lambda word: _nearest(word[0]), plain)
    return better if better != plain and _read(better, today) else None


def _nearest(word: str) -> str:
    return next(iter(difflib.get_close_matches(word, _VOCABULARY, n=1, cutoff=0.75)), word)


def _read(plain: str, today: date) -> date | None:
    """Return the day that plain text means; a time of day after it is left out."""
    return _SPELLINGS.read(plain, today) or _SPELLINGS.read(_TIME.sub("", plain), today)


# Plain text: small letters, digits for number words, nothing that carries no meaning.


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[: 2 * _LONGEST_TEXT]).casefold()
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[,\"'\u2018-\u201f`?!()]|\.$", " ", text)
    text = re.sub(r"\b[a-z]+\b", lambda word: _NUMBERS.get(word[0], word[0]), text)
    text = re.sub(
        r"\b(?:the|of|on|by|due|coming|about|around)\b(?! week| month| year)|\bthe\b", " ", text
    )
    return " ".join(text.split())


# One rule a spelling.


@_rule(r"today|tonight|now|eod|end of day|end day|asap")
def _today(_: re.Match[str], today: date) -> date:
    return today


@_rule(r"(?P<after>day after )?(?:tomorrow|tmrw|tmr)|(?P<before>yesterday)")
def _near(found: re.Match[str], today: date) -> date:
    return today + (-1 if found["before"] else 2 if found["after"] else 1) * _DAY


@_rule(r"(?P<name>[a-z]{3,9}) (?P<which>next )week")
@_rule(r"(?P<which>this |next )?(?P<name>[a-z]{3,9})")
def _weekday(found: re.Match[str], today: date) -> date | None:
    place = WEEKDAY_NAMES.get(found["name"])
    if place is None:
        return None
    if found["which"] == "next ":
        return _monday_after(today) + place * _DAY
    return today + ((place - today.weekday() - 1) % 7 + 1) * _DAY


@_rule(r"next (?P<unit>week|month|year)")
def _next_unit(found: re.Match[str], today: date) -> date:
    match found["unit"]:
        case "week":
            return _monday_after(today)
        case "month":
            return add_months(today.replace(day=1), 1)
        case _:
            return date(today.year + 1, 1, 1)


@_rule(r"(?:this|end (?:of )?(?P<which>this |next )?)(?: ?)week|eow")
def _friday(found: re.Match[str], today: date) -> date:
    """Read the end of a week as its Friday; at the weekend that is the next week's."""
    monday = today - today.weekday() * _DAY
    if found["which"] == "next " or today.weekday() > 4:
        monday += _WEEK
    return monday + 4 * _DAY


@_rule(r"end (?:of )?(?P<which>this |next )?month|eom")
def _end_of_month(found: re.Match[str], today: date) -> date:
    month = add_months(today.replace(day=1), 1 if found["which"] == "next " else 0)
    return month.replace(day=days_in_month(month.year, month.month))


@_rule(r"(?:(?:this )?year end|end (?:of )?(?P<which>this |next )?year|eoy)")
def _end_of_year(found: re.Match[str], today: date) -> date:
    return date(today.year + (found["which"] == "next "), 12, 31)


@_rule(r"(?:calendar )?(?:kw|cw|wk|week|w) ?(?P<week>[0-9]{1,2})")
def _friday_of_week(found: re.Match[str], today: date) -> date | None:
    """Read a week by its number as its Friday, the next one to come."""
    for year in (today.year, today.year + 1):
        with suppress(ValueError):
            friday = date.fromisocalendar(year, int(found["week"]), 5)
            if friday >= today:
                return friday
    return None


@_rule(
    r"(?:in |within |after )?(?P<count>[0-9]{1,3}) ?(?P<work>(?:work(?:ing)?|business) ?)?"
    r"(?P<unit>d|days?|w|wks?|weeks?|m|mos?|months?)(?: from (?:now|today)| later)?"
)
def _ahead(found: re.Match[str], today: date) -> date | None:
    count, unit = int(found["count"]), found["unit"][0]
    if found["work"]:
        return _workdays_ahead(today, count) if unit == "d" else None
    if unit == "m":
        return add_months(today, count) if count <= 12 * _FARTHEST_YEARS else date(2999, 1, 1)
    return today + count * (_DAY if unit == "d" else _WEEK)


@_rule(r"(?P<year>[0-9]{4})[-/. ](?P<month>[0-9]{1,2})[-/. ](?P<day>[0-9]{1,2})")
def _numbered(found: re.Match[str], _: date) -> date | None:
    return _exact(int(found["year"]), int(found["month"]), int(found["day"]), found[0])


_TH = r"(?:st|nd|rd|th)?"


@_rule(
    rf"(?:(?P<weekday>[a-z]{{3,9}}) )?(?P<day>[0-9]{{1,2}}){_TH}[ .-]{{0,2}}(?P<name>[a-z]{{3,9}})(?:[ .-]*(?P<year>[0-9]{{4}}))?"
)
@_rule(rf"(?P<name>[a-z]{{3,9}})[ .-]{{0,2}}(?P<day>[0-9]{{1,2}}){_TH}(?:[ -]+(?P<year>[0-9]{{4}}))?")  # fmt: skip
def _named(found: re.Match[str], today: date) -> date | None:
    month = MONTH_NAMES.get(found["name"])
    if month is None:
        return None
    day = int(found["day"])
    if found["year"]:
        meant = _exact(int(found["year"]), month, day, found[0])
    else:
        meant = _nearest_return(month, day, today, found[0])
    return _agreeing(meant, found.groupdict().get("weekday"), today)


def _agreeing(day: date, weekday: str | None, today: date) -> date | None:
    """Return a day whose weekday was written before it; another weekday than it has is `Refused`."""
    if weekday is None:
        return day
    place = WEEKDAY_NAMES.get(weekday)
    if place is None:
        return None
    if place != day.weekday():
        raise Refused(f"{show_day(day, today)} is no {WEEKDAYS[place]}. Try {EXAMPLES}.")
    return day


@_rule(r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)")
def _day_of_month(found: re.Match[str], today: date) -> date | None:
    for ahead in range(12):
        month = add_months(today.replace(day=1), ahead)
        day = _build(month.year, month.month, int(found["day"]))
        if day and day >= today:
            return day
    return None


@_rule(
    r"(?P<left>[0-9]{1,2})(?P<sign>[-/.])(?P<right>[0-9]{1,2})(?:(?P=sign)(?P<year>[0-9]{4}|[0-9]{2})?)?"
)
def _in_digits(found: re.Match[str], today: date) -> date | None:
    """Read 31.12. and 12/31; with dots the day goes first everywhere, without them it must be clear which is which."""
    left, right, year = int(found["left"]), int(found["right"]), found["year"]
    if not year and not _is_day_and_month(found):
        return None
    orders = {(left, right)} if found["sign"] == "." else {(left, right), (right, left)}
    possible = [(day, month) for day, month in orders if 1 <= day <= 31 and 1 <= month <= 12]
    if len(possible) > 1:
        raise Refused(
            f"{quoted(found[0])} could be two different days; write the year first, such as 2026-12-04."
        )
    if possible and not year:
        return _nearest_return(possible[0][1], possible[0][0], today, found[0])
    if possible:
        return _exact(2000 + int(year) % 100, possible[0][1], possible[0][0], found[0])
    return _exact(2000, 13, 1, found[0]) if year else None


def _is_day_and_month(found: re.Match[str]) -> bool:
    """Return whether two numbers without a year can be that, and neither an amount ("3.5", "1/2") nor "24/7"."""
    left, sign, right = found["left"], found["sign"], found["right"]
    return (
        len(right) == 2
        if sign == "."
        else sign == "/" and len(left + right) > 2 and found[0] != "24/7"
    )


# Building.


def _monday_after(today: date) -> date:
    return today + (7 - today.weekday()) * _DAY


def _workdays_ahead(today: date, count: int) -> date:
    day = today
    for _ in range(min(count, 400 * _FARTHEST_YEARS)):
        day = workday_after(day)
    return day


def _build(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _exact(year: int, month: int, day: int, text: str) -> date:
    found = _build(year, month, day)
    if found is None:
        raise Refused(f"There is no {quoted(text)} in the calendar. Try {EXAMPLES}.")
    return found


def _nearest_return(month: int, day: int, today: date, text: str) -> date:
    """Return the date in the year in which it comes next; one that has just been is taken as past."""
    years: Iterator[date | None] = (
        _build(today.year + ahead, month, day) for ahead in range(-1, 9)
    )
    for found in years:
        if found and found >= today - _JUST_PAST:
            return found
    raise Refused(f"There is no {quoted(text)} in the calendar. Try {EXAMPLES}.")
