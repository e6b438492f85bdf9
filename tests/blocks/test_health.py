"""How the bot is doing, in words: findings in one sentence, and why a message was lost."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.blocks.health import Cause, bad, cause_of, good, news_message, poor, verdict
from bot.domain.delivery import DeadLetter, Lost
from bot.vocabulary import Delivery
from bot.workspace.validator import check_message

EIGHT = datetime(2026, 11, 3, 8, tzinfo=UTC)
SINCE = " since 3 November, 08:00 UTC. "


@pytest.mark.parametrize(
    ("error", "state", "words", "fix"),
    [
        (
            "not_in_channel",
            Delivery.FAILED,
            "I am not in the channel",
            "type `/invite @Bo{t}` there",
        ),
        (
            "not_in_channel",
            Delivery.UNCERTAIN,
            "it may have arrived, and I could not look: I am not in the channel",
            "type `/invite @Bo{t}` there",
        ),
        ("user_disabled", Delivery.FAILED, "the account is closed", ""),
        ("edit_window_closed", Delivery.FAILED, "Slack says edit_window_closed", ""),
        (None, Delivery.FAILED, "no reason given", ""),
    ],
)
def test_why_a_message_was_lost(error, state, words, fix):
    """Slack's codes in words, one that nobody has met as it is, and what has to be done first."""
    letter = DeadLetter(1, "test:1", "C0DESK", state, error, 1, EIGHT)
    assert cause_of(letter, "Bo{t}", EIGHT) == Cause(words, fix)


def test_what_is_too_old_to_be_sent_needs_no_mending():
    """Nobody is asked to invite the bot for the agenda of a meeting that is over."""
    letter = DeadLetter(
        1, "agenda:1", "C0DESK", Delivery.FAILED, "not_in_channel", 1, EIGHT, until=EIGHT
    )
    assert cause_of(letter, "Bo", EIGHT) == Cause(
        "I am not in the channel; it is too old to be sent now"
    )
    assert cause_of(letter, "Bo", EIGHT - timedelta(seconds=1)).fix


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([good("Slack", "there")], "Everything works."),
        ([good("Slack", "there"), poor("Clock", "late", "")], "1 of 2 needs mending."),
        ([poor("Clock", "late", ""), bad("Slack", "gone", "")], "2 of 2 need mending."),
    ],
)
def test_findings_in_one_sentence(findings, words):
    """What works only somehow needs mending too."""
    assert verdict(findings) == words


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (Lost(1, 0, EIGHT), "1 message could not be delivered" + SINCE),
        (Lost(0, 2, EIGHT), "2 messages may or may not have arrived" + SINCE),
        (
            Lost(1200, 1, EIGHT),
            "1,200 messages could not be delivered, and 1 message may or may not have arrived"
            + SINCE,
        ),
    ],
)
def test_news_for_the_operators(lost, words):
    """How many of each kind, since when, and where to look."""
    message = news_message(lost)
    assert message.text.startswith(words)
    assert message.text.endswith("/playbook deliveries`, and can try again.")
    assert check_message(message.as_payload()) == []
