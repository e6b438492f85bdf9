"""`/agenda` from the front door: scheduling, the post and its thread, points, closing, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import event

from bot.storage import audit
from bot.workspace.validator import check_message
from tests.agenda_stage import (
    WEDNESDAY_0800,
    WEEKLY,
    again,
    dismiss,
    posted,
    say,
    schedule,
    seen_by,
    thread,
)
from tests.front_door import ANA, BO, CY, DEE, DESK, LEA, PARTNERS, FrontDoor, Seen, text
from tests.helpdesk import MONDAY_0930


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


# --- Scheduling ---


def test_a_schedule_is_said_back_with_its_next_three_dates(slack):
    """The rule in words, where and how long before, and dates that each reader sees in their own time."""
    done = schedule(slack)

    assert done.window() == text("""
        | *#1 Support weekly*
        | every Wednesday at 10:00, Madrid time
        | I post its agenda in <#C0DESK>, 1 hour before it begins.
        | *The next 3 in your time*
        | • 25 November 2026, 10:00 CET
        | • 2 December 2026, 10:00 CET
        | • 9 December 2026, 10:00 CET
        ~ `/agenda preview` shows the agenda as it would be posted now · `/agenda list` shows all meetings
    """)
    assert "<!date^1795597200^" in str(done.view)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"channel": ""}, "channel", "Choose a channel, or people below."),
        ({"people": [LEA]}, "people", "Choose a channel or people, not both."),
        ({"channel": "", "people": [ANA]}, "people", "Choose somebody else"),
        ({"template": "manager_one_on_one"}, "people", "A one-on-one goes to people"),
        ({"channel": PARTNERS}, "channel", "shared with another organisation"),
        (
            {"repeat": "once", "first": "2026-11-23", "at": "09:00"},
            "first",
            "Choose a time that is still to come.",
        ),
        (
            {"first": "2026-11-22"},
            "first",
            "22 November 2026 has passed. Choose a day that is still to come.",
        ),
        (
            {"calendar": "https://example.com/meeting.ics"},
            "calendar",
            "Clear this address, or choose “As a calendar says” above",
        ),
        (
            {
                "repeat": "calendar",
                "calendar": "https://example.com/meeting.ics",
                "weekdays": ["1"],
            },
            "weekdays",
            "The calendar says on which days. Untick them",
        ),
        ({"first": ""}, "first", "When is the first meeting?"),
        ({"every": "0"}, "every", "at least 1"),
        ({"holidays": "DE, Atlantis"}, "holidays", "“Atlantis”"),
        ({"repeat": "calendar"}, "calendar", "Paste the address"),
        ({"repeat": "calendar", "calendar": "ftp://example.com"}, "calendar", "Enter a valid URL."),
    ],
)
def test_what_does_not_go_together_is_said_beside_its_field(slack, changed, field, said):
    """Nothing is lost: the form stays open with all that was filled in."""
    done = schedule(slack, **changed)
    assert said in done.outcome.errors[field]
    assert done.outcome.views


@pytest.mark.parametrize(("other", "name"), [(CY, "Cy Guest"), (DEE, "Dee Partner")])
def test_a_guest_or_a_customer_gets_no_agenda(slack, other, name):
    """It holds the organisation's figures: one person who may not read them is one too many."""
    done = schedule(slack, template="manager_one_on_one", channel="", people=[LEA, other])
    said = f"{name} is no member of this workspace. Choose somebody who is."
    assert done.outcome.errors == {"people": said}
    assert "no series of meetings here" in slack.command("/agenda preview", by=ANA).text


def test_only_leads_and_managers_schedule(slack):
    """A member is told who does; a guest may not use meetings at all."""
    assert (
        slack.command("/agenda schedule", by=BO).text
        == "Only team leads and managers can schedule agendas."
    )
    assert "Only members" in slack.command("/agenda", by=CY).text
    assert slack.command("/agenda schedule", by=LEA).view


@pytest.mark.both_databases
def test_the_same_form_three_times_makes_one_series(slack):
    """Slack repeats a form that was answered too late, and people press again."""
    form = slack.command("/agenda schedule", by=ANA)
    slack.slack.chaos.duplicate(1)
    slack.submit(form, **WEEKLY)
    listed = slack.command("/agenda", by=ANA).plain()
    assert listed.count("Support weekly") == 1
    assert "#2" not in listed


def test_the_zone_is_found_by_its_city(slack):
    """The menu fills while somebody types."""
    form = slack.command("/agenda schedule", by=ANA)
    offered = slack.wait(slack.slack.acts.suggest(ANA, form.view, "agenda.zone", "new yo")).options
    assert [option["value"] for option in offered["options"]] == ["America/New_York"]


# --- The post ---


