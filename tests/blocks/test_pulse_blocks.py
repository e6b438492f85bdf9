"""What managers are told of a survey of ten thousand people fits into Slack's messages, and nothing of it is cut off."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.blocks import pulse_manager as blocks
from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.blocks.pulse import kept_message
from bot.domain.pulse import LONGEST_NAME, Terms, Wave
from bot.domain.pulse_progress import Progress, Standing
from bot.domain.pulse_roster import Frame, Group, Hidden
from bot.domain.question_bank import BANK
from bot.vocabulary import WaveState, Withheld
from bot.workspace.validator import check_message, check_view
from tests.helpdesk import MONDAY_0930

LONG = "& " * (LONGEST_NAME // 2)
TEAMS = tuple(f"team{number}" for number in range(12))
NAMES = tuple(
    f"Team {number} {'of the greater north-west & beyond' * 2}"[:75] for number in range(12)
)
TERMS = Terms(LONG, TEAMS, 5, (), True, True, 28, (3, 6, 9), 5, "teams")
WAVE = Wave(
    1, TERMS, tuple(BANK[:5]), WaveState.OPEN, "U0ANA",
    MONDAY_0930, MONDAY_0930 + timedelta(days=28), 10_000, None, is_planned=True,
)  # fmt: skip
FAILED = dict.fromkeys(("user_not_found", "user_disabled", "channel_not_found"), 7)
FAILED |= {f"a_word_of_slack_s_that_nobody_knew_{number}": 1_000 for number in range(12)}
PROGRESS = Progress(10_000, 3_000, 400, 10, FAILED)
SHOWN = Frame((834,) * 12, tuple(Group(t, n, (at,)) for at, (t, n) in enumerate(zip(TEAMS, NAMES, strict=True))), ())  # fmt: skip
HIDDEN = Frame((10_000,), (), tuple(Hidden(t, n, Withheld.TOO_FEW, NAMES[:3]) for t, n in zip(TEAMS, NAMES, strict=True)))  # fmt: skip


def whole(message: Message) -> str:
    """Return a message as lines of text; Slack takes it, and nothing of it was cut."""
    assert check_message(message.as_payload()) == []
    shown = plain(message)
    assert "…" not in shown
    return shown


@pytest.mark.parametrize("frame", [SHOWN, HIDDEN])
def test_how_a_large_survey_stands(frame):
    """Twelve groups with long names, shown or each with its reason, and every reason why people could not be asked."""
    reminders = (MONDAY_0930 + timedelta(days=3),)
    shown = whole(blocks.status_message(Standing(WAVE, PROGRESS, 2_345, frame, reminders)))
    assert "*2,345 of 10,000* have answered" in shown
    assert "3,000 of 10,000 asked" in shown
    assert "a_word_of_slack_s_that_nobody_knew_11" in shown
    assert all(name in shown for name in NAMES)


@pytest.mark.parametrize(("least", "comments"), [(3, 5), (5, 5), (6, 6), (10, 10)])
def test_how_an_answer_is_kept_says_what_comments_need(least, comments):
    """Never fewer than five, and never fewer than the survey's own number; nothing of it is cut."""
    shown = plain(kept_message(least))
    assert f"Comments only from groups of {comments} and at least 3 comments" in shown
    assert check_message(kept_message(least).as_payload()) == []


@pytest.mark.parametrize("least", [None, 5])
def test_how_an_answer_is_kept_says_who_can_know_that_one_has_answered(least):
    """It is in Slack whom a reminder reached."""
    message = kept_message(least)
    assert "from the first reminder on by whoever runs me, without the secret" in plain(message)
    assert "My reminders stay in Slack" in plain(message)
    assert check_message(message.as_payload()) == []


@pytest.mark.parametrize("count", [1, 12, 84, 300])
@pytest.mark.parametrize("name", ["&" * 60, "Team"])
def test_what_was_planned_for_many_teams(count, name):
    """As many names as there is room for, and how many more there are; whatever follows them is there."""
    teams = {f"team{number}": f"{name} {number}" for number in range(count)}
    terms = replace(TERMS, teams=tuple(teams), grouping="none", remind=(3,))
    message = blocks.planned_message(replace(WAVE, terms=terms), teams)
    assert check_message(message.as_payload()) == []
    shown = plain(message)
    assert "On day 3, reminds those who have not answered" in shown
    assert "Shows no group of fewer than 5" in shown
    told = shown.partition("👥 Asks ")[2].partition(", in their own working hours")[0]
    names, _, more = told.partition(", … and ")
    named = [one for one in names.split(", ") if one in teams.values()]
    assert named == [*teams.values()][: count - int(more.removesuffix(" more") or 0)]
    assert named


@pytest.mark.parametrize("count", [1, 100, 101, 250])
def test_all_teams_can_be_asked_however_many_there_are(count):
    """A menu takes a hundred, and more in groups."""
    teams = {f"team{number}": f"Team {number}" for number in range(count)}
    zone, today = ZoneInfo("Europe/Madrid"), MONDAY_0930.date()
    for form in (blocks.start_form(teams), blocks.schedule_form(teams, zone, today)):
        assert check_view(form) == []
        [menu] = [one["element"] for one in form["blocks"] if one["block_id"] == "teams"]
        groups = menu.get("option_groups", [menu])
        assert [one["value"] for group in groups for one in group["options"]] == [*teams]
        assert [one["value"] for one in menu["initial_options"]] == [*teams]


def test_when_those_are_asked_who_are_still_to_be():
    """The next few mornings, and the rest in one number."""
    hour = timedelta(hours=1)
    turns = {MONDAY_0930 + n * hour: 1_000 + n for n in range(12)}
    shown = whole(blocks.status_message(Standing(WAVE, PROGRESS, 0, SHOWN, (), turns=turns)))
    assert "Still to be asked: 1,000 from 23 November 2026, 09:30 UTC · 1,001 from" in shown
    assert "12:30 UTC · 8,060 after that" in shown


def test_how_far_a_large_survey_has_come():
    """In the message that is edited, and in the words that a phone shows."""
    going = blocks.progress_message(WAVE, PROGRESS)
    assert "400 on their way" in whole(going)
    assert going.text == "Pulse #1 is being sent: 3,000 of 10,000 asked, 12,021 could not be."
    done = replace(PROGRESS, sent=10_000, waiting=0, unsure=0, failed={})
    assert blocks.progress_message(WAVE, done).text == "Pulse #1 was sent: 10,000 of 10,000 asked."
