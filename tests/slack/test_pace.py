"""The courier never goes faster than it may, whatever is due when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.pace import Pace, Spacing
from bot.slack.patience import Patience
from bot.slack.verdict import EDIT, HISTORY, POST, Course, Verdict

RATES = st.floats(0.1, 1000)
STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 50)), max_size=60)
TOO_FAST = Verdict(Course.LATER, "ratelimited", 3.0, is_too_fast=True)
HAIR = 1e-6


@given(RATES, RATES, STEPS)
def test_never_more_than_the_burst_and_the_rate(rate: float, burst: float, steps) -> None:
    """In any stretch of time, whatever was wanted when."""
    now, pace, went = 0.0, Pace(rate, burst, 0.0), []
    for passed, wanted in steps:
        now += passed
        many = min(pace.room(now), wanted)
        pace.spend(now, many)
        went += [now] * many

    for first, begin in enumerate(went):
        for last in range(first, len(went)):
            assert last - first + 1 <= max(burst, 1) + rate * (went[last] - begin) + HAIR


@given(RATES, STEPS, st.lists(st.integers(0, 59), max_size=5))
def test_a_pause_is_kept_and_the_rate_is_never_exceeded_after_it(
    rate: float, steps, complaints
) -> None:
    """However often Slack complains, something still goes; and never more than the full rate."""
    now, pace, paused_until = 0.0, Pace(rate, rate, 0.0), 0.0
    for number, (passed, wanted) in enumerate(steps):
        now += passed
        many = min(pace.room(now), wanted)
        assert many == 0 or now >= paused_until
        pace.spend(now, many)
        assert rate * 0.05 - HAIR <= pace.rate(now) <= rate + HAIR
        if number in complaints:
            pace.slow_down(now, 2.0, asked_at=now)
            paused_until = now + 2.0


def test_the_rate_is_halved_once_for_all_that_was_under_way_and_grows_back() -> None:
    """Ten posts at once get ten complaints; that is one piece of news."""
    pace = Pace(10, 10, 0.0)
    pace.spend(1.0, 10)

    assert [pace.slow_down(1.1, 2.0, asked_at=1.0) for _ in range(3)] == [True, False, False]
    assert pace.rate(1.1) == 5.0
    assert pace.room(3.0) == 0
    assert pace.room(3.2) >= 1
    assert pace.slow_down(4.0, 2.0, asked_at=3.2)
    assert pace.rate(4.0) == pytest.approx(2.6, abs=0.1)
    assert pace.rate(124.0) == 10.0


@given(st.floats(0.1, 5), st.lists(st.tuples(st.floats(0, 3), st.sampled_from("abc")), max_size=60))
def test_two_posts_to_one_target_are_never_too_near(seconds: float, steps) -> None:
    """Others do not wait for it."""
    now, spacing, last = 0.0, Spacing(seconds), {}
    for passed, target in steps:
        now += passed
        resting = spacing.resting(now)
        assert resting == {one for one, at in last.items() if at + seconds > now}
        if target not in resting:
            assert target not in last or now - last[target] >= seconds - HAIR
            spacing.note(target, now)
            last[target] = now


# What the courier learns.


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def patience(clock: Clock) -> Patience:
    """Return the patience of a courier that may post ten a second."""
    return Patience(10.0, 1.0, clock)


def test_one_failure_is_bearable_and_three_in_a_row_are_not(clock: Clock) -> None:
    """The pause doubles, up to a minute, and one success ends it."""
    one, pauses = patience(clock), []
    for _ in range(10):
        one.learn(Verdict(Course.LOOK, "http_500"), POST, clock.now)
        before = clock.now
        while one.posts.room(clock.now) == 0:
            clock.now += 0.5
        pauses.append(clock.now - before)
        clock.now += 1

    assert pauses == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert one.is_tried
    one.note_answer(POST)
    assert not one.is_tried


def test_many_failures_at_once_are_one_wave(clock: Clock) -> None:
    """When a line breaks, all that was under way breaks with it."""
    one = patience(clock)
    asked_at = clock.now
    clock.now += 0.1
    for _ in range(10):
        one.learn(Verdict(Course.LOOK, "broken_connection"), POST, asked_at)

    assert not one.is_tried
    assert one.posts.room(clock.now) == 10


def test_a_stop_is_told_once_and_tried_again_every_minute(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Until Slack takes a message; a look that succeeds proves nothing about posting."""
    one = patience(clock)
    for _ in range(3):
        one.learn(Verdict(Course.STOP, "token_revoked"), POST, clock.now)
        assert (one.stopped_by, one.posts.room(clock.now), one.is_tried) == (
            "token_revoked",
            0,
            True,
        )
        clock.now += 60
        assert one.posts.room(clock.now) > 0
    one.note_answer(HISTORY)
    assert one.stopped_by

    one.learn(Verdict(Course.GIVE_UP, "is_archived"), POST, clock.now)

    assert (one.stopped_by, one.is_tried) == ("", False)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_each_method_has_a_pace_of_its_own(clock: Clock) -> None:
    """Who edits too fast may still post."""
    one = patience(clock)
    one.learn(TOO_FAST, EDIT, clock.now)
    one.learn(TOO_FAST, HISTORY, clock.now)

    assert one.edits.room(clock.now) == one.looks.room(clock.now) == 0
    assert one.posts.room(clock.now) == 10


def test_a_new_courier_begins_as_if_the_one_before_had_just_posted(clock: Clock) -> None:
    """Nothing goes for a second, and there is no burst after it."""
    one = patience(clock)
    one.begin()

    assert one.posts.room(clock.now + 0.9) == 0
    assert one.posts.room(clock.now + 1.0) == 10
