"""When things happened in an incident: their order, and what follows from them (incidents.md D1, D2, D4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.incident_times import Times
from bot.vocabulary import IncidentState, Moment

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=1)


def at(minutes: float) -> datetime:
    """Return an instant so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


WHOLE = Times(at(12), at(0), at(10), at(15), at(70), at(130), at(600))


def test_the_figures_of_one_incident() -> None:
    """Started 12:00, detected 12:10, taken 12:15, mitigated 13:10, resolved 14:10."""
    assert WHOLE.wrong(NOW) == {}
    assert WHOLE.to_detect == timedelta(minutes=10)
    assert WHOLE.to_acknowledge == timedelta(minutes=5)
    assert WHOLE.to_mitigate == timedelta(minutes=70)
    assert WHOLE.to_resolve == timedelta(minutes=120)
    assert WHOLE.impact_ended == at(70)
    assert WHOLE.state() is IncidentState.CLOSED


def test_seconds_are_kept() -> None:
    """A forty-second outage counts forty seconds."""
    short = Times(at(1), at(0), at(0), resolved=NOON + timedelta(seconds=40))
    assert short.to_resolve == timedelta(seconds=40)


@pytest.mark.parametrize("moment", [Moment.STARTED, Moment.DETECTED])
def test_an_unknown_detection_is_unknown_and_not_nought(moment: Moment) -> None:
    """Without either end there is no time to detect."""
    assert WHOLE.but({moment: None}).to_detect is None


def test_an_alert_is_a_sign_and_no_start() -> None:
    """It fired at 12:10: impact is counted from then, and for how long nobody saw it is not known."""
    seen = replace(WHOLE, started=None, fired=at(10), detected=at(10))
    assert (seen.began, seen.impact_began) == (at(10), at(10))
    assert (seen.to_detect, seen.to_mitigate) == (None, None)
    assert seen.to_resolve == WHOLE.to_resolve
    assert seen.but({Moment.STARTED: at(0)}).to_detect == timedelta(minutes=10)
    assert seen.but({Moment.STARTED: at(10)}).to_detect == timedelta()
    assert seen.but({Moment.DETECTED: at(12)}).began == at(10)
    assert seen.but({Moment.DETECTED: at(5)}).began == at(5)
    assert seen.but({Moment.STARTED: at(11), Moment.DETECTED: at(11)}).began == at(11)


def test_what_is_open_has_no_time_to_resolve() -> None:
    """It is not timed to now."""
    assert WHOLE.but({Moment.RESOLVED: None, Moment.CLOSED: None}).to_resolve is None


@pytest.mark.parametrize(
    ("changes", "where", "said"),
    [
        ({Moment.STARTED: at(11)}, Moment.DETECTED, "before it started"),
        ({Moment.ACKNOWLEDGED: at(5)}, Moment.ACKNOWLEDGED, "before it was detected"),
        ({Moment.RESOLVED: at(60)}, Moment.RESOLVED, "before it was mitigated"),
        ({Moment.MITIGATED: None, Moment.RESOLVED: at(14)}, Moment.RESOLVED, "before somebody took it"),
        ({Moment.RESOLVED: at(3000), Moment.CLOSED: None}, Moment.RESOLVED, "in the future"),
        ({Moment.RESOLVED: None}, Moment.CLOSED, "without having been resolved"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(
    changes: dict[Moment, datetime | None], where: Moment, said: str
) -> None:
    """One sentence, at the instant that is out of order."""
    wrong = WHOLE.but(changes).wrong(NOW)
    assert list(wrong) == [where]
    assert said in wrong[where]


@pytest.mark.parametrize(
    ("said", "where", "words"),
    [
        ({Moment.STARTED}, Moment.STARTED, "after it was detected"),
        ({Moment.DETECTED}, Moment.DETECTED, "before it started"),
        ({Moment.STARTED, Moment.DETECTED}, Moment.DETECTED, "before it started"),
        ({Moment.RESOLVED}, Moment.DETECTED, "before it started"),
    ],
)
def test_it_stands_beside_the_one_that_is_said(
    said: set[Moment], where: Moment, words: str
) -> None:
    """A form may not even ask for the other one."""
    wrong = WHOLE.but({Moment.STARTED: at(11)}).wrong(NOW, said)
    assert list(wrong) == [where]
    assert words in wrong[where]


def test_declaring_may_come_at_any_time() -> None:
    """An alert may be mended before anybody wrote it down, and a late log comes long after."""
    assert replace(WHOLE, declared=at(1000)).wrong(NOW) == {}


def test_an_end_before_the_return_is_refused() -> None:
    """After a reopening only the last end counts."""
    again = replace(WHOLE, reopened=at(200), mitigated=None, closed=None)
    assert list(again.wrong(NOW)) == [Moment.RESOLVED]
    assert again.but({Moment.RESOLVED: None}).state() is IncidentState.REOPENED


@pytest.mark.parametrize("moment", [Moment.STARTED, Moment.DETECTED])
@pytest.mark.parametrize("first_over", [at(130), None])
def test_a_beginning_after_its_first_end_is_refused(
    moment: Moment, first_over: datetime | None
) -> None:
    """What came back began before; else the time that it hurt at first would be lost."""
    again = replace(
        WHOLE, acknowledged=None, mitigated=None, closed=None, reopened=at(200), resolved=at(300)
    )
    again = replace(again, first_over=first_over)
    late = replace(again, started=None, detected=None).but({moment: at(201)})
    assert again.wrong(NOW) == {}
    assert list(late.wrong(NOW)) == [moment]
    assert "came back" in late.wrong(NOW)[moment]
    between = late.but({moment: at(150)})
    assert list(between.wrong(NOW)) == ([moment] if first_over else [])


def test_it_may_be_taken_after_it_came_back() -> None:
    """Nobody had led it the first time."""
    again = replace(WHOLE, acknowledged=at(210), mitigated=None, closed=None, reopened=at(200))
    assert replace(again, resolved=at(300), first_over=at(130)).wrong(NOW) == {}


_MINUTES = st.none() | st.integers(-3000, 3000)


@given(st.tuples(*[_MINUTES] * 6))
def test_what_is_accepted_has_no_negative_figure(minutes: tuple[int | None, ...]) -> None:
    """Whatever people enter, what passes the check yields durations of nought or more."""
    known = [None if each is None else at(each) for each in minutes]
    times = Times(NOON, *known)
    if times.wrong(NOW):
        return
    for figure in (times.to_detect, times.to_acknowledge, times.to_mitigate, times.to_resolve):
        assert figure is None or figure >= timedelta()
    in_order = [each for each in known if each is not None]
    assert in_order == sorted(in_order)
