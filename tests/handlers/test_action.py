"""`/action` from the front door: what people type, press and fill in, what they see, and what they are told."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.domain.action_list import mine
from bot.storage import audit
from bot.workspace.validator import check_message, check_view
from tests.front_door import ANA, BO, CY, DEE, DESK, LEA, PARTNERS, FrontDoor, Seen, text
from tests.helpdesk import MONDAY_0930

OURS = re.compile(r"<@U0[A-Z]+>|<!date\^\d+\^[^|<>]+\|[^<>]+>|<https?://[^<>|]+\|[^<>|]+>")


@pytest.fixture(autouse=True)
def frozen():
    """Stop the clock on a Monday morning: 10:30 for ANA in Madrid and LEA in Prague, 17:30 for BO in Singapore."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


def at_nine(day: int, month: int = 11) -> datetime:
    """Return nine in the morning in Singapore."""
    return datetime(2026, month, day, 1, tzinfo=UTC)


def add(slack: FrontDoor, words: str = "@bo update the runbook by friday", by: str = ANA) -> Seen:
    """Let somebody add an action."""
    return slack.command(f"/action add {words}", by=by)


def check(seen: Seen) -> Seen:
    """Assert that Slack takes what was shown, and that nobody is pinged by what people wrote."""
    message = seen.message
    assert check_message({"text": seen.text, "blocks": message["blocks"]}) == []
    assert "<" not in OURS.sub("", seen.text)
    return seen


class TestAdding:
    """Giving somebody something to do."""

    def test_an_action_is_added_for_somebody_by_a_day(self, slack):
        """Whoever adds it sees the card, with the way back; whoever has it is told at once."""
        seen = check(add(slack))
        slack.deliver()
        (told,) = slack.letters(BO)

        assert seen.is_private
        assert seen.plain() == text(f"""
            | ✅ Added. #1 is <@{BO}>’s, and I have told them.  [Undo]
            # Action #1
            | update the runbook
            ~ due Fri 27 Nov · <@{BO}>
            ~ <@{ANA}> made it, 23 November 2026, 10:30 CET
            [Done] [Edit] [Snooze] [Drop]
        """)
        assert seen.text == (
            f"✅ Added. #1 is <@{BO}>’s, and I have told them. "
            f"#1 update the runbook: open, due Fri 27 Nov, <@{BO}>."
        )
        assert check(told).text == (
            f"<@{ANA}> gave you an action item: #1 update the runbook, due Fri 27 Nov."
        )

    def test_what_one_adds_for_oneself_is_told_nobody(self, slack):
        """Without a name it is one's own."""
        assert "#1 is yours." in add(slack, "call the vendor", by=BO).text
        slack.deliver()
        assert slack.letters(BO) == []

    @pytest.mark.parametrize(
        ("when", "said"),
        [
            ("by 31.12.", "due Thu 31 Dec"),
            ("by monday 5pm", "due Mon 30 Nov"),
            ("by dec", "#1 is yours. I read no day in it: `/action due 1 friday` gives it one."),
            ("", "#1 is yours."),
        ],
    )
    def test_a_day_that_was_written_is_read_or_missed_aloud(self, slack, when, said):
        """Nobody learns from a reminder that does not come that there was no day."""
        seen = check(add(slack, f"call the vendor {when}", by=BO)).text
        assert said in seen
        assert ("I read no day" in seen) is (when == "by dec")

    @pytest.mark.parametrize(
        ("words", "due"),
        [
            ("tomorrow", "due tomorrow"),
            ("by 2026-12-04", "due Fri 4 Dec"),
            ("in 3 days", "due Thu 26 Nov"),
            ("due next week", "due Mon 30 Nov"),
            ("by “friday”", "due Fri 27 Nov"),
            ("with friends", "no due date"),
        ],
    )
    def test_days_as_people_write_them(self, slack, words, due):
        """In the zone of whoever writes."""
        assert f"~ {due} · " in add(slack, f"call the vendor {words}").plain()

    def test_a_day_is_the_speakers_day(self, slack, frozen):
        """Late on Monday evening here it is Tuesday in Singapore."""
        frozen.move_to(datetime(2026, 11, 23, 17, tzinfo=UTC))
        add(slack, "call by tomorrow", by=BO)
        found = slack.services.database.read(mine, person(slack, BO))
        assert [item.due_on for item in found.open] == [date(2026, 11, 25)]
        assert "is past; today is Tue 24 Nov" in add(slack, "call by 2026-11-23", by=BO).text

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("@cy have a look", "Cy Guest is no member of this workspace and could not see it."),
            ("@dee have a look", "Dee Partner is no member of this workspace"),
            ("@nobody have a look", "Slack does not know “@nobody”."),
            ("have a look by yesterday", "Sun 22 Nov is past; today is Mon 23 Nov."),
            ("have a look by firday", "did you mean “friday”?"),
            ("x" * 600, "under 500 characters"),
        ],
    )
    def test_a_refusal_says_what_would_work(self, slack, words, said):
        """To whoever asked, and nothing is added."""
        seen = add(slack, words)
        assert seen.is_private
        assert said in seen.text, seen.text
        assert "no open action items" in slack.command("/action all", by=ANA).text.casefold()

    def test_undo_takes_it_back(self, slack):
        """With a reason that says so; the owner hears of it."""
        seen = slack.press(add(slack), "Undo")
        assert seen.plain().splitlines()[0] == "| #1 is dropped.  [Undo]"
        assert "~ Dropped: added by mistake" in seen.plain()
        slack.deliver()
        assert "dropped your action item: #1" in slack.letters(BO)[-1].text
        assert "open" in slack.press(seen, "Undo").text

    def test_the_same_command_delivered_twice_adds_once(self, slack):
        """Slack, or a finger, may repeat itself."""
        slack.slack.chaos.duplicate()
        add(slack)
        slack.deliver()
        assert len(slack.services.database.read(audit.history, "action", "1")) == 1
        assert len(slack.letters(BO)) == 1
        assert "There is no action #2" in slack.command("/action 2", by=ANA).text


