"""A place beside the tickets where an import is laid out before it counts: a temporary table of one connection.

Filling it takes no lock that another writer would wait for, on SQLite as on PostgreSQL, and whatever ends the
connection removes it. Only `moving_in` takes the writer's place, for one statement and the tallies.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, select, true
from sqlalchemy.orm import Session

from bot.storage import ticket as tickets
from bot.storage.database import Database, UtcDateTime, begin_immediately, to_stored
from bot.storage.ticket import TICKETS

STAGED = Table(
    "staged_ticket",
    MetaData(),
    *[Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable) for c in TICKETS.c],
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)

_INSTANTS = [place for place, column in enumerate(STAGED.c) if isinstance(column.type, UtcDateTime)]


class Staging:
    """One import's rows on a connection of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def filling(self) -> Iterator[Session]:
        """Open a short transaction for reading what is kept and laying out more; no other writer waits for it."""
        begin_immediately(self._connection, wanted=False)
        with Session(bind=self._connection) as session, session.begin():
            yield session

    @contextmanager
    def moving_in(self) -> Iterator[Session]:
        """Open the one transaction in which the import comes to count."""
        begin_immediately(self._connection, wanted=True)
        with Session(bind=self._connection) as session, session.begin():
            yield session


@contextmanager
def staging(database: Database) -> Iterator[Staging]:
    """Open an empty staging place that is gone afterwards, whatever happens."""
    with database.engine.connect() as connection:
        place = Staging(connection)
        with place.filling() as session:
            if (
                database.is_sqlite
            ):  # room for the pages of a million rows on their way: twice as quick to move in
                session.connection().exec_driver_sql("PRAGMA cache_size=-16384")
            STAGED.create(session.connection(), checkfirst=False)
        try:
            yield place
        finally:
            connection.invalidate()  # a temporary table must not go back to the pool with its connection


def lay_out(session: Session, records: Sequence[tuple[Any, ...]]) -> None:
    """Stage records (values in the order of the columns), each in the place of a staged one with its id."""
    statement = tickets.upsert_of(session, STAGED)
    dialect = session.get_bind().dialect
    if dialect.name == "sqlite":
        # Per row, SQLAlchemy's executemany costs six times what SQLite itself does
        stored = [_as_stored(record) for record in records]
        session.connection().exec_driver_sql(str(statement.compile(dialect=dialect)), stored)
    else:
        names = STAGED.c.keys()
        session.execute(statement, [dict(zip(names, record, strict=True)) for record in records])


def _as_stored(record: tuple[Any, ...]) -> tuple[Any, ...]:
    stored = list(record)
    for place in _INSTANTS:
        if stored[place] is not None:
            stored[place] = to_stored(stored[place])
    return tuple(stored)


def find_staged(session: Session, ids: Collection[str]) -> dict[str, Any]:
    """Return the staged records among `ids`, by id."""
    return {row.id: row for row in tickets.find_tickets(session, ids, STAGED)}


def every_staged(session: Session) -> Iterator[Sequence[Any]]:
    """Yield all staged records, a chunk at a time."""
    return tickets.every_ticket(session, STAGED)


def move_in(session: Session) -> None:
    """Copy all staged records among the kept ones, each in the place of an earlier one with its id."""
    # SQLite takes ON CONFLICT after a SELECT only where that has a WHERE; in order of ids its pages are written once
    ordered = select(STAGED).where(true()).order_by(STAGED.c.id)
    session.execute(tickets.upsert_of(session, TICKETS, ordered))
