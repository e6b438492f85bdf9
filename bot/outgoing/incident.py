"""Incidents on their way out: one transaction decides, shows and promises.

The card of the incident with the id 12 has the key "incident:12"; whatever is said in its thread begins with
"incident:12:". A restricted incident says nothing where many read: its card stands in its own channel alone.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks import incident as blocks
from bot.blocks.kit import Message
from bot.domain import declaration
from bot.domain.declaration import Declaration
from bot.domain.incident import Incident
from bot.domain.person import Person
from bot.services import Place, Receipt, Services, promise, promise_edit
from bot.storage import incident as rows
from bot.vocabulary import Delivery, Priority


def declare(
    session: Session,
    services: Services,
    said: Declaration,
    by: Person,
    trigger: str,
    now: datetime,
) -> Incident:
    """Write an incident down, and promise its card."""
    incident = declaration.declare(session, said, by, services.severities, trigger, now)
    post_card(session, services, incident)
    return incident


def post_card(session: Session, services: Services, incident: Incident) -> None:
    """Promise an incident's card, where it has a place; promising it again is promising it once."""
    if (place := card_place(services, incident)) is not None:
        promise(session, place, card(services, incident), card_key(incident.id))


def refresh(session: Session, services: Services, incident: Incident) -> None:
    """Bring the card up to date; of several changes at once only the last is sent."""
    promise_edit(session, card_key(incident.id), card(services, incident), at=card_at(incident))


def tell(
    session: Session,
    services: Services,
    incident: Incident,
    message: Message,
    key: str,
    *,
    priority: Priority = Priority.INTERACTIVE,
    broadcast: bool = False,
) -> None:
    """Promise a message in the thread of an incident's card; `key` is what follows "incident:12:"."""
    if (place := card_place(services, incident)) is not None:
        promise(
            session,
            place,
            message,
            f"{card_key(incident.id)}:{key}",
            priority=priority,
            in_thread_of=card_key(incident.id),
            thread_at=card_at(incident),
            broadcast=broadcast,
        )


def card(services: Services, incident: Incident) -> Message:
    """Return an incident's card as it stands."""
    return blocks.card_message(incident, services.severities)


def card_place(services: Services, incident: Incident) -> str | None:
    """Return the channel in which an incident's card stands: its own where it is restricted; None where there is none."""
    if incident.is_restricted:
        return incident.channel
    return incident.card_channel or services.settings.channels.incidents


def card_at(incident: Incident) -> Place | None:
    """Return where an incident's card stands in Slack, once it is there."""
    if incident.card_channel and incident.card_ts:
        return Place(incident.card_channel, incident.card_ts)
    return None


def card_key(incident_id: int) -> str:
    """Return the key of an incident's card."""
    return f"incident:{incident_id}"


def settled(session: Session, receipt: Receipt) -> None:
    """Keep where a card stands in Slack."""
    _, number, *part = receipt.key.split(":")
    if not part and receipt.state is Delivery.SENT and receipt.channel and receipt.ts:
        rows.keep_card(session, int(number), receipt.channel, receipt.ts)