class TestForms:
    """What is filled in."""

    def test_without_words_a_form_opens(self, slack):
        """With oneself as the owner, or whom and what day was said already."""
        form = slack.command("/action add", by=BO).view
        assert check_view({key: form[key] for key in SENT if key in form}) == []
        assert elements(form)["owner"]["initial_user"] == BO
        begun = elements(slack.command("/action add @lea by friday", by=BO).view)
        assert (begun["owner"]["initial_user"], begun["due"]["initial_date"]) == (LEA, "2026-11-27")

    def test_a_form_adds_an_action_and_shows_it(self, slack):
        """In the form's place, with buttons that work there."""
        form = slack.command("/action add", by=ANA)
        filled = {
            "text": "Call <!channel> & *bold*",
            "owner": BO,
            "due": "2026-12-04",
            "note": "See wiki",
        }
        seen = slack.submit(form, **filled)
        assert seen.window() == text(f"""
            | ✅ Added. #1 is <@{BO}>’s, and I have told them.  [Undo]
            # Action #1
            | Call <!channel> & *bold*
            | See wiki
            ~ due Fri 4 Dec · <@{BO}>
            ~ <@{ANA}> made it, 23 November 2026, 10:30 CET
            [Done] [Edit] [Snooze] [Drop]
        """)
        assert "is done" in slack.press(seen, "Done").window()

    def test_mistakes_are_told_beside_their_fields(self, slack):
        """All at once, and the form stays open."""
        form = slack.command("/action add", by=ANA)
        wrong = slack.submit(form, text="Have a look", owner=CY, due="2026-11-20")
        assert wrong.outcome.errors == {
            "owner": "Cy Guest is no member of this workspace and could not see it. Choose somebody who is.",
            "due": "Fri 20 Nov is past; today is Mon 23 Nov. Try tomorrow, friday, in 3 days, next week or 2026-12-04.",
        }
        blank = slack.submit(form, text="   ", owner=BO, due=None)
        assert blank.outcome.errors == {"text": "Please fill this in."}
        assert "Added" in slack.submit(form, text="Have a look").window()

    def test_the_same_form_sent_twice_adds_once(self, slack):
        """A slow network, or an impatient finger."""
        form = slack.command("/action add", by=ANA)
        slack.slack.chaos.duplicate()
        slack.submit(form, text="Have a look", owner=BO)
        assert "There is no action #2" in slack.command("/action 2", by=ANA).text

    def test_an_action_is_edited(self, slack):
        """What the form says differently is changed, and the owner hears of it."""
        form = slack.press(add(slack), "Edit")
        shown = elements(form.view)
        assert shown["text"]["initial_value"] == "update the runbook"
        assert shown["due"]["initial_date"] == "2026-11-27"
        seen = slack.submit(form, text="Rewrite the runbook", due="2026-12-04")
        assert "| Rewrite the runbook\n~ due Fri 4 Dec" in seen.window()
        assert "moved the due date from Fri 27 Nov to Fri 4 Dec" in seen.window()
        assert "changed the words, which were “update the runbook”" in seen.window()
        slack.deliver()
        assert "changed your action item: #1 Rewrite the runbook" in slack.letters(BO)[-1].text

    def test_a_form_that_has_become_stale_says_so(self, slack):
        """Somebody else was quicker."""
        form = slack.press(add(slack), "Edit")
        slack.command("/action done 1", by=BO)
        wrong = slack.submit(form, text="Rewrite it")
        assert "is done already" in wrong.outcome.errors["text"]

    def test_dropping_asks_why(self, slack):
        """And shows the reason."""
        form = slack.press(add(slack), "Drop")
        assert form.window().splitlines() == ["| update the runbook", "| Why?"]
        seen = slack.submit(form, reason="INC-9 does it")
        assert "~ Dropped: INC-9 does it" in seen.window()
        assert "dropped it (“INC-9 does it”)" in seen.window()

    def test_the_empty_list_offers_a_form(self, slack):
        """So that nobody has to know the command."""
        seen = slack.press(check(slack.command("/action", by=BO)), "Add one")
        assert "Added" in slack.submit(seen, text="Have a look").window()


