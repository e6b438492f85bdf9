"""Feedback and pools as rows: who finds what, numbers that never come back, and two machines at one pool."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import feedback_pool as pool
from bot.domain.person import Person
from bot.errors import FormErrors, Refused
from bot.storage import feedback as rows
from bot.storage.ballot import BallotBoxRow, BallotKeyRow, participants
from bot.storage.database import Database
from bot.storage.feedback import FeedbackRow
from bot.storage.vault import Vault
from bot.vocabulary import FeedbackKind, FeedbackLevel, Role

pytestmark = pytest.mark.both_databases

ZONE = ZoneInfo("Europe/Madrid")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
DUE = datetime(2026, 11, 30, 9, tzinfo=UTC)  # ten in Madrid
VAULT = Vault("a secret of the tests, long enough")
GIVER, RECEIVER, OTHER = "U0GIVER", "U0RECEIVER", "U0OTHER"


def add(session: Session, level: FeedbackLevel = FeedbackLevel.TWO) -> int:
    """Keep a piece of feedback, and return its number."""
    row = FeedbackRow(
        giver=GIVER,
        receiver=RECEIVER,
        relation="anybody",
        kind=FeedbackKind.PRAISE,
        level=level,
        answers=rows.packed([("words", "", "Well done.")]),
        given_at=NOON,
    )
    return rows.add_row(session, row).id


def member(number: int) -> Person:
    """Return somebody who may write."""
    return Person(f"U{number}", f"U{number}", Role.MEMBER, ZONE)


def write(database: Database, number: int) -> str | None:
    """Write to the leadership."""
    return database.write(
        pool.contribute, VAULT, member(number), FeedbackKind.CONCERN, f"text {number}"
    )


def release(database: Database, now: datetime = DUE) -> pool.Digest | None:
    """Look whether a digest is due."""
    return database.write(pool.release_due, VAULT, now, ZONE)


def ballots(database: Database) -> int:
    """Return how many ballots there are, each of one box."""
    with database.reading() as session:
        count = len(session.scalars(select(BallotBoxRow)).all())
        assert len(session.scalars(select(BallotKeyRow)).all()) == count
    return count


@pytest.fixture
def opened(database: Database) -> Database:
    """A database with an open pool."""
    database.write(pool.ensure_open, VAULT, NOON, ZONE)
    return database


def test_the_two_find_it_and_nobody_else(database):
    """A note is found by its giver alone."""
    shared = database.write(add)
    note = database.write(add, FeedbackLevel.NOTE)
    found = {
        (person, number): database.read(rows.find_row, number, person) is not None
        for person in (GIVER, RECEIVER, OTHER)
        for number in (shared, note)
    }
    assert [pair for pair, is_found in found.items() if is_found] == [
        (GIVER, shared),
        (GIVER, note),
        (RECEIVER, shared),
    ]
    assert len(database.read(rows.rows_of, GIVER)) == 2
    assert len(database.read(rows.rows_of, RECEIVER)) == 1
    assert not database.read(rows.rows_of, OTHER)


def test_a_number_never_comes_back(database):
    """Not that of the last one either, once it is erased."""
    first = database.write(add)
    database.write(rows.erase_one, first)
    assert database.write(add) > first
    database.write(rows.erase_before, NOON + timedelta(seconds=1))
    assert not database.read(rows.rows_of, GIVER)


def test_four_are_carried_over_and_five_come_out(opened):
    """Together, with the boxes and keys gone, and another pool open for the next."""
    for number in range(4):
        assert write(opened, number)
    assert release(opened, DUE - timedelta(seconds=1)) is None
    assert release(opened) is None
    assert write(opened, 4)
    assert write(opened, 4) is None
    assert release(opened) is None  # it has been looked at this week
    digest = release(opened, DUE + timedelta(days=7))
    assert digest is not None
    assert sorted(digest.texts) == [f"text {number}" for number in range(5)]
    assert digest.kinds == {FeedbackKind.CONCERN: 5}
    assert release(opened, DUE + timedelta(days=7)) is None
    opened.write(pool.arrived, digest.pool, digest.release)
    assert ballots(opened) == 1
    assert write(opened, 4)


def test_what_does_not_arrive_is_sealed_until_it_does(opened):
    """Nobody's name with it; it comes out again, and of what people write meanwhile nothing with it."""
    for number in range(5):
        write(opened, number)
    first = release(opened)
    assert first is not None
    with opened.reading() as session:
        kept = rows.locked_pool(session, first.pool)
        assert kept is not None
        assert participants(session, VAULT, kept.ballot) == frozenset()
    for is_first in (True, False):
        told = opened.write(pool.wait_again, first.pool, first.release, DUE, ZONE)
        assert told is is_first
    assert write(opened, 5)
    assert release(opened) is None
    other = Vault("quite another secret of the tests")
    assert opened.write(pool.release_due, other, DUE + timedelta(days=7), ZONE) is None
    again = release(opened, DUE + timedelta(days=14))
    assert again is not None
    assert sorted(again.texts) == sorted(first.texts)
    assert (again.pool, again.kinds) == (first.pool, first.kinds)
    opened.write(pool.arrived, first.pool, first.release)  # is none of the second's
    assert ballots(opened) == 2
    opened.write(pool.arrived, again.pool, again.release)
    assert not opened.write(pool.wait_again, again.pool, again.release, DUE, ZONE)
    assert ballots(opened) == 1
    assert release(opened, DUE + timedelta(days=21)) is None


