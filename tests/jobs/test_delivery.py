"""What could not be delivered is told in the operators' channel: once, at most every hour, and never about itself."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot import clock
from bot.jobs.delivery import tell_operators
from bot.vocabulary import Delivery
from bot.workspace.validator import check_message
from tests.front_door import ANA, DESK, PAGE, PARTNERS, FrontDoor
from tests.helpdesk import MONDAY_0930
from tests.lost import lose

pytestmark = pytest.mark.both_databases

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ASK = " Managers see why with `/playbook deliveries`, and can try again."

Lose = Callable[..., None]


@pytest.fixture(autouse=True)
def now() -> Iterator[FrozenDateTimeFactory]:
    """Stop the clock on a Monday morning."""
    with freeze_time(MONDAY_0930, real_asyncio=True) as clock:
        yield clock


@pytest.fixture
def slack(database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace in which the desk's channel is the operators'."""
    page = f"{PAGE}channels: {{operators: {DESK}}}\n"
    with FrontDoor(database_url, tmp_path, page=page) as door:
        yield door


@pytest.fixture
def give_up(slack: FrontDoor) -> Lose:
    """Lose a message now."""

    def lose_now(key: str, state: Delivery = Delivery.FAILED) -> None:
        slack.write(lose, key, PARTNERS, "not_in_channel", clock.now(), state)

    return lose_now


def told(slack: FrontDoor) -> list[str]:
    """Wake the job, and return everything that the operators have read so far."""
    slack.tick("lost messages")
    seen = slack.seen(ANA)
    assert all(check_message({"text": m["text"], "blocks": m["blocks"]}) == [] for m in seen)
    return [message["text"] for message in seen]


def test_what_was_lost_is_told_at_most_once_an_hour(slack, now, give_up):
    """How many there were, of both kinds, and since when; what was told before is not told again."""
    assert told(slack) == []
    give_up("test:1")
    now.tick(5 * MINUTE)
    give_up("test:2")
    give_up("test:3", Delivery.UNCERTAIN)
    now.tick(MINUTE)
    first = (
        "2 messages could not be delivered, and 1 message may or may not have arrived"
        f" since 23 November, 09:30 UTC.{ASK}"
    )
    assert told(slack) == [first]

    now.tick(MINUTE)
    give_up("test:4")
    now.tick(MINUTE)
    assert told(slack) == [first]

    now.tick(HOUR)
    second = f"1 message could not be delivered since 23 November, 09:37 UTC.{ASK}"
    assert told(slack) == [first, second]
    now.tick(2 * HOUR)
    assert told(slack) == [first, second]


def test_what_is_just_being_written_down_is_told_the_next_time(slack, now, give_up):
    """Another machine's transaction may not be over yet; nothing is told twice or never for it."""
    give_up("test:1")
    now.tick(timedelta(seconds=8))
    give_up("test:2")
    assert told(slack) == []
    now.tick(timedelta(seconds=4))
    (first,) = told(slack)
    now.tick(HOUR)
    assert told(slack) == [
        first,
        f"1 message could not be delivered since 23 November, 09:30 UTC.{ASK}",
    ]
    assert first.startswith("1 message could not")


def test_its_own_loss_is_no_news(slack, now, give_up):
    """Where the operators' channel takes nothing, nothing more is promised for that alone."""
    workspace = slack.slack.workspace
    workspace.leave(workspace.conversations[DESK], slack.slack.app.bot_user)
    give_up("test:1")
    for _ in range(4):
        now.tick(HOUR)
        assert told(slack) == []
    assert "2 could not be delivered" in slack.command("/playbook deliveries", by=ANA).text

    slack.slack.invite_app(DESK)
    give_up("test:2")
    now.tick(HOUR)
    assert told(slack)[-1].startswith("1 message could not be delivered since 23 November, 13:30")


def test_of_many_machines_one_tells(slack, now, give_up):
    """All have the same to tell at the same moment."""
    give_up("test:1")
    now.tick(MINUTE)
    slack.wait_all([tell_operators(slack.services, DESK) for _ in range(8)])
    slack.deliver()
    assert len([m for m in slack.seen(ANA) if "could not be delivered" in m["text"]]) == 1


def test_without_a_channel_nobody_is_told(database_url, tmp_path):
    """The operator's page names none, so there is nothing to wake."""
    with FrontDoor(database_url, tmp_path) as door:
        assert "lost messages" not in door.house.clockwork.jobs
