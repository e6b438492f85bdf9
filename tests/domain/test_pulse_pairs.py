"""Two who change a series of surveys at once, on the database that several machines share: neither waits for the other for ever."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from bot.domain import pulse, pulse_plan, pulse_roster
from bot.domain.person import Person
from bot.domain.pulse import Wave
from bot.domain.pulse_plan import PlanForm
from bot.errors import Refused
from bot.storage.database import Database
from bot.vocabulary import Role, WaveState
from tests.overlap import overlap
from tests.pulse_stage import MONDAY

Act = Callable[[Session], Wave | None]
ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))
NEXT_WEEK = MONDAY + timedelta(days=7, hours=2)

begin: Act = partial(pulse_roster.begin, now=NEXT_WEEK)
end_first: Act = partial(pulse_plan.end, number=1, by=ANA, trigger="end", now=NEXT_WEEK)
cancel_second: Act = partial(pulse_plan.cancel, number=2, by=ANA, trigger="cancel", now=NEXT_WEEK)

LOCKS = {"plan": r"FROM pulse_plan .*FOR UPDATE", "wave": r"FROM pulse_wave .*FOR UPDATE"}


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    """A weekly series whose first survey is under way and whose second is due."""
    made = Database(postgresql_url)
    form = PlanForm(
        name="Weekly",
        teams=["desk"],
        count=1,
        days=3,
        rhythm="1w",
        first=date(2026, 11, 23),
        at=time(13),
    )
    made.write(pulse_plan.schedule, form, ANA, {"desk": "Desk"}, "schedule", MONDAY)
    assert made.write(pulse_roster.begin, MONDAY + timedelta(hours=2))
    yield made
    made.close()


def states(database: Database) -> list[WaveState]:
    """Return the states of the surveys, in the order of their numbers."""
    with database.reading() as session:
        return [wave.state for wave in sorted(pulse.recent(session), key=lambda one: one.id)]


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(
    ("first", "second"),
    [(begin, end_first), (end_first, begin)],
    ids=["while it opens", "before it opens"],
)
def test_a_series_ends_while_its_next_survey_opens(database, first, second, lock):
    """What opens goes on to its close, and nothing is planned after it."""
    one, other = overlap(database, first, second, after=LOCKS[lock])
    assert (one.exception(), other.exception()) == (None, None)
    assert WaveState.PLANNED not in states(database)
    assert database.write(begin) is None


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(
    ("first", "second"),
    [(begin, cancel_second), (cancel_second, begin)],
    ids=["while it opens", "before it opens"],
)
def test_a_survey_is_cancelled_while_it_opens(database, first, second, lock):
    """It is cancelled once, and the one after it is planned once."""
    one, other = overlap(database, first, second, after=LOCKS[lock])
    assert (one.exception(), other.exception()) == (None, None)
    assert states(database) == [WaveState.GATHERING, WaveState.CANCELLED, WaveState.PLANNED]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_series_ends_while_its_next_survey_is_cancelled(database, lock):
    """What the cancelling plans is cancelled with the series."""
    one, other = overlap(database, cancel_second, end_first, after=LOCKS[lock])
    assert (one.exception(), other.exception()) == (None, None)
    assert states(database) == [WaveState.GATHERING, *2 * [WaveState.CANCELLED]]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_survey_is_cancelled_while_its_series_ends(database, lock):
    """Whoever comes second is told."""
    one, other = overlap(database, end_first, cancel_second, after=LOCKS[lock])
    assert one.exception() is None
    assert isinstance(other.exception(), Refused)
    assert states(database) == [WaveState.GATHERING, WaveState.CANCELLED]


@pytest.mark.parametrize("lock", LOCKS)
def test_two_machines_open_it_once(database, lock):
    """Whoever comes second finds nothing to do."""
    one, other = overlap(database, begin, begin, after=LOCKS[lock])
    opened, nothing = one.result(), other.result()
    assert opened is not None
    assert nothing is None
    assert states(database) == [WaveState.GATHERING, WaveState.GATHERING, WaveState.PLANNED]