@pytest.mark.both_databases
def test_an_agenda_is_posted_once_before_the_meeting_with_its_figures(slack, helpdesk, now):
    """Header, when, who, KPIs off target, talking points, and the playbook's sections with what is live."""
    schedule(slack)
    helpdesk.answers(satisfied=60, unsatisfied=40)
    helpdesk.opens(3, priority="urgent")
    slack.command("/agenda add the new <!channel> on-call rota", by=BO)
    now.move_to(WEDNESDAY_0800 - timedelta(seconds=10))
    slack.tick("agendas")
    assert not [message for message in slack.seen(BO) if message["text"].startswith("Agenda")]

    message = posted(slack, now)
    slack.tick("agendas")
    slack.tick("agendas")

    assert [m["text"] for m in slack.seen(BO) if m["text"].startswith("Agenda")] == [
        message["text"]
    ]
    assert seen_by(BO, message).plain() == text("""
        # Support weekly
        ~ 🗓️ 25 November 2026, 10:00 CET · Team meeting with support engineers · #1
        ~ With <@U0ANA>, <@U0BO>, <@U0LEA>
        | *Off target*
        | > 🔴 CSAT 60.0 % in November 2026 so far, target 90 %, off target
        | *Talking points*
        | • the new <!channel> on-call rota  [✅ Discussed]
        | _<@U0BO>_
        | *1. Ticket review*
        | • Review ticket volume and resolution times.
        | *Tickets*
        | > 103 tickets created in the last 7 days, up 103 against the 7 days before
        | > 3 critical tickets past the target and still open
        | *2. Process improvements*
        | • Discuss any process improvements or automation opportunities.
        | *3. Training needs*
        | • Identify any training needs for the team.
        | *4. Feedback*
        | • What feedback do you have for me or the team?
        ~ Reply in this thread: replies become the meeting's notes, one that begins with “Decision:” a decision. ✅ on a reply marks it discussed, “Make an action” in its menu makes one.
        [Add a point] [Close meeting]
    """)
    assert "<!channel>" not in str(message["blocks"]).replace("&lt;!channel&gt;", "")
    assert "<!channel>" not in message["text"]


def test_the_next_meeting_is_the_next_one_to_be_held_also_when_its_agenda_is_out(slack, now):
    """Nobody who looks between the agenda and the meeting is told of next week's."""
    schedule(slack)
    posted(slack, now)
    listed = slack.command("/agenda", by=BO)
    assert "next 25 November 2026, 10:00 CET · its agenda is out" in listed.plain()
    assert "next on 25 November 2026" in listed.text
    home = slack.wait(slack.slack.acts.open_home(BO)).home
    assert "25 November 2026, 10:00 CET" in str(home)
    now.move_to(WEDNESDAY_0800 + timedelta(hours=1))
    assert "next 2 December 2026, 10:00 CET" in slack.command("/agenda", by=BO).plain()


def test_a_post_after_downtime_says_so_until_the_meeting_starts(slack, now):
    """Late is better than never, and nobody wonders."""
    schedule(slack)
    message = posted(slack, now, WEDNESDAY_0800 + timedelta(minutes=40))
    assert (
        "~ ⏰ Posted 40 min late: due 25 November 2026, 09:00 CET." in seen_by(BO, message).plain()
    )


@pytest.mark.both_databases
def test_after_the_meeting_has_begun_nothing_is_posted_and_that_is_recorded(slack, now):
    """A week of downtime: both meetings are in the history, neither in the channel."""
    schedule(slack)
    now.move_to(WEDNESDAY_0800 + timedelta(days=7, hours=2))
    slack.tick("agendas")
    assert not [message for message in slack.seen(BO) if message["text"].startswith("Agenda")]
    history = slack.command("/agenda history", by=ANA).plain()
    assert "⏭️ *25 November 2026* · skipped: I was not running in time to post it" in history
    assert "⏭️ *2 December 2026* · skipped: I was not running in time to post it" in history
    assert "next 9 December 2026, 10:00 CET" in slack.command("/agenda", by=ANA).plain()


def test_a_post_that_slack_refuses_is_told_to_the_owner_with_the_way_out(slack, now):
    """The bot was removed from the channel meanwhile."""
    schedule(slack)
    conversation = slack.slack.workspace.conversations[DESK]
    slack.slack.workspace.leave(conversation, slack.slack.app.bot_user)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    slack.deliver()
    told = slack.seen(ANA, slack.slack.workspace.direct(ANA).id)[-1]["text"]
    assert told.startswith(
        "I could not post the agenda for “Support weekly” (#1): I am not in <#C0DESK>"
    )
    assert "Then `/agenda post now #1` posts it, until <!date^1795597200^" in told

    slack.slack.invite_app(DESK)
    slack.command("/agenda post now #1", by=ANA)
    slack.deliver()
    shown = [message for message in slack.seen(BO) if message["text"].startswith("Agenda for")]
    assert len(shown) == 1
    assert "25 November 2026" in shown[0]["text"]


