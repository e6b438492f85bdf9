"""Whom a pulse asks is read from Slack by pages: at Slack's pace, from where it was left, and told as far as it has come."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.storage.pulse import PulseWaveRow
from tests.faults.pulse_town import crowd, page_of
from tests.front_door import ANA, Seen
from tests.pulse_stage import MONDAY, PulseDoor, later

ROSTER = crowd(12, 2)
TEAMS = ["team0", "team1"]
PEOPLE = [one.id for one in ROSTER.people if one.id != ANA]
MADRID = PEOPLE[::3]


@pytest.fixture(autouse=True)
def clock() -> Iterator[FrozenDateTimeFactory]:
    """It is Monday noon: working time in Madrid, not yet in Bogota, and not any more in Singapore."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace whose teams are user groups, and whose list of people comes five at a time."""
    page = page_of(ROSTER.usergroups, 1000, lease=600)  # however busy this machine is
    with PulseDoor(database_url, tmp_path, page=page, roster=ROSTER) as opened:
        opened.slack.limits.people_a_page = 5
        yield opened


def calls(door: PulseDoor, method: str) -> int:
    """Return how often the bot has called a method."""
    return sum(entry.name == method for entry in door.slack.traffic.entries)


def asked(door: PulseDoor) -> list[str]:
    """Return who has been written to."""
    return [one for one in PEOPLE if door.letters(one)]


def test_groups_are_asked_for_once_for_all_pages(door):
    """Slack gives twenty a minute: two for who the manager is, and two for a list of three pages."""
    door.start(teams=TEAMS)
    assert (calls(door, "users.list"), calls(door, "usergroups.users.list")) == (3, 2 + 2)
    assert asked(door) == MADRID


@pytest.mark.parametrize(("pause", "then"), [(0, MADRID), (60, [])])
def test_a_pause_that_slack_asks_for_is_kept(door, pause, then):
    """And what had been read is not read again."""
    door.slack.chaos.rate_limit("users.list", retry_after=pause)
    door.start(teams=TEAMS)
    door.advance()
    assert asked(door) == then
    assert calls(door, "users.list") == (4 if then else 1)


SWITCHED_OFF = "Slack does not know the user group S0T00 (the team Team 0)"
NO_USERS = "Slack does not let me read who is in this workspace, for I lack the scope `users:read`"
NO_GROUPS = "Slack does not let me read the user groups S0T00 (the team Team 0) and S0T01 (the team Team 1), for I lack the scope `usergroups:read`"


def test_a_refused_group_hinders_the_surveys_that_ask_it_alone(door, clock):
    """The owner of one that does hears once which group it is; it opens with everybody when Slack knows that again."""
    group = door.slack.workspace.usergroups.pop("S0T00")
    door.start(teams=["team0"])
    for _ in range(2):
        door.start(teams=["team1"])
    asked_by_both = [one for one in MADRID if one in ROSTER.usergroups[1].users]
    assert asked(door) == asked_by_both
    (told,) = stuck(door)
    assert told.text.startswith(f"Pulse #1 cannot open yet: {SWITCHED_OFF}")
    assert "`app.yaml`" in told.plain()
    assert SWITCHED_OFF in door.command("/pulse status 1", by=ANA).plain()
    door.slack.workspace.usergroups[group.id] = group
    clock.tick(timedelta(minutes=1))
    door.advance()
    assert asked(door) == MADRID
    assert len(stuck(door)) == 1
    assert "cannot open" not in door.command("/pulse status 1", by=ANA).plain()
    assert "*0 of 6* have answered" in door.command("/pulse status 1", by=ANA).plain()


def test_what_people_are_called_is_read_aside_from_surveys_that_open(door, clock):
    """While one opens it reads the same list; one that cannot open for long stands in no other's way."""
    door.slack.workspace.usergroups.pop("S0T00")
    door.start(teams=["team0"])
    door.tick("names")
    assert calls(door, "users.list") == 0
    clock.tick(timedelta(minutes=6))
    for _ in range(5):
        door.tick("names")
    assert calls(door, "users.list") == 3


