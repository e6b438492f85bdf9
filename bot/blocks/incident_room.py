"""What people are told of an incident's own channel."""

from bot.blocks import kit
from bot.blocks.kit import Message
from bot.domain.incident import Incident

_WHY = {
    "missing_scope": "the app may not do it; `python -m bot manifest` prints the manifest that may: update the app with it and install it again",
    "restricted_action": "this workspace does not let me open channels; its owners can allow it",
    "user_is_restricted": "this workspace does not let me open channels; its owners can allow it",
    "name_taken": "every name for it is taken",
}


def opened_message(incident: Incident) -> Message:
    """Return what the thread of the card is told once an incident has a channel of its own."""
    return _said(f"Work on {incident.label} goes on in <#{incident.channel}>.")


def moved_message(incident: Incident) -> Message:
    """Return what a private channel is told that takes the place of a public one."""
    return _said(
        f"{incident.label} is restricted now. It had a public channel, which I cannot make private: I have taken out what "
        "I said there and archived it. What people wrote in it can still be read there; whoever wrote it, and the owners of "
        "the workspace, can delete it."
    )


def no_room_message(incident: Incident, reason: str) -> Message:
    """Return why an incident has no channel of its own, for whoever leads it or has declared it."""
    why = _WHY.get(reason, f"Slack says “{reason}”")
    loss = (
        "As long as it has none, its card stands nowhere; `/incident` shows it to those it names."
        if incident.is_restricted
        else "Everything else works without one."
    )
    return _said(f"I could not open a channel for {incident.label}: {why}. {loss}")


def _said(text: str) -> Message:
    return Message(text, [kit.section(text)])