@pytest.mark.both_databases
def test_the_agenda_of_a_meeting_that_is_over_is_not_posted_when_it_is_tried_again(slack, now):
    """It failed, and a manager tries everything again a day later: the meeting is recorded as skipped."""
    schedule(slack)
    conversation = slack.slack.workspace.conversations[DESK]
    slack.slack.workspace.leave(conversation, slack.slack.app.bot_user)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    slack.deliver()
    slack.slack.invite_app(DESK)
    now.move_to(WEDNESDAY_0800 + timedelta(days=1))

    listed = slack.command("/playbook deliveries", by=ANA).plain()
    told = slack.command("/playbook retry", by=ANA).text
    slack.deliver()

    assert "I am not in the channel; it is too old to be sent now" in listed
    assert told == "1 is too old to be sent."
    assert not [message for message in slack.seen(BO) if message["text"].startswith("Agenda for")]
    history = slack.command("/agenda history", by=ANA).plain()
    assert "⏭️ *25 November 2026* · skipped: Slack did not take it before it began" in history


def test_post_now_twice_posts_once(slack):
    """An impatient press does not bring next week's agenda."""
    schedule(slack)
    slack.command("/agenda post now", by=ANA)
    told = slack.command("/agenda post now", by=ANA).text
    slack.deliver()
    assert "for 25 November 2026 is out already" in told
    assert len([m for m in slack.seen(BO) if m["text"].startswith("Agenda for")]) == 1


def test_preview_shows_the_agenda_to_the_asker_alone_and_keeps_nothing(slack):
    """It can be asked for as often as one likes."""
    schedule(slack)
    first, second = (slack.command("/agenda preview", by=BO) for _ in range(2))
    assert first.is_private
    assert first.plain() == second.plain()
    assert "None yet. Add one with the button, or with `/agenda add …`." in first.plain()
    assert check_message(first.message) == []


def test_good_news_reads_well_in_the_notification(slack, helpdesk):
    """One full stop, and one KPI was judged."""
    schedule(slack)
    helpdesk.answers(satisfied=100, unsatisfied=0)
    told = slack.command("/agenda preview", by=BO).text
    assert told.endswith("✅ No KPI of this meeting's areas is off target (1 was judged).")


# --- Points and the thread ---


def test_a_point_waits_for_the_meeting_and_can_be_taken_back(slack):
    """Added by words, shown back, undone."""
    schedule(slack)
    added = slack.command("/agenda add   who is on call over Christmas? ", by=BO)
    assert added.plain() == (
        "| It waits for “Support weekly” on 25 November 2026: who is on call over Christmas?  [Undo]"
    )
    slack.press(added, "Undo")
    assert "None yet." in slack.command("/agenda preview", by=BO).plain()


def test_a_private_point_is_seen_by_its_owner_alone(slack, now):
    """Not in the agenda, not in the minutes, not offered to anybody else."""
    schedule(slack)
    form = slack.command("/agenda add", by=ANA)
    slack.submit(form, text="Bo wants to leave", private=["private"])
    assert "private" not in str(slack.command("/agenda add", by=BO).view["blocks"])
    message = posted(slack, now)
    slack.press(seen_by(ANA, message), "Close meeting")
    slack.deliver()
    everything = str([*slack.seen(BO), *thread(slack, message)])
    assert "Bo wants to leave" not in everything


def test_the_button_adds_a_point_to_the_agenda_that_is_out(slack, now):
    """The agenda is edited in place, and the thread hears of it."""
    schedule(slack)
    message = posted(slack, now)
    form = slack.press(seen_by(LEA, message), "Add a point")
    done = slack.submit(form, text="The <@U0ANA> budget")
    assert "It is on the agenda of “Support weekly” on 25 November 2026: The" in done.window()
    assert (
        "| • The <@U0ANA> budget  [✅ Discussed]\n| _<@U0LEA> · new_"
        in again(slack, message).plain()
    )
    assert [reply["text"] for reply in thread(slack, message)] == [
        "New point from <@U0LEA>: The &lt;@U0ANA&gt; budget"
    ]


@pytest.mark.both_databases
def test_discussed_is_ticked_with_the_button_or_with_a_reaction(slack, now):
    """And taken back with either."""
    schedule(slack)
    slack.command("/agenda add first", by=BO)
    message = posted(slack, now)
    slack.press(seen_by(BO, message), "✅ Discussed")
    assert "| ✅ ~first~  [Reopen]" in again(slack, message).plain()
    slack.press(again(slack, message), "Reopen")
    assert "| • first  [✅ Discussed]" in again(slack, message).plain()

    form = slack.press(seen_by(LEA, again(slack, message).message), "Add a point")
    slack.submit(form, text="second")
    reply = thread(slack, message)[0]
    slack.wait(slack.slack.acts.react(ANA, DESK, reply["ts"], "white_check_mark"))
    assert "| ✅ ~second~  [Reopen]" in again(slack, message).plain()
    slack.wait(slack.slack.acts.unreact(ANA, DESK, reply["ts"], "white_check_mark"))
    assert "| • second  [✅ Discussed]" in again(slack, message).plain()
    slack.wait(slack.slack.acts.react(CY, DESK, reply["ts"], "white_check_mark"))  # a guest
    assert "| • second  [✅ Discussed]" in again(slack, message).plain()


