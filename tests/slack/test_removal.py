"""What the bot takes back is out of Slack again, whatever goes wrong on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot import clock
from bot.blocks.kit import Message
from bot.services import promise, promise_edit, promise_removal
from bot.storage import courier as desk
from bot.storage import lease
from bot.vocabulary import Delivery
from tests.front_door import ANA, BO, DESK, FrontDoor

EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)
LEASE = timedelta(seconds=6)
DELETE = "chat.delete"

pytestmark = pytest.mark.both_databases


class Stage:
    """The practice workspace with the bot in it, at a time that stands still until it is moved."""

    def __init__(self, door: FrontDoor, clock: FrozenDateTimeFactory) -> None:
        self.door, self.clock = door, clock
        self.chaos, self.workspace = door.slack.chaos, door.slack.workspace

    def promise(self, text: str, key: str, to: str = DESK, thread: str | None = None) -> None:
        """Promise a sentence."""
        self.door.write(promise, to, Message(text), key, in_thread_of=thread)

    def take_back(self, key: str) -> None:
        """Take a message back."""
        self.door.write(promise_removal, key)

    def deliver(self, after: timedelta = timedelta()) -> None:
        """Deliver what is due after a while."""
        self.clock.tick(after)
        self.door.deliver()

    def texts(self, channel: str = DESK, by: str = ANA) -> list[str]:
        """Return all that somebody can read in a channel and its threads."""
        conversation = self.workspace.conversations[channel]
        threads = [
            conversation.thread_seen_by(by, one["ts"]) for one in self.door.seen(by, channel)
        ]
        return [message.text for thread in threads for message in thread]

    def deletions(self) -> int:
        """Return how often Slack was asked to delete something."""
        return sum(one.name == DELETE for one in self.door.slack.traffic.entries)

    def lost(self) -> list[tuple[str, str | None]]:
        """Return the dead letters, with Slack's reasons."""
        found = self.door.services.database.read(desk.dead_letters)
        return [(one.key, one.error) for one in found]


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A practice workspace with the bot in it, at eight on a Monday."""
    opening = FrontDoor(database_url, tmp_path, rate_limits=False)
    with freeze_time(EIGHT, real_asyncio=True) as clock, opening as door:
        yield Stage(door, clock)


def test_a_message_is_taken_out_of_slack_with_its_answers(stage: Stage) -> None:
    """What others say stays, and so does what the bot says beside it."""
    stage.promise("An incident.", "test:1")
    stage.promise("Its answer.", "test:2", thread="test:1")
    stage.promise("Something else.", "test:3")
    stage.deliver()
    stage.door.write(promise_edit, "test:2", Message("Never seen."))
    stage.take_back("test:1")
    stage.deliver()
    stage.deliver()

    assert stage.texts() == ["Something else."]
    assert stage.deletions() == 2
    assert stage.lost() == []


def test_a_private_message_is_taken_back_too(stage: Stage) -> None:
    """From the conversation that it opened."""
    stage.promise("Only for you.", "test:1", to=BO)
    stage.deliver()
    conversation = stage.workspace.direct(BO).id
    assert stage.texts(conversation, BO) == ["Only for you."]

    stage.take_back("test:1")
    stage.deliver()

    assert stage.texts(conversation, BO) == []


def test_what_was_taken_back_in_time_is_never_seen(stage: Stage) -> None:
    """Slack hears nothing of it."""
    stage.promise("An incident.", "test:1")
    stage.take_back("test:1")
    stage.deliver()

    assert stage.texts() == []
    assert stage.deletions() == 0


@pytest.mark.parametrize("how", ["drop", "fail"])
@pytest.mark.parametrize("processed", [True, False])
def test_after_an_unknown_end_it_is_simply_deleted_again(
    stage: Stage, how: str, *, processed: bool
) -> None:
    """Deleting twice is deleting once, and no look is needed."""
    stage.promise("An incident.", "test:1")
    stage.deliver()
    getattr(stage.chaos, how)(DELETE, processed=processed)
    stage.take_back("test:1")
    stage.deliver()
    stage.deliver(after=timedelta(seconds=2))

    assert stage.texts() == []
    assert stage.deletions() == 2
    assert stage.door.services.database.read(desk.count_by_state)[Delivery.SENT] == 2
    assert stage.lost() == []


def test_who_takes_over_deletes_what_the_one_before_had_deleted(stage: Stage) -> None:
    """It died between the deletion and the note of it."""
    stage.promise("An incident.", "test:1")
    stage.deliver()
    stage.take_back("test:1")
    holder = stage.door.services.database.read(lease.look_at, desk.LEASE).holder
    stage.door.write(lease.give_back, desk.LEASE, holder)
    term = stage.door.write(lease.take, desk.LEASE, "a dead machine:1", timedelta(seconds=0.5))
    [taken], _ = stage.door.write(desk.take, desk.Room(9, 9), term, EIGHT)
    client = stage.door.house.connection.client
    stage.door.wait(client.chat_delete(channel=DESK, ts=str(taken.ts)))

    def is_over() -> bool:
        stage.deliver(LEASE)
        return stage.door.services.database.read(desk.count_by_state)[Delivery.SENT] == 2

    stage.door.wait_until(is_over)
    assert stage.texts() == []
    assert stage.lost() == []


def test_what_is_just_being_sent_is_deleted_after_it_has_arrived(stage: Stage) -> None:
    """Nobody knew how its sending ended; the look that finds it lets it be deleted."""
    stage.chaos.drop("chat.postMessage")
    stage.promise("An incident.", "test:1")
    stage.deliver()
    stage.take_back("test:1")
    assert stage.texts() == ["An incident."]
    stage.deliver(LEASE)
    stage.deliver(after=timedelta(seconds=2))

    assert stage.texts() == []
    assert stage.deletions() == 1


def test_slack_says_too_fast_and_the_deletion_waits(stage: Stage) -> None:
    """As long as Slack asks, like an edit."""
    stage.promise("An incident.", "test:1")
    stage.deliver()
    stage.chaos.rate_limit(DELETE, retry_after=1)
    stage.take_back("test:1")
    stage.deliver()
    assert stage.texts() == ["An incident."]

    stage.clock.tick(timedelta(seconds=1))
    stage.door.wait_until(lambda: stage.deliver() or stage.texts() == [])
    assert stage.deletions() == 2


def test_what_slack_will_not_delete_is_a_dead_letter(stage: Stage) -> None:
    """It may still be there to be read, so the operator must know; trying again works when it has been mended."""
    stage.promise("An incident.", "test:1")
    stage.deliver()
    bot = stage.door.slack.app.manifest["oauth_config"]["scopes"]["bot"]
    scopes = list(bot)
    bot.remove("chat:write")
    stage.take_back("test:1")
    stage.deliver()
    assert stage.lost() == [("test:1:edit", "missing_scope")]
    assert stage.door.house.courier.stopped_by == ""

    bot[:] = scopes
    stage.door.write(desk.retry, clock.now())
    stage.deliver()

    assert stage.texts() == []
    assert stage.lost() == []
