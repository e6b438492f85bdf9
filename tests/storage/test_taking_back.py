"""What is taken back: its words are gone at once, it is deleted or never sent, and nothing brings it back."""

from datetime import timedelta

import pytest
from outbox_stage import NOON, SECOND, came_out, edit, put, row, send, states, take, take_one
from sqlalchemy import select

from bot.blocks.kit import Message
from bot.services import Place, forget_words, promise, promise_edit, promise_removal
from bot.slack.outcome import InDoubt, NotSent, Refused, Unknowable
from bot.storage import courier as desk
from bot.storage.courier import Taken
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery
from tests.overlap import overlap

pytestmark = pytest.mark.both_databases

LATER = NOON + timedelta(hours=1)


def take_back(database: Database, key: str, at: Place | None = None) -> None:
    """Take a message back."""
    database.write(promise_removal, key, at=at)


def words(database: Database) -> str:
    """Return all that the outbox still knows to say."""
    with database.reading() as session:
        return "".join(session.scalars(select(OutboxRow.body)))


def is_removal_of(taken: Taken, key: str, ts: str) -> bool:
    """Return whether the courier is to delete a message that stands there."""
    return taken.is_removal and (taken.key, taken.ts) == (f"{key}:edit", ts)


@pytest.mark.parametrize("due", [None, LATER])
def test_what_has_not_been_sent_is_dropped(database: Database, due: object) -> None:
    """With what hangs on it, and for good."""
    put(database, "test:1", due=due)
    put(database, "test:2", in_thread_of="test:1")
    edit(database, "test:2", "Other words.")
    take_back(database, "test:1")
    edit(database, "test:1", "Other words.")
    put(database, "test:3", in_thread_of="test:1")

    assert not put(database, "test:1")
    assert take(database, now=LATER) == []
    assert states(database) == dict.fromkeys(("test:1", "test:2", "test:3"), Delivery.EXPIRED)
    assert words(database).strip("{}") == ""


@pytest.mark.parametrize("to", ["C0DESK", "U0BO"])
def test_what_is_in_slack_is_deleted(database: Database, to: str) -> None:
    """An edit that waits is dropped for it, and what comes later has nothing to hang on."""
    put(database, "test:1", to)
    send(database, take_one(database), "1.0")
    edit(database, "test:1", "Second.")
    take_back(database, "test:1")
    assert words(database).strip("{}") == ""
    edit(database, "test:1", "Third.")
    put(database, "test:2", to, in_thread_of="test:1")

    removal = take_one(database)
    assert is_removal_of(removal, "test:1", "1.0")
    send(database, removal, "1.0")
    take_back(database, "test:1")
    edit(database, "test:1", "Fourth.")
    assert take(database) == []
    assert words(database).strip("{}") == ""
    assert states(database)["test:2"] == Delivery.EXPIRED


def test_answers_go_with_what_they_answer(database: Database) -> None:
    """However deep, whether they are in Slack already or not; what else is there stays."""
    put(database, "test:1")
    send(database, take_one(database), "1.0")
    for number in (2, 3, 4):
        put(database, f"test:{number}", in_thread_of=f"test:{number - 1}")
    send(database, take_one(database), "2.0")
    send(database, take_one(database), "3.0")
    put(database, "test:11")
    take_back(database, "test:1")

    going = set()
    while taken := take(database):
        for one in taken:
            going.add((one.key, one.ts))
            send(database, one, one.ts or "11.0")
    assert going == {
        *(("test:1:edit", "1.0"), ("test:2:edit", "2.0"), ("test:3:edit", "3.0")),
        ("test:11", None),
    }
    assert states(database)["test:4"] == Delivery.EXPIRED
    assert row(database, "test:11").body


def test_what_is_just_being_sent_is_deleted_when_it_has_arrived(database: Database) -> None:
    """The courier has its words in its hands; the outbox has them no more."""
    put(database, "test:1", "U0BO")
    taken = take_one(database)
    put(database, "test:2", in_thread_of="test:1")
    edit(database, "test:1", "Second.")
    take_back(database, "test:1")
    assert words(database).strip("{}") == ""
    assert take(database) == []

    send(database, taken, "1.0", "D0BO")
    put(database, "test:3", in_thread_of="test:1")
    removal = take_one(database)
    assert is_removal_of(removal, "test:1", "1.0")
    assert removal.channel == "D0BO"
    assert states(database)["test:3"] == Delivery.EXPIRED


def test_what_was_being_sent_and_did_not_arrive_is_not_sent_again(database: Database) -> None:
    """After an attempt that failed, and after a look that found nothing."""
    for key in ("test:1", "test:2"):
        put(database, key, f"C0{key}")
    first, second = take(database)
    for key in ("test:1", "test:2"):
        take_back(database, key)
    came_out(database, first, NotSent("ratelimited", wait=0.0, counts=False))
    came_out(database, second, InDoubt("timeout"))
    [lost] = database.read(desk.doubtful, NOON, 10)
    came_out(database, lost, NotSent("not_found", wait=0.0))

    assert take(database, now=LATER) == []
    assert set(states(database).values()) == {Delivery.EXPIRED}


