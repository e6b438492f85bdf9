"""The outbox: what is promised once is there once, its turn comes in order, and how it ended is written down once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter

import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outbox_stage import NOON, SECOND, came_out, edit, put, row, send, states, take, take_one
from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from bot import clock
from bot.blocks.kit import Message
from bot.services import promise, promise_all, promise_edit, withdraw
from bot.slack.outcome import InDoubt, NotSent, Refused, Sent, Unknowable
from bot.storage import courier as desk
from bot.storage.courier import Room
from bot.storage.database import Database
from bot.storage.outbox import (
    AT_ONCE,
    OutboxRow,
    count_waiting,
    delete_under,
    find_message,
    forget,
)
from bot.vocabulary import Delivery, Priority
from tests.overlap import overlap

pytestmark = pytest.mark.both_databases


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Another process on the same database."""
    opened = Database(database_url)
    yield opened
    opened.close()


# --- Promising --------------------------------------------------------------------------------------------------------


def test_of_many_who_promise_the_same_one_does(database: Database, other: Database) -> None:
    """On two processes' connections, all in the same moment."""
    ready = threading.Barrier(8)

    def promise_it(number: int) -> bool:
        ready.wait()
        return put((database, other)[number % 2], "test:1")

    with ThreadPoolExecutor(8) as many:
        assert sorted(many.map(promise_it, range(8))) == [False] * 7 + [True]
    assert len(take(database)) == 1


def test_the_same_words_are_promised_to_many_at_once(database: Database) -> None:
    """To each once, whoever was promised something under that key before; each message has a token of its own."""
    put(database, "test:2", to="U0B")
    to = {f"test:{number}": f"U0{who}" for number, who in enumerate("ABC", 1)}
    for _ in range(2):
        database.write(promise_all, to, Message("All of you."))

    taken = take(database)
    said = {one.key: (one.target, one.body["text"]) for one in taken}
    assert said == {
        "test:1": ("U0A", "All of you."),
        "test:2": ("U0B", "test:2"),
        "test:3": ("U0C", "All of you."),
    }
    assert len({one.token for one in taken}) == 3
    database.write(promise_all, {}, Message("Nobody."))
    assert database.read(count_waiting, "test", NOON) == 0
    database.write(promise_all, {"test:4": "U0D", "other:1": "U0D"}, Message("Again."))
    assert database.read(count_waiting, "test", NOON) == 1


@pytest.mark.parametrize("many", range(3))
def test_no_gap_tells_how_many_were_promised_the_same(database: Database, many: int) -> None:
    """Who gets no reminder has answered; also where something else was promised before the reminder was erased."""
    put(database, "test:before")
    to = {f"many:{number}": f"U0{number}" for number in range(many)}
    database.write(promise_all, to, Message("Please answer."))
    put(database, "test:meanwhile")
    database.write(delete_under, "many")
    put(database, "test:after")

    first = row(database, "test:before").id
    ids = [row(database, f"test:{when}").id for when in ("before", "meanwhile", "after")]
    assert ids == [first, first + 1, first + 2]


def test_what_was_promised_to_many_first_leaves_first(database: Database) -> None:
    """However many come after them."""
    for number in range(3):
        with freeze_time(NOON + number * 20 * SECOND):
            to = {f"test:{number}:{one}": f"U0{number}{one}" for one in range(4)}
            database.write(promise_all, to, Message("All of you."))
    assert [one.target for one in take(database)] == [
        f"U0{number}{one}" for number in range(3) for one in range(4)
    ]


def test_what_is_promised_for_tomorrow_waits_when_it_is_due(database: Database) -> None:
    """Whoever promises no more than some at a time does not wait for it."""
    tomorrow = clock.now() + timedelta(days=1)
    put(database, "test:1", due=tomorrow)
    for now, count in ((tomorrow - timedelta(minutes=1), 0), (tomorrow, 1)):
        assert database.read(count_waiting, "test", now) == count