class TestDoing:
    """From open to verified."""

    def test_done_and_verified(self, slack):
        """By its owner, and by whoever made it."""
        add(slack)
        done = check(slack.command("/action done 1", by=BO))
        assert done.plain().splitlines()[0] == (
            f"| ✅ #1 is done; <@{ANA}> is asked to verify it.  [Undo]"
        )
        assert "[Reopen]" in done.plain()
        assert "[Verify]" not in done.plain()
        asked = check(slack.command("/action", by=ANA))
        assert "~ *Done, for you to verify* (1)" in asked.plain()
        verified = slack.choose(asked, "Verify")
        assert verified.text.startswith("✅ #1 is verified. Nobody is chased for it any more.")
        assert "done and verified" in slack.command("/action 1", by=BO).text

    @pytest.mark.parametrize(
        "typed", ["1 done", "#1 done", "done #1", "ACT-1 is done", "mark 1 as done"]
    )
    def test_done_however_it_is_said(self, slack, typed):
        """Number and verb in any order, with any sign."""
        add(slack)
        assert "✅ #1 is done" in slack.command(f"/action {typed}", by=BO).text

    def test_a_second_time_says_so(self, slack):
        """Of a command, and of a button."""
        card = add(slack)
        listed = slack.command("/action", by=BO)
        slack.command("/action done 1", by=BO)
        sentence = "#1 is done already and waits to be verified."
        assert slack.command("/action done 1", by=BO).text == sentence
        assert slack.press(card, "Done").text == sentence
        assert slack.choose(listed, "Done").text == sentence

    def test_undo_reopens(self, slack):
        """The card is shown again as it stands."""
        add(slack)
        seen = slack.press(slack.command("/action done 1", by=BO), "Undo")
        assert "#1 is open again" in seen.text
        assert "[Done]" in seen.plain()

    def test_reopening_tells_the_owner(self, slack):
        """With what was said, in the history."""
        add(slack)
        slack.command("/action done 1", by=BO)
        slack.command("/action reopen 1 the link is dead", by=ANA)
        slack.deliver()
        assert f"<@{ANA}> reopened your action item: #1" in slack.letters(BO)[-1].text
        assert "reopened it (“the link is dead”)" in slack.command("/action 1", by=BO).plain()

    @pytest.mark.parametrize(
        ("typed", "by", "said"),
        [
            ("verify 1", BO, "Nobody verifies their own work: whoever made #1, a team lead or a manager can."),
            ("drop 1 obsolete", BO, "#1 is somebody else's: only whoever made it or a manager can drop it."),
            ("drop 1", ANA, "Say why, for example `/action drop 1 not needed any more`."),
            ("verify 2", LEA, "#2 is open and has to be done first: `/action done 2`."),
            ("done 9", ANA, "There is no action #9 that you can see. `/action` lists yours."),
            ("9999999999", ANA, "I do not know"),
            ("all", BO, "Only team leads and managers can see other people's action items."),
            ("overdue @lea", BO, "Only team leads and managers can see other people's action items."),
            ("give 2 @cy", ANA, "Cy Guest is no member of this workspace"),
            ("snooze 2 today", BO, "is not later. Try `/action snooze 2 3d`."),
            ("due 2 yesterday", BO, "is past"),
        ],
    )  # fmt: skip
    def test_a_clear_no(self, slack, typed, by, said):
        """To whoever asked, and nothing is changed."""
        add(slack)
        add(slack, "@bo two")
        slack.command("/action done 1", by=BO)
        if "drop" in typed:
            slack.command("/action reopen 1", by=BO)
        before = slack.services.database.read(audit.history, "action", "1")
        seen = slack.command(f"/action {typed}", by=by)
        assert seen.is_private
        assert said in seen.text, seen.text
        assert slack.services.database.read(audit.history, "action", "1") == before

    def test_snooze_move_and_give(self, slack):
        """Each with its way back."""
        add(slack)
        snoozed = slack.command("/action snooze 1 until wednesday", by=BO)
        assert snoozed.text.startswith("💤 #1 is snoozed until Wed 25 Nov. Its due date stays.")
        assert "is not snoozed any more" in slack.press(snoozed, "Undo").text
        moved = slack.command("/action due 1 next friday", by=BO)
        assert moved.text.startswith("#1: due Fri 4 Dec.")
        assert slack.press(moved, "Undo").text.startswith("#1: due Fri 27 Nov.")
        given = slack.command("/action give 1 to @lea", by=BO)
        slack.deliver()
        assert given.text.startswith(f"#1 is <@{LEA}>’s now.")
        assert f"<@{BO}> gave you an action item" in slack.letters(LEA)[-1].text
        assert "somebody else's" in slack.press(given, "Undo").text  # it is not BO's any more

    def test_whoever_had_it_is_told_that_it_was_given_away(self, slack):
        """Unless they gave it away themselves."""
        add(slack)
        slack.command("/action give 1 @lea", by=ANA)
        slack.deliver()
        told = check(slack.letters(BO)[-1])
        assert told.text.startswith(f"<@{ANA}> gave your action item to <@{LEA}>: #1")
        assert "[Done]" not in told.plain()
        assert "gave you an action item" in slack.letters(LEA)[-1].text

    def test_a_card_snoozes_by_its_menu(self, slack):
        """Until the day that was chosen."""
        card = slack.choose(add(slack), "Snooze until next Monday")
        assert "snoozed until Mon 30 Nov" in card.text


