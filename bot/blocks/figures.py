"""Figures as people read them: never rounded across their target, always with their unit."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from bot.domain.duration import exact_duration, format_duration
from bot.domain.figure import Figure
from bot.domain.kpi import Kind, Kpi
from bot.domain.stats import Interval
from bot.vocabulary import Better, Status, Unit

NO_DATA = "no data"
_MOST_DIGITS = 12  # a target finer than that is nobody's
_UPTIME_DIGITS = 3
_ALL = 100  # percent
_BARS = "▁▂▃▄▅▆▇█"
_ICONS = {
    Status.ON_TARGET: "✅",
    Status.OFF_TARGET: "🔴",
    Status.TOO_CLOSE: "🟡",
    Status.NO_TARGET: "⚪",
    Status.NO_DATA: "⚪",
    Status.INFORMATIONAL: "⚪",
}
_WORDS = {
    Status.ON_TARGET: "on target",
    Status.OFF_TARGET: "off target",
    Status.TOO_CLOSE: "too close to call",
    Status.NO_TARGET: "no target set",
    Status.NO_DATA: NO_DATA,
    Status.INFORMATIONAL: "for information",
}


def status_icon(status: Status) -> str:
    """Return the sign that goes with a status; the words always stand beside it."""
    return _ICONS[status]


def status_words(status: Status) -> str:
    """Return a status in words."""
    return _WORDS[status]


def show(
    unit: Unit, value: float | None, beside: float | None = None, better: Better = Better.UP
) -> str:
    """Return a value with its unit; with `beside`, in as many digits as it takes not to seem to meet that target."""
    if value is None:
        return NO_DATA
    match unit:
        case Unit.PERCENT:
            return f"{_percent(value, beside, better)} %"
        case Unit.SECONDS:
            return _duration(value, beside)
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.POINTS:
            return signed(round(value, 1))


def signed(number: float) -> str:
    """Return a number with its sign, a true minus; nought has none."""
    return f"{number:+.15g}".replace("-", "−") if number else "0"


def show_figure(kpi: Kpi, figure: Figure, beside: float | None = None) -> str:
    """Return a KPI's value and, where it is the middle of what was told, from where to where that was."""
    value = show_value(kpi, figure.value, beside)
    if figure.span is None:
        return value
    return f"{value} ({show_span(kpi.unit, figure.span)})"


def show_span(unit: Unit, span: Interval) -> str:
    """Return the ends of what a survey has told: "61 to 64 %"."""
    if unit is Unit.PERCENT:
        return f"{span.low:g} to {span.high:g} %"
    return f"{signed(span.low)} to {signed(span.high)}"


def show_value(kpi: Kpi, value: float | None, beside: float | None = None) -> str:
    """Return a KPI's value; an uptime is cut after its digits and never rounded up: 99.949 is not 99.95.

    What a survey has published is told in the digits in which it was published.
    """
    if value is not None and kpi.main.kind is Kind.PUBLISHED and kpi.unit is Unit.PERCENT:
        return f"{value:g} %"
    if value is None or kpi.main.kind is not Kind.UPTIME:
        return show(kpi.unit, value, beside, kpi.better)
    digits = min(max(_UPTIME_DIGITS, _digits(beside or 0)), _MOST_DIGITS)
    cut = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR)
    return "100 %" if cut == _ALL else f"{cut} %"


def _digits(value: float) -> int:
    """Return how many decimals a figure is written with."""
    exponent = Decimal(str(value)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _duration(value: float, beside: float | None) -> str:
    text = format_duration(value)
    if beside is None or value == beside or text != format_duration(beside):
        return text
    return f"{'just over' if value > beside else 'just under'} {text}"


def _percent(value: float, beside: float | None, better: Better) -> str:
    for digits in range(1, 6):
        text = f"{value:.{digits}f}"
        if beside is None or _meets(float(text), beside, better) == _meets(value, beside, better):
            return text
    return text


def _meets(value: float, target: float, better: Better) -> bool:
    return value >= target if better is Better.UP else value <= target


def show_target(kpi: Kpi, value: float) -> str:
    """Return a target with its unit, to the last digit: nobody is told another one than counts."""
    match kpi.unit:
        case Unit.PERCENT:
            return f"{value:.15g} %"
        case Unit.SECONDS:
            return exact_duration(round(value)) or "0 s"
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.POINTS:
            return signed(value)


def show_change(unit: Unit, change: float | None, digits: int = 1) -> str | None:
    """Return a change in words: "up 1.2 points", "down 12 min"; None where there is nothing to compare."""
    if change is None:
        return None
    match unit:
        case Unit.PERCENT | Unit.POINTS:
            size = f"{abs(change):.{digits}f}"
            words = f"{size} point" if float(size) == 1 else f"{size} points"
            is_none = float(size) == 0
        case Unit.SECONDS:
            words, is_none = format_duration(abs(change)), abs(change) < 1
        case Unit.COUNT:
            words, is_none = f"{abs(change):,.0f}", round(change) == 0
    return "unchanged" if is_none else f"{'up' if change > 0 else 'down'} {words}"


def show_interval(unit: Unit, interval: Interval) -> str:
    """Return the ends of an interval: "92.3 to 95.3 %"."""
    if unit is Unit.PERCENT:
        return f"{interval.low:.1f} to {interval.high:.1f} %"
    if unit is Unit.POINTS:
        return f"{signed(round(interval.low))} to {signed(round(interval.high))}"
    return f"{show(unit, interval.low)} to {show(unit, interval.high)}"


_SINGULARS = {
    "ratings": "rating",
    "replies": "reply",
    "tickets": "ticket",
    "targets": "target",
    "incidents": "incident",
    "answers": "answer",
}


def show_count(n: int, noun: str) -> str:
    """Return how many of something: "1,000 ratings", "1 critical ticket solved"."""
    words = noun.split() if n != 1 else [_SINGULARS.get(word, word) for word in noun.split()]
    return f"{n:,} {' '.join(words)}"


def sparkline(values: Sequence[float | None]) -> str:
    """Return values as a row of bars, "·" where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join("·" if value is None else _bar(value, low, span) for value in values)


def _bar(value: float, low: float, span: float) -> str:
    return _BARS[round((value - low) / span * (len(_BARS) - 1))] if span else _BARS[3]


def show_moment(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant in words in a zone, for where Slack cannot show it in the reader's own."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M} {local.tzname()}"
