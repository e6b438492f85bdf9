"""The stage that every test stands on: a fresh database with the schema that users get, and the cast."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url

from bot.catalog import digest, find
from bot.domain.kpi import Kpi, make_catalogue
from bot.storage import schema
from bot.storage.database import Database
from tests.front_door import FrontDoor
from tests.helpdesk import Helpdesk

SERVER = os.environ.get(
    "TEST_DATABASE_URL"
)  # a PostgreSQL where databases may be created; SQLite without it


@pytest.fixture(scope="session")
def kpis() -> dict[str, Kpi]:
    """Every KPI there is, as the house finds them."""
    found = find("kpis", "KPI", Kpi)
    return make_catalogue(found, {slug: digest(f"kpis.{slug}") for slug in found})


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database, migrated once a run and copied for each test."""
    if SERVER is None:
        path = tmp_path_factory.mktemp("template") / "steward.db"
        _migrate(f"sqlite:///{path}")
        yield str(path)
        return
    name = f"template_{uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
    _migrate(_server_url(name))
    yield name
    _on_server(f"DROP DATABASE {name}")


@pytest.fixture
def database_url(template: str, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own migrated database."""
    if SERVER is None:
        path = tmp_path / "steward.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    name = f"test_{uuid4().hex}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _server_url(name)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """This test's own migrated database, opened."""
    database = Database(database_url)
    yield database
    database.close()


def _migrate(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    if database.is_sqlite:  # fold the write-ahead log in, so that one file is the whole database
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    database.close()


def _server_url(name: str) -> str:
    assert SERVER is not None
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


def _on_server(statement: str) -> None:
    assert SERVER is not None
    engine = create_engine(
        make_url(SERVER).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["socket", "http"])
def slack(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[FrontDoor]:
    """A practice workspace with the bot in it, once over Socket Mode and once over signed HTTP."""
    with FrontDoor(database_url, tmp_path, mode=request.param) as door:
        yield door


@pytest.fixture
def helpdesk(slack: FrontDoor) -> Helpdesk:
    """The helpdesk whose tickets the bot counts."""
    return Helpdesk(slack)