def test_what_is_rolled_back_was_never_promised(database: Database) -> None:
    """A message is decided with everything else in its transaction, or not at all."""

    def decide(session: Session) -> None:
        promise(session, "C0DESK", Message("x"), "test:1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(decide)
    assert take(database) == []


def test_a_message_is_found_by_its_place(database: Database) -> None:
    """And not its edit, which has the same place."""
    put(database, "test:1")
    send(database, take_one(database), ts="7.5")
    edit(database, "test:1", "Other words.")

    assert database.read(find_message, "C0DESK", "7.5") == "test:1"
    assert database.read(find_message, "C0DESK", "7.6") is None


# --- Whose turn it is -------------------------------------------------------------------------------------------------

DUE = st.builds(
    dict,
    to=st.sampled_from(["C0A", "C0B", "C0C", "U0D"]),
    priority=st.sampled_from(list(Priority)),
    due=st.none() | st.integers(-5, 5).map(lambda seconds: NOON + seconds * SECOND),
)


@pytest.fixture
def empty(database: Database) -> Callable[[], Database]:
    """Return the database with an empty outbox, again and again."""

    def make() -> Database:
        with database.writing() as session:
            session.execute(delete(OutboxRow))
        return database

    return make


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    promised=st.lists(DUE, max_size=25),
    posts=st.integers(0, 4),
    busy=st.frozensets(st.sampled_from(["C0A", "C0B"]), max_size=1),
    resting=st.frozensets(st.sampled_from(["C0B", "C0C"]), max_size=1),
)
def test_turns_come_in_order(empty, promised, posts, busy, resting) -> None:
    """What is waited for, then what was due first; one a target, and none where something is under way or was just now."""
    database = empty()
    for number, how in enumerate(promised):
        put(database, f"test:{number}", **how)

    taken = take(database, Room(posts, 0, busy, resting))

    def turn(number: int) -> tuple[int, datetime, int]:
        return promised[number]["priority"], promised[number]["due"] or AT_ONCE, number

    is_due = [n for n, how in enumerate(promised) if (how["due"] or AT_ONCE) <= NOON]
    expected, avoided = [], set(busy | resting)
    for number in sorted(is_due, key=turn):
        target = promised[number]["to"]
        if target not in avoided and len(expected) < posts:
            avoided.add(target)
            expected.append(f"test:{number}")
    assert [one.key for one in taken] == expected
    assert {one.term for one in taken} <= {1}


def test_an_edit_takes_no_post_s_place(database: Database) -> None:
    """It may go where a post was just now, but not where something is under way."""
    for key, to in (("test:1", "C0A"), ("test:2", "C0B")):
        put(database, key, to)
    for taken in take(database):
        send(database, taken)
    edit(database, "test:1", "x")
    edit(database, "test:2", "x")
    put(database, "test:3", "C0A")

    taken = take(database, Room(5, 5, frozenset({"C0B"}), frozenset({"C0A"})))

    assert [(one.key, one.is_edit) for one in taken] == [("test:1:edit", True)]
    assert [one.key for one in take(database, Room(1, 0))] == ["test:3"]
    assert [one.key for one in take(database, Room(0, 1))] == ["test:2:edit"]


def test_two_couriers_never_take_the_same(database: Database, other: Database) -> None:
    """Should two believe that they hold the lease."""
    for number in range(60):
        put(database, f"test:{number}", f"C0{number}")

    with ThreadPoolExecutor(2) as both:
        found = both.map(
            lambda where: [take(where, Room(5, 0)) for _ in range(8)], (database, other)
        )
    taken = [one.id for rounds in found for batch in rounds for one in batch]

    assert len(taken) == len(set(taken))


def test_a_message_that_somebody_is_changing_is_left_for_the_next_turn(postgresql_url: str) -> None:
    """Nobody waits for anybody; on SQLite there is only one writer."""
    ours, theirs = Database(postgresql_url), Database(postgresql_url)
    put(ours, "test:1", "C0A")
    put(ours, "test:2", "C0B")
    with theirs.writing() as session:
        promise_edit(session, "test:1", Message("other words"))
        [taken] = take(ours)
        assert taken.key == "test:2"
        theirs_now = replace(taken, id=row(ours, "test:1").id)
        held = ours.write(desk.hold, [taken, theirs_now, replace(taken, id=404)])
        assert held == ({taken.id}, {theirs_now.id})

    assert take_one(ours).body["text"] == "other words"
    ours.close()
    theirs.close()


