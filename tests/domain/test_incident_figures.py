"""Figures of incidents, every pitfall with its numbers worked out by hand (incidents.md D4)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from bot.domain import incident_work as work
from bot.domain.incident_figures import (
    Cause,
    IncidentFigures,
    bounds,
    durations,
    earliest,
    figures_for,
)
from bot.domain.period import parse_period
from bot.domain.stats import Interval
from bot.storage.database import Database
from bot.storage.incident import RcaRow
from bot.vocabulary import IncidentKind, Moment, Noticed, RcaState
from tests.incident_book import NOON, IncidentBook

pytestmark = pytest.mark.both_databases

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOVEMBER = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), NOVEMBER[0])
QUARTER = timedelta(days=90)


@pytest.fixture
def book(database: Database) -> IncidentBook:
    """Where incidents are written down."""
    return IncidentBook(database)


def figures(
    book: IncidentBook, when: tuple[datetime, datetime] = NOVEMBER, within: timedelta = QUARTER
) -> IncidentFigures:
    """Return what a month's incidents add up to."""
    return book.database.read(figures_for, *when, within)


def nothing(_: IncidentBook) -> None:
    """An empty month."""


def forty_minutes(book: IncidentBook) -> None:
    """A short outage, in seconds and not in hours."""
    book.took(40)


def an_open_one(book: IncidentBook) -> None:
    """One of 60 minutes, and one that has been open for six days."""
    book.took(60)
    book.add(started=NOON - 6 * DAY, detected=NOON - 6 * DAY)


def unknown_detection(book: IncidentBook) -> None:
    """One of 60 minutes, and one of which nobody knows when it was detected."""
    book.took(60)
    book.add(started=NOON - 5 * HOUR, resolved=NOON - HOUR)


def noise(book: IncidentBook) -> None:
    """One of 60 minutes beside a drill of 600, a duplicate of 20 and a false alarm of 600."""
    real = book.took(60)
    book.took(600, kind=IncidentKind.DRILL)
    book.void(book.took(20), of=real)
    book.void(book.took(600, until=NOON - HOUR))


def restricted(book: IncidentBook) -> None:
    """One of 60 minutes beside one that only some may know of."""
    book.took(60)
    book.took(600, kind=IncidentKind.SECURITY)


def reopened(book: IncidentBook) -> None:
    """Detected 09:00, resolved 10:00, back at 10:30, resolved 11:00: one incident of 120 minutes, not two."""
    made = book.took(60, until=NOON - 2 * HOUR)
    book.reopen(made, NOON - 90 * MINUTE)
    book.resolve(made, NOON - HOUR)


def reopened_and_still_open(book: IncidentBook) -> None:
    """One of 60 minutes, and one that had been resolved and came back."""
    book.took(60)
    book.reopen(book.took(10), NOON - HOUR)


def an_outlier(book: IncidentBook) -> None:
    """10, 20, 30, 40 and 6,000 minutes: none is dropped; the mean is 1,220, nine in ten stay under 3,616."""
    for minutes in (10, 20, 30, 40, 6_000):
        book.took(minutes)


def corrected(book: IncidentBook) -> None:
    """Of 60 minutes, until somebody corrects the detection to half an hour later: 30."""
    made = book.took(60)
    book.does(made, work.correct_times, {Moment.DETECTED: NOON - 210 * MINUTE}, "the logs say so")


def cleared(book: IncidentBook) -> None:
    """Of 60 minutes, until somebody says that nobody knows when it was detected: unknown, not 60."""
    made = book.took(60)
    book.does(made, work.correct_times, {Moment.DETECTED: None}, "nobody knows")


def ended_at_midnight(book: IncidentBook) -> None:
    """Resolved on the first instant of November, after a start in October: it is November's."""
    book.took(60, until=NOVEMBER[0])


def ended_before_midnight(book: IncidentBook) -> None:
    """Resolved on the last second of October: it is not November's."""
    book.took(60, until=NOVEMBER[0] - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("happens", "known", "of", "median", "mean", "p90"),
    [
        (nothing, 0, 0, None, None, None),
        (forty_minutes, 1, 1, 40, 40, 40),
        (an_open_one, 1, 1, 60, 60, 60),
        (unknown_detection, 1, 2, 60, 60, 60),
        (noise, 1, 1, 60, 60, 60),
        (restricted, 1, 1, 60, 60, 60),
        (reopened, 1, 1, 120, 120, 120),
        (reopened_and_still_open, 1, 1, 60, 60, 60),
        (an_outlier, 5, 5, 30, 1_220, 3_616),
        (corrected, 1, 1, 30, 30, 30),
        (cleared, 0, 1, None, None, None),
        (ended_at_midnight, 1, 1, 60, 60, 60),
        (ended_before_midnight, 0, 0, None, None, None),
    ],
)
def test_time_to_resolve(
    book: IncidentBook,
    happens: Callable[[IncidentBook], None],
    known: int,
    of: int,
    median: float | None,
    mean: float | None,
    p90: float | None,
) -> None:
    """What is counted, of how many, and the three figures, in minutes."""
    happens(book)
    took = figures(book).resolution
    assert (took.n, took.of) == (known, of)
    minutes = [
        None if each is None else round(each / 60, 6) for each in (took.median, took.mean, took.p90)
    ]
    assert minutes == [median, mean, p90]


