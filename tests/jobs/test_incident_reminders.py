"""Reminders of incidents: an update is due, or nobody has taken it; once an interval, whoever looks and however often."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot import clock
from bot.domain import incident_work as work
from bot.domain.declaration import Declaration
from bot.domain.incident import HOUSE, Incident, find_incidents
from bot.domain.incident_file import open_incident_file
from bot.domain.incident_intake import import_incidents
from bot.outgoing import incident_reminder
from bot.outgoing.incident_reminder import push
from bot.storage.database import Database
from bot.vocabulary import IncidentKind
from bot.workspace.validator import check_message
from tests.front_door import Mode
from tests.helpdesk import MONDAY_0930
from tests.incident_stage import ANA, BO, BREACH, DOWN, LEA, SMALL, Ward, ward

pytestmark = pytest.mark.both_databases
LATE = Declaration("It was down", (), DOWN.customers, DOWN.effect, is_late=True)
UNTAKEN = (
    "⏰ Nobody has taken INC-001, “API gateway down” for 5 min. Who does? Take lead is on its card."
)


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def desk(own_mode: Mode, database_url: str, tmp_path: Path) -> Iterator[Ward]:
    """A workspace where incidents happen."""
    with ward(database_url, tmp_path, mode=own_mode) as made:
        yield made


def remind(desk: Ward, now: FrozenDateTimeFactory, minutes: int = 0) -> None:
    """Let minutes go by one after another, the bot looking several times in each."""
    for _ in range(minutes or 1):
        now.tick(timedelta(minutes=1 if minutes else 0))
        desk.door.tick("incident reminders")
        desk.door.tick("incident reminders")


def lead(desk: Ward, incident: Incident, by=LEA) -> Incident:
    """Let somebody take the lead."""
    return desk.does(by, incident, work.take_lead, desk.door.services.severities)


def letters(desk: Ward, to: str) -> list[str]:
    """Return what the bot has written to somebody."""
    return [seen.text for seen in desk.door.letters(to)]


class TestUpdates:
    """While silence lasts, whoever leads is reminded once an interval."""

    def test_the_lead_is_reminded_when_an_update_is_due(self, desk, now):
        """By a direct message with the two ways to answer; not a minute before."""
        lead(desk, desk.declare())
        remind(desk, now, 29)
        assert letters(desk, LEA.id) == []
        remind(desk, now, 1)
        (told,) = desk.door.letters(LEA.id)
        assert told.text == (
            "An update on INC-001, “API gateway down” is due since 23 November 2026, 10:00 UTC. "
            "The last word was 30 min ago."
        )
        assert check_message({"text": told.text, "blocks": told.message["blocks"]}) == []

    def test_once_an_interval_while_silence_lasts(self, desk, now):
        """Half past, on the hour, half past."""
        lead(desk, desk.declare())
        remind(desk, now, 95)
        assert len(letters(desk, LEA.id)) == 3

    def test_what_was_missed_is_not_made_up_for(self, desk, now):
        """After hours in which no bot ran there is one reminder, not ten."""
        lead(desk, desk.declare())
        now.tick(timedelta(hours=5, minutes=10))
        remind(desk, now)
        assert len(letters(desk, LEA.id)) == 1

    def test_an_update_is_peace_for_an_interval(self, desk, now):
        """And then it begins again."""
        incident = lead(desk, desk.declare())
        remind(desk, now, 30)
        desk.does(LEA, incident, work.tell, "We know more", desk.door.services.severities)
        remind(desk, now, 29)
        assert len(letters(desk, LEA.id)) == 1
        remind(desk, now, 2)
        assert len(letters(desk, LEA.id)) == 2

    def test_pushing_is_half_an_hours_peace(self, desk, now):
        """From the press on."""
        incident = lead(desk, desk.declare())
        remind(desk, now, 40)
        desk.act(LEA, incident, push)
        desk.door.deliver()
        (told,) = letters(desk, LEA.id)
        assert told == (
            f"<@{LEA.id}> pushed the next update on INC-001, “API gateway down”: "
            "it is due 23 November 2026, 10:40 UTC."
        )
        remind(desk, now, 29)
        assert len(letters(desk, LEA.id)) == 1
        remind(desk, now, 1)
        assert len(letters(desk, LEA.id)) == 2

    @pytest.mark.usefixtures("mode")
    def test_its_buttons_do_what_they_say(self, desk, now):
        """One asks for the update, the other is half an hour's peace; who presses sees what came of it."""
        incident = lead(desk, desk.declare())
        remind(desk, now, 30)
        (told,) = desk.door.letters(LEA.id)
        form = desk.door.press(told, "Update")
        assert form.view["title"]["text"]
        desk.door.press(told, "Push 30 min")
        assert desk.now(incident).cadence.next_at == clock.now() + timedelta(minutes=30)
        desk.door.deliver()
        assert "it is due 23 November 2026, 10:30 UTC." in letters(desk, LEA.id)[0]

    def test_it_ends_when_resolved_and_resumes_when_reopened(self, desk, now):
        """An interval after it came back."""
        incident = lead(desk, desk.declare())
        severities = desk.door.services.severities
        desk.does(LEA, incident, work.resolve, severities, {})
        remind(desk, now, 60)
        assert letters(desk, LEA.id) == []
        desk.does(LEA, incident, work.reopen, clock.now(), severities)
        remind(desk, now, 31)
        assert len(letters(desk, LEA.id)) == 1

    def test_what_waits_when_it_is_resolved_is_not_sent(self, desk, now):
        """Slack was away, and meanwhile it was over."""
        incident = lead(desk, desk.declare())
        desk.door.tick("incident rooms")
        now.tick(timedelta(minutes=30))
        desk.door.wait(desk.door.house.clockwork.wake("incident reminders"))
        desk.does(LEA, incident, work.resolve, desk.door.services.severities, {})
        desk.door.deliver()
        assert letters(desk, LEA.id) == []

    def test_without_a_lead_who_communicates_is_reminded_or_the_thread(self, desk, now):
        """An incident that was reopened has no lead, perhaps."""
        incident = desk.declare()
        severities = desk.door.services.severities
        desk.does(ANA, incident, work.hand_over, BO.id, "comms", severities)
        desk.does(ANA, incident, work.resolve, severities, {})
        desk.does(ANA, incident, work.reopen, clock.now(), severities)
        remind(desk, now, 31)
        assert len(letters(desk, BO.id)) == 1
        assert "Nobody leads it." in letters(desk, BO.id)[0]

    def test_with_nobody_it_is_for_the_thread(self, desk, now):
        """Where everybody who follows it sees it."""
        incident = desk.declare(SMALL)
        severities = desk.door.services.severities
        desk.does(ANA, incident, work.resolve, severities, {})
        desk.does(ANA, incident, work.reopen, clock.now(), severities)
        desk.does(ANA, incident, work.change_severity, severities, "sev1", "it is worse")
        remind(desk, now, 31)
        assert any("Nobody leads it." in words for words in desk.said())

    def test_one_that_looks_often_says_nothing_twice(self, desk, now):
        """Three that look at the same moment promise one reminder."""
        lead(desk, desk.declare())
        now.tick(timedelta(minutes=31))
        run = desk.door.house.clockwork.jobs["incident reminders"].run
        desk.door.wait_all([run(), run(), run()])
        desk.door.deliver()
        assert len(letters(desk, LEA.id)) == 1

    def test_a_second_replica_says_nothing_twice(self, desk, now, database_url):
        """Three houses on one database find the same incidents due at the same moment; each is told of once."""
        incidents = [lead(desk, desk.declare()) for _ in range(4)]
        now.tick(timedelta(minutes=31))
        start = Barrier(3)

        def replica(number):
            services = replace(desk.door.services, database=Database(database_url))
            try:
                due = services.database.read(incident_reminder.who_waits, services)
                assert sorted(due) == [one.id for one in incidents]
                start.wait()
                for one in due[number:] + due[:number]:
                    services.database.write(incident_reminder.remind, services, one)
            finally:
                services.database.close()

        with ThreadPoolExecutor(3) as houses:
            list(houses.map(replica, (0, 0, 2)))
        desk.door.deliver()
        assert len(letters(desk, LEA.id)) == len(incidents)
        due = [row.key for row in desk.outbox() if ":due:" in row.key]
        assert len(due) == len(set(due)) == len(incidents)

    def test_a_drill_reminds_and_says_that_it_is_one(self, desk, now):
        """It is for practice."""
        lead(desk, desk.declare(replace(DOWN, kind=IncidentKind.DRILL)))
        remind(desk, now, 31)
        assert "DRILL-001 (drill)" in letters(desk, LEA.id)[0]

    def test_a_restricted_one_reminds_its_lead_alone(self, desk, now):
        """Nothing is said elsewhere."""
        lead(desk, desk.declare(BREACH, BO), BO)
        remind(desk, now, 61)
        assert len(letters(desk, BO.id)) == 1
        assert desk.said() == []

    def test_what_was_over_when_it_was_written_down_reminds_nobody(self, desk, now):
        """A late log is about the past, until it comes back."""
        incident = desk.declare(replace(LATE, resolved=clock.now()))
        remind(desk, now, 35)
        assert not any("Nobody" in words for words in desk.said())
        desk.does(BO, incident, work.reopen, clock.now(), desk.door.services.severities)
        remind(desk, now, 31)
        assert any("An update on INC-001" in words for words in desk.said())

    def test_a_late_log_that_goes_on_is_reminded_of(self, desk, now):
        """It was written down late, and somebody still has to work on it."""
        incident = desk.declare(LATE)
        remind(desk, now, 6)
        assert any("Nobody has taken INC-001" in words for words in desk.said())
        lead(desk, incident)
        remind(desk, now, 25)
        assert len(letters(desk, LEA.id)) == 1

    def test_one_from_a_file_is_left_alone_until_somebody_takes_it(self, desk, now):
        """Who brings a file in may only want its figures, whatever its severity becomes."""
        severities = desk.door.services.severities
        text = "title,severity,started_at\nIt is down,sev1,2026-11-23T08:00:00Z\n"
        read = list(open_incident_file(io.StringIO(text, newline=""), None).records())
        take_in = partial(import_incidents, source="old.csv")
        desk.door.write(take_in, read, severities, clock.now())
        (incident,) = desk.door.services.database.read(find_incidents, HOUSE)
        desk.does(ANA, incident, work.change_severity, severities, "sev2", "it is milder")
        remind(desk, now, 65)
        assert not any("INC-001" in words for words in desk.said() if "Nobody" in words)
        lead(desk, incident)
        remind(desk, now, 60)
        assert len(letters(desk, LEA.id)) == 1


