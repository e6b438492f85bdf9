"""Root cause analyses on their way out: one transaction decides, shows and promises.

Every message about the analysis of the incident with the id 12, to a person or in its thread, has a key that begins
with "incident:12:rca:". Of a restricted incident only those hear who may know of it.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.blocks import rca_news as news
from bot.blocks.kit import Message
from bot.domain import rca_work as work
from bot.domain.colleague import zone_of
from bot.domain.incident import Incident
from bot.domain.person import Person
from bot.domain.rca import Rca
from bot.outgoing.incident import card_key, refresh, tell
from bot.services import Services, promise


def appoint(
    session: Session, services: Services, incident: Incident, owner: Person, by: Person
) -> Rca:
    """Let somebody analyse a resolved incident: they are told, and so are those who follow it.

    To be called in the transaction that resolves it or later; `Refused` where it cannot be.
    """
    now, reader = services.now(session), services.reader(by)
    made = work.appoint(session, incident, owner, by, reader, services.severities, now)
    rca, today, stamp = made.rca, now.astimezone(owner.zone).date(), _stamp(now)
    message = news.appointed_message(rca, by.id, today)
    tell_person(session, rca.incident, owner.id, message, f"owner:{stamp}")
    if made.before is not None and made.before != by.id:
        relieved = news.relieved_message(rca, by.id)
        tell_person(session, rca.incident, made.before, relieved, f"relieved:{stamp}")
    announced = news.announced_message(rca, today)
    tell(session, services, rca.incident, announced, f"rca:owner:{stamp}")
    refresh(session, services, rca.incident)
    return rca


def tell_person(
    session: Session, incident: Incident, person: str, message: Message, key: str
) -> None:
    """Promise a person a message about an analysis; `key` says what it is about."""
    promise(session, person, message, f"{_key(incident, key)}:{person}")


def today_of(session: Session, services: Services, person: str, now: datetime) -> date:
    """Return which day it is where a person is."""
    return now.astimezone(zone_of(session, person, services.staff)).date()


def _key(incident: Incident, part: str) -> str:
    return f"{card_key(incident.id)}:rca:{part}"


def _stamp(now: datetime) -> str:
    return f"{now.timestamp():.6f}"
