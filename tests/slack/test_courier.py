"""The courier brings what was promised to Slack, each message once, whatever goes wrong on the way."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import clock
from bot.blocks.kit import Message, line_chart, section
from bot.services import Receipt, Services, promise, promise_edit
from bot.slack import history
from bot.slack.connection import Connection
from bot.slack.courier import Courier, Manners
from bot.slack.outcome import NotSent, write_down
from bot.storage import courier as desk
from bot.storage import lease
from bot.storage.claim import claim
from bot.storage.courier import DeadLetter, Room, Taken
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery, Priority
from bot.workspace.roster import Channel, Person, Roster
from tests.front_door import ANA, BO, CAST, DESK, PAGE, FrontDoor

EIGHT, NINE = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (8, 9))
LEASE = timedelta(seconds=6)
POST, UPDATE, OPEN = "chat.postMessage", "chat.update", "conversations.open"
HISTORY, REPLIES = "conversations.history", "conversations.replies"
ELSEWHERE, OLD, NEWS, GONE = "C0ELSEWHERE", "C0OLD", "C0NEWS", "U0GONE"

WIDE_CAST = Roster(
    CAST.team,
    people=(*CAST.people, Person(GONE, "gone", "Gone", deleted=True)),
    channels=(
        *CAST.channels,
        Channel(ELSEWHERE, "elsewhere", members=(ANA,)),
        Channel(OLD, "old", members=(ANA,), is_archived=True),
        Channel(NEWS, "news", members=(ANA,), is_read_only=True),
    ),
)


class Stage:
    """The practice workspace with the bot in it, at a time that stands still until it is moved."""

    def __init__(self, door: FrontDoor, clock: FrozenDateTimeFactory) -> None:
        self.door, self.clock = door, clock
        self.slack, self.chaos = door.slack, door.slack.chaos
        self.receipts: list[Receipt] = []
        self.trouble: list[Exception] = []
        self.also: Callable[[Session], object] = lambda _: None

    def settle(self, session: Session, receipt: Receipt) -> None:
        """Hear how a message ended; promise something on top, and fail where the test wants it."""
        self.receipts.append(receipt)
        promise(session, DESK, Message(f"{receipt.key} {receipt.state}"), f"echo:{receipt.key}")
        self.also(session)
        if self.trouble:
            raise self.trouble.pop()

    def promise(self, to: str, text: str, key: str, **how: Any) -> bool:
        """Promise a sentence."""
        return self.door.write(promise, to, Message(text), key, **how)

    def deliver(self, after: timedelta = timedelta()) -> None:
        """Deliver what is due after a while."""
        self.clock.tick(after)
        self.door.deliver()

    def settle_doubts(self) -> None:
        """Let the time pass after which the courier looks in Slack, and after that the wait for another attempt."""
        self.deliver(LEASE)
        self.deliver(timedelta(seconds=2))

    def texts(self, channel: str = DESK, by: str = ANA) -> list[str]:
        """Return what somebody reads in a channel."""
        return [message["text"] for message in self.door.seen(by, channel)]

    def thread(self, channel: str = DESK, by: str = ANA) -> list[str]:
        """Return what somebody reads in the thread of a channel's first message."""
        first = self.door.seen(by, channel)[0]
        conversation = self.slack.workspace.conversations[channel]
        return [message.text for message in conversation.thread_seen_by(by, first["ts"])]

    def said_to(self, *people: str) -> list[str]:
        """Return what is read in the conversation of the bot with exactly these people."""
        everybody = {*people, self.slack.app.bot_user}
        conversations = self.slack.workspace.conversations.values()
        found = [one.id for one in conversations if set(one.members) == everybody]
        return self.texts(found[0], people[0]) if found else []

    def calls(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of all calls of a method."""
        return [one.payload["request"] for one in self.slack.traffic.entries if one.name == method]

    def counts(self) -> dict[str, int]:
        """Return how many messages there are in the states that have any."""
        counted = self.door.services.database.read(desk.count_by_state)
        return {state: number for state, number in counted.items() if number}

    def dead(self) -> list[DeadLetter]:
        """Return the dead letters, the oldest first."""
        return self.door.services.database.read(desk.dead_letters)[::-1]

    def forbid(self, *scopes: str) -> None:
        """Take scopes away from the app."""
        bot = self.slack.app.manifest["oauth_config"]["scopes"]["bot"]
        bot[:] = [scope for scope in bot if scope not in scopes]


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A practice workspace with the bot in it, at eight on a Monday."""
    with opened_stage(database_url, tmp_path) as opened:
        yield opened


@contextmanager
def opened_stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Put the practice workspace and the bot together."""
    stages: list[Stage] = []

    def settle(session: Session, _: Services, receipt: Receipt) -> None:
        stages[0].settle(session, receipt)

    opening = FrontDoor(
        database_url, tmp_path, roster=WIDE_CAST, rate_limits=False, settle={"heard": settle}
    )
    with freeze_time(EIGHT, real_asyncio=True) as clock, opening as door:
        stages.append(Stage(door, clock))
        yield stages[0]


# --- Where messages go ------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_promised_message_is_posted_once(stage: Stage) -> None:
    """Promising twice and looking twice is still one message."""
    assert stage.promise(DESK, "Good morning.", "test:1")
    stage.deliver()
    assert not stage.promise(DESK, "Good morning again.", "test:1")
    stage.deliver()

    assert stage.texts() == ["Good morning."]
    assert stage.counts() == {Delivery.SENT: 1}


def test_what_is_due_later_waits_for_its_time(stage: Stage) -> None:
    """Nobody is told at eight what is due at nine."""
    stage.promise(DESK, "It is nine.", "test:1", due=NINE)
    stage.deliver()
    assert stage.texts() == []

    stage.deliver(after=timedelta(hours=1))
    assert stage.texts() == ["It is nine."]


def test_what_comes_too_late_to_be_of_use_is_not_sent(stage: Stage) -> None:
    """Nor is what hangs on it."""
    stage.promise(DESK, "In five minutes!", "heard:1", due=EIGHT, until=NINE)
    stage.promise(DESK, "Its answer.", "heard:2", in_thread_of="heard:1")
    stage.deliver(after=timedelta(hours=1))

    assert [(one.key, one.state, one.error) for one in stage.receipts] == [
        ("heard:1", Delivery.EXPIRED, None),
        ("heard:2", Delivery.EXPIRED, "parent"),
    ]
    assert stage.texts() == ["heard:1 expired", "heard:2 expired"]


@pytest.mark.both_databases
def test_an_answer_stands_in_the_thread_of_what_it_answers(stage: Stage) -> None:
    """It is promised before its parent is in Slack, and posted after it."""
    stage.promise(DESK, "An incident.", "test:1", priority=Priority.BULK)
    stage.promise(DESK, "Its answer.", "test:2", in_thread_of="test:1")
    stage.promise(DESK, "An answer to that.", "test:3", in_thread_of="test:2")
    stage.deliver()

    assert stage.thread() == ["An incident.", "Its answer.", "An answer to that."]
    assert stage.texts() == ["An incident."]


def test_an_answer_may_be_shown_in_the_channel_as_well(stage: Stage) -> None:
    """As people do with "also send to channel"."""
    stage.promise(DESK, "An incident.", "test:1")
    stage.promise(DESK, "Over.", "test:2", in_thread_of="test:1", broadcast=True)
    stage.deliver()

    assert stage.texts() == ["An incident.", "Over."]


def test_an_answer_to_what_was_forgotten_stands_by_itself(stage: Stage) -> None:
    """After the days of retention nothing is known of the message any more, and its edits have no place to go."""
    stage.promise(DESK, "An incident.", "test:1")
    stage.deliver()
    stage.clock.tick(timedelta(days=31))
    stage.door.tick("tidy the outbox")
    assert stage.counts() == {}

    stage.promise(DESK, "Still going on.", "test:2", in_thread_of="test:1")
    stage.door.write(promise_edit, "test:1", Message("Over."))
    stage.deliver()

    assert stage.texts() == ["An incident.", "Still going on."]


@pytest.mark.both_databases
def test_what_is_not_over_is_not_forgotten(stage: Stage) -> None:
    """Only what has ended is, and only after the days that the operator set."""
    stage.promise(DESK, "Next year.", "test:1", due=EIGHT + timedelta(days=365))
    stage.promise(OLD, "Too late.", "test:2")
    stage.deliver()
    stage.clock.tick(timedelta(days=29))
    stage.door.tick()
    assert stage.counts() == {Delivery.WAITING: 1, Delivery.FAILED: 1}

    stage.clock.tick(timedelta(days=2))
    stage.door.tick()
    assert stage.counts() == {Delivery.WAITING: 1}


def test_to_a_person_and_to_several(stage: Stage) -> None:
    """Conversations are opened where they are needed, once."""
    for number in (1, 2):
        stage.promise(BO, f"For Bo, {number}.", f"test:bo:{number}")
        stage.promise(f"{ANA},{BO}", f"For both, {number}.", f"test:both:{number}")
        stage.deliver()

    assert stage.said_to(BO) == ["For Bo, 1.", "For Bo, 2."]
    assert stage.said_to(ANA, BO) == ["For both, 1.", "For both, 2."]
    assert len(stage.calls(OPEN)) == 1


@pytest.mark.both_databases
def test_of_several_edits_the_newest_is_seen(stage: Stage) -> None:
    """Before it is posted the message changes; afterwards it is edited, once."""
    stage.promise(DESK, "First.", "test:1")
    stage.door.write(promise_edit, "test:1", Message("Second."))
    stage.deliver()
    assert stage.texts() == ["Second."]

    stage.door.write(promise_edit, "test:1", Message("Third."))
    stage.door.write(promise_edit, "test:1", Message("Fourth."))
    stage.deliver()

    assert stage.texts() == ["Fourth."]
    assert len(stage.calls(POST)) == len(stage.calls(UPDATE)) == 1


def test_the_words_of_a_private_message_are_forgotten(stage: Stage) -> None:
    """They are in Slack; here nobody needs them."""
    stage.promise(BO, "Your answers stay with you.", "test:1")
    stage.promise(DESK, "Good morning.", "test:2")
    stage.deliver()
    stage.door.write(promise_edit, "test:1", Message("Really."))
    stage.deliver()

    database = stage.door.services.database.engine
    with database.connect() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM outbox ORDER BY id").scalars().all()
    assert stage.said_to(BO) == ["Really."]
    assert ["Good morning" in body for body in bodies] == [False, True, False]
    assert bodies[0] == bodies[2] == ""


def test_a_message_says_by_a_key_who_it_is(stage: Stage) -> None:
    """Everybody may read the key, so it says nothing; links do not unfold."""
    stage.promise(DESK, "Good morning.", "incident:secret-name")
    stage.deliver()

    [call] = stage.calls(POST)
    assert call["metadata"]["event_type"] == "steward_delivery"
    assert set(call["metadata"]["event_payload"]) == {"key"}
    assert "secret" not in str(call)
    assert call["unfurl_links"] is call["unfurl_media"] is False


# --- What is urgent goes first ----------------------------------------------------------------------------------------


def test_what_somebody_waits_for_goes_first(stage: Stage) -> None:
    """Then what is due at a time, then what is one of many; within each, what was due first."""
    stage.promise(DESK, "5", "test:5", priority=Priority.BULK)
    stage.promise(DESK, "4", "test:4", priority=Priority.SCHEDULED, due=EIGHT)
    later, earlier = EIGHT - timedelta(hours=1), EIGHT - timedelta(hours=2)
    stage.promise(DESK, "3", "test:3", priority=Priority.SCHEDULED, due=later)
    stage.promise(DESK, "2", "test:2", priority=Priority.SCHEDULED, due=earlier)
    stage.promise(DESK, "1", "test:1")
    stage.deliver()

    assert stage.texts() == ["1", "2", "3", "4", "5"]


# --- What follows a delivery ------------------------------------------------------------------------------------------


def test_whoever_promised_hears_how_it_ended(stage: Stage) -> None:
    """In the same transaction, by the first word of the key; what they promise then is sent as well."""
    stage.promise(DESK, "Hello.", "heard:1")
    stage.promise(OLD, "Anybody here?", "heard:2")
    stage.promise(DESK, "Not for them.", "unheard:1")
    stage.deliver()

    sent, failed = sorted(stage.receipts, key=lambda receipt: receipt.key)
    assert (sent.state, sent.channel, sent.error, sent.at) == (Delivery.SENT, DESK, None, EIGHT)
    assert sent.ts in [message["ts"] for message in stage.door.seen(ANA, DESK)]
    assert (failed.state, failed.ts, failed.error) == (Delivery.FAILED, None, "is_archived")
    assert {"heard:1 sent", "heard:2 failed"} < set(stage.texts())


@pytest.mark.both_databases
def test_what_fails_afterwards_does_not_undo_that_it_was_sent(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """What it had done is rolled back, and the log says where it failed and nothing of what it said."""
    stage.trouble.append(ValueError("a secret"))
    stage.promise(DESK, "Hello.", "heard:1")
    stage.deliver()
    stage.deliver()

    assert stage.texts() == ["Hello."]
    assert stage.counts() == {Delivery.SENT: 1}
    assert "what follows a delivery failed: ValueError at " in caplog.text
    assert "a secret" not in caplog.text


def test_what_follows_waits_for_a_change_that_is_in_its_way(
    postgresql_url: str, tmp_path: Path
) -> None:
    """A person is changing what the delivery is to be kept in: it is kept a little later, not never."""
    database = Database(postgresql_url)
    with opened_stage(postgresql_url, tmp_path) as stage:
        stage.also = lambda session: claim(session, "what a person is changing", EIGHT)
        stage.promise(DESK, "Hello.", "heard:1")
        with database.writing() as person:
            claim(person, "what a person is changing", EIGHT)
            with pytest.raises(OperationalError, match="lock timeout"):
                stage.deliver()
        stage.deliver()

        assert stage.texts() == ["Hello.", "heard:1 sent"]
    database.close()


# --- What Slack refuses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (OLD, "is_archived"),
        (NEWS, "restricted_action"),
        (ELSEWHERE, "not_in_channel"),
        ("C0NOWHERE", "channel_not_found"),
        (GONE, "channel_not_found"),
        (f"{ANA},{GONE}", "user_disabled"),
    ],
)
def test_a_target_that_takes_nothing_keeps_nobody_waiting(
    stage: Stage, target: str, reason: str
) -> None:
    """The message is a dead letter with Slack's reason, and so is what hangs on it; others are sent."""
    stage.promise(target, "Anybody here?", "test:1")
    stage.promise(target, "Hello?", "test:2", in_thread_of="test:1")
    stage.promise(DESK, "Good morning.", "test:3")
    stage.deliver()

    assert stage.texts() == ["Good morning."]
    assert [(one.key, one.error, one.attempts) for one in stage.dead()] == [("test:1", reason, 1)]
    assert stage.counts() == {Delivery.SENT: 1, Delivery.FAILED: 2}


def test_a_dead_letter_is_sent_when_it_is_tried_again(stage: Stage) -> None:
    """With what hung on it, after somebody mended what was wrong."""
    stage.promise(ELSEWHERE, "Anybody here?", "test:1")
    stage.promise(ELSEWHERE, "Hello?", "test:2", in_thread_of="test:1")
    stage.deliver()
    [dead] = stage.dead()
    stage.slack.invite_app(ELSEWHERE)

    assert stage.door.write(desk.retry, clock.now(), dead.id) == (1, 0)
    stage.deliver()

    assert stage.thread(ELSEWHERE) == ["Anybody here?", "Hello?"]
    assert stage.dead() == []
    assert stage.door.write(desk.retry, clock.now()) == (0, 0)


def test_what_slack_does_not_know_is_left_out(stage: Stage) -> None:
    """First the chart, and at last all blocks: the text tells the whole news. An edit does the same."""
    chart = line_chart("CSAT", ["Mon", "Tue"], [("CSAT", [90, 92])])
    message = Message("CSAT is 92 %.", [section("*92 %*"), chart])
    stage.chaos.refuse_blocks("data_visualization")
    stage.door.write(promise, DESK, message, "test:1")
    stage.deliver()
    [post] = stage.door.seen(ANA, DESK)
    assert [block["type"] for block in post["blocks"]] == ["section"]

    stage.chaos.refuse_blocks("data_visualization", "section")
    stage.door.write(promise_edit, "test:1", message)
    stage.deliver()

    [post] = stage.door.seen(ANA, DESK)
    assert (post["text"], post.get("blocks", [])) == ("CSAT is 92 %.", [])


def test_an_edit_of_what_was_deleted_is_given_up(stage: Stage) -> None:
    """There is nothing left to change."""
    stage.promise(DESK, "First.", "test:1")
    stage.deliver()
    conversation = stage.slack.workspace.conversations[DESK]
    [message] = conversation.messages.values()
    stage.slack.workspace.remove(message)

    stage.door.write(promise_edit, "test:1", Message("Second."))
    stage.deliver()

    assert [one.error for one in stage.dead()] == ["message_not_found"]
    assert stage.texts() == []


# --- When nobody knows how it ended -----------------------------------------------------------------------------------

GOES_WRONG = {
    "the line broke after Slack had taken it": ("drop", True),
    "the line broke before": ("drop", False),
    "an error after Slack had taken it": ("fail", True),
    "an error before": ("fail", False),
}


@pytest.mark.parametrize("what", GOES_WRONG)
@pytest.mark.parametrize("to", [DESK, BO, f"{ANA},{BO}"], ids=["channel", "person", "several"])
def test_after_an_unknown_end_the_courier_looks_before_it_sends_again(
    stage: Stage, what: str, to: str
) -> None:
    """The message is there once, whether Slack had taken it or not; what answers it waited."""
    how, processed = GOES_WRONG[what]
    getattr(stage.chaos, how)(POST, processed=processed)
    stage.promise(to, "Only once.", "heard:1")
    stage.promise(to, "An answer.", "test:2", in_thread_of="heard:1")
    stage.deliver()
    assert stage.counts() == {Delivery.SENDING: 1, Delivery.HELD: 1}

    stage.settle_doubts()

    shown = stage.texts() if to == DESK else stage.said_to(*to.split(","))
    assert [text for text in shown if "heard" not in text] == ["Only once."]
    assert [one.state for one in stage.receipts] == [Delivery.SENT]
    posts = [call for call in stage.calls(POST) if call["text"] == "Only once."]
    assert len(posts) == (1 if processed else 2)
    assert len({call["metadata"]["event_payload"]["key"] for call in posts}) == 1


@pytest.mark.parametrize("processed", [True, False])
def test_an_answer_with_an_unknown_end_is_looked_for_in_its_thread(
    stage: Stage, *, processed: bool
) -> None:
    """Replies are not in the channel's history."""
    stage.promise(DESK, "An incident.", "test:1")
    stage.deliver()
    stage.chaos.drop(POST, processed=processed)
    stage.promise(DESK, "Over.", "test:2", in_thread_of="test:1")
    stage.deliver()
    stage.settle_doubts()

    assert stage.thread() == ["An incident.", "Over."]
    assert len(stage.calls(REPLIES)) == 1


@pytest.mark.parametrize("processed", [True, False])
def test_an_edit_is_simply_made_again(stage: Stage, *, processed: bool) -> None:
    """Saying the same words twice changes nothing."""
    stage.promise(DESK, "First.", "test:1")
    stage.deliver()
    stage.chaos.fail(UPDATE, processed=processed)
    stage.door.write(promise_edit, "test:1", Message("Second."))
    stage.deliver()
    stage.deliver(after=timedelta(seconds=2))

    assert stage.texts() == ["Second."]
    assert stage.calls(HISTORY) == []


def test_many_with_an_unknown_end_in_one_channel_take_one_look(stage: Stage) -> None:
    """And between them all the others are found that did arrive."""
    for number in (0, 1):
        stage.chaos.drop(POST, processed=bool(number))
        stage.promise(DESK, f"{number}", f"test:{number}")
        stage.deliver()
    stage.settle_doubts()

    assert sorted(stage.texts()) == ["0", "1"]
    assert len(stage.calls(HISTORY)) == 1


def test_a_look_leafs_through_a_busy_channel(stage: Stage) -> None:
    """The message is on the third page."""
    stage.chaos.drop(POST)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    conversation = stage.slack.workspace.conversations[DESK]
    for number in range(500):
        chat = stage.slack.workspace.blank_message(conversation, BO, f"chat {number}")
        stage.slack.workspace.post(chat)
    stage.settle_doubts()

    assert stage.texts().count("Only once.") == 1
    assert len(stage.calls(HISTORY)) == 3


def test_a_stranger_with_a_copied_key_deceives_nobody(stage: Stage) -> None:
    """Everybody can read a key and send it on; only our own message counts."""
    stage.chaos.drop(POST, processed=False)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    conversation = stage.slack.workspace.conversations[DESK]
    forged = stage.slack.workspace.blank_message(conversation, BO, "Forged.")
    forged.metadata, forged.bot_id = stage.calls(POST)[0]["metadata"], "B0OTHER"
    stage.slack.workspace.post(forged)
    stage.settle_doubts()

    assert stage.texts() == ["Forged.", "Only once."]


@pytest.mark.parametrize(
    ("to", "scope"),
    [
        (DESK, "channels:history"),
        (BO, "im:history"),
        (BO, "im:write"),
        (f"{ANA},{BO}", "mpim:history"),
    ],
)
def test_where_the_bot_may_not_look_the_message_is_left_uncertain(
    stage: Stage, to: str, scope: str
) -> None:
    """It may be there, and it is never sent twice; once the bot may look, trying again tells."""
    stage.chaos.drop(POST)
    stage.promise(to, "Only once.", "heard:1")
    stage.promise(to, "An answer.", "test:2", in_thread_of="heard:1")
    stage.deliver()
    held = list(stage.slack.app.manifest["oauth_config"]["scopes"]["bot"])
    stage.forbid(scope)
    stage.settle_doubts()
    assert [(one.state, one.error) for one in stage.receipts] == [
        (Delivery.UNCERTAIN, "missing_scope")
    ]
    assert stage.counts()[Delivery.HELD] == 1

    stage.slack.app.manifest["oauth_config"]["scopes"]["bot"][:] = held
    stage.clock.tick(timedelta(days=1))
    stage.door.write(desk.retry, clock.now())
    stage.settle_doubts()

    shown = stage.texts() if to == DESK else stage.said_to(*to.split(","))
    assert [text for text in shown if "heard" not in text] == ["Only once."]
    assert Delivery.HELD not in stage.counts()


def test_where_the_bot_is_no_longer_in_the_channel_it_cannot_look(stage: Stage) -> None:
    """It was removed after the message had been sent."""
    stage.chaos.drop(POST)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    stage.slack.workspace.leave(stage.slack.workspace.conversations[DESK], stage.slack.app.bot_user)
    stage.settle_doubts()

    assert [(one.state, one.error) for one in stage.dead()] == [
        (Delivery.UNCERTAIN, "not_in_channel")
    ]


@pytest.mark.parametrize(
    ("how", "more"), [("fail", {}), ("drop", {}), ("rate_limit", {"retry_after": 1})]
)
def test_a_look_that_fails_is_taken_again(stage: Stage, how: str, more: dict[str, int]) -> None:
    """Until it tells; nothing is sent before."""
    stage.chaos.drop(POST)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    getattr(stage.chaos, how)(HISTORY, times=9, **more)
    stage.deliver(LEASE)
    assert stage.counts() == {Delivery.SENDING: 1}

    stage.chaos.clear()
    stage.door.wait_until(lambda: stage.deliver(LEASE) or stage.counts() == {Delivery.SENT: 1})
    assert stage.texts() == ["Only once."]


# --- When Slack is not itself -----------------------------------------------------------------------------------------


def test_slack_says_too_fast(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing was posted; the courier waits as long as Slack asks, and goes on more slowly."""
    caplog.set_level(logging.INFO)
    stage.chaos.rate_limit(POST, retry_after=1)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    assert stage.texts() == []
    assert "wait 1 s, then 1000.00 → 500.00 a second" in caplog.text

    stage.clock.tick(timedelta(seconds=1))
    stage.door.wait_until(lambda: stage.deliver() or stage.texts() == ["Only once."])
    assert len(stage.calls(POST)) == 2


def test_nobody_is_there(stage: Stage) -> None:
    """While Slack cannot be reached a message waits ever longer; it is not in doubt, and needs no look."""
    port = stage.door.wait(_stop_listening(stage))
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    assert stage.counts() == {Delivery.WAITING: 1}
    stage.deliver(after=timedelta(seconds=1))

    stage.door.wait(stage.slack.start(port=port))
    stage.deliver(after=timedelta(seconds=1.9))
    assert stage.texts() == []
    stage.deliver(after=timedelta(seconds=0.1))

    assert stage.texts() == ["Only once."]
    assert stage.calls(HISTORY) == []


def test_after_a_day_of_trying_it_is_given_up(stage: Stage) -> None:
    """It does not spin: a day is some three hundred attempts."""
    stage.promise(DESK, "Never.", "test:1")

    for _ in range(400):
        taken = stage.door.write(take_all, stage.clock().replace(tzinfo=UTC))
        now = stage.clock().replace(tzinfo=UTC)
        ended = stage.door.write(write_down, [(taken[0], NotSent("unreachable"))], now).ended
        if ended:
            break
        stage.clock.move_to(stage.door.services.database.read(next_attempt))

    assert 280 < taken[0].attempts < 300
    assert timedelta(hours=23) < now - EIGHT < timedelta(hours=25)
    assert [(one.state, one.error) for one in stage.dead()] == [(Delivery.FAILED, "unreachable")]


def take_all(session: Session, now: datetime) -> list[Taken]:
    """Take what is due, as the courier does."""
    return desk.take(session, Room(10, 10), 1, now)[0]


def next_attempt(session: Session) -> datetime:
    """Return when the first message is tried again."""
    return session.scalars(select(func.min(OutboxRow.next_at))).one()


async def _stop_listening(stage: Stage) -> int:
    port = int(stage.slack.url.rsplit(":", 1)[-1])
    await stage.slack.stop()
    return port


def test_a_token_that_was_revoked_stops_the_courier(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator is told once; nothing is given up, and nobody is asked again and again."""
    held = stage.slack.app
    stage.slack.workspace.app = replace(held, bot_token="xoxb-another")
    for number in range(5):
        stage.promise(DESK, f"{number}", f"test:{number}")
        stage.deliver()

    assert stage.door.house.courier.stopped_by == "invalid_auth"
    assert stage.counts() == {Delivery.WAITING: 5}
    assert len(stage.calls(POST)) == 1
    errors = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert errors == [
        "Slack takes nothing from the bot (invalid_auth): the operator has to mend it"
    ]


# --- Who of several posts ---------------------------------------------------------------------------------------------


class Machines:
    """Further machines on the same database and the same Slack."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._connections: list[Connection] = []

    def another(self, **manners: float) -> Courier:
        """Return the courier of one more machine."""
        services = self._stage.door.services
        connection = Connection("xoxb-practice", services.settings.slack_api_url)
        self._connections.append(connection)
        return Courier(services, connection, manners=Manners(**{"spacing_seconds": 0, **manners}))

    async def close(self) -> None:
        """Close what was opened."""
        for connection in self._connections:
            await connection.close()


@pytest.fixture
def machines(stage: Stage) -> Iterator[Machines]:
    """Further machines."""
    made = Machines(stage)
    yield made
    stage.door.wait(made.close())


@pytest.mark.both_databases
def test_of_several_couriers_one_posts(stage: Stage, machines: Machines) -> None:
    """The one who holds the lease; when it stops, the next need not wait for the lease to run out."""
    couriers = [stage.door.house.courier, machines.another(), machines.another()]
    for number in range(20):
        stage.promise(DESK, f"{number}", f"test:{number}")
    stage.door.wait_all([one.tick() for one in couriers])
    assert stage.texts() == [f"{number}" for number in range(20)]
    [holder] = [one for one in couriers if one.is_in_office]
    other = next(one for one in couriers if one is not holder)

    stage.promise(DESK, "Next.", "test:next")
    stage.door.wait(other.tick())
    assert "Next." not in stage.texts()
    stage.door.wait(holder.stop())
    stage.door.wait_until(lambda: stage.door.wait(other.tick()) or "Next." in stage.texts())

    stage.door.wait(holder.tick())  # a courier that has stopped stays stopped
    assert not holder.is_in_office


@pytest.mark.parametrize("arrived", [True, False])
def test_who_takes_over_looks_for_what_the_one_before_was_sending(
    stage: Stage, *, arrived: bool
) -> None:
    """Whether it had arrived or not, and its edits too."""
    stage.promise(DESK, "Edited.", "test:0")
    stage.deliver()
    stage.door.write(promise_edit, "test:0", Message("Edited later."))
    stage.promise(DESK, "Only once.", "test:1")
    stage.door.write(lease.give_back, desk.LEASE, _holder(stage))
    term = stage.door.write(lease.take, desk.LEASE, "a dead machine:1", timedelta(seconds=0.5))
    taken = stage.door.write(desk.take, Room(9, 9), term, EIGHT)[0]
    if arrived:
        key = history.key_of(next(one.token for one in taken if not one.is_edit))
        body = {"channel": DESK, "text": "Only once.", "blocks": [], "metadata": key}
        client = stage.door.house.connection.client
        stage.door.wait(client.api_call(POST, json=body))
    posts = len(stage.calls(POST))

    stage.door.wait_until(lambda: stage.deliver(LEASE) or stage.counts() == {Delivery.SENT: 3})

    assert sorted(stage.texts()) == ["Edited later.", "Only once."]
    assert len(stage.calls(POST)) - posts == (0 if arrived else 1)


def _holder(stage: Stage) -> str:
    return stage.door.services.database.read(lease.look_at, desk.LEASE).holder


@pytest.mark.both_databases
def test_who_was_frozen_after_taking_a_message_does_not_send_it(
    database_url: str, tmp_path: Path
) -> None:
    """While it stood still another took over; what it had in its hands is the other's now."""
    couriers: list[Courier] = []

    def freeze(session: Session, _: Services, __: Receipt) -> None:  # between taking and sending
        while not lease.is_free(session, desk.LEASE) or couriers[0].is_in_office:
            clock.tick(timedelta(seconds=1))
            Event().wait(0.01)
        assert lease.take(session, desk.LEASE, "another:1", timedelta(hours=1)) == 2

    page = PAGE.replace("posts_per_second: 1000", "posts_per_second: 1000, lease_seconds: 0.5")
    opening = FrontDoor(database_url, tmp_path, page=page, settle={"freeze": freeze})
    with freeze_time(EIGHT, real_asyncio=True) as clock, opening as door:
        couriers.append(door.house.courier)
        door.write(promise, DESK, Message("x"), "freeze:1", until=EIGHT)
        door.write(promise, ANA, Message("Only once."), "test:1")
        door.deliver()

        assert not door.house.courier.is_in_office
        assert [x for x in door.slack.traffic.entries if x.name == POST] == []
        counts = door.services.database.read(desk.count_by_state)
        assert (counts[Delivery.WAITING], counts[Delivery.EXPIRED]) == (1, 1)


def test_the_lease_is_kept_while_an_answer_is_slow(stage: Stage, machines: Machines) -> None:
    """Nobody else thinks that the sender is gone, and sends it again."""
    other = machines.another()
    stage.chaos.delay(POST, seconds=1.0)
    stage.promise(DESK, "Only once.", "test:1")
    stage.deliver()
    term = stage.door.services.database.read(lease.look_at, desk.LEASE).term
    stage.door.wait(other.tick())

    assert stage.texts() == ["Only once."]
    assert stage.counts() == {Delivery.SENT: 1}
    assert term == 1
    assert stage.calls(HISTORY) == []


@pytest.mark.both_databases
def test_what_is_still_being_sent_is_not_looked_for(stage: Stage) -> None:
    """However long the answer takes; a look that came too early would have it sent twice."""

    async def take_long() -> None:
        sending = asyncio.create_task(stage.door.house.courier.tick())
        while not stage.texts():  # noqa: ASYNC110 (the practice workspace tells nobody)
            await asyncio.sleep(0.01)
        stage.clock.tick(2 * LEASE)
        await sending

    stage.chaos.delay(POST, seconds=1.0)
    stage.promise(DESK, "Only once.", "test:1")
    stage.door.wait(take_long())

    assert stage.texts() == ["Only once."]
    assert stage.counts() == {Delivery.SENT: 1}
    assert stage.calls(HISTORY) == []


@pytest.mark.both_databases
def test_stopping_finishes_what_is_under_way(stage: Stage) -> None:
    """And writes down how it ended; what has not begun is left to the others."""
    stage.chaos.delay(POST, seconds=0.3)
    stage.promise(DESK, "Under way.", "test:1")
    courier = stage.door.house.courier

    async def stop_in_the_middle() -> None:
        ticking = asyncio.create_task(courier.tick())
        while not stage.calls(POST):  # noqa: ASYNC110 (the practice workspace tells nobody)
            await asyncio.sleep(0.01)
        await courier.stop()
        await ticking

    stage.door.wait(stop_in_the_middle())
    stage.promise(DESK, "Too late for me.", "test:2")
    stage.deliver()

    assert stage.texts() == ["Under way."]
    assert stage.counts() == {Delivery.SENT: 1, Delivery.WAITING: 1}
    assert stage.door.services.database.read(lease.is_free, desk.LEASE)


def test_what_does_not_end_in_time_is_left_in_doubt(stage: Stage, machines: Machines) -> None:
    """The machine stops all the same, and the next one looks for it."""
    hurried = machines.another(farewell_seconds=0.1)
    stage.chaos.delay(POST, seconds=0.8)
    stage.promise(DESK, "Only once.", "test:1")

    async def stop_in_the_middle() -> None:
        ticking = asyncio.create_task(hurried.tick())
        while not stage.texts():  # noqa: ASYNC110 (the practice workspace tells nobody)
            await asyncio.sleep(0.01)
        await hurried.stop()
        await ticking

    stage.door.wait(stop_in_the_middle())
    assert stage.counts() == {Delivery.SENDING: 1}
    stage.door.wait_until(lambda: stage.deliver(LEASE) or stage.counts() == {Delivery.SENT: 1})

    assert stage.texts() == ["Only once."]
    assert len(stage.calls(POST)) == len(stage.calls(HISTORY)) == 1
