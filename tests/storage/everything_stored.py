"""What is stored, as somebody sees it who has a copy of all of it after every commit, and not the secret.

Rows with all that the database keeps beside them (SQLite's rowid; PostgreSQL's xmin, xmax and ctid), the pages of its
files, and what its log got since the look before. The house's code is not used for looking.
"""

import hashlib
import os
import shutil
import sqlite3
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from bot.storage.database import Database

Rows = frozenset[tuple[str, tuple[Any, ...]]]
_FRAME_HEAD, _LOG_HEAD = 24, 32  # bytes: https://www.sqlite.org/fileformat2.html#walformat
_SALT = slice(16, 24)
_PAGE = 4096
_SEGMENT = 16 * 1024**2
_BOX = "ballot_box"
_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
_NOISE = (
    f"UPDATE {_BOX} SET answers = randomblob(length(answers)), notes = randomblob(length(notes))"  # noqa: S608
)


class Change(NamedTuple):
    """What was done to rows between two looks, and what the log got of it."""

    gone: Rows
    new: Rows
    log: bytes

    @property
    def tables(self) -> set[str]:
        """The tables of which a row was written."""
        return {table for table, _ in self.gone | self.new}


class Watcher(ABC):
    """Somebody who looks at everything."""

    _orders: tuple[str, ...]

    def __init__(self) -> None:
        self._rows: Rows = frozenset()
        self._pages: dict[str, bytes] = {}
        self.changed_rows()

    def changed_rows(self) -> Change:
        """Look at all rows and at the log, and return what has changed since the last time."""
        before, self._rows = self._rows, self.rows()
        return Change(before - self._rows, self._rows - before, self.new_log())

    def changed_pages(self) -> set[str]:
        """Look at all pages, and return the names of those that have changed since the last time; no row is read for it."""
        before, self._pages = self._pages, self.pages()
        names = before.keys() | self._pages.keys()
        return {name for name in names if before.get(name) != self._pages.get(name)}

    @abstractmethod
    def rows(self) -> Rows:
        """Return all rows, each with its table."""

    @abstractmethod
    def pages(self) -> dict[str, bytes]:
        """Return all pages, or files, by their names, as digests."""

    @abstractmethod
    def pages_of_boxes(self) -> frozenset[str]:
        """Return the names of the pages that a sealed box is kept in, and of nothing else that has to change with it."""

    @abstractmethod
    def files(self) -> Iterator[bytes]:
        """Return the files of the database, with its log where that is at hand."""

    @abstractmethod
    def new_log(self) -> bytes:
        """Return what the log has got since it was last asked for."""

    def orders(self, table: str, column: str, where: str = "true") -> dict[str, list[str]]:
        """Return a column in every order in which its rows stand somewhere, by what gives the order."""
        query = f"SELECT {column} FROM {table} WHERE {where} ORDER BY "  # noqa: S608 (a test's own words)
        found = {by: [row[0] for row in self.ask(query + by)] for by in self._orders}
        everything = b"".join(self.files())
        by_bytes = sorted(next(iter(found.values())), key=lambda one: everything.find(one.encode()))
        return {**found, "bytes": by_bytes}

    @abstractmethod
    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query."""

    def holds(self, needles: Iterable[bytes]) -> list[bytes]:
        """Return what of some pieces is anywhere in the files."""
        files = [*self.files()]
        return [one for one in needles if any(one in file for file in files)]


class FileWatcher(Watcher):
    """Somebody who copies SQLite's file and its log."""

    _orders = ("rowid", "key")

    def __init__(self, path: Path) -> None:
        self._path, self._log = path, path.with_name(f"{path.name}-wal")
        self._salt, self._logged = b"", 0
        super().__init__()

    def pages(self) -> dict[str, bytes]:
        """Return the pages by their numbers."""
        return _digests(_pages(self._path.read_bytes(), self._read_log()))

    def new_log(self) -> bytes:
        """Return what the log has got since it was last asked for; SQLite begins it anew from time to time."""
        log = self._read_log()
        frames, salt = b"".join(head + page for head, page in _frames(log)), log[_SALT]
        known = self._logged if salt == self._salt else 0
        self._salt, self._logged = salt, len(frames)
        return frames[known:]

    def pages_of_boxes(self) -> frozenset[str]:
        """Return the pages that change in a copy in which noise is written over every box and nothing else is done."""
        copy = self._path.with_name("copy.db")
        for end in ("", "-wal"):
            shutil.copyfile(f"{self._path}{end}", f"{copy}{end}")
        noisy = FileWatcher(copy)
        noisy.changed_pages()
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute(_NOISE)
            connection.commit()
            return frozenset(noisy.changed_pages())

    def files(self) -> Iterator[bytes]:
        """Return the file, its log and the log's index."""
        for path in sorted(self._path.parent.glob(f"{self._path.name}*")):
            yield path.read_bytes()

    def rows(self) -> Rows:
        """Return all rows, each with its table and with what the database keeps beside it."""
        tables = self.ask("SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND schema = 'main'")  # fmt: skip
        return frozenset(
            (table, row)
            for table, has_no_rowid in tables
            for row in self.ask(f'SELECT {"" if has_no_rowid else "rowid, "}* FROM "{table}"')  # noqa: S608
        )

    def _read_log(self) -> bytes:
        return self._log.read_bytes() if self._log.exists() else b""

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            return connection.execute(question, values).fetchall()