class TestTaking:
    """Somebody has to take an incident in time."""

    def test_everybody_hears_once_an_interval_that_nobody_has(self, desk, now):
        """In the thread, and in the channel; that alone, though an update is due of it as well."""
        desk.declare()
        desk.door.deliver()
        remind(desk, now, 4)
        assert UNTAKEN not in desk.said()
        remind(desk, now, 30)
        (said,) = [row for row in desk.outbox() if row.key.startswith("incident:1:untaken")]
        assert '"reply_broadcast": true' in said.body
        assert UNTAKEN in desk.said()
        remind(desk, now, 31)
        assert len([row for row in desk.outbox() if ":untaken:" in row.key]) == 3
        assert not any("An update on" in words for words in desk.said())

    def test_the_cadence_begins_when_it_is_declared(self, desk, now):
        """So an hour in which nobody took it counts as two intervals without a word."""
        incident = desk.declare()
        assert incident.cadence.next_at == clock.now() + timedelta(minutes=30)
        now.tick(timedelta(minutes=65))
        told = desk.does(LEA, incident, work.tell, "We look at it", desk.door.services.severities)
        assert (told.cadence.intervals, told.cadence.kept) == (2, 0)
        assert told.cadence.longest == timedelta(minutes=65)

    def test_one_that_was_taken_is_left_in_peace(self, desk, now):
        """Or that is over."""
        lead(desk, desk.declare())
        over = desk.declare()
        desk.does(ANA, over, work.resolve, desk.door.services.severities, {})
        remind(desk, now, 10)
        assert not any("Nobody has taken" in words for words in desk.said())

    def test_after_a_night_without_a_bot_it_is_said_once(self, desk, now):
        """What was missed is not made up for."""
        desk.declare()
        now.tick(timedelta(hours=13))
        remind(desk, now)
        assert len([row for row in desk.outbox() if ":untaken:" in row.key]) == 1
        assert any(
            "Nobody has taken INC-001, “API gateway down” for 13 h" in one for one in desk.said()
        )

    def test_a_restricted_one_without_a_channel_tells_who_declared_it(self, desk, now):
        """There is no other place."""
        desk.declare(BREACH, BO)
        remind(desk, now, 16)
        assert any("Nobody has taken SEC-001" in words for words in letters(desk, BO.id))
        assert desk.said() == []
