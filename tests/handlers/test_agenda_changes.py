"""Moving, skipping and changing meetings from the front door, before their agenda is out and after it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from tests.agenda_stage import WEDNESDAY_0800, dismiss, posted, schedule, seen_by, thread
from tests.front_door import ANA, BO, DESK, FrontDoor, Seen, text
from tests.helpdesk import MONDAY_0930

NEW_YORK = {
    "text": {"type": "plain_text", "text": "America/New_York"},
    "value": "America/New_York",
}


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


def shown(message: dict[str, Any]) -> str:
    """Return a message as people read it."""
    return seen_by(BO, message).plain()


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


def test_a_meeting_is_not_postponed_to_where_the_series_meets_anyway(slack):
    """By exactly a week: two agendas would come at the same minute."""
    schedule(slack)
    done = postpone(slack, WEDNESDAY_0800 + timedelta(days=7, hours=1))
    assert done.outcome.errors == {
        "to": "It meets then already. Choose another time; /agenda skip #1 leaves this one out."
    }


@pytest.mark.both_databases
def test_agendas_that_are_out_together_show_the_same_points(slack, now):
    """A daily meeting whose agenda comes two days before: what is added or discussed stands right in each."""
    schedule(slack, lead="2880", weekdays=["0", "1", "2", "3", "4"])
    slack.command("/agenda add first", by=BO)
    now.move_to(WEDNESDAY_0800 - timedelta(hours=1))
    slack.tick("agendas")
    assert len(agendas(slack)) == 2
    slack.command("/agenda add second", by=BO)
    assert [shown(each).count("second") for each in agendas(slack)] == [1, 1]
    slack.press(seen_by(BO, {**agendas(slack)[0], "channel": DESK}), "✅ Discussed")
    assert ["~first~" in shown(each) for each in agendas(slack)] == [True, False]
    assert ["first" in shown(each) for each in agendas(slack)] == [True, False]


def test_post_now_while_an_agenda_is_out_posts_no_other(slack, now):
    """Whoever asks half an hour before a meeting means that meeting; what changes it is named."""
    schedule(slack)
    posted(slack, now)
    told = slack.command("/agenda post now", by=ANA).text
    assert told == (
        "The agenda of “Support weekly” for 25 November 2026 is out already. `/agenda postpone #1` moves that "
        "meeting, `/agenda skip #1` leaves it out."
    )
    assert len(agendas(slack)) == 1


@pytest.mark.both_databases
def test_a_meeting_is_postponed_after_its_agenda_was_posted(slack, now):
    """The agenda says the new time, its thread and the channel hear of it, and no other agenda comes."""
    schedule(slack)
    message = posted(slack, now)
    done = postpone(slack, WEDNESDAY_0800 + timedelta(hours=6))
    assert "is now on 25 November 2026, 15:00 CET; its agenda says so." in done.window()
    now.move_to(WEDNESDAY_0800 + timedelta(hours=5))
    slack.tick("agendas")
    [agenda] = agendas(slack)
    assert "~ 🗓️ 25 November 2026, 15:00 CET" in shown(agenda)
    [told] = thread(slack, message)
    assert shown(told) == "| This meeting is now on 25 November 2026, 15:00 CET."
    assert told["subtype"] == "thread_broadcast"
    listed = slack.command("/agenda", by=BO).plain()
    assert "next 25 November 2026, 15:00 CET (moved) · its agenda is out" in listed


@pytest.mark.both_databases
def test_a_meeting_is_skipped_after_its_agenda_was_posted(slack, now):
    """The agenda says that it is not held, its points wait, and it can be undone."""
    schedule(slack)
    slack.command("/agenda add keep me", by=BO)
    message = posted(slack, now)
    skipped = slack.command("/agenda skip", by=ANA)
    assert skipped.text == (
        "“Support weekly” on 25 November 2026 is skipped; its points wait. The next one is on 2 December 2026."
    )
    [agenda] = agendas(slack)
    off = "This meeting is not held; what is open waits for the next one."
    assert f"~ ⏭️ {off}" in shown(agenda)
    assert "Discussed]" not in shown(agenda)
    assert shown(agenda).endswith("[Add a point]")
    assert ": not held; 1 talking point" in agenda["text"]
    slack.press(skipped, "Undo")
    assert shown(agendas(slack)[0]) == shown(message)
    heard = [reply["text"] for reply in thread(slack, message)]
    assert heard == [off, "This meeting takes place after all."]
    slack.command("/agenda skip", by=ANA)
    now.move_to(WEDNESDAY_0800 + timedelta(days=7))
    slack.tick("agendas")
    assert "| • keep me  [✅ Discussed]" in shown(agendas(slack)[-1])


@pytest.mark.parametrize(
    ("changed", "stays_at"),
    [({"at": "15:00"}, "10:00 CET"), ({"zone": NEW_YORK}, "04:00 EST"), ({"title": "X"}, "")],
)
def test_an_edit_says_which_meeting_it_has_left_where_it_was(slack, now, changed, stays_at):
    """Today's agenda is out and says ten; whoever changes the time to three learns that it stays so, and what moves it."""
    schedule(slack)
    posted(slack, now)
    said = slack.submit(slack.command("/agenda edit", by=ANA), **changed).window()
    stays = f"stays: 25 November 2026, {stays_at}. `/agenda postpone #1` moves it."
    assert (f"| ⚠️ What is out already {stays}" in said) is bool(stays_at)
    assert ("is out already" in said) is bool(stays_at)


