"""Moving, skipping and changing meetings from the front door, before their agenda is out and after it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.agenda_stage import WEDNESDAY_0800, dismiss, schedule
from tests.front_door import ANA, BO, FrontDoor, Seen
from tests.helpdesk import MONDAY_0930


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


def postpone(slack: FrontDoor, to: datetime) -> Seen:
    """Hold the next meeting at another time."""
    form = slack.command("/agenda postpone", by=ANA)
    done = slack.submit(form, to=int(to.timestamp()))
    dismiss(slack, done)
    return done


def agendas(slack: FrontDoor) -> list[dict[str, Any]]:
    """Return the agendas that everybody sees, the oldest first."""
    slack.deliver()
    return [message for message in slack.seen(BO) if message["text"].startswith("Agenda for")]


@pytest.mark.both_databases
def test_a_postponed_meeting_outlives_a_change_of_the_rule(slack, now):
    """From Wednesday to Friday; on Thursday the series gets another time, and Friday's agenda comes."""
    schedule(slack)
    postpone(slack, datetime(2026, 11, 27, 9, tzinfo=UTC))
    now.move_to(WEDNESDAY_0800 + timedelta(days=1))
    changed = slack.submit(slack.command("/agenda edit", by=ANA), at="15:00")
    dismiss(slack, changed)
    assert "• 27 November 2026, 10:00 CET\n| • 2 December 2026, 15:00 CET" in changed.window()
    now.move_to(datetime(2026, 11, 27, 8, tzinfo=UTC))
    slack.tick("agendas")
    assert ["27 November 2026" in each["text"] for each in agendas(slack)] == [True]