class TestLists:
    """What is on whose plate."""

    def test_mine(self, slack):
        """What is to be done by its day, with where it comes from below."""
        for words in ("@bo later by 2026-12-24", "@bo never", "@bo sooner by tomorrow"):
            add(slack, words)
        assert check(slack.command("/action", by=BO)).plain() == text("""
            # Your action items
            | #3 · sooner  [overflow]
            ~ due tomorrow
            | #1 · later  [overflow]
            ~ due Thu 24 Dec
            | #2 · never  [overflow]
            ~ no due date
            ~ `/action add` adds one, `/action help` shows what else I understand.
        """)

    def test_a_line_is_done_in_its_list(self, slack):
        """The list is shown again without it, with the way back above it."""
        add(slack, "@bo one")
        add(slack, "@bo two")
        seen = slack.choose(slack.command("/action", by=BO), "Done", "done 1")
        assert seen.plain().splitlines()[:3] == [
            "# Your action items",
            f"| ✅ #1 is done; <@{ANA}> is asked to verify it.  [Undo]",
            "| #2 · two  [overflow]",
        ]
        assert f"#1 one · <@{ANA}> verifies" in seen.plain()
        assert "| #1 · one  [overflow]" in slack.press(seen, "Undo").plain()

    def test_details_are_shown_below(self, slack):
        """The list stays."""
        add(slack)
        assert "# Action #1" in slack.choose(slack.command("/action", by=BO), "Details").plain()

    def test_overdue(self, slack, frozen):
        """One's own; everybody's for team leads and managers."""
        add(slack, "@bo update the runbook tomorrow")
        add(slack, "@lea plan the shifts tomorrow")
        assert check(slack.command("/action overdue", by=ANA)).text == "Nothing is overdue."
        frozen.move_to(MONDAY_0930 + timedelta(days=3))
        seen = check(slack.command("/action overdue", by=ANA))
        assert seen.plain() == text(f"""
            # Overdue action items
            | #1 · update the runbook  [overflow]
            ~ 🔴 2 days overdue · <@{BO}>
            | #2 · plan the shifts  [overflow]
            ~ 🔴 2 days overdue · <@{LEA}>
        """)
        assert seen.text.startswith(
            "2 action items overdue: #1 update the runbook (2 days overdue);"
        )
        assert "#2" not in slack.command("/action overdue", by=BO).text
        assert "#1" not in slack.command("/action overdue @lea", by=ANA).text

    def test_all_of_one_person(self, slack):
        """For whoever leads."""
        add(slack)
        add(slack, "@lea plan the shifts")
        seen = check(slack.command("/action @bo", by=LEA))
        assert seen.plain().splitlines()[:3] == [
            "# Open action items",
            f"~ Those of <@{BO}>",
            "| #1 · update the runbook  [overflow]",
        ]
        assert "#2" in slack.command("/action all", by=LEA).text

    def test_a_long_list_goes_on(self, slack):
        """Page by page, and a change keeps the page."""
        for number in range(30):
            add(slack, f"@bo thing {number + 1}")
        first = check(slack.command("/action all", by=ANA))
        second = check(slack.press(first, "18 more"))
        assert "~ 13 to 24 of 30" in second.plain()
        assert "| #13 · thing 13" in second.plain()
        changed = slack.choose(second, "Snooze 1 day", "snooze 13 1d")
        assert "~ 13 to 24 of 30" in changed.plain()
        last = slack.press(changed, "6 more")
        assert "~ 25 to 30 of 30" in last.plain()
        own = slack.press(check(slack.command("/action", by=BO)), "18 more")
        assert "~ 13 to 24 of 30" in own.plain()


