"""What the clock asks of the database about incidents: as many questions about many of them as about few."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.domain import rca_look, rca_reminder
from bot.outgoing import incident_reminder
from bot.outgoing import rca as outgoing
from bot.services import Services
from tests.incident_stage import Ward, ward
from tests.many_incidents import fill_pending

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Find = Callable[[Session, Services], Any]
FINDS: dict[str, Find] = {
    "changed": lambda s, house: rca_reminder.find_changed(s, house.severities, house.staff),
    "mornings": lambda s, house: rca_reminder.due_reminders(s, house.staff, NOON),
    "unasked": lambda s, house: outgoing.find_unasked(s, house, NOON),
    "to plan": lambda s, _: rca_look.find_to_plan(s, NOON),
    "to ask": lambda s, house: rca_look.find_to_ask(s, house.staff, NOON, ()),
    "silent": incident_reminder.who_waits,
}


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Any:
    """A workspace where incidents happen, at noon."""
    with freeze_time(NOON, real_asyncio=True), ward(database_url, tmp_path) as made:
        yield made


def questions(desk: Ward, find: Find) -> int:
    """Return how many statements it takes to find what is to be done."""
    services, asked = desk.door.services, []

    def look(session: Session) -> None:
        def listen(_connection, _cursor, statement, *_):
            asked.append(statement)

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", listen)
        find(session, services)
        event.remove(connection, "before_cursor_execute", listen)

    services.database.read(look)
    return len(asked)


@pytest.mark.both_databases
def test_many_are_looked_through_with_as_many_questions_as_few(desk):
    """Each look of each job asks for all at once, not for one after another."""
    desk.door.write(fill_pending, 2, NOON)
    few = {name: questions(desk, find) for name, find in FINDS.items()}
    desk.door.write(fill_more, NOON)
    assert {name: questions(desk, find) for name, find in FINDS.items()} == few
    assert max(few.values()) <= 8


def fill_more(session: Session, now: datetime) -> None:
    """Write ten more of each kind."""
    fill_pending(session, 10, now, first=2)


def test_the_oldest_of_many_hundred_silent_incidents_is_reminded_too(desk):
    """However many are silent, nobody's is left out."""
    desk.door.write(fill_pending, 501, NOON)
    assert (
        len(desk.door.services.database.read(incident_reminder.who_waits, desk.door.services))
        == 501
    )


def test_an_analysis_with_work_left_is_not_looked_at_until_it_is_done(desk):
    """What waits for its actions is found by nobody; a tick changes nothing for it."""
    desk.door.write(fill_pending, 3, NOON)
    assert desk.door.services.database.read(rca_look.find_to_plan, NOON) == []
