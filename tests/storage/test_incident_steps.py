"""Steps as rows: one worker at a time has one, who dies gives it back, and who comes late changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time

from bot.domain import declaration
from bot.domain import incident_steps as steps
from bot.domain.declaration import Declaration
from bot.domain.incident import Incident
from bot.domain.incident_steps import Done, GivenUp, Later, Rules, Taken
from bot.domain.severity import Severities, Severity
from bot.storage import incident_steps as rows
from bot.storage.database import Database
from bot.vocabulary import Customers, Effect
from tests.incident_stage import BO

pytestmark = pytest.mark.both_databases

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEVERITIES = Severities({"sev1": Severity("sev1", "SEV1", 0, own_channel=True)}, {})
MINUTE = timedelta(minutes=1)


class Desk:
    """An incident, and the steps of its channel."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def declare(self, trigger: str = "t") -> Incident:
        """Declare an incident that needs a channel."""
        said = Declaration("API down", (), Customers.ALL, Effect.DOWN, severity="sev1", why="so")
        with freeze_time(NOON):
            incident = self.database.write(declaration.declare, said, BO, SEVERITIES, trigger, NOON)
            self.database.write(steps.plan, incident, SEVERITIES, Rules(), NOON)
        return incident

    def take(self, now: datetime = NOON) -> Taken | None:
        """Take what is due."""
        return self.database.write(steps.take_due, now)

    def settle(self, taken: Taken, outcome: Any, now: datetime = NOON) -> Any:
        """Say how it ended."""
        return self.database.write(steps.settle, taken, outcome, now)

    def standing(self, incident: Incident) -> dict[str, rows.Standing]:
        """Return how far every step has come."""
        return self.database.read(rows.steps_of, incident.id)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A place where steps are taken."""
    return Desk(database)


def test_a_step_is_one_workers_at_a_time(desk):
    """Who takes it has it until it is settled."""
    desk.declare()
    assert desk.take() is not None
    assert desk.take() is None


def test_who_dies_gives_it_back(desk):
    """After a while it is due again; whoever held it before settles nothing."""
    incident = desk.declare()
    first = desk.take()
    later = NOON + steps.LEASE + MINUTE
    second = desk.take(later)
    assert (second.step, second.tries) == (steps.CHANNEL, 2)
    assert desk.settle(first, GivenUp("late"), later) is None
    assert desk.settle(second, Done("C0X"), later) == Done("C0X")
    assert desk.settle(first, Later("late"), later) is None
    assert desk.standing(incident)[steps.CHANNEL].done_at == later


def test_what_may_succeed_is_tried_ever_more_seldom_and_at_last_given_up(desk):
    """With the last reason kept."""
    incident = desk.declare()
    now, rests = NOON, []
    for _ in range(steps.MOST_TRIES - 1):
        taken = desk.take(now)
        assert isinstance(desk.settle(taken, Later("timeout"), now), Later)
        waits_until = desk.standing(incident)[steps.CHANNEL].next_at
        rests.append(waits_until - now)
        assert desk.take(waits_until - MINUTE / 60) is None
        now = waits_until
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(seconds=5), timedelta(minutes=15))
    assert desk.settle(desk.take(now), Later("timeout"), now) == GivenUp("timeout")
    assert desk.take(now + timedelta(days=3)) is None
    assert desk.standing(incident)[steps.CHANNEL].error == "timeout"
    assert desk.database.read(steps.given_up) == {"timeout": 1}


def test_being_too_fast_is_no_failure(desk):
    """However often Slack says so, and never sooner than it wants."""
    incident = desk.declare()
    now = NOON
    for _ in range(steps.MOST_TRIES + 3):
        taken = desk.take(now)
        assert isinstance(desk.settle(taken, Later("ratelimited", 30.0, counts=False), now), Later)
        waits_until = desk.standing(incident)[steps.CHANNEL].next_at
        assert waits_until == now + timedelta(seconds=30)
        now = waits_until


def test_the_operator_lets_it_be_tried_again(desk):
    """Everything that was given up, for what is still open."""
    incident = desk.declare()
    desk.settle(desk.take(), GivenUp("missing_scope"))
    assert desk.database.write(steps.try_again) == 1
    assert desk.database.read(steps.given_up) == {}
    assert desk.settle(desk.take(), Done("C0X")) == Done("C0X")
    assert desk.database.write(steps.try_again) == 0
    assert desk.standing(incident)[steps.CHANNEL].error is None


def test_several_workers_take_different_steps(desk, database):
    """However many look at the same moment."""
    for number in range(4):
        desk.declare(f"t{number}")
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda _: desk.take(), range(4)))
    found = [one for one in taken if one is not None]
    assert len({one.incident_id for one in found}) == len(found)
    while (one := desk.take()) is not None:
        found.append(one)
    assert sorted(one.incident_id for one in found) == [1, 2, 3, 4]
    assert not database.read(steps.is_any_due, NOON)


def test_one_that_was_forgotten_and_added_anew_is_another(desk):
    """Whoever took the one that is gone settles nothing of what has taken its place."""
    incident = desk.declare()
    gone = desk.take()
    desk.database.write(steps.start_over, incident.id)
    desk.database.write(steps.plan, incident, SEVERITIES, Rules(), NOON)
    anew = desk.take(NOON + MINUTE)
    assert (anew.step, anew.tries) == (gone.step, gone.tries)
    assert desk.settle(gone, Done("C0PUBLIC")) is None
    assert desk.settle(anew, Done("C0SEC")) == Done("C0SEC")


def test_a_pause_gives_nobodys_step_back_to_who_had_it_before(desk):
    """It counts as no try, so whoever comes next has the same one; the one before settles nothing of it."""
    desk.declare()
    first, later = desk.take(), NOON + steps.LEASE + MINUTE
    second = desk.take(later)
    desk.settle(second, Later("ratelimited", counts=False), later)
    assert desk.settle(first, Done("C0X"), later) is None