class TestMessages:
    """Making an action from what somebody said."""

    def test_a_form_opens_with_the_message_in_it(self, slack):
        """Its words are plain, and the action leads back to it."""
        said = slack.say("We should ask @cy to <rotate> the keys & co", by=BO)
        form = slack.shortcut_on(said, "make_action", by=ANA)
        assert elements(form.view)["text"]["initial_value"] == (
            "We should ask @somebody to <rotate> the keys & co"
        )
        seen = slack.submit(form, owner=BO)
        assert "from a message in #desk" in seen.window()
        slack.deliver()
        told = check(slack.letters(BO)[-1])
        assert re.search(r"from <https?://[^|]+\|a message in #desk>", str(told.message["blocks"]))
        assert "#1" in slack.command("/action all", by=LEA).text

    def test_a_long_message_goes_into_the_note(self, slack):
        """Its beginning says what is to be done."""
        said = slack.say("word " * 300, by=BO)
        form = elements(slack.shortcut_on(said, "make_action", by=ANA).view)
        assert len(form["text"]["initial_value"]) <= 500
        assert len(form["note"]["initial_value"]) > 1_000

    @pytest.mark.parametrize("place", ["direct", "private"])
    def test_what_was_said_in_private_stays_private(self, slack, place):
        """Only its maker and its owner see it; not even a manager does."""
        channel = (
            slack.slack.workspace.direct(BO).id if place == "direct" else private_channel(slack)
        )
        said = slack.say("My salary is 4711", by=BO, channel=channel)
        slack.submit(slack.shortcut_on(said, "make_action", by=BO), owner=LEA)
        slack.deliver()
        assert "4711" in slack.letters(LEA)[-1].text
        assert "private" in slack.command("/action 1", by=LEA).plain()
        for typed in ("1", "all", "overdue", "done 1", "give 1 @ana", "@lea"):
            assert "4711" not in str(slack.command(f"/action {typed}", by=ANA).message)
        assert "4711" in slack.command("/action all", by=LEA).text

    def test_a_place_that_slack_does_not_know_is_private(self, slack):
        """Whatever a form carries, only what Slack says counts."""
        said = slack.say("Look at this", by=BO)
        form = slack.shortcut_on(said, "make_action", by=BO)
        slack.slack.parts.views.stacks[BO][-1].body["private_metadata"] = "C0SECRET|1.1|"
        seen = slack.submit(form)
        assert "from a message · private" in seen.window()
        assert "There is no action #1" in slack.command("/action 1", by=ANA).text