def test_what_is_uncertain_is_deleted_when_it_is_found(database: Database) -> None:
    """It waits for the operator, like everything of which nobody knows whether it is there."""
    for number in (1, 2):
        put(database, f"test:{number}", f"C0{number}")
    for taken in take(database):
        came_out(database, taken, Unknowable("missing_scope"))
        take_back(database, taken.key)
    assert take(database) == []

    assert database.write(desk.retry, LATER).tried == 2
    found, missing = database.read(desk.doubtful, LATER, 10)
    send(database, found, "1.0")
    came_out(database, missing, NotSent("not_found", wait=0.0))

    assert is_removal_of(take_one(database), "test:1", "1.0")


def test_a_dead_letter_that_is_taken_back_is_not_tried_again(database: Database) -> None:
    """Nor is what fell with it."""
    put(database, "test:1")
    put(database, "test:2", in_thread_of="test:1")
    came_out(database, take_one(database), Refused("is_archived"))
    take_back(database, "test:1")

    assert database.write(desk.retry, LATER).tried == 0
    assert set(states(database).values()) == {Delivery.EXPIRED}
    assert words(database).strip("{}") == ""


def test_an_edit_that_is_just_being_made_is_followed_by_the_removal(database: Database) -> None:
    """What came of the edit is of no interest then."""
    put(database, "test:1")
    send(database, take_one(database), "1.0")
    edit(database, "test:1", "Second.")
    editing = take_one(database)
    take_back(database, "test:1")

    assert send(database, editing, "1.0") == []
    assert is_removal_of(take_one(database), "test:1", "1.0")


def test_what_was_forgotten_is_deleted_where_it_stood(database: Database) -> None:
    """Its place is told by whoever knows it, or by an edit of it; otherwise nothing can be done."""
    at = Place("C0DESK", "1.0")
    take_back(database, "test:1")
    assert take(database) == []
    take_back(database, "test:1", at)
    assert is_removal_of(take_one(database), "test:1", "1.0")

    database.write(promise_edit, "test:2", Message("Second."), at=Place("C0DESK", "2.0"))
    take_back(database, "test:2")
    assert "Second." not in words(database)
    assert is_removal_of(take_one(database), "test:2", "2.0")


def test_an_answer_that_is_promised_meanwhile_goes_too(postgresql_url: str) -> None:
    """Whoever is first: it is either taken back with the rest, or has nothing to hang on."""
    database = Database(postgresql_url)
    put(database, "test:1")
    send(database, take_one(database), "1.0")
    one, other = overlap(
        database,
        lambda session: promise(session, "C0DESK", Message("x"), "test:2", in_thread_of="test:1"),
        lambda session: promise_removal(session, "test:1"),
    )
    one.result()
    other.result()

    assert states(database)["test:2"] == Delivery.EXPIRED
    assert is_removal_of(take_one(database), "test:1", "1.0")
    database.close()


# --- Words that are forgotten -----------------------------------------------------------------------------------------


def test_words_are_forgotten_by_what_they_belong_to(database: Database) -> None:
    """Those of incident 1 are not those of incident 12, however it is written."""
    others = [
        "incident:12",
        "incident:1a",
        "Incident:1",
        "incident:1%",
        "incident",
        "xincident:1:2",
    ]
    for key in ("incident:1", "incident:1:news", *others):
        put(database, key, f"C0{key}")
    for taken in take(database):
        send(database, taken)
    edit(database, "incident:1:news", "Other words.")
    send(database, take_one(database))

    database.write(forget_words, "incident:1")

    with database.reading() as session:
        kept = session.scalars(select(OutboxRow.key).where(OutboxRow.body != "")).all()
    assert sorted(kept) == sorted(others)


def test_what_has_not_ended_keeps_its_words(database: Database) -> None:
    """It is still to be said; what failed is not tried again without them."""
    for number in range(4):
        put(database, f"test:1:{number}", f"C0{number}")
    sent, failed, unknown, sending = take(database)
    send(database, sent, "1.0")
    came_out(database, failed, Refused("is_archived"))
    came_out(database, unknown, Unknowable("missing_scope"))
    put(database, "test:1", due=LATER)
    put(database, "test:1:held", in_thread_of=sending.key)
    take_back(database, sent.key)

    database.write(forget_words, "test:1")

    assert row(database, "test:1").body
    assert row(database, "test:1:held").body
    assert row(database, sending.key).body
    assert row(database, unknown.key).body == row(database, failed.key).body == ""
    assert is_removal_of(take_one(database), sent.key, "1.0")
    assert database.write(desk.retry, LATER).tried == 1
    lost = next(one for one in database.read(desk.doubtful, LATER, 10) if one.key == unknown.key)
    came_out(database, lost, NotSent("not_found", wait=0.0))
    assert take(database, now=NOON + SECOND) == []
    assert states(database)[unknown.key] == Delivery.EXPIRED
