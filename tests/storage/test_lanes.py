"""Packed counters add exactly and answer quantiles within 1 %."""

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage import lanes

SECONDS = st.integers(0, 10 * 365 * 86_400)


def packed(seconds: list[int]) -> int:
    """Return durations as one packed sum."""
    return lanes.pack(Counter(lanes.duration_lane(each) for each in seconds))


@given(st.dictionaries(st.integers(0, 1_500), st.integers(1, 1 << 31), max_size=40))
def test_counters_come_back_as_they_were(counters):
    """Packing, keeping and reading loses nothing."""
    read = lanes.unpack(lanes.from_bytes(lanes.to_bytes(lanes.pack(counters))))
    assert {lane: count for lane, count in enumerate(read) if count} == counters


@given(st.lists(SECONDS, max_size=30), st.lists(SECONDS, max_size=30), st.data())
def test_a_delta_of_mixed_signs_adds_exactly(before, added, data):
    """Taking some away and adding others in one integer equals packing what is left."""
    taken = data.draw(st.lists(st.sampled_from(before), unique=True)) if before else []
    left = list((Counter(before) - Counter(taken)).elements()) + added
    delta = Counter(lanes.duration_lane(each) for each in added)
    delta.subtract(lanes.duration_lane(each) for each in taken)
    assert packed(before) + lanes.pack(delta) == packed(left)


@given(st.lists(SECONDS, min_size=1, max_size=200))
def test_the_median_is_within_one_percent(seconds):
    """However durations are spread, the median of the buckets is near the true one."""
    assert lanes.Durations(packed(seconds)).quantile(0.5) == pytest.approx(
        statistics.median(seconds), rel=0.01
    )


@given(st.lists(SECONDS, min_size=2, max_size=200))
def test_the_ninetieth_percentile_is_within_one_percent(seconds):
    """The same holds for the long end."""
    true = statistics.quantiles(seconds, n=10, method="inclusive")[8]
    assert lanes.Durations(packed(seconds)).quantile(0.9) == pytest.approx(true, rel=0.01)


def test_nothing_has_no_median():
    """Without data there is no figure, rather than nought."""
    assert lanes.Durations(0).quantile(0.5) is None
    assert lanes.Durations(0).median_interval() is None


def test_counting_below_a_minute():
    """What falls due before a minute is counted, what falls due in it is not."""
    due = lanes.pack({0: 2, 59: 3, 60: 5, 1_499: 7})
    assert [lanes.count_below(due, minute) for minute in (0, 1, 60, 61, 1_500)] == [0, 2, 5, 10, 17]
