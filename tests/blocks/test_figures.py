"""Figures as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.figures import (
    show,
    show_change,
    show_interval,
    show_moment,
    show_target,
    show_value,
    sparkline,
    status_icon,
    status_words,
)
from bot.domain.kpi import Kpi, read_target
from bot.domain.stats import Interval
from bot.vocabulary import Better, Status, Unit

PERCENT, SECONDS, COUNT = Unit.PERCENT, Unit.SECONDS, Unit.COUNT
UP, DOWN = Better.UP, Better.DOWN
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        (PERCENT, None, "no data"),
        (SECONDS, None, "no data"),
        (COUNT, None, "no data"),
        (PERCENT, 0.0, "0.0 %"),
        (PERCENT, 94.0, "94.0 %"),
        (PERCENT, 94.049, "94.0 %"),
        (PERCENT, 100.0, "100.0 %"),
        (SECONDS, 0.0, "0 s"),
        (SECONDS, 38.4, "38 s"),
        (SECONDS, 90.0, "1 min 30 s"),
        (SECONDS, 30.0 * MINUTE, "30 min"),
        (SECONDS, 3.5 * HOUR, "3 h 30 min"),
        (SECONDS, 52.0 * HOUR, "2 d 4 h"),
        (SECONDS, 3_650.0 * DAY, "3650 d"),
        (COUNT, 0.0, "0"),
        (COUNT, 12_345.0, "12,345"),
        (COUNT, 1e12, "1,000,000,000,000"),
    ],
)
def test_a_value_has_its_unit(unit, value, shown):
    """Percent with one digit, durations in two units, counts with their thousands parted."""
    assert show(unit, value) == shown


@pytest.mark.parametrize(
    ("value", "target", "better", "shown"),
    [
        (89.96, 90, UP, "89.96 %"),  # one digit would read 90.0
        (89.996, 90, UP, "89.996 %"),
        (89.94, 90, UP, "89.9 %"),
        (90.0, 90, UP, "90.0 %"),
        (90.04, 90, UP, "90.0 %"),
        (99.949, 99.95, UP, "99.9 %"),
        (99.9499, 99.95, UP, "99.9 %"),
        (99.95, 99.95, UP, "100.0 %"),
        (10.04, 10, DOWN, "10.04 %"),
        (9.96, 10, DOWN, "10.0 %"),
        (10.0, 10, DOWN, "10.0 %"),
    ],
)
def test_a_share_never_seems_to_meet_the_target_that_it_misses(value, target, better, shown):
    """It takes as many digits as that takes, and no more."""
    assert show(PERCENT, value, target, better) == shown


@given(st.integers(1, 10**6), st.data(), st.integers(0, 1_000), st.sampled_from([UP, DOWN]))
def test_no_share_is_rounded_across_its_target(n, data, tenths, better):
    """For every share of a million, beside every target in tenths."""
    value, target = 100 * data.draw(st.integers(0, n)) / n, tenths / 10
    read = float(show(PERCENT, value, target, better).removesuffix(" %"))
    if better is UP:
        assert (read >= target) == (value >= target)
    else:
        assert (read <= target) == (value <= target)


@pytest.mark.parametrize(
    ("value", "target"), [(HOUR + 20, HOUR), (4 * HOUR + 25, 4 * HOUR), (45 * MINUTE + 9, 2_700)]
)
def test_no_duration_is_rounded_onto_the_target_that_it_misses(kpis, value, target):
    """A card must not say "1 h, off target (1 h)"."""
    shown = show(SECONDS, float(value), float(target), DOWN)
    assert shown != show_target(kpis["first_response"], target)


@pytest.mark.parametrize(
    ("slug", "value", "shown"),
    [
        ("csat", 90, "90 %"),
        ("csat", 99.9, "99.9 %"),
        ("first_response", 38, "38 s"),
        ("first_response", 45 * MINUTE, "45 min"),
        ("resolution_time", 4 * HOUR, "4 h"),
        ("resolution_time", 50 * HOUR, "2 d 2 h"),
        ("ticket_volume", 500, "500"),
        ("ticket_volume", 1_500, "1,500"),
    ],
)
def test_a_target_is_shown_as_people_say_it(kpis: dict[str, Kpi], slug, value, shown):
    """In the KPI's own unit, without needless noughts."""
    assert show_target(kpis[slug], value) == shown


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("csat", 90),
        ("csat", 99.95),
        ("first_response", 45 * MINUTE),
        ("first_response", 10 * MINUTE + 30),
        ("resolution_time", 26.5 * HOUR),
        ("ticket_volume", 500),
        ("ticket_volume", 1_000),
        ("ticket_volume", 1_500),
        ("ticket_volume", 1_000_000),
    ],
)
def test_a_target_can_be_typed_as_it_is_shown(kpis: dict[str, Kpi], slug, value):
    """Nobody is told another target than the one that counts; the button that undoes a change relies on it."""
    assert read_target(kpis[slug], show_target(kpis[slug], value)) == value