class TestMornings:
    """What people are told by themselves."""

    def test_an_owner_is_reminded_once_a_day_in_their_morning(self, slack, frozen):
        """Several actions are one message, and its buttons work."""
        add(slack, "@bo update the runbook tomorrow")
        add(slack, "@bo call the vendor by wednesday")
        slack.tick()
        before = len(slack.letters(BO))
        frozen.move_to(at_nine(24) - timedelta(minutes=1))
        slack.tick()
        assert len(slack.letters(BO)) == before
        frozen.move_to(at_nine(24))
        slack.tick()
        slack.tick()
        assert len(slack.letters(BO)) == before + 1
        seen = check(slack.letters(BO)[-1])
        assert seen.text == (
            "2 action items to do: #1 update the runbook (due today); #2 call the vendor (due tomorrow)."
        )
        assert seen.plain() == text("""
            # Action items · Tue 24 Nov
            ~ *Yours* (2)
            | #1 · update the runbook
            ~ due today
            [Done] [overflow]
            | #2 · call the vendor
            ~ due tomorrow
            [Done] [overflow]
        """)
        done = check(slack.press(seen, "Done"))
        assert (
            done.plain().splitlines()[1]
            == f"| ✅ #1 is done; <@{ANA}> is asked to verify it.  [Undo]"
        )
        snoozed = slack.choose(done, "Snooze 3 days", "snooze 2 3d")
        assert "snoozed until Fri 27 Nov" in snoozed.plain()
        assert len(slack.letters(BO)) == before + 1  # the same message, changed

    def test_the_verifier_is_asked_until_they_answer(self, slack, frozen):
        """From the message itself."""
        add(slack)
        slack.command("/action done 1", by=BO)
        frozen.move_to(at_nine(24) + timedelta(hours=8))
        slack.tick()
        seen = check(slack.letters(ANA)[-1])
        assert seen.text == "1 action item to verify: #1 update the runbook (due Fri 27 Nov)."
        assert "[Verify] [Reopen] [overflow]" in seen.plain()
        verified = slack.press(seen, "Verify")
        assert verified.text.startswith("✅ #1 is verified.")
        assert "done and verified" in verified.plain()
        frozen.move_to(at_nine(30) + timedelta(hours=8))
        slack.tick()
        assert len(slack.letters(ANA)) == 1

    def test_the_lead_hears_of_what_is_three_working_days_late(self, slack, frozen):
        """Of each of their people, in one message."""
        add(slack, "@bo update the runbook tomorrow")
        add(slack, "@bo call the vendor tomorrow")
        for day in (24, 25, 26, 27):
            frozen.move_to(at_nine(day))
            slack.tick()
        slack.tick()  # she has never been seen: the organisation’s clock is hers
        assert slack.letters(LEA) == []
        frozen.move_to(at_nine(27) + timedelta(hours=8))
        slack.tick()
        seen = check(slack.letters(LEA)[-1])
        assert seen.plain() == text(f"""
            # Action items · Fri 27 Nov
            ~ *Overdue with others* (2)
            | #1 · update the runbook
            ~ 🔴 3 days overdue · <@{BO}>
            | #2 · call the vendor
            ~ 🔴 3 days overdue · <@{BO}>
        """)
        assert len(slack.letters(BO)) == 2 + 4  # each was given to them, and four mornings

    def test_two_machines_remind_once(self, slack, frozen):
        """The second finds that it is done."""
        add(slack, "@bo update the runbook tomorrow")
        frozen.move_to(at_nine(24))
        run = slack.house.clockwork.wake
        slack.wait_all([run("action"), run("action"), run("action")])
        slack.deliver()
        assert len([one for one in slack.letters(BO) if "to do" in one.text]) == 1


