"""One of several holds a lease, for as long as the database's clock says."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.storage import lease
from bot.storage.database import Database, database_now

pytestmark = pytest.mark.both_databases

LONG, SHORT = timedelta(hours=1), timedelta(microseconds=1)
NAME = "courier"


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Another process on the same database."""
    opened = Database(database_url)
    yield opened
    opened.close()


def test_the_first_takes_it_and_the_others_do_not(database: Database) -> None:
    """A term counts how often it changed hands."""
    assert database.read(lease.is_free, NAME)

    assert database.write(lease.take, NAME, "one", LONG) == 1
    assert database.write(lease.take, NAME, "two", LONG) is None
    assert not database.read(lease.is_free, NAME)
    assert database.write(lease.is_held, NAME, "one", 1)
    assert not database.write(lease.is_held, NAME, "two", 1)
    assert not database.write(lease.is_held, NAME, "one", 2)


def test_it_is_free_when_it_has_run_out_or_is_given_back(database: Database) -> None:
    """And then the next term begins."""
    database.write(lease.take, NAME, "one", SHORT)
    assert not database.write(lease.is_held, NAME, "one", 1)
    assert database.write(lease.take, NAME, "two", LONG) == 2

    database.write(lease.give_back, NAME, "one")  # it is not theirs any more
    assert database.write(lease.take, NAME, "three", LONG) is None
    database.write(lease.give_back, NAME, "two")
    assert database.write(lease.take, NAME, "three", LONG) == 3


def test_who_holds_it_keeps_it_unless_somebody_took_it(database: Database) -> None:
    """Even when it had run out: nobody noticed."""
    database.write(lease.take, NAME, "one", SHORT)
    assert database.write(lease.keep, NAME, "one", SHORT) == 1
    database.write(lease.take, NAME, "two", LONG)

    assert database.write(lease.keep, NAME, "one", LONG) is None
    assert database.write(lease.keep, NAME, "two", LONG) == 2
    assert database.read(lease.look_at, NAME)[:2] == ("two", 2)


def test_of_many_at_once_one_takes_it(database: Database, other: Database) -> None:
    """On two processes' connections, all in the same moment."""
    ready = threading.Barrier(8)

    def take(number: int) -> int | None:
        ready.wait()
        where = (database, other)[number % 2]
        return where.write(lease.take, NAME, f"holder {number}", LONG)

    with ThreadPoolExecutor(8) as many:
        terms = list(many.map(take, range(8)))

    assert sorted(terms, key=str) == [1] + [None] * 7


def test_nobody_takes_it_while_its_holder_acts(postgresql_url: str) -> None:
    """Nor waits for it: a process frozen in the middle must not freeze the others."""
    ours, theirs = Database(postgresql_url), Database(postgresql_url)
    ours.write(lease.take, NAME, "one", SHORT)
    with ours.writing() as session:
        lease.is_held(session, NAME, "one", 1)
        assert theirs.read(lease.is_free, NAME)
        assert theirs.write(lease.take, NAME, "two", LONG) is None

    assert theirs.write(lease.take, NAME, "two", LONG) == 2
    ours.close()
    theirs.close()


def test_it_runs_on_the_database_s_clock(database: Database) -> None:
    """So that machines whose clocks differ agree."""
    database.write(lease.take, NAME, "one", LONG)

    with database.reading() as session:
        held, now = lease.look_at(session, NAME), database_now(session)
        if not database.is_sqlite:
            theirs = session.execute(text("SELECT clock_timestamp()")).scalar_one()
            assert abs(theirs - now) < timedelta(seconds=5)
    assert timedelta() < now - held.taken_at < timedelta(minutes=1)
    assert held.until - held.taken_at == LONG
