"""How Alembic reaches the database: through the connection that `bot.storage.schema` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import bot.storage.action
import bot.storage.audit
import bot.storage.ballot
import bot.storage.claim
import bot.storage.colleague
import bot.storage.feedback
import bot.storage.incident
import bot.storage.lease
import bot.storage.outbox
import bot.storage.point
import bot.storage.pulse
import bot.storage.series
import bot.storage.tally
import bot.storage.target
import bot.storage.template
import bot.storage.ticket  # noqa: F401  # each registers its rows
from bot.storage.database import Row, UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column type with its import."""
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from bot.storage.database import UtcDateTime")
        return "UtcDateTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_item=render_item,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
