"""What the tests of the outbox do again and again: promise, take, and write down what came of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.blocks.kit import Message
from bot.services import promise, promise_edit
from bot.slack.outcome import Outcome, Sent, write_down
from bot.storage import courier as desk
from bot.storage.courier import Ended, Room, Taken
from bot.storage.database import Database
from bot.storage.outbox import OutboxRow

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WIDE = Room(100, 100)


def put(database: Database, key: str, to: str = "C0DESK", **how: Any) -> bool:
    """Promise a message that says its own key."""
    return database.write(promise, to, Message(key), key, **how)


def edit(database: Database, of: str, words: str) -> None:
    """Promise other words."""
    database.write(promise_edit, of, Message(words))


def take(database: Database, room: Room = WIDE, now: datetime = NOON, term: int = 1) -> list[Taken]:
    """Take what is due."""
    return database.write(desk.take, room, term, now)[0]


def take_one(database: Database, **how: Any) -> Taken:
    """Take what is due, which is one message."""
    [taken] = take(database, **how)
    return taken


def came_out(
    database: Database, taken: Taken, outcome: Outcome, now: datetime = NOON
) -> list[Ended]:
    """Write down what came of an attempt."""
    return database.write(write_down, [(taken, outcome)], now).ended


def send(database: Database, taken: Taken, ts: str = "1.0", channel: str = "") -> list[Ended]:
    """Write down that a message is in Slack."""
    return came_out(database, taken, Sent(channel or taken.channel or taken.target, ts))


def states(database: Database) -> dict[str, str]:
    """Return the state of every message by key."""
    with database.reading() as session:
        return dict(session.execute(select(OutboxRow.key, OutboxRow.state)).all())


def row(database: Database, key: str) -> OutboxRow:
    """Return one message as it is kept."""
    with database.reading() as session:
        return session.scalars(select(OutboxRow).where(OutboxRow.key == key)).one()