def test_a_tick_that_is_taken_off_leaves_those_of_others(slack, now):
    """It waits again when the last ✅ of a member is gone; until then somebody says that it is done."""
    schedule(slack)
    message = posted(slack, now)
    form = slack.press(seen_by(LEA, message), "Add a point")
    slack.submit(form, text="second")
    place = DESK, thread(slack, message)[0]["ts"]
    acts = slack.slack.acts
    marks = [(ANA, "white_check_mark"), (BO, "heavy_check_mark"), (CY, "white_check_mark")]
    for who, name in (*marks, (BO, "eyes")):
        slack.wait(acts.react(who, *place, name))
    slack.wait(acts.unreact(ANA, *place, "white_check_mark"))
    assert "| ✅ ~second~  [Reopen]" in again(slack, message).plain()
    slack.wait(acts.unreact(BO, *place, "heavy_check_mark"))  # what is left is a guest's
    assert "| • second  [✅ Discussed]" in again(slack, message).plain()


def test_a_tick_that_is_taken_off_while_slack_does_not_say_who_else_ticked(slack, now):
    """The event comes again; where Slack will never say, nobody's ✅ is left."""
    schedule(slack)
    message = posted(slack, now)
    form = slack.press(seen_by(LEA, message), "Add a point")
    slack.submit(form, text="second")
    place = DESK, thread(slack, message)[0]["ts"]
    acts, chaos = slack.slack.acts, slack.slack.chaos
    for goes_wrong in (chaos.fail, chaos.forget_methods):
        slack.wait(acts.react(ANA, *place, "white_check_mark"))
        assert "~second~" in again(slack, message).plain()
        goes_wrong("reactions.get")
        slack.wait(acts.unreact(ANA, *place, "white_check_mark"))
        slack.wait_until(lambda: "[✅ Discussed]" in again(slack, message).plain())


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("✅ Discussed", "That point is discussed already."),
        ("Close meeting", "This meeting was closed already."),
    ],
)
def test_of_two_who_press_at_once_the_second_hears_what_happened(slack, now, label, told):
    """Between the two of a one-on-one as well as in a channel; nothing is done twice."""
    people = {"channel": None, "people": [LEA], "attendees": None}
    schedule(slack, template="manager_one_on_one", **people)
    slack.command("/agenda add #1 first", by=LEA)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    group = slack.slack.workspace.group([ANA, LEA]).id
    message = next(each for each in slack.seen(ANA, group) if each["text"].startswith("Agenda"))
    shown = seen_by(ANA, {**message, "channel": group})
    button = shown.button(label)
    pressed = slack.wait_all(
        slack.slack.acts.press(who, shown.message, button["action_id"], block_id=button["block_id"])
        for who in (ANA, LEA)
    )
    seen = [said for each in pressed for said in each.messages if said.get("ephemeral")]
    assert [said["text"] for said in seen] == [told]


@pytest.mark.both_databases
def test_replies_become_notes_and_closing_sums_them_up(slack, now):
    """Decisions first; what was not discussed is carried over, and how often is counted."""
    schedule(slack)
    slack.command("/agenda add talked about", by=BO)
    slack.command("/agenda add not reached", by=BO)
    message = posted(slack, now)
    slack.command("/agenda add too late to talk about", by=LEA)
    now.move_to(WEDNESDAY_0800 + timedelta(hours=1, minutes=10))
    slack.press(seen_by(BO, message), "✅ Discussed")
    say(slack, "We are @here short of two people", by=BO, thread=message["ts"])
    say(slack, "*Decision:* @bo takes the night rota", by=LEA, thread=message["ts"])
    say(slack, "not in the thread", by=BO)
    slack.press(seen_by(ANA, message), "Close meeting")

    summary = thread(slack, message)[-1]
    assert check_message(summary) == []
    counts = "1 decision, 1 point discussed, 1 note, 0 actions, 2 carried over"
    assert summary["text"] == f"Support weekly, 25 November 2026: {counts}."
    assert seen_by(BO, summary).plain() == text("""
        # Support weekly, 25 November 2026
        | *Decisions*
        | ⚖️ @Bo Chen takes the night rota — <@U0LEA>
        | *Discussed*
        | ✅ talked about — <@U0BO>
        | *Notes*
        | • We are @here short of two people — <@U0BO>
        | *Carried over*
        | ↪️ not reached — <@U0BO> _(carried 1×)_
        | ↪️ too late to talk about — <@U0LEA> _(carried 1×)_
        ~ Closed by <@U0ANA>
    """)
    assert summary in slack.seen(BO)  # also in the channel
    head = again(slack, message).plain()
    assert "✔️ This meeting was closed by <@U0ANA>." in head
    assert "| • too late to talk about\n| _<@U0LEA> · carried 1×_" in head
    assert "[Add a point]" in head
    assert "Close meeting" not in head

    told = slack.press_as(seen_by(ANA, message), "Close meeting", LEA)
    assert told == "This meeting was closed already."
    following = posted(slack, now, WEDNESDAY_0800 + timedelta(days=7))
    assert (
        "| • not reached  [✅ Discussed]\n| _<@U0BO> · carried 1×_"
        in seen_by(BO, following).plain()
    )
    assert "talked about" not in str(following["blocks"])


