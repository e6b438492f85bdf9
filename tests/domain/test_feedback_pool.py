"""When a pool is looked at, and how a digest is told."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.feedback_pool import digest_messages
from bot.domain.feedback import Answered
from bot.domain.feedback_pool import LONGEST, SEATS, Digest, next_due, pooled_text
from bot.errors import FormErrors
from bot.vocabulary import FeedbackKind
from bot.workspace.validator import check_message

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Madrid", "America/Los_Angeles", "Asia/Kolkata")]


@given(st.integers(0, 2 * 366 * 24 * 60), st.sampled_from(ZONES))
def test_it_is_always_the_next_monday_at_ten(minutes, zone):
    """By the clocks on the wall, whatever they are changed by, and never now or more than a week away."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = next_due(now, zone)
    local = due.astimezone(zone)
    assert (local.weekday(), local.hour, local.minute) == (0, 10, 0)
    assert now < due
    assert (local.date() - now.astimezone(zone).date()).days <= 7


@pytest.mark.parametrize("count", [5, 20, 21, SEATS])
def test_slack_takes_a_digest_of_any_length(count):
    """Every text stands in one of its messages, as it was typed."""
    texts = tuple(f"{number} <!here> *{'&' * (LONGEST - 20)}" for number in range(count))
    messages = digest_messages(Digest(1, {FeedbackKind.PRAISE: count}, texts))
    assert all(check_message(one.as_payload()) == [] for one in messages)
    shown = str([one.blocks for one in messages])
    assert all(text in shown for text in texts)
    assert f"{count} praise" in messages[0].text


def test_a_text_says_no_question():
    """Which would tell from which team it comes; and it is only so long."""
    said = [Answered("incidents", "What should we learn?", "More."), Answered("words", "", "Less.")]
    assert pooled_text(said) == "More.\nLess."
    with pytest.raises(FormErrors, match="1,000"):
        pooled_text([Answered("words", "", "x" * (LONGEST + 1))])
    with pytest.raises(FormErrors):
        pooled_text([Answered("words", "", "")])