def test_who_withdraws_does_not_count(opened):
    """Five have written, and one has thought better of it."""
    codes = [write(opened, number) for number in range(5)]
    opened.write(pool.withdraw, VAULT, member(0), str(codes[0]))
    assert release(opened) is None


def test_two_machines_make_one_digest(opened):
    """And one pool after it, whoever comes first; neither opens a second where one is open."""
    for number in range(5):
        write(opened, number)
    start = Barrier(4)

    def look(_: int) -> pool.Digest | None:
        start.wait(20)
        opened.write(pool.ensure_open, VAULT, DUE, ZONE)
        return release(opened)

    with ThreadPoolExecutor(4) as threads:
        made = [one for one in threads.map(look, range(4)) if one is not None]
    assert len(made) == 1
    assert ballots(opened) == 2  # the one that is open, and what has not arrived


def test_a_hundred_write_at_once_and_no_more(opened):
    """Each as much as they may; whoever comes too late is told."""

    def tell(number: int) -> str:
        try:
            opened.write(
                pool.contribute,
                VAULT,
                member(number),
                FeedbackKind.PRAISE,
                "\N{ROCKET}" * pool.LONGEST,
            )
        except Refused as refused:
            return refused.sentence
        return "sealed"

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(tell, range(pool.SEATS + 4)))
    assert told.count("sealed") == pool.SEATS
    assert sum("full" in each for each in told) == 4
    digest = release(opened)
    assert digest is not None
    assert len(digest.texts) == pool.SEATS


def test_managers_do_not_write(opened):
    """They read it."""
    manager = Person("U0ANA", "Ana", Role.MANAGER, ZONE)
    with pytest.raises(FormErrors, match="managers who read what is said"):
        opened.write(pool.contribute, VAULT, manager, FeedbackKind.PRAISE, "Good.")


def test_another_secret_opens_nothing(opened):
    """It says what is wrong, and nothing is lost: the pool waits for its own."""
    for number in range(5):
        write(opened, number)
    other = Vault("quite another secret of the tests")
    with pytest.raises(Refused, match="another secret"):
        opened.write(pool.contribute, other, member(9), FeedbackKind.PRAISE, "Hello.")
    assert opened.write(pool.release_due, other, DUE, ZONE) is None
    digest = release(opened, DUE + timedelta(days=7))
    assert digest is not None
    assert len(digest.texts) == 5