@pytest.mark.parametrize(
    ("scope", "why"), [("users:read", NO_USERS), ("usergroups:read", NO_GROUPS)]
)
def test_the_owner_hears_which_scope_is_missing(door, clock, scope, why):
    """Once, and whoever asks how it stands reads the same; it opens when the scope is there."""
    granted = door.slack.app.manifest["oauth_config"]["scopes"]["bot"]
    granted.remove(scope)
    door.start(teams=TEAMS)
    for _ in range(3):
        clock.tick(timedelta(minutes=1))
        door.advance()
    (told,) = stuck(door)
    assert why in told.text
    assert "`python -m bot manifest`" in told.plain()
    assert why in door.command("/pulse status", by=ANA).text
    assert asked(door) == []
    granted.append(scope)
    clock.tick(timedelta(minutes=1))
    door.advance()
    assert asked(door) == MADRID


def test_what_may_be_over_in_a_minute_is_no_news(door, clock):
    """Slack stumbles over one list; nobody has to mend anything."""
    door.slack.chaos.fail("usergroups.users.list", times=9)
    door.start(teams=TEAMS)
    door.slack.chaos.clear()
    assert asked(door) == []
    clock.tick(timedelta(minutes=1))
    door.advance()
    assert asked(door) == MADRID
    assert stuck(door) == []


def test_one_that_could_not_open_until_its_time_was_over(door, clock):
    """It ends, and asks nobody any more."""
    group = door.slack.workspace.usergroups.pop("S0T00")
    door.start(teams=TEAMS)
    clock.tick(timedelta(days=7))
    door.advance()
    assert "it never opened" in door.command("/pulse status 1", by=ANA).plain()
    door.slack.workspace.usergroups[group.id] = group
    clock.tick(timedelta(minutes=1))
    door.advance()
    assert asked(door) == []


def stuck(door: PulseDoor) -> list[Seen]:
    """Return what the manager was told of surveys that cannot open."""
    return [one for one in door.letters(ANA) if "cannot open" in one.text]


def test_a_place_that_slack_has_forgotten(door):
    """The list is read from its beginning, and nobody is asked twice."""
    for _ in range(2):  # the window shows what is planned, and the job comes
        door.slack.chaos.rate_limit("users.list", retry_after=0)
    door.start(teams=TEAMS)
    door.write(lose_the_place)
    door.advance()
    assert asked(door) == MADRID
    assert all(len(door.letters(one)) == 1 for one in MADRID)


def test_a_reminder_whose_day_was_over_before_anybody_was_asked(door, clock):
    """The bot was down; it asks each in their hours, and does not remind in the same breath."""
    form = door.command("/pulse start", by=ANA)
    opens = int(later(hours=1).timestamp())
    values = {"name": "Late", "teams": TEAMS, "count": "1", "opens": opens}
    door.submit(form, **values, days="9", remind="1, 7", least="5", grouping="teams")
    for hours in (0, 2, 13):  # Madrid at one, Bogota at nine, Singapore at nine
        clock.move_to(later(days=3, hours=hours))
        door.advance()
    assert [len(door.letters(one)) for one in PEOPLE] == [1] * 12
    clock.move_to(later(days=7))
    door.advance()
    assert [len(door.letters(one)) for one in MADRID] == [2] * 4


def test_the_owner_is_told_how_far_it_has_come_in_one_message(door, clock):
    """It is edited in place, until everybody has been asked."""
    door.start(teams=TEAMS)
    door.advance()
    (told,) = door.letters(ANA)
    assert told.text == "Pulse #1 is being sent: 4 of 12 asked."
    assert "8 later, in their own working hours" in told.plain()
    door.slack.workspace.deactivate(PEOPLE[1])
    for hours in (2, 18):  # Bogota's morning, and Madrid's, when it is four in Singapore
        clock.tick(timedelta(hours=hours))
        for _ in range(2):
            door.advance()
    (told,) = door.letters(ANA)
    assert told.text == "Pulse #1 was sent: 11 of 12 asked, 1 could not be."
    assert "Slack does not know them any more" in told.plain()


def test_down_over_the_evening(door, clock):
    """Whom the bot did not reach it asks next morning, each zone in its own; managers see when that is."""
    form = door.command("/pulse start", by=ANA)
    opens = int(later(hours=3).timestamp())  # at four in Madrid and at ten in Bogota
    door.submit(form, name="Late", teams=TEAMS, count="1", opens=opens, days="3", remind="", least="5", grouping="teams")  # fmt: skip
    clock.move_to(later(hours=12.5))  # half past midnight in UTC
    door.advance()
    assert asked(door) == []
    told = door.command("/pulse status 1", by=ANA).plain()
    assert "12 later, in their own working hours" in told
    mornings = ("4 from 24 November 2026, 01:00 UTC", "4 from 24 November 2026, 08:00 UTC", "4 from 24 November 2026, 14:00 UTC")  # fmt: skip
    assert f"Still to be asked: {' · '.join(mornings)}" in told
    for hours, count in ((13, 4), (20, 8), (26, 12)):
        clock.move_to(later(hours=hours))
        door.advance()
        assert len(asked(door)) == count
    assert "Still to be asked" not in door.command("/pulse status 1", by=ANA).plain()
    assert all(len(door.letters(one)) == 1 for one in PEOPLE)