@pytest.mark.parametrize(
    ("unit", "change", "words"),
    [
        (PERCENT, None, None),
        (PERCENT, 1.2, "up 1.2 points"),
        (PERCENT, -0.96, "down 1.0 point"),
        (PERCENT, 0.0, "unchanged"),
        (PERCENT, -0.04, "unchanged"),
        (PERCENT, 0.06, "up 0.1 points"),
        (PERCENT, -100.0, "down 100.0 points"),
        (SECONDS, -12.0 * MINUTE, "down 12 min"),
        (SECONDS, 90.0, "up 1 min 30 s"),
        (SECONDS, 0.9, "unchanged"),
        (SECONDS, -1.0, "down 1 s"),
        (COUNT, 17.0, "up 17"),
        (COUNT, -1_500.0, "down 1,500"),
        (COUNT, 0.0, "unchanged"),
    ],
)
def test_a_change_is_said_in_words(unit, change, words):
    """Up, down or unchanged; what would be shown as nought is unchanged."""
    assert show_change(unit, change) == words


@pytest.mark.parametrize(
    ("unit", "interval", "words"),
    [
        (PERCENT, Interval(92.34, 95.25), "92.3 to 95.2 %"),
        (PERCENT, Interval(0, 100), "0.0 to 100.0 %"),
        (SECONDS, Interval(30 * MINUTE, HOUR), "30 min to 1 h"),
    ],
)
def test_an_interval_names_its_ends(unit, interval, words):
    """From the low end to the high one."""
    assert show_interval(unit, interval) == words


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([None, None], ""),
        ([0.0], "▄"),
        ([7.0, 7.0, 7.0], "▄▄▄"),
        ([0.0, 1.0], "▁█"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([None, 1.0, None, 8.0], "·▁·█"),
        ([1e-300, 2e-300, 1e12], "▁▁█"),
    ],
)
def test_a_sparkline_is_as_high_as_its_values(values, bars):
    """From the least to the greatest; a dot where there is nothing; a flat line lies in the middle."""
    assert sparkline(values) == bars


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.ON_TARGET, "on target"),
        (Status.OFF_TARGET, "off target"),
        (Status.TOO_CLOSE, "too close to call"),
        (Status.NO_TARGET, "no target set"),
        (Status.NO_DATA, "no data"),
        (Status.INFORMATIONAL, "for information"),
    ],
)
def test_a_status_is_said_in_words(status, words):
    """Colour alone would not reach everybody."""
    assert status_words(status) == words


def test_only_a_judgement_is_coloured():
    """Three signs for three judgements; whatever is not judged shares a fourth."""
    judged = {status_icon(each) for each in (Status.ON_TARGET, Status.OFF_TARGET, Status.TOO_CLOSE)}
    others = {
        status_icon(each) for each in (Status.NO_TARGET, Status.NO_DATA, Status.INFORMATIONAL)
    }
    assert (len(judged), len(others), judged & others) == (3, 1, set())


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "1 November 2026, 23:30 UTC"),
        ("Europe/Berlin", "2 November 2026, 00:30 CET"),
        ("Asia/Kolkata", "2 November 2026, 05:00 IST"),
    ],
)
def test_a_moment_names_its_zone(zone, words):
    """The day is the zone's own."""
    assert show_moment(datetime(2026, 11, 1, 23, 30, tzinfo=UTC), ZoneInfo(zone)) == words


def test_an_uptime_beside_a_target_that_nobody_can_read(kpis):
    """Its digits follow the target's up to a limit, however fine that is."""
    assert show_value(kpis["uptime"], 99.9499999, 99.95) == "99.949 %"
    assert show_value(kpis["uptime"], 99.5, 1e-300) == "99.500000000000 %"
