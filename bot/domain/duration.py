"""Durations as people write and read them; inside they are seconds."""

import re

from bot.domain.words import quoted
from bot.errors import Refused

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800
_SECONDS = {"s": 1, "m": _MINUTE, "h": _HOUR, "d": _DAY, "w": _WEEK}
_NEXT_SMALLER = {"w": "d", "d": "h", "h": "m", "m": "s"}  # 1h30 is an hour and thirty minutes
_UNIT = (
    r"(?:(?P<s>s|secs?|seconds?)|(?P<m>m|mins?|minutes?)|(?P<h>h|hrs?|hours?)"
    r"|(?P<d>d|days?)|(?P<w>w|wks?|weeks?))(?![a-z])"
)
_PART = re.compile(rf"(?P<number>[0-9]+(?:\.[0-9]+)?) ?{_UNIT} ?")
_CLOCK = re.compile(r"(?P<hours>[0-9]+):(?P<minutes>[0-5][0-9])(?::(?P<seconds>[0-5][0-9]))?")
_EXAMPLES = "45 min, 1 h 30 min, 1.5 h or 2 d"
_LONGEST = 3_660 * _DAY
_LONGEST_TEXT = 60
_MINUS = "\N{MINUS SIGN}"


def parse_duration(text: str) -> int:
    """Return whole seconds; raise `Refused` when `text` is no duration, has no unit, or is nought."""
    if len(text) > _LONGEST_TEXT:
        raise Refused(f"{quoted(text)} is too long to be a duration. Try {_EXAMPLES}.")
    plain = _plain(text)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", plain):
        raise Refused(f"{quoted(text)} has no unit: did you mean {plain} min or {plain} h?")
    seconds = _clock(plain)
    if seconds is None:
        seconds = _sum(plain)
    if seconds is None:
        raise Refused(f"{quoted(text)} is not a duration I can read. Try {_EXAMPLES}.")
    if not 1 <= seconds <= _LONGEST:
        raise Refused(
            f"{quoted(text)} is no useful duration: it must be from one second to ten years."
        )
    return round(seconds)


def format_duration(seconds: float) -> str:
    """Return `seconds` for reading: "38 s", "1 min 30 s", "45 min", "3 h 30 min", "2 d 4 h"."""
    sign, size = (_MINUS if seconds < 0 else ""), abs(seconds)
    for limit, unit, smaller in (
        (_MINUTE, "s", ""),
        (10 * _MINUTE, "min", "s"),  # beyond ten minutes nobody compares seconds
        (_HOUR, "min", ""),
        (_DAY, "h", "min"),
    ):
        whole = _rounded(size, _STEP[smaller or unit])
        if whole < limit:
            return (sign if whole else "") + _two_units(whole, unit, smaller)
    return sign + _two_units(_rounded(size, _HOUR), "d", "h")


def exact_duration(seconds: int) -> str:
    """Return whole `seconds` in all the units it takes, so that `parse_duration` reads the same: "1 d 2 h 30 min"."""
    parts, rest = [], seconds
    for unit in ("d", "h", "min", "s"):
        count, rest = divmod(rest, _STEP[unit])
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


_STEP = {"s": 1, "min": _MINUTE, "h": _HOUR, "d": _DAY}


def _rounded(size: float, step: int) -> int:
    return int(size / step + 0.5) * step


def _two_units(whole: int, unit: str, smaller: str) -> str:
    count, rest = divmod(whole, _STEP[unit])
    return f"{count} {unit}" + (f" {rest // _STEP[smaller]} {smaller}" if rest else "")


def _plain(text: str) -> str:
    """Return `text` in small letters, with a decimal point and without the words between its parts."""
    text = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", text.casefold())
    text = re.sub(r"\bhalf an hour\b", "30 min", text)
    text = re.sub(r"\ban? (?=hour|minute|second|day|week)", "1 ", text)
    return " ".join(re.sub(r"[,+]|\band\b", " ", text).split())


def _clock(plain: str) -> float | None:
    """Read 1:30 as hours and minutes."""
    found = _CLOCK.fullmatch(plain)
    if not found:
        return None
    return (
        int(found["hours"]) * _HOUR + int(found["minutes"]) * _MINUTE + int(found["seconds"] or 0)
    )


def _sum(plain: str) -> float | None:
    """Read 1 h 30 min, 1h30m and 1h30."""
    total, place, unit = 0.0, 0, ""
    while found := _PART.match(plain, place):
        unit = next(name for name in _SECONDS if found[name])
        total += float(found["number"]) * _SECONDS[unit]
        place = found.end()
    rest = plain[place:]
    if re.fullmatch(r"[0-9]{1,2}", rest) and unit in _NEXT_SMALLER:
        return total + int(rest) * _SECONDS[_NEXT_SMALLER[unit]]
    return total if place and not rest else None
