"""Engines and transactions: SQLite in a file by default, PostgreSQL by its URL, the same code for both.

SQLite's defaults lose concurrent updates silently, so every write begins with BEGIN IMMEDIATE and all writes of
one process share one thread; reads use an engine of their own and never wait for a writer (WAL).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Integer,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

from bot import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BUSY_SECONDS = 30
_CONNECT_SECONDS = 10  # psycopg's own patience with a server that does not answer is two minutes
_READERS = 8
_AT_ONCE = "steward_begin_immediate"
_QUIET = "idle_in_transaction_session_timeout"
_LONGEST_QUIET = (
    "5min"  # between two statements of a transaction; after that its process is taken to be frozen
)

_LONGEST_WAIT = "500ms"  # of what can be done again, where somebody's change is in its way
_IN_THE_WAY = frozenset({"55P03", "40P01"})  # PostgreSQL's lock_not_available, deadlock_detected

P = ParamSpec("P")
T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite.

    A naive datetime is refused. Integers make SQLite's rows half the size of its text dates.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's own type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware datetime into what the column keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return to_stored(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Turn what the column keeps into an aware datetime in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def to_stored(instant: datetime) -> int:
    """Return an aware `instant` as SQLite keeps it: whole microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


class Row(DeclarativeBase):
    """The root of everything that is kept."""


NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""The type of a key that the database counts up by itself."""


def insert_into(session: Session, row: Any) -> Any:
    """Return an insert that can say what happens on a conflict, in the words of the session's database."""
    is_server = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(row) if is_server else sqlite.insert(row)


def in_parts(items: Sequence[T], size: int = 5_000) -> Iterator[Sequence[T]]:
    """Yield a few at a time: a statement takes only so many."""
    return (items[start : start + size] for start in range(0, len(items), size))


def database_now(session: Session) -> datetime:
    """Return the instant on the database's own clock, which machines that share it agree on.

    SQLite runs inside this process, so that its clock is this machine's.
    """
    if session.get_bind().dialect.name != "postgresql":
        return clock.now()
    return session.scalars(select(func.clock_timestamp(type_=UtcDateTime))).one()


def overwrite_deleted(session: Session) -> None:
    """Let noughts be written over what is deleted from now on, where the database can: SQLite, not PostgreSQL."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))


def give_way(session: Session, most: timedelta) -> None:
    """Let nobody wait long for this transaction, nor it for others; say so before it locks anything.

    What can be done again gives up after half a second where a person's change is in its way. And the server ends it
    when its process stands still for half of `most`, or a frozen machine would keep its locks.
    """
    if session.get_bind().dialect.name == "postgresql":
        quiet = f"{int(most.total_seconds() * 500)}ms"
        waits = func.set_config("lock_timeout", _LONGEST_WAIT, True)
        session.execute(select(waits, func.set_config(_QUIET, quiet, True)))


def is_in_the_way(error: Exception) -> bool:
    """Return whether nothing is wrong but that somebody else was changing the same just then."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") in _IN_THE_WAY