def test_a_note_follows_its_authors_edits_and_deletions(slack, now):
    """What somebody takes back is gone from here too."""
    schedule(slack)
    message = posted(slack, now)
    for words in ("one", "two"):
        say(slack, words, by=BO, thread=message["ts"])
    replies = thread(slack, message)
    for subtype, more in (
        ("message_changed", {"message": {**replies[0], "text": "one, corrected"}}),
        ("message_deleted", {"deleted_ts": replies[1]["ts"], "previous_message": replies[1]}),
    ):
        told = {
            "type": "message",
            "subtype": subtype,
            "channel": DESK,
            "channel_type": "channel",
            **more,
        }
        slack.wait(slack.slack.acts.event(told))
    slack.press(seen_by(ANA, message), "Close meeting")
    summary = seen_by(BO, thread(slack, message)[-1]).plain()
    assert "• one, corrected — <@U0BO>" in summary
    assert "two" not in summary


def test_a_guest_s_reply_is_no_note(slack, now):
    """The notes of a meeting are its members' own."""
    schedule(slack)
    message = posted(slack, now)
    say(slack, "Decision: a discount for us", by=CY, thread=message["ts"])
    say(slack, "the rota is too tight", by=BO, thread=message["ts"])
    slack.press(seen_by(ANA, message), "Close meeting")
    summary = seen_by(BO, thread(slack, message)[-1]).plain()
    assert "the rota is too tight" in summary
    assert "discount" not in summary


@pytest.mark.both_databases
def test_a_private_point_is_typed_and_settled_out_of_sight(slack, now):
    """Only its owner can write one, and ticks it off in the brief."""
    schedule(slack, template="manager_one_on_one", channel=None, people=[LEA], attendees=None)
    added = slack.command("/agenda add #1 private: their pay", by=ANA)
    assert "their pay" in added.text
    assert "Only the owner" in slack.command("/agenda add #1 private: my pay", by=LEA).text
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")
    direct = slack.slack.workspace.direct(ANA).id
    brief = {**slack.seen(ANA, direct)[-1], "channel": direct}
    told = slack.press(seen_by(ANA, brief), "✅ Discussed")
    assert told.text == "🔒 “their pay” is marked discussed."

    group = slack.slack.workspace.group([ANA, LEA]).id
    agenda = {**slack.seen(LEA, group)[-1], "channel": group}
    slack.press(seen_by(LEA, agenda), "Close meeting")
    slack.deliver()
    assert "their pay" not in str([slack.seen(LEA, group), thread(slack, agenda, by=LEA)])
    now.move_to(WEDNESDAY_0800 + timedelta(days=7))
    slack.tick("agendas")
    assert "their pay" not in seen_by(ANA, slack.seen(ANA, direct)[-1]).plain().split("*25 Nov")[0]


def test_what_is_written_elsewhere_costs_next_to_nothing(slack, now):
    """Nobody is looked up for it, and nothing is written."""
    schedule(slack)
    message = posted(slack, now)
    say(slack, "Lunch?", by=BO)
    elsewhere = slack.seen(BO)[-1]
    written: list[str] = []
    keep = partial(_keep_statement, written)
    event.listen(slack.services.database.engine, "before_cursor_execute", keep)
    asked = len(slack.slack.traffic.entries)
    say(slack, f"<@{CY}> said fish.", by=LEA, thread=elsewhere["ts"])
    reply = slack.slack.acts.thread(BO, DESK, elsewhere["ts"])[-1]
    about = {"type": "message", "channel": DESK, "channel_type": "channel"}
    for subtype, more in (
        ("message_changed", {"message": {**reply, "text": f"<@{CY}> said soup."}}),
        ("message_deleted", {"deleted_ts": reply["ts"], "previous_message": reply}),
    ):
        slack.wait(slack.slack.acts.event({**about, "subtype": subtype, **more}))
    for name in ("eyes", "white_check_mark"):
        slack.wait(slack.slack.acts.react(LEA, DESK, message["ts"], name))
    assert [each for each in written if not each.startswith("SELECT")] == []
    calls = [entry.name for entry in list(slack.slack.traffic.entries)[asked:]]
    assert "users.info" not in calls


def _keep_statement(kept: list[str], _connection: Any, _cursor: Any, said: str, *_: Any) -> None:
    kept.append(said)


@pytest.mark.both_databases
def test_a_reply_that_slack_delivers_twice_is_one_note(slack, now):
    """Events come at least once."""
    schedule(slack)
    message = posted(slack, now)
    slack.slack.chaos.duplicate(1)
    say(slack, "only once", by=BO, thread=message["ts"])
    slack.press(seen_by(ANA, message), "Close meeting")
    assert seen_by(BO, thread(slack, message)[-1]).plain().count("only once") == 1


