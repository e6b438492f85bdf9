"""Messages that were lost, as the courier leaves them behind."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.blocks.kit import Message
from bot.services import promise
from bot.storage.outbox import OutboxRow
from bot.vocabulary import Delivery

SECRET = "my salary is 4711"


def lose(
    session: Session,
    key: str,
    to: str,
    error: str,
    at: datetime,
    state: Delivery = Delivery.FAILED,
) -> None:
    """Promise a message and give it up."""
    promise(session, to, Message(SECRET), key)
    ended = {"state": state, "error": error, "attempts": 1, "settled_at": at}
    session.execute(update(OutboxRow).where(OutboxRow.key == key).values(ended))