class Database:
    """Where the rows are: transactions for reading and for writing.

    `read` and `write` call a plain function with a session as its first argument inside one transaction, which is
    committed when the function returns and rolled back when it raises. Nothing is opened before the first call.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url, writes=True)
            self._reading = _sqlite_engine(self.url, writes=False)
            self._lasting = _sqlite_engine(self.url, writes=True, outlasts_power=True)
        else:
            self.engine = self._lasting = _server_engine(self.url)
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self.readers: Executor = ThreadPoolExecutor(_READERS, thread_name_prefix="read")
        self.writers: Executor = (
            ThreadPoolExecutor(1, thread_name_prefix="write") if self.is_sqlite else self.readers
        )

    @property
    def file(self) -> Path | None:
        """The file that SQLite keeps it in; None where it is a server's, or only in memory."""
        name = self.url.database if self.is_sqlite else None
        return Path(name) if name and name != ":memory:" else None

    def make_folder(self) -> None:
        """Make the folder of the file, if it is still missing; `OSError` where that cannot be."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)

    def read(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in a transaction that only reads."""
        with self.reading() as session:
            return do(session, *args, **kwargs)

    def write(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call `do(session, …)` in one transaction; what it returns is committed."""
        with self.writing() as session:
            return do(session, *args, **kwargs)

    def write_lastingly(
        self, do: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Write what must outlast even a loss of power, because something that cannot be undone follows from it.

        On SQLite a commit is otherwise on its way to the disk for a moment, which only a loss of power can take away.
        """
        with Session(self._lasting) as session, session.begin():
            return do(session, *args, **kwargs)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads; it sees one state of the database throughout."""
        with Session(self._reading) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that commits on leaving; on SQLite it holds the only writer's place."""
        with Session(self.engine) as session, session.begin():
            yield session

    def scrub(self, *tables: str) -> bool:
        """Leave nothing on the disk of what was deleted from some tables; False where that could not be just then.

        On SQLite the whole file is written anew and its log is cut; a server writes the tables anew, one after another,
        and nobody else can use a table meanwhile: 100,000 messages take one to three seconds. Nothing gentler would do,
        for a plain VACUUM leaves the bytes of what is gone where they are. Waiting for its turn it gives up after a
        moment, since everybody else would wait behind it; and it does not begin while somebody, a backup say, may still
        see what was deleted, which a server would then copy with the rest. What copies and archives of the log somebody
        keeps elsewhere cannot be reached from here.
        """
        connection = self.engine.raw_connection()
        try:
            if self.is_sqlite:
                return _write_file_anew(connection)
            connection.driver_connection.autocommit = True  # type: ignore[union-attr]  # psycopg's
            return _write_tables_anew(connection, tables)
        finally:
            connection.invalidate()  # rather than giving it back in another mode
            connection.close()

    def close(self) -> None:
        """Let go of every connection and thread."""
        self.readers.shutdown()
        self.writers.shutdown()
        self._reading.dispose()
        self._lasting.dispose()
        self.engine.dispose()


def _write_file_anew(connection: PoolProxiedConnection) -> bool:
    cursor = connection.cursor()
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    is_busy, *_ = cursor.fetchone() or (1,)
    return not is_busy


def _write_tables_anew(connection: PoolProxiedConnection, tables: Sequence[str]) -> bool:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{_LONGEST_WAIT}'")
    if not _is_seen_by_nobody(cursor):
        return False
    try:
        cursor.execute(f"VACUUM FULL {', '.join(tables)}")
    except Exception as error:
        if getattr(error, "sqlstate", "") not in _IN_THE_WAY:
            raise
        return False
    return True


def _is_seen_by_nobody(cursor: DBAPICursor) -> bool:
    """Return whether nobody on a server can see any more what has been deleted until now.

    Transactions begun later are in nobody's way, and short ones are waited for: there are always some.
    """
    cursor.execute("SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text)")
    (now,) = cursor.fetchone() or ("",)
    for _ in range(_LOOKS):
        cursor.execute(_IS_SEEN, {"now": now})
        if cursor.fetchone() == (False,):
            return True
        cursor.execute(f"SELECT pg_sleep({_BETWEEN_LOOKS})")
    return False


_LOOKS, _BETWEEN_LOOKS = 10, 0.05  # seconds
_IS_SEEN = """
    SELECT pg_snapshot_xmin(pg_current_snapshot()) < CAST(%(now)s AS xid8)
        OR EXISTS (
            SELECT FROM pg_stat_activity
            WHERE pid <> pg_backend_pid()
            AND (datid IS NULL OR datname = current_database())
            AND age(backend_xmin) > age(CAST(CAST(%(now)s AS xid8) AS xid))
        )
        OR EXISTS (
            SELECT FROM pg_replication_slots
            WHERE age(xmin) > age(CAST(CAST(%(now)s AS xid8) AS xid))
        )
"""
"""Whether a transaction that began before `now` goes on, one that is prepared too, or its picture of the rows is used."""


def _server_engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.get_driver_name() == "psycopg" and "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(_CONNECT_SECONDS)})
    engine = create_engine(
        url, pool_pre_ping=True, pool_size=_READERS, isolation_level="READ COMMITTED"
    )

    @event.listens_for(engine, "connect")
    def settle(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET {_QUIET} = '{_LONGEST_QUIET}'")
        cursor.close()
        connection.commit()

    return engine


def _sqlite_engine(url: URL, *, writes: bool, outlasts_power: bool = False) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def settle(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if outlasts_power else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        at_once = connection.get_execution_options().get(_AT_ONCE, writes)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if at_once else "BEGIN")

    return engine


def begin_immediately(connection: Connection, *, wanted: bool) -> None:
    """Say whether the next transactions of a connection take SQLite's writer's place when they begin.

    They do by default; one that reads and fills temporary tables needs no such place.
    """
    connection.execution_options(**{_AT_ONCE: wanted})
