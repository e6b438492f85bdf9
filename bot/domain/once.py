"""Doing a thing once, however often it is asked for."""

from sqlalchemy.orm import Session

from bot import clock
from bot.errors import AlreadyDone
from bot.storage.claim import claim


def once(session: Session, key: str) -> None:
    """Claim `key` in this transaction; `AlreadyDone` where it has been claimed before."""
    if not claim(session, key, clock.now()):
        raise AlreadyDone
