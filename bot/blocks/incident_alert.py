"""What the thread of an incident is told of the alerts that opened it."""

from bot.blocks import kit
from bot.blocks.kit import Message
from bot.domain.incident import Incident


def over_message(incident: Incident) -> Message:
    """Return that all alerts have ended, for the lead of an incident: whether it is over is theirs to say."""
    return _said(
        f"<@{incident.lead}> All alerts of {incident.label} have ended. *Resolve* is on its card, if it is over."
    )


def still_message(incident: Incident, title: str) -> Message:
    """Return that an alert fires although people have called its incident resolved."""
    return _said(
        f"⚠️ {incident.label} is {incident.state.value}, and “{kit.literal(title)}” is still firing. Reopen it if it is not over."
    )


def _said(text: str) -> Message:
    return Message(text.replace("*Resolve*", "Resolve"), [kit.section(text)])
