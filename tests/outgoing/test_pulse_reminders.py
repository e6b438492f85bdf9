"""What is kept of the messages to people who are asked: of a reminder, which names somebody who has not answered, nothing."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from bot.domain.person import Person
from bot.outgoing.pulse import cancel, settled, to_sweep
from bot.services import Receipt
from bot.slack.outcome import NotSent, Outcome, Refused, Sent, Unknowable, write_down
from bot.storage import courier as desk
from bot.storage.courier import Ended, Taken
from bot.storage.database import Database
from bot.vocabulary import Role
from tests.storage.outbox_stage import NOON, SECOND, WIDE, put, states, take, take_one
from tests.storage.pulse_game import Game, play

pytestmark = pytest.mark.both_databases

ENDINGS = (Sent("D0DAN", "1.0"), Refused("user_disabled"), Unknowable("missing_scope"))
NAMES = ("sent", "failed", "uncertain")
DAY = timedelta(days=1)
ANA = Person("U0ANA", "Ana", Role.MANAGER, ZoneInfo("UTC"))


@pytest.fixture
def game(database: Database) -> Game:
    """An open survey, of which nobody has been sent anything yet."""
    return play(database)


def came_out(database: Database, taken: Taken, outcome: Outcome) -> None:
    """Write down what came of an attempt, and let follow what does, as the courier does it."""
    database.write(
        lambda session: tell(session, write_down(session, [(taken, outcome)], NOON).ended)
    )


def tell(session: Session, ended: Iterable[Ended]) -> None:
    """Let follow what does when messages have ended."""
    for one in ended:
        settled(session, Receipt(one.key, one.state, one.channel, one.ts, one.error, NOON))


@pytest.mark.parametrize("outcome", ENDINGS, ids=NAMES)
@pytest.mark.parametrize("closes", [False, True], ids=["open", "closed meanwhile"])
def test_it_is_gone_when_it_has_ended(database, game, outcome, closes):
    """Also where the survey closes while it is being sent, and where nobody knows whether it arrived."""
    put(database, f"pulse:{game.wave}:1:U0DAN", "U0DAN")
    taken = take_one(database)
    if closes:
        game.close()
        assert states(database), "what is just being sent is the courier's"
    came_out(database, taken, outcome)
    assert states(database) == {}


@pytest.mark.parametrize("outcome", ENDINGS, ids=NAMES)
def test_the_disk_is_swept_when_the_last_is_gone(database, game, outcome):
    """Not while one is being sent at the close: its row is erased only then, and the disk would keep it."""
    put(database, f"pulse:{game.wave}:1:U0DAN", "U0DAN")
    taken = take_one(database)
    game.close()
    put(database, f"pulse:{game.wave}:100:U0DAN", "U0DAN")
    assert database.read(to_sweep) == []
    came_out(database, taken, outcome)
    assert database.read(to_sweep) == [game.wave]


def test_it_is_gone_when_it_comes_too_late(database, game):
    """It waited behind others until it was of no use."""
    put(database, f"pulse:{game.wave}:1:U0DAN", "U0DAN", until=NOON)
    database.write(lambda session: tell(session, desk.take(session, WIDE, 1, NOON)[1]))
    assert states(database) == {}


def test_it_stays_while_it_has_not_ended(database, game):
    """It is tried again, and nobody would know of it otherwise."""
    key = f"pulse:{game.wave}:1:U0DAN"
    put(database, key, "U0DAN")
    came_out(database, take_one(database), NotSent("ratelimited", 1))
    assert states(database) == {key: "waiting"}


@pytest.mark.parametrize("number", [0, 100], ids=["question", "result"])
@pytest.mark.parametrize("outcome", ENDINGS, ids=NAMES)
def test_what_everybody_hears_is_kept(database, game, number, outcome):
    """It says nothing about whoever it is for, and what became of it is told to managers."""
    key = f"pulse:{game.wave}:{number}:U0DAN"
    put(database, key, "U0DAN")
    came_out(database, take_one(database), outcome)
    assert [*states(database)] == [key]


def test_the_close_takes_back_what_has_not_left(database, game):
    """The question as well as the reminder: they are of no use any more."""
    put(database, f"pulse:{game.wave}:0:U0DAN", "U0DAN")
    put(database, f"pulse:{game.wave}:1:U0EVE", "U0EVE", due=NOON + SECOND)
    put(database, "pulse:99:1:U0FAY", "U0FAY", due=NOON + SECOND)
    take(database)
    game.close()
    assert states(database) == {
        f"pulse:{game.wave}:0:U0DAN": "sending",
        "pulse:99:1:U0FAY": "waiting",
    }


@pytest.mark.parametrize("outcome", ENDINGS[1:], ids=NAMES[1:])
@pytest.mark.parametrize("is_cancelled", [False, True], ids=["closed", "cancelled"])
def test_a_question_that_failed_when_its_survey_was_over(database, game, outcome, is_cancelled):
    """It is gone, so that whoever lets the courier try all again asks nobody; a result of the survey may be tried."""
    put(database, f"pulse:{game.wave}:0:U0DAN", "U0DAN")
    question = take_one(database)
    end(database, game, is_cancelled)
    came_out(database, question, outcome)
    assert states(database).keys() <= {f"pulse-progress:{game.wave}"}

    key = f"pulse:{game.wave}:100:U0DAN"
    put(database, key, "U0DAN")
    came_out(database, take_one(database), outcome)
    assert database.write(desk.retry, NOON + 99 * DAY) == (1, 0)


@pytest.mark.parametrize("number", [0, 1], ids=["question", "reminder"])
def test_what_could_not_be_sent_while_its_survey_was_cancelled(database, game, number):
    """Slack was busy, and would take it now; but it is of no use any more."""
    put(database, f"pulse:{game.wave}:{number}:U0DAN", "U0DAN", until=NOON + DAY)
    taken = take_one(database)
    end(database, game, is_cancelled=True)
    came_out(database, taken, NotSent("ratelimited", 1))
    assert take(database, now=NOON + 2 * SECOND) == []


def end(database: Database, game: Game, is_cancelled: bool) -> None:
    """Let a survey be over."""
    if is_cancelled:
        database.write(cancel, game.wave, ANA, "trigger", NOON)
    else:
        game.close()
