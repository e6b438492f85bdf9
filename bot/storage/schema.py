"""The schema's steps, run by Alembic from inside the program: no ini file and no command to remember."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import migrations
from bot.storage.database import Database


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the schema to a revision; safe when several replicas start at once."""
    _run(database, to, command.upgrade)


def downgrade(database: Database, to: str) -> None:
    """Take the schema back to a revision."""
    _run(database, to, command.downgrade)


def is_current(database: Database) -> bool:
    """Return whether the schema is at the newest revision."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


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
