"""The schema's steps, run by Alembic from inside the program: no ini file and no command to remember."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

import migrations
from bot.storage.database import Database


class Age(StrEnum):
    """How a schema stands to the one that this version of the program works on."""

    NONE = "none"  # nobody has made a table yet
    OLDER = "older"
    CURRENT = "current"
    UNKNOWN = "unknown"  # most likely a newer version's


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema to a revision; safe when several replicas start at once."""
    _run(database, to, command.upgrade)


def downgrade(database: Database, to: str) -> None:
    """Take the schema back to a revision."""
    _run(database, to, command.downgrade)


def is_current(database: Database) -> bool:
    """Return whether the schema is at the newest revision."""
    return database.read(age) is Age.CURRENT


def age(session: Session) -> Age:
    """Return how the schema stands to this version of the program; nothing is changed."""
    scripts = ScriptDirectory.from_config(_config())
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    if revision is None:
        return Age.NONE
    if revision == scripts.get_current_head():
        return Age.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Age.OLDER if revision in known else Age.UNKNOWN


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config


def _run(database: Database, to: str, step: object) -> None:
    config = _config()
    with database.engine.begin() as connection:
        if not database.is_sqlite:  # SQLite's BEGIN IMMEDIATE already lets one in at a time
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7230118)")
        config.attributes["connection"] = connection
        step(config, to)  # type: ignore[operator]