@pytest.mark.both_databases
def test_an_action_is_made_from_a_reply(slack, now):
    """It belongs to the meeting: in its minutes, and on the next agenda until it is done, overdue ones first."""
    schedule(slack)
    message = posted(slack, now)
    say(slack, "somebody has to update the runbook", by=LEA, thread=message["ts"])
    reply = {**thread(slack, message)[0], "channel": DESK}
    form = slack.shortcut_on(reply, "make_action", by=LEA)
    made = slack.submit(form, text="Update the runbook", owner=BO, due="2026-11-27")
    assert "Support weekly, 25 November" in made.window()

    slack.press(seen_by(ANA, message), "Close meeting")
    summary = seen_by(BO, thread(slack, message)[-1]).plain()
    assert "| *Actions*\n| • #1 Update the runbook · <@U0BO> · due Fri 27 Nov" in summary
    following = seen_by(BO, posted(slack, now, WEDNESDAY_0800 + timedelta(days=7))).plain()
    assert "| *Actions*\n| • #1 Update the runbook · <@U0BO> · 🔴 5 days overdue" in following
    assert "1 overdue action" in slack.seen(BO)[-1]["text"]


# --- One-on-ones ---


@pytest.mark.both_databases
def test_a_one_on_one_goes_to_both_and_its_brief_to_the_owner_alone(slack, helpdesk, now):
    """The two share a conversation; what the manager should have in mind comes beside it."""
    helpdesk.answers(satisfied=950, unsatisfied=50)
    schedule(
        slack,
        template="manager_one_on_one",
        title="Ana and Lea",
        channel=None,
        people=[LEA],
        attendees=None,
    )
    salary = slack.command("/agenda add #1", by=ANA)
    dismiss(slack, slack.submit(salary, text="salary", private=["private"]))
    slack.command("/agenda add #1 blockers: access requests", by=LEA)
    now.move_to(WEDNESDAY_0800)
    slack.tick("agendas")

    group = slack.slack.workspace.group([ANA, LEA]).id
    shown = slack.seen(LEA, group)
    assert [message["text"].split(":")[0] for message in shown] == [
        "Agenda for Ana and Lea, 25 November 2026, 10"
    ]
    assert "salary" not in str(shown)
    assert slack.seen(BO, group) == []

    brief = slack.seen(ANA, slack.slack.workspace.direct(ANA).id)[-1]
    assert check_message(brief) == []
    assert seen_by(ANA, brief).plain() == text("""
        # Before Ana and Lea
        ~ 🗓️ 25 November 2026, 10:00 CET · with <@U0LEA> · only you see this
        | *Open points*
        | > blockers: access requests
        | 🔒 salary  [✅ Discussed]
        | *Figures of EMEA desk*
        | > ✅ CSAT 95.0 % in November 2026 so far, target 90 %, on target
        | > ⚪ Ticket volume 1,000 in November 2026 so far, up 1,000
    """)
    with slack.services.database.reading() as session:
        from bot.storage.outbox import OutboxRow

        assert {row.body for row in session.query(OutboxRow)} == {
            ""
        }  # private words are gone once delivered


def test_nobody_else_learns_of_a_one_on_one(slack):
    """A lead who is not in it is told the same as of one that does not exist."""
    schedule(
        slack,
        by=LEA,
        template="manager_one_on_one",
        title="Lea and Bo",
        channel=None,
        people=[BO],
        attendees=None,
    )
    for words in ("preview", "history", "skip", "pause", "cancel", "edit", "add"):
        typed = f"/agenda {words} #{{}}" + (" hello" if words == "add" else "")
        there = slack.command(typed.format(1), by=ANA).text
        absent = slack.command(typed.format(7), by=ANA).text
        assert there.replace("#1", "#7").replace("“1”", "“7”") == absent
    assert "Lea and Bo" not in slack.command("/agenda", by=ANA).text
    assert "Lea and Bo" in slack.command("/agenda", by=BO).text


def test_a_form_for_a_point_may_be_older_than_who_may_know(slack):
    """The meeting has become a one-on-one since: nothing of it is told, and nothing comes into it."""
    schedule(slack)
    form = slack.command("/agenda add", by=BO)
    edited = slack.command("/agenda edit #1", by=ANA)
    secret = {"template": "manager_one_on_one", "title": "Secret", "people": [LEA], "attendees": []}
    dismiss(slack, slack.submit(edited, **secret))
    said = slack.submit(form, text="Me too")
    assert said.outcome.errors == {
        "series": "No series of meetings is called “#1”. `/agenda list` shows what there is."
    }
    assert "Me too" not in slack.command("/agenda preview #1", by=ANA).text


# --- The series ---


def test_the_list_offers_what_its_reader_may_do(slack):
    """Only who may change a series is offered to."""
    schedule(slack)
    for who, verbs in (
        (ANA, ["Preview", "Post now", "Skip the next one", "Pause", "History"]),
        (BO, ["Preview", "History"]),
    ):
        [line] = [
            block
            for block in slack.command("/agenda", by=who).message["blocks"]
            if "accessory" in block
        ]
        assert [option["text"]["text"] for option in line["accessory"]["options"]] == verbs


def test_skip_says_what_comes_next_and_can_be_undone(slack, now):
    """Points wait; nothing is lost."""
    schedule(slack)
    slack.command("/agenda add keep me", by=BO)
    skipped = slack.command("/agenda skip", by=ANA)
    assert skipped.plain() == (
        "| “Support weekly” on 25 November 2026 is skipped; its points wait. The next one is on 2 December 2026.  [Undo]"
    )
    slack.press(skipped, "Undo")
    assert "keep me" in seen_by(BO, posted(slack, now)).plain()


