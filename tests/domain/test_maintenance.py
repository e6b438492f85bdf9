"""Maintenance: announced before it begins, taken back while it is not over, and never hiding what has happened."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.impact import Window
from bot.domain.maintenance import (
    Maintenance,
    MaintenanceDraft,
    announce,
    announced,
    cancel,
    read_number,
    windows,
)
from bot.domain.person import Person
from bot.errors import AlreadyDone, Forbidden, FormErrors, Refused
from bot.storage import audit
from bot.storage.database import Database
from bot.vocabulary import Role
from tests.incident_book import NOON

pytestmark = pytest.mark.both_databases

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEA = Person("U0LEA", "Lea", Role.LEAD, ZoneInfo("UTC"))
BO = Person("U0BO", "Bo", Role.MEMBER, ZoneInfo("UTC"))
SERVICES = ("api-gateway", "dns")


def draft(**more: object) -> MaintenanceDraft:
    """Return a form that is filled in well: the API from one o'clock to three."""
    usual = {"service": "api-gateway", "starts": NOON + HOUR, "ends": NOON + 3 * HOUR, "reason": "New kernel"}  # fmt: skip
    return MaintenanceDraft.model_validate({**usual, **more})


def say(database: Database, trigger: str = "view", by: Person = LEA, **more: object) -> Maintenance:
    """Announce maintenance at noon."""
    return database.write(announce, draft(**more), by, SERVICES, trigger, NOON)


def take_back(
    database: Database, number: int, now: datetime = NOON, by: Person = LEA, trigger: str = "press"
) -> Maintenance:
    """Cancel maintenance."""
    return database.write(cancel, number, by, trigger, now)


def test_announcing_and_listing(database: Database) -> None:
    """It is listed until it is over, and is in the audit log."""
    made = say(database)
    assert [each.number for each in database.read(announced, NOON)] == [made.number]
    assert not made.is_running(NOON)
    assert made.is_running(NOON + HOUR)
    assert database.read(announced, NOON + 3 * HOUR) == []
    assert database.read(windows, NOON, NOON + DAY) == {
        "api-gateway": [Window(NOON + HOUR, NOON + 3 * HOUR)]
    }
    (entry,) = database.read(audit.history, "maintenance", str(made.number))
    assert (entry.who, entry.before) == (LEA.id, None)
    assert "New kernel" in (entry.after or "")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"service": "apigateway"}, "service"),
        ({"starts": NOON - HOUR}, "starts"),
        ({"starts": NOON + 400 * DAY, "ends": NOON + 401 * DAY}, "starts"),
        ({"ends": NOON + HOUR}, "ends"),
        ({"ends": NOON + 9 * DAY}, "ends"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    database: Database, said: dict[str, object], field: str
) -> None:
    """And nothing is announced."""
    with pytest.raises(FormErrors) as wrong:
        say(database, **said)
    assert list(wrong.value.fields) == [field]
    assert database.read(announced, NOON) == []


def test_the_nearest_service_is_named(database: Database) -> None:
    """A typing mistake."""
    with pytest.raises(FormErrors, match="Did you mean api-gateway"):
        say(database, service="api-gatway")


def test_an_outage_cannot_be_hidden_afterwards(database: Database) -> None:
    """Five minutes are for filling in the form."""
    say(database, starts=NOON - timedelta(minutes=5))
    with pytest.raises(FormErrors, match="before it begins"):
        say(database, "later", service="dns", starts=NOON - timedelta(minutes=6))


def test_two_stretches_of_one_service_do_not_overlap(database: Database) -> None:
    """Another service's may, and one right afterwards."""
    say(database)
    with pytest.raises(FormErrors, match="already"):
        say(database, "2", starts=NOON + 2 * HOUR, ends=NOON + 4 * HOUR)
    say(database, "3", service="dns")
    say(database, "4", starts=NOON + 3 * HOUR, ends=NOON + 4 * HOUR)


def test_leads_and_managers_only(database: Database) -> None:
    """Members look."""
    with pytest.raises(Forbidden):
        say(database, by=BO)
    made = say(database)
    with pytest.raises(Forbidden):
        take_back(database, made.number, by=BO)


def test_the_same_form_and_press_again_do_nothing(database: Database) -> None:
    """Slack and people send things twice."""
    made = say(database)
    with pytest.raises(AlreadyDone):
        say(database, service="dns")
    take_back(database, made.number)
    with pytest.raises(AlreadyDone):
        take_back(database, made.number)


def test_taken_back_before_it_begins_it_never_was(database: Database) -> None:
    """Its number names no other one afterwards."""
    made = say(database)
    take_back(database, made.number)
    assert database.read(announced, NOON) == []
    assert database.read(windows, NOON, NOON + DAY) == {}
    with pytest.raises(Refused, match="is announced"):
        take_back(database, made.number, trigger="again")
    assert say(database, "anew").number != made.number


def test_cancelled_while_it_goes_on_it_ends_now(database: Database) -> None:
    """What has passed of it was announced."""
    made = say(database)
    take_back(database, made.number, now=NOON + 2 * HOUR)
    assert database.read(windows, NOON, NOON + DAY) == {
        "api-gateway": [Window(NOON + HOUR, NOON + 2 * HOUR)]
    }


def test_what_is_over_stays(database: Database) -> None:
    """Figures rest on it."""
    made = say(database)
    with pytest.raises(Refused, match="over"):
        take_back(database, made.number, now=NOON + 3 * HOUR)


@pytest.mark.parametrize("text", ["3", "#3", " 3 "])
def test_a_number_is_read(text: str) -> None:
    """With and without its sign."""
    assert read_number(text) == 3


@pytest.mark.parametrize("text", ["", "three", "-1", "²", "9" * 20])
def test_anything_else_is_no_number(text: str) -> None:
    """A sentence says where the numbers are."""
    with pytest.raises(Refused, match="/maintenance"):
        read_number(text)
