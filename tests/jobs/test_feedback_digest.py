"""A digest that Slack does not take: the box stays sealed, or its texts are sealed again; they are lost nowhere, and lie about nowhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.domain import feedback_pool as pool
from bot.domain.person import Person
from bot.outgoing import feedback_pool as outgoing
from bot.services import Receipt
from bot.storage import courier
from bot.storage.ballot import BallotBoxRow
from bot.storage.feedback import FeedbackPoolRow
from bot.storage.outbox import OutboxRow
from bot.vocabulary import SETTLED, Delivery, FeedbackKind, Role
from bot.workspace.message import Conversation
from bot.workspace.validator import check_message
from tests.front_door import ANA, DESK
from tests.pulse_stage import MONDAY, TEAMS, PulseDoor, later
from tests.storage.everything_stored import watching

NEXT_MONDAY = later(days=6, hours=22)  # ten by the organisation's clocks, which are UTC
A_WEEK = timedelta(days=7)
WORD = "zyxwvut"
_TWO_MANAGERS = re.sub("(?m)^channels: .*$", "", TEAMS).replace("[U0ANA]", "[U0ANA, U0BEA]")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """It is Monday noon."""
    with freeze_time(MONDAY, real_asyncio=True) as frozen:
        yield frozen


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[PulseDoor]:
    """A workspace in which five have written to the leadership."""
    with PulseDoor(database_url, tmp_path) as opened:
        opened.tick()
        write(opened, range(5))
        yield opened


def write(door: PulseDoor, numbers: range) -> None:
    """Let people write to the leadership."""
    for number in numbers:
        by = Person(f"U0{number}", "", Role.MEMBER, door.services.settings.zone)
        vault, words = door.services.vault, f"{WORD} {number}."
        assert door.write(pool.contribute, vault, by, FeedbackKind.CONCERN, words)


def archive(door: PulseDoor, *, is_archived: bool = True) -> None:
    """Archive the managers' channel, or open it again."""
    place(door).is_archived = is_archived


def place(door: PulseDoor) -> Conversation:
    """Return the managers' channel."""
    return door.slack.workspace.conversations[DESK]


def digests(door: PulseDoor) -> list[list[str]]:
    """Return which texts each digest in the managers' channel has."""
    told = [one for one in door.seen(ANA) if one["text"].startswith("Feedback to the leadership:")]
    return [sorted(re.findall(rf"{WORD} (\d)", one["text"])) for one in told]


def news(door: PulseDoor) -> list[str]:
    """Return what the manager has been told by direct message."""
    letters = door.letters(ANA)
    assert all(
        check_message({"text": m.text, "blocks": m.message["blocks"]}) == [] for m in letters
    )
    return [one.text for one in letters]


def outbox(door: PulseDoor) -> dict[str, str]:
    """Return what the outbox keeps of the words of digests."""
    with door.services.database.reading() as session:
        found = select(OutboxRow).where(OutboxRow.key.startswith(outgoing.DIGEST))
        return {row.key: row.body for row in session.scalars(found)}


class TestNothingIsOpenedInVain:
    """Before a box is opened it is looked whether its digest can be posted."""

    def test_an_archived_channel(self, door, clock):
        """The box stays sealed, people go on writing, and managers are told once; unarchived, all of it is posted."""
        archive(door)
        clock.move_to(NEXT_MONDAY)
        for _ in range(3):
            door.advance()
            clock.tick(timedelta(minutes=5))
        assert outbox(door) == {}
        (told,) = news(door)
        assert f"<#{DESK}>, but that channel is archived. Unarchive it" in told
        assert "`app.yaml`" in told
        write(door, range(5, 6))
        archive(door, is_archived=False)
        door.advance()
        door.advance()
        assert digests(door) == [["0", "1", "2", "3", "4", "5"]]
        assert len(news(door)) == 1

    def test_they_are_told_again_in_another_week(self, door, clock):
        """It is not forgotten for their silence."""
        archive(door)
        clock.move_to(NEXT_MONDAY)
        door.advance()
        clock.tick(A_WEEK)
        door.advance()
        assert len(news(door)) == 2

    def test_a_channel_that_i_am_not_in(self, door, clock):
        """Whoever removed me reads what to type."""
        place(door).members.remove(door.slack.app.bot_user)
        clock.move_to(NEXT_MONDAY)
        door.advance()
        (told,) = news(door)
        assert "I am not in that channel" in told
        assert "`/invite`" in told
        door.slack.invite_app(DESK)
        clock.tick(timedelta(minutes=5))
        door.advance()
        assert digests(door) == [["0", "1", "2", "3", "4"]]

    def test_too_few_are_told_of_no_differently(self, door, clock):
        """Whether enough have written is nobody's to know before it is posted."""
        with door.services.database.writing() as session:
            session.execute(delete(FeedbackPoolRow))
            session.execute(delete(BallotBoxRow))
        door.tick()
        archive(door)
        clock.move_to(NEXT_MONDAY)
        door.advance()
        assert len(news(door)) == 1

    def test_slack_does_not_say(self, door, clock):
        """Then nothing is opened, and nobody has anything to mend."""
        clock.move_to(NEXT_MONDAY)
        door.slack.chaos.fail("conversations.info", times=9)
        door.advance()
        door.slack.chaos.clear()
        assert (outbox(door), news(door)) == ({}, [])
        clock.tick(timedelta(minutes=5))
        door.advance()
        assert digests(door) == [["0", "1", "2", "3", "4"]]