@pytest.mark.both_databases
def test_pause_resume_cancel_and_back(slack, now):
    """While it is paused nothing comes; afterwards everything that was added is there."""
    schedule(slack)
    slack.command("/agenda add keep me", by=BO)
    assert "is paused" in slack.command("/agenda pause", by=ANA).text
    assert slack.command("/agenda pause", by=ANA).text == "It is paused already."
    now.move_to(WEDNESDAY_0800 + timedelta(hours=3))
    slack.tick("agendas")
    assert not [message for message in slack.seen(BO) if message["text"].startswith("Agenda")]
    assert slack.command("/agenda resume", by=ANA).text == (
        "“Support weekly” goes on. The next one is on 2 December 2026."
    )
    assert "is cancelled" in slack.command("/agenda cancel", by=ANA).text
    assert "No meetings are scheduled here yet." in slack.command("/agenda", by=ANA).text
    slack.command("/agenda resume #1", by=ANA)
    following = posted(slack, now, WEDNESDAY_0800 + timedelta(days=7))
    assert "keep me" in seen_by(BO, following).plain()
    with slack.services.database.reading() as session:
        log = [entry.after for entry in audit.history(session, "agenda series", "1")]
    assert log[:4] == ["active", "cancelled", "active", "paused"]
    assert log[4].startswith("Support weekly; support_team; C0DESK; every Wednesday")


def test_a_point_of_signs_alone_is_refused_beside_its_words(slack):
    """A letter or a digit is the least that can be talked about."""
    schedule(slack)
    form = slack.command("/agenda add", by=BO)
    done = slack.submit(form, text="- …")
    assert done.outcome.errors["text"].startswith("What should be talked about?")
    assert "B2" in slack.submit(form, text="- B2").window()


def test_a_meeting_is_not_postponed_to_where_it_is(slack):
    """Sent as it was opened, the form has moved nothing."""
    schedule(slack)
    form = slack.command("/agenda postpone", by=ANA)
    at = WEDNESDAY_0800 + timedelta(hours=1)
    refused = slack.submit(form, to=int(at.timestamp()))
    assert refused.outcome.errors == {"to": "That is when it is held already; choose another time."}
    assert "(moved)" not in slack.command("/agenda", by=ANA).plain()


@pytest.mark.both_databases
def test_postpone_moves_one_meeting(slack, now):
    """In the reader's own time; the ones after it stay."""
    schedule(slack)
    form = slack.command("/agenda postpone", by=ANA)
    later = datetime(2026, 11, 26, 14, tzinfo=UTC)
    done = slack.submit(form, to=int(later.timestamp()))
    assert (
        "is now on 26 November 2026, 15:00 CET; its agenda comes 1 hour before it begins."
        in done.window()
    )
    message = posted(slack, now, later - timedelta(hours=1))
    assert "26 November 2026, 15:00 CET" in message["text"]
    moved = "next 26 November 2026, 15:00 CET (moved) · its agenda is out"
    assert moved in slack.command("/agenda", by=ANA).plain()
    now.move_to(later)
    assert "next 2 December 2026, 10:00 CET" in slack.command("/agenda", by=ANA).plain()


def test_edit_opens_the_form_filled_in(slack):
    """Only what is changed has to be touched."""
    schedule(slack, every="2", weekdays=["0", "2"], holidays="DE-BY")
    form = slack.command("/agenda edit", by=ANA)
    done = slack.submit(form, at="11:00")
    assert "every 2 weeks on Monday and Wednesday at 11:00, Madrid time" in done.window()
    assert "Not on holidays: DE-BY" in done.window()


def test_only_its_owner_or_a_manager_changes_a_series(slack):
    """A member sees it, and is told whom to ask."""
    schedule(slack, by=LEA)
    for verb in ("skip", "pause", "cancel", "edit", "postpone", "post now"):
        assert slack.command(f"/agenda {verb}", by=BO).text == (
            "Only its owner or a manager can change “Support weekly”."
        )
    assert "is paused" in slack.command("/agenda pause", by=ANA).text


def test_the_menu_of_the_list_does_the_same(slack):
    """Every entry of the menu answers."""
    schedule(slack)
    listed = slack.command("/agenda", by=ANA)
    assert check_message(listed.message) == []
    for label, said in (
        ("Preview", "# Support weekly"),
        ("History", "has not met yet"),
        ("Pause", "is paused"),
        ("Post now", "resume it first"),
    ):
        assert said in slack.choose(listed, label).plain()


@pytest.mark.both_databases
def test_a_template_of_ones_own(slack, now):
    """Made from the playbook's, used in a meeting, changed and removed."""
    listed = slack.command("/agenda templates", by=ANA)
    assert check_message(listed.message) == []
    press = slack.slack.acts.press(ANA, listed.message, "agenda.template.copy:cloud_team")
    form = Seen(slack.wait(press), ANA)
    done = slack.submit(form, name="Our cloud hour", sections="- a question first")
    assert done.outcome.errors == {"sections": "Begin with a heading: a line without a dash."}
    done = slack.submit(
        form, name="Our cloud hour", sections="News\n- What is new?\n\nIncident review\n- Which?"
    )
    assert "`/agenda schedule our_cloud_hour` makes a meeting with it." in done.window()
    schedule(slack, template="our_cloud_hour")
    message = seen_by(BO, posted(slack, now)).plain()
    assert "| *1. News*\n| • What is new?\n| *2. Incident review*\n| • Which?" in message


