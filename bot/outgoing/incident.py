"""Incidents on their way out: one transaction decides, shows and promises.

The card of the incident with the id 12 has the key "incident:12"; whatever is said in its thread begins with
"incident:12:". A restricted incident says nothing where many read: its card stands in its own channel alone, with a key
of that channel ("incident:12:own:C0SEC"), since it may have had another elsewhere before. The card of any other has a
copy in its own channel ("incident:12:copy:C0INC").
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.blocks import incident as blocks
from bot.blocks.kit import Message
from bot.domain import declaration, incident_steps, timeline
from bot.domain.declaration import Declaration
from bot.domain.incident import (
    EVERYBODY,
    HOUSE,
    Incident,
    Reader,
    incident_of,
    related_labels,
    who_sees,
)
from bot.domain.incident_reminder import overdue, untaken
from bot.domain.incident_steps import Rules
from bot.domain.person import Person
from bot.errors import Refused
from bot.services import Place, Receipt, Services, promise, promise_edit, promise_removal
from bot.storage import action, outbox
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
    if (place := card_place(services, incident)) is not None:
        shown = blocks.card_message(incident, services.severities, now, None, {})
        promise(session, place, shown, post_key(incident))
    plan(session, services, incident, is_new=True)
    return incident


def post_card(session: Session, services: Services, incident: Incident) -> None:
    """Promise an incident's card, where it has a place; promising it again is promising it once."""
    if (place := card_place(services, incident)) is not None:
        promise(session, place, card(session, services, incident), post_key(incident))


def refresh(session: Session, services: Services, incident: Incident) -> None:
    """Bring the card and the incident's channel up to date; of several changes at once only the last is sent."""
    shown = card(session, services, incident)
    promise_edit(session, post_key(incident), shown, at=card_at(incident))
    if copy := _copy_key(incident):
        promise_edit(session, copy, shown)
    keep_private(session, services, incident)
    _drop_reminders(session, services, incident)
    plan(session, services, incident)


def keep_private(
    session: Session, services: Services, incident: Incident, *, has_moved: bool = False
) -> None:
    """Let the action items of a restricted incident be seen by those alone who see it, and by who has or made them."""
    audience = who_sees(incident, services.settings.incidents.restricted_to)
    if audience is not None:
        label = f"{incident.label} {incident.title}"
        action.make_private(session, card_key(incident.id), audience, label, has_moved=has_moved)


def _drop_reminders(session: Session, services: Services, incident: Incident) -> None:
    """Take back a reminder that has not been sent and that nobody needs any more."""
    now = services.now(session)
    for what, find in (("due", overdue), ("untaken", untaken)):
        if find(incident, services.severities, now) is None:
            for key in outbox.waiting_under(session, f"{card_key(incident.id)}:{what}"):
                promise_removal(session, key)


def plan(session: Session, services: Services, incident: Incident, *, is_new: bool = False) -> None:
    """Let be done what an incident needs in Slack beside its card, as it stands now."""
    now, how = services.now(session), rules(services)
    incident_steps.plan(session, incident, services.severities, how, now, is_new=is_new)


def rules(services: Services) -> Rules:
    """Return what the settings say of incidents' channels."""
    said = services.settings.incidents
    return Rules(said.restricted_to, timedelta(days=said.archive_days))


def who_hears(services: Services, incident: Incident) -> list[str]:
    """Return who is told what goes wrong with an incident: its lead, or else whoever declared it.

    Of a restricted one nobody hears who may not know of it; where neither does, the managers who see them all are told,
    or whoever it names.
    """
    watchers = services.settings.incidents.restricted_to
    audience = who_sees(incident, watchers)
    for one in (incident.lead, incident.declared_by):
        if one and incident_steps.is_account(one) and (audience is None or one in audience):
            return [one]
    if audience is None:
        return []
    return [*watchers] or [one for one in incident.responders if incident_steps.is_account(one)]


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
            in_thread_of=post_key(incident),
            thread_at=card_at(incident),
            broadcast=broadcast,
        )


def card(
    session: Session, services: Services, incident: Incident, reader: Reader = EVERYBODY
) -> Message:
    """Return an incident's card as it stands."""
    told = timeline.last_update(session, incident)
    related = related_labels(session, incident, reader)
    return blocks.card_message(incident, services.severities, services.now(session), told, related)


def repost(session: Session, services: Services, incident: Incident) -> None:
    """Post an incident's card anew; the one that stands there, if any, says so. `Refused` where it cannot be."""
    if card_place(services, incident) is None:
        raise Refused("`app.yaml` names no channel for incidents (`channels: incidents:`).")
    if not outbox.forget(session, post_key(incident)):
        raise Refused(f"The card of {incident.label} is on its way already.")
    if before := card_at(incident):
        moved = blocks.moved_message(incident)
        promise_edit(session, f"{card_key(incident.id)}:stood:{before.ts}", moved, at=before)
    post_card(session, services, incident)
    incident_steps.card_is_asked_for(session, incident.id)


def post_copy(session: Session, services: Services, incident: Incident) -> None:
    """Promise the copy of an incident's card in its own channel."""
    if key := _copy_key(incident):
        promise(session, incident.channel or "", card(session, services, incident), key)


def post_copy_again(session: Session, services: Services, incident: Incident) -> None:
    """Post the copy of an incident's card anew that somebody has deleted."""
    if (key := _copy_key(incident)) and outbox.forget(session, key):
        post_copy(session, services, incident)


