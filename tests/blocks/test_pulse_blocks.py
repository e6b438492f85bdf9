"""What managers are told of a survey of ten thousand people fits into Slack's messages, and nothing of it is cut off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.blocks import pulse_manager as blocks
from bot.blocks.kit import Message
from bot.blocks.plain import plain
from bot.domain.pulse import LONGEST_NAME, Terms, Wave
from bot.domain.pulse_progress import Progress, Standing
from bot.domain.pulse_roster import Frame, Group, Hidden
from bot.domain.question_bank import BANK
from bot.vocabulary import WaveState, Withheld
from bot.workspace.validator import check_message
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