@pytest.mark.both_databases
class TestADigestThatSlackDoesNotTake:
    """Its texts are sealed again, and posted the next Monday."""

    def test_its_words_are_in_no_table_and_no_file(self, door, clock):
        """Managers are told once, and not the words; nothing is left for an operator to try again."""
        place(door).is_read_only = True  # of which nothing tells but a post
        clock.move_to(NEXT_MONDAY)
        door.advance()
        assert set(outbox(door).values()) == {""}
        for watcher in watching(door.services.database):
            assert WORD not in str(watcher.rows())
            assert watcher.holds([WORD.encode()]) == []
        (told,) = news(door)
        assert "I could not post" in told
        assert "Slack says restricted_action" in told
        assert WORD not in told
        assert door.write(courier.retry, NEXT_MONDAY).tried == 0
        place(door).is_read_only = False
        write(door, range(5, 6))
        clock.tick(A_WEEK - timedelta(minutes=1))
        door.advance()
        assert digests(door) == []
        clock.tick(timedelta(minutes=1))
        door.advance()
        door.advance()
        assert digests(door) == [["0", "1", "2", "3", "4"]]
        assert len(news(door)) == 1
        for watcher in watching(door.services.database):
            assert watcher.holds([WORD.encode()]) == []

    def test_slack_takes_nothing_for_hours(self, door, clock):
        """Nor do words wait for it longer than that."""
        clock.move_to(NEXT_MONDAY)
        door.wait(door.house.clockwork.wake("feedback digest"))
        assert WORD in str(outbox(door))
        clock.tick(timedelta(hours=6))
        door.advance()
        assert set(outbox(door).values()) == {""}
        (told,) = news(door)
        assert "Slack took nothing for hours" in told
        clock.move_to(NEXT_MONDAY + A_WEEK)
        door.advance()
        assert digests(door) == [["0", "1", "2", "3", "4"]]


ENDS = sorted(SETTLED)
MANY = 21  # texts: one more than stand in one message


@pytest.fixture
def long_digest(
    database_url: str, tmp_path: Path, clock: Any
) -> Iterator[tuple[PulseDoor, list[str]]]:
    """A digest of two parts, on its way to each of two managers."""
    with PulseDoor(database_url, tmp_path, page=_TWO_MANAGERS) as opened:
        opened.tick()
        write(opened, range(MANY))
        clock.move_to(NEXT_MONDAY)
        opened.wait(opened.house.clockwork.wake("feedback digest"))
        keys = sorted(outbox(opened))
        assert len(keys) == 4
        yield opened, keys


@given(
    st.lists(st.lists(st.sampled_from(ENDS), min_size=2, max_size=2), min_size=2, max_size=2),
    st.randoms(),
)
@example([[Delivery.SENT, Delivery.FAILED], [Delivery.SENT, Delivery.SENT]], None)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_it_ends(long_digest, ends, random):
    """For two managers and two parts: it has arrived where one has all of it, or else it is sealed, due, and told once."""
    door, keys = long_digest
    by_key = dict(zip(keys, [state for each in ends for state in each], strict=True))
    order = list(by_key.items())
    if random is not None:
        random.shuffle(order)

    def play(session: Session) -> tuple[int, int, int]:
        with session.begin_nested() as tried:
            for key, state in order:
                session.execute(update(OutboxRow).where(OutboxRow.key == key).values(state=state))
                receipt = Receipt(key, state, None, None, "user_disabled", NEXT_MONDAY)
                outgoing.digest_settled(session, door.services, receipt)
            texts = session.scalars(select(OutboxRow.body).where(OutboxRow.key.in_(keys)))
            assert set(texts) == {""}
            told = session.scalars(select(OutboxRow).where(OutboxRow.key.startswith(outgoing.HELD)))
            again = pool.release_due(
                session, door.services.vault, NEXT_MONDAY + A_WEEK, door.services.settings.zone
            )
            found = len(told.all()), len(again.texts) if again else 0
            tried.rollback()
        return found

    has_arrived = [Delivery.SENT, Delivery.SENT] in ends
    assert door.write(play) == ((0, 0) if has_arrived else (2, MANY))
