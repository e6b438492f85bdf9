"""The stage for `/agenda`: a series by its form, the agenda as it comes, and what people see and say under it."""

from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory

from bot.workspace.outcome import Outcome
from bot.workspace.validator import check_message
from tests.front_door import ANA, BO, DESK, LEA, FrontDoor, Seen

WEDNESDAY_0800 = datetime(
    2026, 11, 25, 8, tzinfo=UTC
)  # an hour before the meeting, which is at 10:00 in Madrid
WEEKLY = {
    "template": "support_team",
    "title": "Support weekly",
    "channel": DESK,
    "repeat": "weekly",
    "first": "2026-11-25",
    "at": "10:00",
    "zone": {"text": {"type": "plain_text", "text": "Europe/Madrid"}, "value": "Europe/Madrid"},
    "lead": "60",
    "attendees": [BO, LEA],
}


def schedule(slack: FrontDoor, by: str = ANA, **changed: object) -> Seen:
    """Fill in the form and send it."""
    form = slack.command("/agenda schedule", by=by)
    filled = {**WEEKLY, **changed}
    done = slack.submit(form, **{key: value for key, value in filled.items() if value is not None})
    dismiss(slack, done)
    return done


def dismiss(slack: FrontDoor, done: Seen) -> None:
    """Press Done in the window that says what a form did."""
    if not done.outcome.errors:
        slack.wait(slack.slack.acts.close(done.by, done.view["id"]))


def posted(
    slack: FrontDoor, now: FrozenDateTimeFactory, at: datetime = WEDNESDAY_0800
) -> dict[str, Any]:
    """Let the time come, and return the agenda as everybody sees it."""
    now.move_to(at)
    slack.tick("agendas")
    shown = [message for message in slack.seen(BO) if message["text"].startswith("Agenda for")]
    assert check_message(shown[-1]) == []
    return {**shown[-1], "channel": DESK}


def seen_by(who: str, message: dict[str, Any]) -> Seen:
    """Return a message as one person looks at it, to press its buttons."""
    return Seen(Outcome(messages=[message]), who)


def again(slack: FrontDoor, message: dict[str, Any], by: str = BO) -> Seen:
    """Return how a message looks now."""
    slack.deliver()
    found = next(one for one in slack.seen(by, message["channel"]) if one["ts"] == message["ts"])
    return seen_by(by, {**found, "channel": message["channel"]})


def say(slack: FrontDoor, words: str, *, by: str, thread: str = "") -> None:
    """Write in the channel, or under an agenda."""
    slack.wait(slack.slack.acts.say(by, DESK, words, thread or None))


def thread(slack: FrontDoor, message: dict[str, Any], by: str = BO) -> list[dict[str, Any]]:
    """Return the replies under a message."""
    slack.deliver()
    return slack.slack.acts.thread(by, message["channel"], message["ts"])[1:]