def test_post_now_after_the_meeting_that_was_meant_has_begun_asks_first(slack, now):
    """Its agenda had failed; next week's does not come a week early without that somebody has asked for it."""
    schedule(slack)
    conversation = slack.slack.workspace.conversations[DESK]
    slack.slack.workspace.leave(conversation, slack.slack.app.bot_user)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    slack.deliver()
    slack.slack.invite_app(DESK)
    now.move_to(WEDNESDAY_0800 + timedelta(hours=1))

    told, too = (slack.command("/agenda post now #1", by=ANA) for _ in range(2))
    assert told.plain() == text("""
        | “Support weekly” on 25 November 2026 has begun without its agenda, which Slack did not take. The next one is on 2 December 2026.
        [Post the one of 2 December 2026 now]
    """)
    assert agendas(slack) == []
    assert "Only its owner or a manager" in slack.command("/agenda post now #1", by=BO).text

    done = slack.press(told, "Post the one of 2 December 2026 now")
    again = slack.press(too, "Post the one of 2 December 2026 now")
    assert done.text == "The agenda for “Support weekly” on 2 December 2026 is on its way."
    assert again.text == "That meeting is not the next one any more."
    assert ["2 December 2026" in each["text"] for each in agendas(slack)] == [True]


def test_post_now_the_day_after_a_failure_posts_what_it_says(slack, now):
    """Nobody means yesterday's meeting any more."""
    schedule(slack)
    conversation = slack.slack.workspace.conversations[DESK]
    slack.slack.workspace.leave(conversation, slack.slack.app.bot_user)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    slack.deliver()
    slack.slack.invite_app(DESK)
    now.move_to(WEDNESDAY_0800 + timedelta(days=2))
    told = slack.command("/agenda post now #1", by=ANA).text
    assert told == "The agenda for “Support weekly” on 2 December 2026 is on its way."


def test_a_point_is_added_to_an_agenda_that_is_out_after_its_series_was_cancelled(slack, now):
    """Today's meeting is still held; what is said for it is kept with the series."""
    schedule(slack)
    message = posted(slack, now)
    slack.command("/agenda cancel", by=ANA)
    form = slack.press(seen_by(BO, message), "Add a point")
    done = slack.submit(form, text="one last thing")
    assert "It is on the agenda of “Support weekly” on 25 November 2026" in done.window()
    assert "| • one last thing  [✅ Discussed]" in shown(agendas(slack)[0])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("skip the next one, please!", "on 25 November 2026 is skipped"),
        ("pause please", "is paused."),
        ("skip #1!", "on 25 November 2026 is skipped"),
        ("close", "The button *Close meeting* of its agenda closes a meeting."),
    ],
)
def test_what_people_write_around_a_verb(slack, typed, said):
    """Manners and signs are no title of a series."""
    schedule(slack)
    assert said in slack.command(f"/agenda {typed}", by=ANA).text


def test_the_form_to_postpone_opens_whatever_day_is_written(slack):
    """It asks when."""
    schedule(slack)
    assert slack.command("/agenda postpone to friday", by=ANA).view["callback_id"]
    assert slack.command("/agenda schedule retro", by=ANA).view["callback_id"]


def test_a_first_day_at_the_end_of_the_calendar_is_refused(slack):
    """No zone has an instant for it."""
    los_angeles = {"text": {"type": "plain_text", "text": "x"}, "value": "America/Los_Angeles"}
    done = schedule(slack, first="9999-12-31", at="23:00", zone=los_angeles)
    assert done.outcome.errors == {
        "first": "9999 is too far ahead. Choose a day in the next five years."
    }


def test_a_meeting_is_not_postponed_by_centuries(slack):
    """It is a slip of the year."""
    schedule(slack)
    done = postpone(slack, datetime(2200, 1, 1, tzinfo=UTC))
    assert done.outcome.errors == {"to": "2200 is too far ahead; choose an earlier time."}


def test_a_single_meeting_that_is_over_can_be_given_another_title(slack, now):
    """Its notes are looked up by it; a new day still has to come."""
    schedule(slack, repeat="once")
    posted(slack, now)
    now.move_to(WEDNESDAY_0800 + timedelta(days=1))
    done = slack.submit(slack.command("/agenda edit", by=ANA), title="Kick-off")
    dismiss(slack, done)
    assert "*#1 Kick-off*" in done.window()
    done = slack.submit(slack.command("/agenda edit", by=ANA), at="11:00")
    assert "Choose a time that is still to come." in done.outcome.errors["first"]


@pytest.mark.both_databases
@pytest.mark.parametrize("act", ["skip", "postpone"])
def test_an_agenda_that_slack_refused_is_not_tried_again_once_its_meeting_is_changed(
    slack, now, act
):
    """It would tell of a meeting that is not held, or not then; a postponed one has its own in time."""
    schedule(slack)
    conversation = slack.slack.workspace.conversations[DESK]
    slack.slack.workspace.leave(conversation, slack.slack.app.bot_user)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    slack.deliver()
    if act == "skip":
        told = slack.command("/agenda skip", by=ANA).text
        assert "on 25 November 2026 is skipped" in told
    else:
        postpone(slack, WEDNESDAY_0800 + timedelta(hours=6))
    slack.slack.invite_app(DESK)
    assert "Nothing is waiting" in slack.command("/playbook retry", by=ANA).text
    now.move_to(WEDNESDAY_0800 + timedelta(hours=5))
    slack.tick("agendas")
    came = ["25 November 2026, 15:00 CET" in each["text"] for each in agendas(slack)]
    assert came == ([] if act == "skip" else [True])
