"""What a report tells beside figures: plans and their reasons, how people were told, what is known and what is late."""

from datetime import date, timedelta

import pytest
from freezegun import freeze_time
from sqlalchemy import update

from bot.domain import incident_work as work
from bot.domain.incident_report import IncidentReport, Share, report_incidents
from bot.storage.database import Database
from bot.storage.incident import IncidentRow, RcaRow, for_shown
from bot.vocabulary import IncidentKind
from tests.incident_analyst import analyse
from tests.incident_book import NOON, IncidentBook

pytestmark = pytest.mark.both_databases

TODAY = NOON.date()
START, END = NOON - timedelta(days=20), NOON + timedelta(days=10)


@pytest.fixture
def book(database: Database) -> IncidentBook:
    """What incidents are written down in."""
    with freeze_time(NOON):
        yield IncidentBook(database)


def gather(book: IncidentBook, today: date = TODAY) -> IncidentReport:
    """Return what is told of the days around now."""
    return book.database.read(report_incidents, START, END, timedelta(days=90), today)


def test_a_plan_is_its_actions_or_the_reason_for_none(book: IncidentBook) -> None:
    """Or nobody has said."""
    planned, needless, untold = book.took(10), book.took(10), book.took(10)
    analyse(book.database, planned, NOON, cause="A switch", plan="Buy another")
    analyse(book.database, needless, NOON)
    said = update(RcaRow).where(RcaRow.incident_id == needless.id).values(no_action="it is gone")
    book.database.write(lambda session: session.execute(for_shown(said)))
    found = gather(book)
    assert [found.plan(each) for each in (planned, needless, untold)] == [
        "Buy another", "none needed: it is gone", None
    ]  # fmt: skip
    assert [found.cause(each) for each in (planned, needless)] == ["A switch", None]
    assert (found.quality.cause, found.quality.plan) == (Share(1, 3), Share(2, 3))


def test_updates_are_added_up_over_those_resolved(book: IncidentBook) -> None:
    """The longest silence names its incident."""
    first, second = book.took(10), book.took(10)
    still_open = book.add(detected=NOON - timedelta(hours=2))
    for incident, due, kept, silence in (
        (first, 4, 3, 900),
        (second, 2, 2, 2_000),
        (still_open, 9, 0, 9_000),
    ):
        told = {"intervals": due, "intervals_kept": kept, "longest_silence": silence}
        row = update(IncidentRow).where(IncidentRow.id == incident.id).values(**told)
        book.database.write(lambda session, row=row: session.execute(for_shown(row)))
    found = gather(book)
    assert found.updates == Share(5, 6)
    assert found.longest_silence is not None
    worst, silence = found.longest_silence
    assert (worst.id, silence) == (second.id, timedelta(seconds=2_000))


@pytest.mark.parametrize(
    ("known", "of", "is_reliable"), [(0, 0, True), (4, 5, True), (79, 100, False), (0, 3, False)]
)
def test_four_in_five_must_be_known(known: int, of: int, is_reliable: bool) -> None:
    """Of nothing nothing is unknown."""
    assert Share(known, of).is_reliable == is_reliable


def test_an_analysis_is_late_when_its_day_has_passed(book: IncidentBook) -> None:
    """Of drills, duplicates and restricted ones nothing is told."""
    late, void, secret = book.took(10), book.took(10), book.took(10)
    for each in (late, void, secret):
        analyse(book.database, each, NOON)
    drill = book.took(10, kind=IncidentKind.DRILL)
    analyse(book.database, drill, NOON)
    book.void(void)
    book.does(secret, work.restrict, [])
    due = date(2026, 11, 30)
    assert gather(book, due).overdue == ()
    assert [rca.incident.id for rca in gather(book, due + timedelta(days=1)).overdue] == [late.id]
