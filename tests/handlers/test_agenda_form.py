"""The form of `/agenda schedule` from the front door: what it offers, says back, and does not take."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.agenda_stage import schedule
from tests.front_door import ANA, LEA
from tests.helpdesk import MONDAY_0930


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the elements of a form by the names of their fields."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if "element" in block}


@pytest.mark.parametrize(
    ("at", "first"),
    [
        (datetime(2026, 11, 23, 7, 59, tzinfo=UTC), "2026-11-23"),  # 08:59 in Madrid
        (datetime(2026, 11, 23, 8, tzinfo=UTC), "2026-11-24"),
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "2026-11-30"),  # on a Friday
        (datetime(2026, 11, 28, 6, tzinfo=UTC), "2026-11-30"),  # on a Saturday
    ],
)
def test_the_form_begins_on_a_morning_that_is_still_to_come(slack, now, at, first):
    """The next working day at nine, where its reader is: sent as it is, it is never refused as over."""
    now.move_to(at)
    form = slack.command("/agenda schedule", by=ANA)
    offered = fields(form.view)
    assert offered["first"]["initial_date"] == first
    assert offered["at"]["initial_time"] == "09:00"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"first": "2026-11-25", "weekdays": ["1"]},
            "It starts on Tuesday 1 December, the first by this rule after the day you gave (25 November).",
        ),
        (
            {"holidays": "2026-11-25"},
            "It starts on Wednesday 2 December, the first by this rule after the day you gave (25 November).",
        ),
        (
            {"first": "2026-11-23", "at": "10:00"},  # it is half past ten in Madrid
            "It starts on Monday 30 November, the first by this rule after the day you gave (23 November).",
        ),
    ],
)
def test_a_start_after_the_day_that_was_given_is_said(slack, changed, said):
    """Nobody waits in an empty room."""
    assert said in schedule(slack, **changed).window()


def test_a_start_on_the_day_that_was_given_needs_no_words(slack):
    """Nor does a change of a series that has begun."""
    assert "It starts on" not in schedule(slack).window()


def test_an_edit_may_leave_a_first_day_that_has_passed(slack, now):
    """It is in the form already; only another one that has passed is refused."""
    schedule(slack)
    now.move_to(datetime(2026, 12, 7, 9, tzinfo=UTC))
    form = slack.command("/agenda edit", by=ANA)
    assert fields(form.view)["first"]["initial_date"] == "2026-11-25"
    refused = slack.submit(form, first="2026-12-04")
    assert refused.outcome.errors == {
        "first": "4 December 2026 has passed. Choose a day that is still to come."
    }
    done = slack.submit(form, first="2026-11-25", at="11:00")
    assert "every Wednesday at 11:00" in done.window()
    assert "It starts on" not in done.window()


def test_an_edit_that_moves_the_first_day_moves_the_weekday_with_it(slack):
    """A weekday that nobody ticked is not ticked in the form."""
    schedule(slack)
    form = slack.command("/agenda edit", by=ANA)
    done = slack.submit(form, first="2026-11-26")
    assert "every Thursday at 10:00" in done.window()


def test_the_hint_says_what_a_calendar_does_without(slack):
    """A first day is always filled in; with a calendar it does not count."""
    view = slack.command("/agenda schedule", by=ANA).view
    hint = next(block["hint"] for block in view["blocks"] if block.get("block_id") == "calendar")
    assert "first day and time do not count then" in hint["text"]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "changed", [{}, {"title": "Another title"}, {"first": "2026-12-02"}], ids=str
)
def test_the_same_meeting_is_not_scheduled_twice(slack, changed):
    """One template, one place, one time: two agendas would come at once. The way out is said."""
    schedule(slack)
    refused = schedule(slack, by=LEA, **changed)
    assert refused.outcome.errors == {
        "template": "#1 “Support weekly” has this template, place and time already. "
        "Change it with /agenda edit #1, or choose another template, place or time."
    }
    assert "#2" not in slack.command("/agenda", by=ANA).plain()


@pytest.mark.parametrize(
    "changed",
    [
        {"template": "cloud_team"},
        {"at": "10:30"},
        {"first": "2026-11-26"},
        {"every": "2"},
        {"channel": "", "people": [LEA]},
    ],
    ids=str,
)
def test_what_differs_in_template_place_or_time_is_another_meeting(slack, changed):
    """It is scheduled."""
    schedule(slack)
    assert "*#2 Support weekly*" in schedule(slack, **changed).window()


def test_every_other_week_in_turn_is_no_twin(slack):
    """Two halves of a team, one each week."""
    schedule(slack, every="2")
    assert "*#2" in schedule(slack, every="2", first="2026-12-02").window()
    twin = schedule(slack, every="2", first="2026-12-09")
    assert "#1 “Support weekly” has this template" in twin.outcome.errors["template"]


def test_a_series_is_not_edited_into_another(slack):
    """Nor is the form of one that stays as it is refused."""
    schedule(slack)
    schedule(slack, at="11:00")
    form = slack.command("/agenda edit #2", by=ANA)
    refused = slack.submit(form, at="10:00")
    assert "#1 “Support weekly” has this template" in refused.outcome.errors["template"]
    assert "*#2 Renamed*" in slack.submit(form, at="11:00", title="Renamed").window()
