"""Durations: what people write and what they read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.duration import format_duration, parse_duration
from bot.errors import Refused

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h", HOUR),
        ("4 H", 4 * HOUR),
        ("45m", 45 * MINUTE),
        ("90 min", 90 * MINUTE),
        ("1.5 h", 90 * MINUTE),
        ("1,5h", 90 * MINUTE),
        ("1h30", 90 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1 hour and 30 minutes", 90 * MINUTE),
        ("1:30", 90 * MINUTE),
        ("0:00:45", 45),
        ("an hour", HOUR),
        ("half an hour", 30 * MINUTE),
        ("2d", 2 * DAY),
        ("2 d 4 h", 2 * DAY + 4 * HOUR),
        ("1w", 7 * DAY),
        ("3600s", HOUR),
    ],
)
def test_reads_what_people_write(text: str, seconds: int) -> None:
    """Units may be short or long, parts may be joined, a comma may be the decimal point."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("90", "“90” has no unit: did you mean 90 min or 90 h?"),
        ("", "“” is not a duration I can read. Try 45 min, 1 h 30 min, 1.5 h or 2 d."),
        ("soon", "“soon” is not a duration I can read"),
        ("-1h", "is not a duration I can read"),
        ("1h 30 m x", "is not a duration I can read"),
        ("1:75", "is not a duration I can read"),
        ("0 h", "must be from one second to ten years"),
        ("0:00", "must be from one second to ten years"),
        ("99999 d", "must be from one second to ten years"),
        ("9" * 500, "is too long to be a duration"),
    ],
)
def test_says_what_would_work(text: str, sentence: str) -> None:
    """A number alone is refused, because nobody knows its unit."""
    with pytest.raises(Refused) as refused:
        parse_duration(text)

    assert sentence in refused.value.sentence


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (38, "38 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (599.7, "10 min"),
        (45 * MINUTE + 12, "45 min"),
        (HOUR - 1, "1 h"),
        (3.5 * HOUR, "3 h 30 min"),
        (DAY - 1, "1 d"),
        (2 * DAY + 4 * HOUR, "2 d 4 h"),
        (-90 * MINUTE, "\N{MINUS SIGN}1 h 30 min"),
    ],
)
def test_reads_well(seconds: float, text: str) -> None:
    """Two units at most, rounded."""
    assert format_duration(seconds) == text


@given(st.integers(1, 3_000 * DAY))
def test_what_is_shown_can_be_typed(seconds: int) -> None:
    """A duration that was shown is read back within its rounding, and then shown the same."""
    shown = format_duration(seconds)

    again = parse_duration(shown)

    assert abs(again - seconds) <= max(0.05 * seconds, 0)
    assert format_duration(again) == shown


@given(st.text(max_size=60) | st.text("0123456789 .,:hmsdw", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing a person types raises anything else."""
    try:
        seconds = parse_duration(text)
    except Refused:
        return
    assert seconds >= 1