@pytest.mark.both_databases
def test_two_templates_do_not_share_a_name(slack):
    """It is said beside the field; the same form sent twice is one template."""
    made = make_template(slack, ANA, "Our cloud hour", times=2)
    assert "“Our cloud hour” is kept." in made.window()
    done = make_template(slack, LEA, "Our cloud hour")
    assert done.outcome.errors == {"name": "There is a template with this name; choose another."}
    listed = slack.command("/agenda templates", by=ANA)
    assert listed.plain().count("*Our cloud hour*") == 1


def test_a_lead_changes_only_the_templates_they_made(slack):
    """Others' are theirs to copy; a manager may change all. A button that is older than that says so."""
    make_template(slack, ANA, "Hers")
    make_template(slack, LEA, "Mine")
    assert template_buttons(slack, LEA, "Hers") == ["Make my own from it"]
    for by, name in ((LEA, "Mine"), (ANA, "Hers"), (ANA, "Mine")):
        assert template_buttons(slack, by, name) == ["Change", "Remove"]
    shown = slack.command("/agenda templates", by=ANA)
    for label in ("Change", "Remove"):
        assert slack.press_as(shown, label, LEA) == (
            "Only whoever made “Hers” or a manager can change or remove it. Make your own from it."
        )
    assert template_buttons(slack, ANA, "Hers") == ["Change", "Remove"]


def make_template(slack: FrontDoor, by: str, name: str, times: int = 1) -> Seen:
    """Make a template of the cloud team's, and say how that ended."""
    listed = slack.command("/agenda templates", by=by)
    press = slack.slack.acts.press(by, listed.message, "agenda.template.copy:cloud_team")
    form = Seen(slack.wait(press), by)
    slack.slack.chaos.duplicate(times - 1)
    done = slack.submit(form, name=name, sections="News")
    dismiss(slack, done)
    return done


def template_buttons(slack: FrontDoor, by: str, name: str) -> list[str]:
    """Return what somebody is offered under a template."""
    blocks = slack.command("/agenda templates", by=by).message["blocks"]
    named = next(
        place
        for place, block in enumerate(blocks)
        if f"*{name}*" in str(block.get("text", {}).get("text"))
    )
    return [button["text"]["text"] for button in blocks[named + 1]["elements"]]


def test_an_empty_state_says_what_to_do(slack):
    """With a button for those who may."""
    assert slack.command("/agenda", by=ANA).plain() == text("""
        | No meetings are scheduled here yet. Schedule one, and I post its agenda before it begins.
        [Schedule a meeting]
    """)
    assert slack.command("/agenda", by=BO).text == (
        "No meetings are scheduled here yet. A team lead or manager schedules them."
    )
    assert slack.command("/agenda add hello", by=BO).text == (
        "There is no series of meetings here yet. Make one with `/agenda schedule`."
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/agenda previw", "Did you mean `/agenda preview`?"),
        ("/agenda preview suport weekly", "Did you mean “Support weekly”?"),
        ("/agenda skip #9", "`/agenda list` shows what there is."),
        ("/agenda what about lunch", "To add a point, type `/agenda add what about lunch`."),
        ("/agenda add -", "What should be talked about? For example"),
        ("/agenda add #1 private: …", "What should be talked about? For example"),
        (
            "/agenda post #1 now",
            "The agenda for “Support weekly” on 25 November 2026 is on its way.",
        ),
        ("/agenda add " + "x" * 1001, "A point can have 1000 characters; this one has 1,001."),
    ],
)
def test_a_clumsy_person_is_helped(slack, typed, said):
    """One sentence, with what would have worked."""
    schedule(slack)
    assert said in slack.command(typed, by=ANA).text


@pytest.mark.both_databases
def test_what_is_said_after_a_meeting_became_a_one_on_one_stays_out_of_the_channel(slack, now):
    """Its agenda stands there still, and the meeting has not even begun."""
    schedule(slack)
    slack.command("/agenda add the rota", by=LEA)
    message = posted(slack, now)
    edited = slack.command("/agenda edit #1", by=ANA)
    secret = {"template": "manager_one_on_one", "title": "Secret", "people": [LEA], "attendees": []}
    dismiss(slack, slack.submit(edited, **secret))
    slack.command("/agenda add my salary", by=LEA)
    say(slack, "Not for me.", by=BO, thread=message["ts"])
    slack.press(seen_by(LEA, message), "Close meeting")
    slack.press(seen_by(LEA, message), "✅ Discussed")
    seen = [*slack.seen(BO), *thread(slack, message)]
    assert "salary" not in str(seen)
    assert "Secret" not in str(seen)