MANY, FEW = 10_000, 100
SHAPES = {
    "ten thousand people": lambda number: f"U0{number}",
    "one channel": lambda _: "C0DESK",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_turn_costs_the_same_however_many_wait(database: Database, shape: str) -> None:
    """A survey of ten thousand people slows nothing down (here by less than twenty milliseconds)."""
    room = Room(10, 10, frozenset({"C0BUSY"}))
    few = _cost_of_a_turn(database, room, range(FEW), SHAPES[shape])
    many = _cost_of_a_turn(database, room, range(FEW, MANY), SHAPES[shape])

    assert many < 2 * few + 0.020


def _cost_of_a_turn(
    database: Database, room: Room, numbers: range, target: Callable[[int], str]
) -> float:
    """Return the seconds that the quickest of several turns takes, after so many more were promised."""
    defaults = {"is_edit": False, "is_private": False, "revision": 1, "attempts": 0}
    body = '{"text": "How was your week?", "blocks": []}'
    common = {"body": body, "priority": Priority.BULK, "state": Delivery.WAITING, **defaults}
    when = {"due_at": NOON, "created_at": NOON, "next_at": AT_ONCE}
    rows = [
        {"key": f"pulse:{n}", "token": f"{n}", "target": target(n), **common, **when}
        for n in numbers
    ]
    with database.writing() as session:
        session.execute(insert(OutboxRow), rows)
    costs = []
    for _ in range(9):
        began = perf_counter()
        database.read(desk.is_any_due, room, NOON, NOON - SECOND)
        for taken in take(database, room):
            database.write(desk.retry_later, taken, NOON, None)
        costs.append(perf_counter() - began)
    return min(costs)


# --- How it ended -----------------------------------------------------------------------------------------------------


def test_an_ending_is_written_once(database: Database) -> None:
    """Who comes second changes nothing, and nothing follows from it."""
    put(database, "test:1")
    taken = take_one(database)

    assert [one.state for one in send(database, taken, "1.0")] == [Delivery.SENT]
    assert send(database, taken, "2.0") == []
    assert came_out(database, taken, Refused("late"), NOON) == []
    assert row(database, "test:1").ts == "1.0"


def test_nobody_overrules_who_took_over(database: Database) -> None:
    """An earlier term's courier wakes up and wants to try again what has been taken anew."""
    put(database, "test:1")
    old = take_one(database, term=1)
    came_out(database, old, NotSent("not_found", wait=0.0))
    new = take_one(database, term=2)

    came_out(database, old, NotSent("late", wait=1.0))
    assert send(database, old) == []
    assert states(database) == {"test:1": Delivery.SENDING}
    assert [one.key for one in send(database, new)] == ["test:1"]


def test_an_edit_that_was_replaced_while_it_was_sent_goes_again(database: Database) -> None:
    """With the newest words."""
    put(database, "test:1")
    send(database, take_one(database))
    edit(database, "test:1", "old")
    taken = take_one(database)
    edit(database, "test:1", "new")

    assert send(database, taken) == []
    assert take_one(database).body["text"] == "new"


def test_other_words_begin_anew(database: Database) -> None:
    """Whatever came of the words before them."""
    put(database, "head")
    send(database, take_one(database))
    edit(database, "head", "Refused")
    for _ in range(3):
        database.write(desk.retry_later, take_one(database), NOON, "edit_window_closed")
    edit(database, "head", "Better")
    again = take_one(database)
    assert (again.body["text"], again.attempts) == ("Better", 1)
    assert row(database, "head:edit").error is None


def test_what_was_deleted_while_it_was_sent_is_nobody_s_to_change(database: Database) -> None:
    """The courier does not wait for it to be free."""
    put(database, "gone")
    taken = take_one(database)
    database.write(lambda session: session.execute(delete(OutboxRow)))
    assert database.write(desk.hold, [taken]) == (frozenset(), frozenset())
    assert send(database, taken) == []


def test_an_edit_made_while_its_message_is_sent_follows_it(database: Database) -> None:
    """It waits until the message is there; if it is not there after all, the message itself gets the words."""
    put(database, "test:1")
    taken = take_one(database)
    edit(database, "test:1", "second")
    assert states(database)["test:1:edit"] == Delivery.HELD

    came_out(database, taken, NotSent("ratelimited", wait=0.0))
    edit(database, "test:1", "third")
    again = take_one(database)
    assert again.body["text"] == "third"
    send(database, again)

    assert states(database) == {"test:1": Delivery.SENT}


def test_what_hangs_on_a_message_follows_its_fate(database: Database) -> None:
    """Down to the answers of answers and their edits."""
    put(database, "test:1")
    put(database, "test:2", in_thread_of="test:1")
    put(database, "test:3", in_thread_of="test:2")
    taken = take_one(database)
    edit(database, "test:1", "x")

    ended = came_out(database, taken, Refused("is_archived"), NOON)

    assert {(one.key, one.error) for one in ended} == {
        ("test:1", "is_archived"),
        ("test:1:edit", "parent"),
        ("test:2", "parent"),
        ("test:3", "parent"),
    }
    put(database, "test:4", in_thread_of="test:1")
    assert set(states(database).values()) == {Delivery.FAILED}


def test_the_words_of_what_comes_too_late_are_forgotten(database: Database) -> None:
    """Where they are private, with those that hang on it; those of a channel stay."""
    for to in ("U0ANA,U0BO", "C0DESK"):
        put(database, to, to, until=NOON)
        put(database, f"{to}:2", to, in_thread_of=to)
    assert take(database) == []
    assert set(states(database).values()) == {"expired"}
    assert [row(database, f"U0ANA,U0BO{part}").body for part in ("", ":2")] == ["", ""]
    assert all(row(database, f"C0DESK{part}").body for part in ("", ":2"))


def test_an_answer_knows_its_thread(database: Database) -> None:
    """The thread of the first message, however deep the answer."""
    put(database, "test:1", "U0BO")
    put(database, "test:2", "U0BO", in_thread_of="test:1")
    send(database, take_one(database), "1.0", "D0BO")
    second = take_one(database)
    send(database, second, "2.0", "D0BO")
    put(database, "test:3", "U0BO", in_thread_of="test:2")
    third = take_one(database)

    assert (second.channel, second.thread_ts) == (third.channel, third.thread_ts) == ("D0BO", "1.0")


def test_since_when_a_message_is_in_doubt(database: Database) -> None:
    """Since the first attempt with an unknown end; one that certainly came to nothing does not count."""
    put(database, "test:1")
    first = take_one(database, now=NOON)
    came_out(database, first, NotSent("ratelimited", wait=0.0, counts=False))
    assert row(database, "test:1").tried_at is None

    second = take_one(database, now=NOON + SECOND)
    came_out(database, second, InDoubt("timeout"), NOON + 2 * SECOND)
    assert database.read(desk.doubtful, NOON + SECOND, 10) == []
    [lost] = database.read(desk.doubtful, NOON + 2 * SECOND, 10)
    assert (lost.tried_at, lost.taken_at) == (NOON + SECOND, NOON + 2 * SECOND)

    came_out(database, lost, NotSent("not_found", wait=0.0))
    third = take_one(database, now=NOON + 9 * SECOND)
    came_out(database, third, NotSent("ratelimited", wait=0.0, counts=False))
    assert row(database, "test:1").tried_at == NOON + SECOND
    assert row(database, "test:1").attempts == 1


# --- What the operator asks -------------------------------------------------------------------------------------------


def test_how_things_stand(database: Database) -> None:
    """Counts by state, and how long the longest wait of what is due has lasted."""
    put(database, "test:1", "C0A", due=NOON - SECOND)
    put(database, "test:2", "C0B", due=NOON + SECOND)
    assert database.read(desk.waiting_since, NOON) == NOON - SECOND

    send(database, take_one(database))

    counts = database.read(desk.count_by_state)
    assert (counts[Delivery.SENT], counts[Delivery.WAITING], counts[Delivery.FAILED]) == (1, 1, 0)
    assert database.read(desk.waiting_since, NOON) is None


def test_dead_letters_are_tried_again_alone_or_together(database: Database) -> None:
    """What failed is sent, what is uncertain is looked for; what fell with its parent follows it."""
    for number in (1, 2, 3):
        put(database, f"test:{number}", f"C0{number}")
    put(database, "test:4", in_thread_of="test:1")
    one, two, three = take(database)
    came_out(database, one, Refused("is_archived"), NOON)
    came_out(database, two, Refused("is_archived"), NOON + SECOND)
    came_out(database, three, Unknowable("missing_scope"), NOON + 2 * SECOND)
    dead = database.read(desk.dead_letters)
    assert [letter.key for letter in dead] == ["test:3", "test:2", "test:1"]

    assert database.write(desk.retry, NOON, one.id) == (1, 0)
    assert states(database) == {
        "test:1": Delivery.WAITING,
        "test:4": Delivery.HELD,
        "test:2": Delivery.FAILED,
        "test:3": Delivery.UNCERTAIN,
    }
    assert database.write(desk.retry, NOON) == (2, 0)
    assert {taken.key for taken in take(database, now=NOON + 9 * SECOND)} == {"test:1", "test:2"}
    [lost] = database.read(desk.doubtful, NOON + 9 * SECOND, 10)[-1:]
    assert database.write(desk.retry, NOON, 404) == (0, 0)
    assert states(database)["test:3"] == Delivery.SENDING
    assert send(database, lost, "3.0")


def test_what_is_of_no_use_any_more_is_not_sent_when_it_is_tried_again(database: Database) -> None:
    """It is told apart, and ends as what comes too late does, with what hung on it."""
    put(database, "test:1", "C0A", until=NOON + SECOND)
    put(database, "test:2", in_thread_of="test:1")
    put(database, "test:3", "C0B", until=NOON + 9 * SECOND)
    for taken in take(database):
        came_out(database, taken, Refused("is_archived"), NOON)
    late = [letter.is_too_old(NOON + SECOND) for letter in database.read(desk.dead_letters)]
    assert sorted(late) == [False, True]

    assert database.write(desk.retry, NOON + SECOND) == (1, 1)
    [sent] = take(database, now=NOON + SECOND)

    assert sent.key == "test:3"
    assert states(database) == {
        "test:1": Delivery.EXPIRED,
        "test:2": Delivery.EXPIRED,
        "test:3": Delivery.SENDING,
    }


def test_who_never_came_to_slack_is_promised_again_with_all_that_hangs_on_it(
    database: Database,
) -> None:
    """Its parts, and what they were to say later; what is in Slack or on its way stays."""
    put(database, "head")
    put(database, "head:2", in_thread_of="head")
    taken = take_one(database)
    edit(database, "head", "Other words")
    edit(database, "head:2", "Other words there")
    database.write(withdraw, "head")
    assert not put(database, "head")
    came_out(database, taken, Refused("not_in_channel"), NOON)
    database.write(withdraw, "head")
    assert states(database) == {}
    assert put(database, "head")


def test_it_is_withdrawn_while_an_operator_tries_it_again(postgresql_url: str) -> None:
    """Then it is on its way already, and is not forgotten."""
    database = Database(postgresql_url)
    put(database, "head")
    came_out(database, take_one(database), Refused("not_in_channel"), NOON)
    one, other = overlap(
        database,
        lambda session: desk.retry(session, NOON),
        lambda session: withdraw(session, "head"),
    )
    one.result()
    other.result()
    assert states(database) == {"head": "waiting"}
    database.close()


def test_what_has_ended_is_forgotten_to_be_promised_again(database: Database) -> None:
    """With answers that never got there; those that did stay, and while it is on its way nothing is forgotten."""
    put(database, "head")
    put(database, "answer", in_thread_of="head")
    assert not database.write(forget, "head")
    came_out(database, take_one(database), Sent("C0DESK", "7.7"), NOON)
    came_out(database, take_one(database), Sent("C0DESK", "8.8"), NOON + SECOND)
    put(database, "lost", in_thread_of="head")
    came_out(database, take_one(database), Refused("thread_not_found"), NOON + 2 * SECOND)
    assert database.write(forget, "head")
    assert states(database) == {"answer": "sent"}
    assert put(database, "head")


def test_old_messages_go_with_what_waits_for_them(database: Database) -> None:
    """Some at a time; what has not ended stays."""
    for number in range(3):
        put(database, f"old:{number}", "C0OLD")
    put(database, "new:1", "C0NEW", due=NOON + SECOND)
    put(database, "held:1", in_thread_of="old:0")
    put(database, "held:2", in_thread_of="held:1")
    came_out(database, take_one(database), Unknowable("missing_scope"))

    assert database.write(desk.prune, NOON) == 0
    assert database.write(desk.prune, NOON + SECOND) == 1
    assert set(states(database)) == {"old:1", "old:2", "new:1"}


def test_old_messages_stay_while_they_are_counted(database: Database) -> None:
    """By their keys, or with what these begin."""
    for number, key in enumerate(("poll:1", "poll:1:dan", "poll:11", "poll:11:dan")):
        put(database, key, f"C{number}")
    for taken in take(database):
        send(database, taken)
    assert database.write(desk.prune, NOON + SECOND, ["poll:1"]) == 2
    assert set(states(database)) == {"poll:1", "poll:1:dan"}


def test_what_is_about_to_be_posted_outlasts_a_loss_of_power(sqlite_url: str) -> None:
    """SQLite then waits for the disk; everything else may be a moment behind it."""
    database = Database(sqlite_url)

    def level(session: Session) -> int:
        return int(session.execute(text("PRAGMA synchronous")).scalar_one())

    normal, full = 1, 2
    assert (database.write(level), database.write_lastingly(level)) == (normal, full)
    database.close()
