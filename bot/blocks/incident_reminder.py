"""What people are told of an incident that waits for them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.incident import button
from bot.blocks.kit import Message
from bot.domain.duration import format_duration
from bot.domain.incident import Incident
from bot.domain.incident_reminder import Overdue
from bot.domain.incident_request import Verb
from bot.vocabulary import IncidentKind

_UTC = ZoneInfo("UTC")


def update_due_message(incident: Incident, due: Overdue, now: datetime) -> Message:
    """Return the reminder that an update is due, with the two ways to answer it."""
    said = f"An update on {_name(incident)} is due since {_when(due.since)}"
    plain = f"An update on {_name(incident)} is due since {show_moment(due.since, _UTC)}"
    rest = _rest(incident, now)
    words = f"{said}. {rest}"
    buttons = [button(incident, Verb.UPDATE, style="primary"), button(incident, Verb.PUSH)]
    return Message(f"{plain}. {rest}", [kit.section(words), kit.actions(buttons)])


def pushed_message(incident: Incident, by: str) -> Message:
    """Return what stands in the place of a reminder that somebody has pushed."""
    at = incident.cadence.next_at
    due, plain = (_when(at), show_moment(at, _UTC)) if at else ("later", "later")
    said = f"<@{by}> pushed the next update on {_name(incident)}: it is due"
    return Message(f"{said} {plain}.", [kit.section(f"{said} {due}.")])


def untaken_message(incident: Incident, now: datetime) -> Message:
    """Return what is said where everybody sees it when nobody has taken an incident in time."""
    waited = format_duration((now - incident.times.declared).total_seconds())
    words = (
        f"⏰ Nobody has taken {_name(incident)} for {waited}. Who does? *Take lead* is on its card."
    )
    return Message(words.replace("*", ""), [kit.section(words)])


def _rest(incident: Incident, now: datetime) -> str:
    told_at = incident.cadence.told_at
    silence = f"The last word was {_ago(now, told_at)} ago." if told_at else ""
    return " ".join(part for part in (silence, "" if incident.lead else "Nobody leads it.") if part)


def _ago(now: datetime, then: datetime) -> str:
    return format_duration((now - then).total_seconds())


def _name(incident: Incident) -> str:
    drill = " (drill)" if incident.kind is IncidentKind.DRILL else ""
    return f"{incident.label}{drill}, “{kit.literal(incident.title)}”"


def _when(at: datetime) -> str:
    return kit.date(at, "{date_short_pretty} {time}", show_moment(at, _UTC))