def post_card_again(session: Session, services: Services, incident: Incident) -> None:
    """Post an incident's card anew that somebody has deleted, and what waits to be said below it after that."""
    outbox.hold_back(session, post_key(incident))
    if outbox.forget(session, post_key(incident)):
        post_card(session, services, incident)


def resolved(session: Session, services: Services, incident: Incident) -> None:
    """Bring the card up to date, and tell in its thread that an incident is over."""
    refresh(session, services, incident)
    message = blocks.resolved_message(incident)
    tell(session, services, incident, message, f"resolved:{incident.reopens}")


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
    """Return how the keys of an incident's messages begin; the key of its card, unless it is restricted."""
    return f"incident:{incident_id}"


def post_key(incident: Incident) -> str:
    """Return the key of an incident's card, under which its thread is."""
    key = card_key(incident.id)
    return f"{key}:own:{incident.channel}" if incident.is_restricted else key


def _copy_key(incident: Incident) -> str:
    """Return the key of the card's copy in an incident's own channel; "" where there is none to be."""
    has_one = incident.channel and not incident.is_restricted
    return f"{card_key(incident.id)}:copy:{incident.channel}" if has_one else ""


def settled(session: Session, services: Services, receipt: Receipt) -> None:
    """Keep where a card stands in Slack, and let it be pinned and pointed to; where it could not be posted, say so.

    What is published of an analysis is pointed to as well, and given as a file.
    """
    _, number, *part = receipt.key.split(":")
    if receipt.edit_of or receipt.error == outbox.NO_THREAD:
        _follow_loss(session, services, int(number), receipt)
        return
    is_card = not part or (part[0] == "own" and len(part) == 2)
    if is_card and receipt.state in (Delivery.FAILED, Delivery.EXPIRED):
        _tell_unposted(session, services, int(number), receipt)
    if receipt.state is not Delivery.SENT or not receipt.channel or not receipt.ts:
        return
    if part[:2] == ["rca", "text"]:
        _follow_analysis(session, int(number), part, receipt.ts)
        return
    match part:
        case [] | ["own", _]:
            rows.keep_card(session, int(number), receipt.channel, receipt.ts)
        case ["copy", _]:
            pass
        case _:
            return
    row = rows.find_row(session, int(number), HOUSE)
    if row is not None and row.channel == receipt.channel:
        incident_steps.pin(session, row.id, receipt.ts)
    elif row is not None and row.channel and not row.is_restricted:
        incident_steps.bookmark(session, incident_of(session, row), "card")


def _follow_analysis(session: Session, incident_id: int, part: list[str], ts: str) -> None:
    """Let the channel point to a published analysis, and the file follow on the last of its messages."""
    row = rows.find_row(session, incident_id, HOUSE)
    *publication, number = part
    if row is None:
        return
    if int(number) == 1:
        incident_steps.bookmark(session, incident_of(session, row), ":".join(part))
    following = ":".join([card_key(incident_id), *publication, str(int(number) + 1)])
    if not outbox.promised(session, [following]):
        incident_steps.share_analysis(session, incident_id, ts)


def _follow_loss(session: Session, services: Services, number: int, receipt: Receipt) -> None:
    """Let a card be posted again that is gone; where it is there and can be edited no more, say why."""
    row = rows.find_row(session, number, HOUSE)
    if row is None:
        return
    incident = incident_of(session, row)
    if receipt.edit_of and receipt.edit_of == _copy_key(incident) and receipt.error in _GONE:
        incident_steps.post_card_again(session, number, is_copy=True)
    if not row.card_ts or receipt.channel != row.card_channel:
        return
    if receipt.error == outbox.NO_THREAD:
        incident_steps.post_card_again(session, number)
    elif receipt.edit_of != post_key(incident) or receipt.ts != incident.card_ts:
        return
    elif receipt.error in _GONE:
        incident_steps.post_card_again(session, number)
    elif reason := _REASONS.get(receipt.error or ""):
        message = blocks.stale_message(incident, incident.card_channel or "", reason)
        for person in who_hears(services, incident):
            key = f"{card_key(number)}:stale:{incident.card_ts}:{person}"
            promise(session, person, message, key)


_GONE = ("message_not_found", "cant_update_message")
"""What Slack says of a message that somebody has deleted, the last where answers keep its place."""


def _tell_unposted(session: Session, services: Services, number: int, receipt: Receipt) -> None:
    row, place = rows.find_row(session, number, HOUSE), outbox.target_of(session, receipt.key)
    if row is None or place is None:
        return
    incident = incident_of(session, row)
    reason = _REASONS.get(receipt.error or "", f"Slack said `{receipt.error}`")
    message = blocks.unposted_message(incident, place, reason)
    key = f"{receipt.key}:unposted:{int(receipt.at.timestamp())}"
    for person in who_hears(services, incident):
        promise(session, person, message, f"{key}:{person}")


_REASONS = {
    "is_inactive": "that channel is archived. Whoever runs me can name another in `app.yaml`",
    "is_archived": "that channel is archived. Whoever runs me can name another in `app.yaml`",
    "channel_not_found": "I am not in that channel, or it is gone. Type `/invite` there and choose me",
    "not_in_channel": "I am not in that channel. Type `/invite` there and choose me",
    "restricted_action": "I may not post there. Ask who runs this workspace",
}
