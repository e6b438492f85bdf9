"""Tables are written anew only when nobody has to wait long for it, and nobody sees what is to be gone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import text

from bot.storage import ballot, outbox
from bot.storage.database import Database
from tests.storage.outbox_stage import put


def test_it_waits_for_nobody_who_holds_a_table(postgresql_url: str) -> None:
    """Everybody else would wait behind it; it is done when they have finished."""
    database = Database(postgresql_url)
    with database.reading() as session:
        session.execute(text("SELECT count(*) FROM outbox"))
        assert not database.scrub(*ballot.TABLES, outbox.TABLE)
        assert put(database, "promised meanwhile")
    assert database.scrub(*ballot.TABLES, outbox.TABLE)
    database.close()


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    """A server's database, in which somebody's message has just been deleted."""
    opened = Database(postgresql_url)
    put(opened, NAME)
    yield opened
    opened.close()


NAME = "pulse:1:1:U0SECRETDAN"
READS = "SELECT count(*) FROM pulse_wave"
WRITES = "SELECT pg_current_xact_id()"


@contextmanager
def transaction(url: str, statement: str, role: str = "postgres") -> Iterator[psycopg.Connection]:
    """Do something that goes on, as a backup does."""
    with psycopg.connect(url.replace("+psycopg", ""), user=role) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(statement)  # type: ignore[call-overload]
        yield connection
        connection.rollback()


def delete(database: Database) -> None:
    """Delete all messages."""
    with database.writing() as session:
        session.execute(text("DELETE FROM outbox"))


def is_on_disk(database: Database) -> bool:
    """Return whether the table's file holds the name."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        file = "pg_read_binary_file(pg_relation_filepath('outbox'))"
        looking = text(f"SELECT position(CAST(:name AS bytea) IN {file}) > 0")
        return bool(connection.scalar(looking, {"name": NAME.encode()}))


@pytest.mark.parametrize("statement", [READS, WRITES], ids=["reads", "writes"])
def test_what_somebody_may_still_see_is_not_taken_for_gone(database, postgresql_url, statement):
    """A server would copy it with the rest; it is done when they have finished."""
    with transaction(postgresql_url, statement):
        delete(database)
        assert not database.scrub(*ballot.TABLES, outbox.TABLE)
    assert database.scrub(*ballot.TABLES, outbox.TABLE)
    assert not is_on_disk(database)


def test_it_does_not_wait_for_those_who_came_later(database, postgresql_url):
    """They do not see what was deleted before; without that it would never come to it where much is done."""
    delete(database)
    with transaction(postgresql_url, READS), transaction(postgresql_url, WRITES):
        assert database.scrub(*ballot.TABLES, outbox.TABLE)
    assert not is_on_disk(database)


def test_it_waits_a_moment_for_what_is_about_to_end(database, postgresql_url):
    """Short transactions go on at all times."""
    with transaction(postgresql_url, READS) as other, ThreadPoolExecutor(1) as beside:
        delete(database)
        scrubbed = beside.submit(database.scrub, *ballot.TABLES, outbox.TABLE)
        while not is_waiting(database):
            assert not scrubbed.done()
        other.rollback()
        assert scrubbed.result()
    assert not is_on_disk(database)


def is_waiting(database: Database) -> bool:
    """Return whether somebody waits on the server for time to pass."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    with database.reading() as session:
        return bool(session.scalar(text(waits)))


def test_others_are_seen_without_their_rights(database, postgresql_url):
    """The bot's own role need not be one that may see what others do."""
    with transaction(postgresql_url, READS):
        delete(database)
        with database.writing() as session:
            session.execute(text("CREATE ROLE bot LOGIN"))
            for table in (*ballot.TABLES, outbox.TABLE):
                session.execute(text(f"ALTER TABLE {table} OWNER TO bot"))
        modest = Database(database.url.set(username="bot").render_as_string(hide_password=False))
        assert not modest.scrub(*ballot.TABLES, outbox.TABLE)
    assert modest.scrub(*ballot.TABLES, outbox.TABLE)
    modest.close()
    with database.writing() as session:
        session.execute(text("REASSIGN OWNED BY bot TO postgres"))
        session.execute(text("DROP OWNED BY bot"))
        session.execute(text("DROP ROLE bot"))