class TestStrangers:
    """People who are not of this workspace, or only half."""

    @pytest.mark.parametrize(
        "typed", ["", "mine", "add call the vendor", "add", "1", "done 1", "overdue", "all"]
    )
    def test_a_guest_is_told_no(self, slack, typed):
        """A clear no to everything but help."""
        add(slack)
        seen = slack.command(f"/action {typed}", by=CY)
        assert seen.text.startswith("Only ")
        assert not seen.outcome.views
        assert "# /action" in slack.command("/action help", by=CY).plain()

    def test_a_person_of_another_workspace_is_told_no(self, slack):
        """In a shared channel."""
        add(slack)
        seen = slack.command("/action 1", by=DEE, channel=PARTNERS)
        assert seen.text == "Only members of this workspace can see action items."

    @pytest.mark.parametrize("label", ["Done", "Edit", "Drop", "Undo"])
    def test_a_visible_button_is_no_permission(self, slack, label):
        """Whoever presses it is looked at, not what they were shown."""
        card = add(slack)
        assert slack.press_as(card, label, CY).startswith("Only members of this workspace can")
        assert "open" in slack.command("/action 1", by=ANA).text

    def test_a_guest_makes_nothing_of_a_message(self, slack):
        """Not even a form opens."""
        said = slack.say("Look at this", by=BO)
        seen = slack.shortcut_on(said, "make_action", by=CY)
        assert not seen.outcome.views
        assert seen.text == "Only members of this workspace can add action items."


HOSTILE = [
    "<!channel>",
    "add <!channel> <@U0ANA> *bold* `code` ```pre",
    "add @bo <!here|here> &lt;!channel&gt; <https://evil.example|Home>",
    "add " + "🎫" * 200,
    "add \u202eabc\u202c مرحبا שלום",
    "add '; DROP TABLE action; --",
    "add @channel @here @everyone come",
    "x" * 10_000,
    "done <@U0ANA>",
    "12 \x00\x07",
    "drop 1 <!everyone>",
    "give 1 <@U0FORGED>",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_ends_in_a_message_that_pings_nobody(slack, typed):
    """Whatever is typed, shown, listed, told and dropped."""
    add(slack, "@bo x")
    seen = slack.command(f"/action {typed}", by=ANA)
    slack.deliver()
    for shown in (
        seen,
        *slack.letters(BO),
        slack.command("/action all", by=ANA),
        slack.command("/action 1", by=ANA),
    ):
        check(shown)
        marked = [text for block in shown.message["blocks"] for text in mrkdwn(block)]
        assert not [text for text in marked if "<" in OURS.sub("", text)]


def test_what_is_kept_is_what_was_asked(slack):
    """The rows behind it, once."""
    add(slack, "@bo update <https://wiki.example/runbook> by friday")
    found = slack.services.database.read(mine, person(slack, BO))
    assert [item.text for item in found.open] == ["update https://wiki.example/runbook"]


SENT = ("type", "title", "blocks", "submit", "close", "callback_id", "private_metadata")


def elements(view: dict) -> dict[str, dict]:
    """Return a form's elements by their fields' names."""
    return {
        block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"
    }


def mrkdwn(part: object) -> list[str]:
    """Return every text in which Slack looks for markup."""
    if isinstance(part, list):
        return [text for one in part for text in mrkdwn(one)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "mrkdwn" else []
    return [*own, *(text for value in part.values() for text in mrkdwn(value))]


def private_channel(slack: FrontDoor) -> str:
    """Return a private channel with BO and LEA in it."""
    workspace = slack.slack.workspace
    kind = type(workspace.conversations[DESK].kind)
    return workspace.open_conversation(kind.PRIVATE, "quiet", [BO, LEA], BO).id


def person(slack: FrontDoor, who: str):
    """Return a person as the bot sees them."""
    return slack.wait(slack.house.door._whois(who))  # noqa: SLF001 (there is no other way in)
