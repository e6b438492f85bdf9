"""What people see of an incident: its card, edited in place as the incident goes on."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import kit
from bot.blocks.figures import show_moment
from bot.blocks.kit import Block, Message
from bot.domain.incident import Incident
from bot.domain.severity import Severities
from bot.vocabulary import IncidentKind, IncidentState, Void

_ICONS = {
    IncidentState.DETECTED: "🔴",
    IncidentState.ACKNOWLEDGED: "🟠",
    IncidentState.REOPENED: "🔴",
    IncidentState.MITIGATED: "🟡",
    IncidentState.RESOLVED: "🟢",
    IncidentState.CLOSED: "⚪",
}
_VOID = {Void.DUPLICATE: "duplicate", Void.FALSE_ALARM: "false alarm"}


def card_message(incident: Incident, severities: Severities) -> Message:
    """Return an incident's card as it stands."""
    severity = severities.of(incident.severity).name
    said = f"{incident.label} {_state(incident)}, {severity}: {incident.title}"
    blocks = [
        kit.header(f"{_icon(incident)} {incident.label} {incident.title}"),
        *_facts(incident, severity),
    ]
    return Message(kit.escape(said), blocks)


def _facts(incident: Incident, severity: str) -> list[Block]:
    lead = f"<@{incident.lead}>" if incident.lead else "nobody yet"
    affected = ", ".join(kit.escape(one) for one in incident.services) or "not said"
    fields = [
        f"*State*\n{_state(incident)}",
        f"*Severity*\n{kit.escape(severity)}",
        f"*Affected*\n{affected}",
        f"*Lead*\n{lead}",
    ]
    began = incident.times.began
    return [kit.section(fields=fields), kit.context(f"Since {moment(began, ZoneInfo('UTC'))}")]


def _state(incident: Incident) -> str:
    kind = "drill, " if incident.kind is IncidentKind.DRILL else ""
    return kind + (_VOID[incident.void] if incident.void else incident.state.value)


def _icon(incident: Incident) -> str:
    return "⚪" if incident.void else _ICONS[incident.state]


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant that each reader sees in their own zone."""
    return kit.date(at, "{date_short_pretty} at {time}", show_moment(at, zone))