def test_time_to_detect_needs_both_ends(book: IncidentBook) -> None:
    """5, 15 and 40 minutes undetected; of two more an end is unknown, of one there is but an alert: known for 3 of 6."""
    for unseen in (5, 15, 40):
        book.took(60, unseen=unseen)
    book.add(detected=NOON - 2 * HOUR, resolved=NOON - HOUR)
    book.add(started=NOON - 2 * HOUR, resolved=NOON - HOUR)
    book.add(fired=NOON - 2 * HOUR, detected=NOON - 2 * HOUR, resolved=NOON - HOUR)
    took = figures(book).detection
    assert (took.n, took.of) == (3, 6)
    assert (took.median, took.mean) == (15 * 60, 20 * 60)
    assert [each.seconds for each in took.longest] == [40 * 60, 15 * 60, 5 * 60]


def test_from_impact_to_mitigation(book: IncidentBook) -> None:
    """Started 09:00, mitigated 09:50, resolved 11:00: fifty minutes of suffering."""
    book.add(
        started=NOON - 3 * HOUR,
        detected=NOON - 3 * HOUR,
        mitigated=NOON - 130 * MINUTE,
        resolved=NOON - HOUR,
    )
    assert figures(book).mitigation.median == 50 * 60


def test_seconds_are_kept(book: IncidentBook) -> None:
    """59 seconds are not a minute."""
    book.took(59 / 60)
    assert figures(book).resolution.median == 59


def test_a_duplicate_gives_its_earlier_beginning(book: IncidentBook) -> None:
    """The twin was detected at 08:00, the original at 09:00, resolved at 10:00: 120 minutes, once."""
    original = book.took(60, until=NOON - 2 * HOUR)
    twin = book.took(60, until=NOON - 3 * HOUR)
    book.void(twin, of=original)
    seen = figures(book)
    assert seen.resolution.median == 120 * 60
    assert [each.label for each in seen.left_out.duplicates] == [twin.label]


def test_an_incident_is_dated_by_its_end_and_numbered_by_its_start(book: IncidentBook) -> None:
    """From 31 October to 2 November: resolved in November, begun in October."""
    book.took(2 * 24 * 60, until=NOVEMBER[0] + DAY)
    november, october = figures(book), figures(book, OCTOBER)
    assert (len(november.resolved), len(november.began)) == (1, 0)
    assert (len(october.resolved), len(october.began)) == (0, 1)


def test_what_is_left_out_is_told_with_its_reason(book: IncidentBook) -> None:
    """Drills, duplicates and false alarms, resolved or not; the restricted one is not even told of."""
    real = book.took(60)
    drill = book.took(60, kind=IncidentKind.DRILL)
    twin = book.void(book.add(started=NOON - HOUR), of=real)
    alarm = book.void(book.took(5))
    book.took(60, kind=IncidentKind.SECURITY)
    elsewhere = book.took(60, kind=IncidentKind.DRILL, until=OCTOBER[0] + DAY)
    left = figures(book).left_out
    assert [each.label for each in left.drills] == [drill.label]
    assert [each.label for each in left.duplicates] == [twin.label]
    assert [each.label for each in left.false_alarms] == [alarm.label]
    assert [each.label for each in figures(book, OCTOBER).left_out.drills] == [elsewhere.label]


def test_open_ones_are_counted_apart_the_oldest_first(book: IncidentBook) -> None:
    """What began after the period is not its business; what began long before it is."""
    newer = book.add(started=NOON - HOUR)
    older = book.add(started=OCTOBER[0])
    book.void(book.add(started=OCTOBER[0]))
    book.add(started=OCTOBER[0], kind=IncidentKind.SECURITY)
    assert [each.label for each in figures(book).open] == [older.label, newer.label]
    assert [each.label for each in figures(book, OCTOBER).open] == [older.label]
    assert book.database.read(earliest) == OCTOBER[0]