def test_what_has_not_left_in_the_evening(door, clock):
    """The bot went down between promising and sending: it sends next morning, and meanwhile asks others in their hours."""
    door.start(teams=TEAMS, days="9", remind="1")
    clock.move_to(later(hours=13))  # Singapore at nine on Tuesday
    door.wait(door.house.clockwork.wake("pulses"))
    clock.move_to(later(hours=21))  # and at five, when it is Madrid's turn to be reminded
    door.advance()
    singapore = PEOPLE[1::3]
    assert not any(door.letters(one) for one in singapore)
    assert all(len(door.letters(one)) == 2 for one in MADRID)
    told = door.command("/pulse status 1", by=ANA).plain()
    assert "on their way" not in told
    assert "8 later, in their own working hours" in told
    bogota, again = "4 from 24 November 2026, 14:00 UTC", "4 from 25 November 2026, 01:00 UTC"
    assert f"Still to be asked: {bogota} · {again}\n" in told
    clock.move_to(later(days=1, hours=12.9))
    door.advance()
    assert not any(door.letters(one) for one in singapore)
    clock.move_to(later(days=1, hours=13))
    door.advance()
    assert all(len(door.letters(one)) == 1 for one in singapore)
    told = door.command("/pulse status 1", by=ANA).plain()
    assert "Still to be asked: 4 from 25 November 2026, 14:00 UTC\n" in told, "Bogota alone"


@pytest.mark.parametrize("looks_in_the_evening", [True, False])
@pytest.mark.parametrize("first", ["courier", "pulses"])
def test_question_and_reminder_in_one_breath(door, clock, looks_in_the_evening, first):
    """The question is late until the morning of the reminder: they hear it alone, whichever is seen to first."""
    door.start(teams=TEAMS, days="9", remind="2, 7")
    clock.move_to(later(hours=13))  # Singapore at nine on Tuesday
    door.wait(door.house.clockwork.wake("pulses"))
    if looks_in_the_evening:
        clock.move_to(later(hours=21))
        door.advance()
    clock.move_to(later(days=1, hours=13))
    door.wait(door.house.clockwork.wake(first))
    door.advance()
    singapore = PEOPLE[1::3]
    assert [len(door.letters(one)) for one in singapore] == [1] * 4
    clock.move_to(later(days=7, hours=13))
    door.advance()
    assert [len(door.letters(one)) for one in singapore] == [2] * 4


def test_a_reminder_that_has_not_left_in_the_evening(door, clock):
    """Whoever it was for may answer until the morning, and is not reminded any more."""
    door.start(teams=TEAMS, remind="1, 4")
    clock.move_to(later(days=1))
    door.wait(door.house.clockwork.wake("pulses"))
    clock.move_to(later(days=1, hours=4))
    door.advance()
    clock.move_to(later(days=2))
    door.advance()
    assert all(len(door.letters(one)) == 1 for one in MADRID)
    clock.move_to(later(days=4))
    door.advance()
    assert all(len(door.letters(one)) == 2 for one in MADRID)


def test_what_was_given_up_can_be_tried_again_next_day(door, clock):
    """It is of use until the survey closes: whose account is open again by then is asked."""
    door.start(teams=TEAMS)
    person = door.slack.workspace.people[PEOPLE[1]]
    door.slack.workspace.deactivate(person.id)
    clock.move_to(later(hours=13))
    door.advance()
    door.slack.workspace.admit(person)
    clock.move_to(later(days=1))  # eight in the evening in Singapore
    told = door.command("/playbook retry", by=ANA).text
    assert told.startswith("I am trying 1 of them again")
    assert "too old" not in told
    assert door.letters(person.id) == []
    door.advance()
    assert "Pulse survey" in door.asked(person.id).text


def lose_the_place(session: Session) -> None:
    """Let the place in Slack's list be one that Slack does not know any more."""
    session.execute(update(PulseWaveRow).values(cursor="long ago"))