class ServerWatcher(Watcher):
    """Somebody who may read all of a PostgreSQL server's files."""

    _orders = ("ctid", "xmin::text::bigint, cmin::text::bigint", "key")

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        if self._connection.info.parameter_status("is_superuser") != "on":
            self.close()
            reason = "only a superuser may read the server's files"
            if "TEST_DATABASE_URL" in os.environ:  # somebody's own server
                pytest.skip(reason)
            pytest.fail(reason)
        self._keep_sweepers_out()
        self._logged = self._position()
        super().__init__()

    def _keep_sweepers_out(self) -> None:
        """Keep the server from vacuuming tables just when it pleases: that changes pages, whoever does something or not."""
        off = "SET (autovacuum_enabled = off, toast.autovacuum_enabled = off)"
        for (table,) in self.ask(_TABLES):
            self.ask(f'ALTER TABLE "{table}" {off}')

    def close(self) -> None:
        """Look no more."""
        self._connection.close()

    def pages_of_boxes(self) -> frozenset[str]:
        """Return the files of the table of boxes: its own, its index's, and those of what is too long for a row."""
        return frozenset(name for name, of in self._relations().items() if of == _BOX)

    def files(self) -> Iterator[bytes]:
        """Return every file of the database, not the log of the whole server."""
        self.ask("CHECKPOINT")
        folder = self.ask("SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()")[0][0]  # fmt: skip
        read = "SELECT pg_read_binary_file(%s || '/' || name, true) FROM pg_ls_dir(%s) AS found(name)"  # fmt: skip
        for (content,) in self.ask(read, folder, folder):
            yield content or b""

    def spoken(self) -> str:
        """Return the last statement of every connection to this database, as the server shows it."""
        shown = "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        return "\n".join(row[0] for row in self.ask(shown))

    def rows(self) -> Rows:
        """Return all rows, each with its table and with what the database keeps beside it."""
        tables = self.ask(_TABLES)
        one = 'SELECT {0!r}, xmin::text, xmax::text, ctid::text, whole::text FROM "{0}" AS whole'
        every = " UNION ALL ".join(one.format(table) for (table,) in tables)
        return frozenset((table, tuple(row)) for table, *row in self.ask(every))

    def pages(self) -> dict[str, bytes]:
        """Return the files of all tables and indexes, brought up to date, by their numbers and endings."""
        self.ask("CHECKPOINT")
        read = "SELECT md5(pg_read_binary_file(pg_relation_filepath({}) || {!r}, true))"
        ours = [(name, *name.rpartition("/")[::2]) for name in self._relations()]
        every = " UNION ALL ".join(f"SELECT {name!r}, ({read.format(oid, fork)})" for name, oid, fork in ours)  # fmt: skip
        return {name: (digest or "").encode() for name, digest in self.ask(every)}

    def _relations(self) -> dict[str, str]:
        """Return what has files, each fork by its number and ending, with the table it belongs to."""
        found = self.ask(
            """WITH whole AS (
                   SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                   UNION ALL SELECT reltoastrelid, relname FROM pg_class
                   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltoastrelid <> 0)
               SELECT oid, relname FROM whole
               UNION ALL SELECT indexrelid, relname FROM pg_index JOIN whole ON indrelid = whole.oid"""
        )
        return {f"{oid}/{fork}": table for oid, table in found for fork in ("", "_fsm", "_vm")}

    def new_log(self) -> bytes:
        """Return what the log has got since it was last asked for."""
        start, self._logged = self._logged, self._position()
        return b"".join(self._log(*piece) for piece in _pieces(start, self._logged))

    def _log(self, start: int, size: int) -> bytes:
        read = "SELECT pg_read_binary_file('pg_wal/' || pg_walfile_name('0/0'::pg_lsn + %s), %s, %s)"  # fmt: skip
        return bytes(self.ask(read, start, start % _SEGMENT, size)[0][0])

    def _position(self) -> int:
        return int(self.ask("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")[0][0])

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query."""
        found = self._connection.execute(question, values or None, binary=True)  # type: ignore[call-overload]
        return found.fetchall() if found.description else []


def watching(database: Database) -> Iterator[Watcher]:
    """Give somebody who looks at a database, whichever it is."""
    if database.file is not None:
        yield FileWatcher(database.file)
        return
    watcher = ServerWatcher(database.url.set(drivername="postgresql").render_as_string(False))
    yield watcher
    watcher.close()


def firsts(log: Iterable[bytes], texts: Iterable[str]) -> dict[str, int]:
    """Return in which part of a log each of some texts stands first, of those that stand in it."""
    left, found = set(texts), dict[str, int]()
    for at, part in enumerate(log):
        here = {one for one in left if one.encode() in part}
        found |= dict.fromkeys(here, at)
        left -= here
    return found


def places(stored: bytes, texts: Iterable[str]) -> dict[str, int]:
    """Return where each of some texts stands first, in that order, of those that stand there."""
    found = {one: at for one in texts if (at := stored.find(one.encode())) >= 0}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _pages(file: bytes, log: bytes) -> dict[str, bytes]:
    """Return the pages of a SQLite database: those of its file, with what its log has newer."""
    pages = {at // _PAGE + 1: file[at : at + _PAGE] for at in range(0, len(file), _PAGE)}
    for head, page in _frames(log):
        pages[struct.unpack(">I", head[:4])[0]] = page
    return {str(number): page for number, page in pages.items()}


def _frames(log: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return the heads and pages in SQLite's log that are not left from before it was begun anew."""
    for at in range(_LOG_HEAD, len(log), _FRAME_HEAD + _PAGE):
        head, page = log[at : at + _FRAME_HEAD], log[at + _FRAME_HEAD : at + _FRAME_HEAD + _PAGE]
        if head[8:16] != log[_SALT]:
            return
        yield head, page


def _digests(pages: dict[str, bytes]) -> dict[str, bytes]:
    digest: Callable[[bytes], Any] = hashlib.blake2b
    return {name: digest(page).digest() for name, page in pages.items()}


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return where a part of PostgreSQL's log begins in each of its segments, and how much of it is there."""
    while start < end:
        size = min(end, (start // _SEGMENT + 1) * _SEGMENT) - start
        yield start, size
        start += size