def test_the_medians_interval_is_between_ranks(book: IncidentBook) -> None:
    """Of 10 values the 2nd and the 9th hold the median 97.9 times of 100 (1 - 2 × 11 ÷ 1024); of five none do."""
    incidents = [book.took(minutes) for minutes in range(1, 11)]
    took = durations(incidents, lambda each: each.times.to_resolve)
    assert took.interval == Interval(2 * 60, 9 * 60)
    assert (took.median, took.p90) == (5.5 * 60, 9.1 * 60)
    assert durations(incidents[:5], lambda each: each.times.to_resolve).interval is None
    assert took.within(3 * 60) == 3


# --- What repeats ---


def say(book: IncidentBook, incident_id: int, state: RcaState, *, no_repeat: bool = False) -> None:
    """Write an analysis of an incident."""

    def add(session: Session) -> None:
        row = RcaRow(incident_id=incident_id, state=state, owner="U0BO", no_repeat=no_repeat)
        session.add(row)

    book.database.write(add)


def test_only_confirmed_repeats_are_repeats(book: IncidentBook) -> None:
    """Of seven resolved one is a confirmed repeat; suspicion, long ago, no analysis and a draft are none."""
    first = book.took(60, until=OCTOBER[0] + DAY)
    ancient = book.took(60, until=NOON - timedelta(days=100))
    again, perhaps, long_ago, new, silent, draft, said = (book.took(30) for _ in range(7))
    book.repeat(again, first)
    book.repeat(perhaps, first, confirmed=False)
    book.repeat(long_ago, ancient)
    say(book, new.id, RcaState.IN_REVIEW)
    say(book, draft.id, RcaState.DRAFT)
    say(book, said.id, RcaState.DRAFT, no_repeat=True)
    causes = {case.incident.label: case.cause for case in figures(book).cases}
    assert causes == {
        again.label: Cause.REPEAT,
        perhaps.label: Cause.SUSPECTED,
        long_ago.label: Cause.LONG_AGO,
        new.label: Cause.NEW,
        silent.label: Cause.UNCLASSIFIED,
        draft.label: Cause.UNCLASSIFIED,
        said.label: Cause.NEW,
    }
    (repeat,) = figures(book).caused(Cause.REPEAT)
    assert repeat.earlier is not None
    assert repeat.earlier.label == first.label


def test_the_window_of_repeats_is_counted_from_the_earlier_ones_end(book: IncidentBook) -> None:
    """Quiet for exactly 90 days is a repeat, for a second longer it is not; one still open is."""
    began = NOON - 3 * HOUR - 35 * MINUTE
    edge = book.took(60, until=began - timedelta(days=90))
    beyond = book.took(60, until=began - timedelta(days=90, seconds=1))
    running = book.add(started=NOON - DAY)
    for earlier in (edge, beyond, running):
        book.repeat(book.took(30), earlier)
    found = [case.cause for case in figures(book).cases]
    assert found == [Cause.REPEAT, Cause.LONG_AGO, Cause.REPEAT]


def test_a_link_to_what_nobody_may_know_is_no_link(book: IncidentBook) -> None:
    """The earlier one was restricted afterwards: the figure does not tell that it is there."""
    first = book.took(60, until=OCTOBER[0] + DAY)
    book.repeat(book.took(30), first)
    book.does(first, work.restrict, [])
    (case,) = figures(book).cases
    assert (case.cause, case.earlier) == (Cause.UNCLASSIFIED, None)


def test_a_repeat_of_a_false_alarm_is_none(book: IncidentBook) -> None:
    """Nothing was wrong the first time."""
    first = book.took(60, until=OCTOBER[0] + DAY)
    book.repeat(book.took(30), first)
    book.void(first)
    assert [case.cause for case in figures(book).cases] == [Cause.UNCLASSIFIED]


def test_who_noticed(book: IncidentBook) -> None:
    """Two by customers of three that are known; of one nobody knows."""
    for noticed in (Noticed.CUSTOMER, Noticed.CUSTOMER, Noticed.MONITORING, None):
        book.took(30, noticed=noticed)
    assert figures(book).noticed_by_customers == (2, 3)


@pytest.mark.parametrize(
    ("period", "zone", "hours"),
    [
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10", "Europe/Berlin", 31 * 24 + 1),
        ("2026-10", "UTC", 31 * 24),
        ("2026-09-06", "America/Santiago", 23),  # its midnight does not exist
    ],
)
def test_a_period_has_the_hours_that_its_clocks_give_it(period: str, zone: str, hours: int) -> None:
    """Days of 23 and 25 hours."""
    start, end = bounds(parse_period(period, NOON.date()), ZoneInfo(zone))
    assert end - start == hours * HOUR
