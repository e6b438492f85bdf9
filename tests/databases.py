"""Databases with the schema that users get: each test's own is a copy of one that was migrated once a run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url

from bot.storage import schema
from bot.storage.database import Database


class SqliteFiles:
    """Databases in files."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        _migrate(f"sqlite:///{self._template}")

    def copy(self, folder: Path) -> str:
        """Make a database in a folder, and return its address."""
        path = folder / "steward.db"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


class PostgresServer:
    """Databases on a server where they may be made."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._engine = create_engine(
            self._url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        self._done: list[str] = []
        self._template = f"template_{uuid4().hex}"
        self._do(f"CREATE DATABASE {self._template}")
        _migrate(self._address(self._template))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Make a database, and give its address."""
        self._drop_done()
        name = f"test_{uuid4().hex}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        yield self._address(name)
        self._done.append(name)

    def close(self) -> None:
        """Drop every database that was made."""
        self._done.append(self._template)
        self._drop_done()
        self._engine.dispose()

    def _drop_done(self) -> None:
        """Drop what the tests before have left: right after its last session ends, that would take 0.1 s longer."""
        while self._done:
            self._do(f"DROP DATABASE {self._done.pop()} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    if database.is_sqlite:  # fold the write-ahead log in, so that one file is the whole database
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    database.close()
