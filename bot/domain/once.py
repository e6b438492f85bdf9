"""Doing a thing once, however often it is asked for."""

from sqlalchemy.orm import Session

from bot import clock
from bot.errors import AlreadyDone, Refused
from bot.storage.claim import claim


def once(session: Session, key: str) -> None:
    """Claim `key` in this transaction; `AlreadyDone` where it has been claimed before."""
    if not claim(session, key, clock.now()):
        raise AlreadyDone


def once_for(session: Session, trigger: str, thing: str, sentence: str) -> None:
    """Claim a thing for one press of it; another press is `Refused` with `sentence`, the same one `AlreadyDone`."""
    once(session, trigger)
    if not claim(session, thing, clock.now()):
        raise Refused(sentence)
