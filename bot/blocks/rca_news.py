"""What people are told of a root cause analysis: who writes it, that it is due, late, waits for review, or is reviewed."""

from datetime import date

from bot.blocks import kit
from bot.blocks.incident import ANALYSIS
from bot.blocks.kit import Block, Message
from bot.domain.day import show_day
from bot.domain.incident import Incident
from bot.domain.rca import Rca
from bot.vocabulary import RcaState

OPEN, WRITE, APPOINT = ANALYSIS, "rca.write", "rca.appoint"


def appointed_message(rca: Rca, by: str, today: date) -> Message:
    """Tell somebody that they write an analysis."""
    who = "You write" if by == rca.owner else f"<@{by}> asks you to write"
    sentence = f"{who} the root cause analysis of {_named(rca.incident)}{_due(rca, today)}."
    return _told(sentence, write_button(rca.incident), open_button(rca.incident))


def announced_message(rca: Rca, today: date) -> Message:
    """Tell everybody who writes an analysis."""
    sentence = (
        f"<@{rca.owner}> writes the root cause analysis of {rca.incident.label}{_due(rca, today)}."
    )
    return _told(sentence, open_button(rca.incident))


def relieved_message(rca: Rca, by: str) -> Message:
    """Tell somebody that another person writes an analysis now."""
    sentence = f"<@{rca.owner}> writes the root cause analysis of {_named(rca.incident)} now, says <@{by}>."
    return _told(sentence, open_button(rca.incident))


def submitted_message(rca: Rca, by: str) -> Message:
    """Ask somebody to review an analysis."""
    sentence = f"The root cause analysis of {_named(rca.incident)} waits for your review. <@{by}> submitted it."
    return _told(sentence, open_button(rca.incident, "Read it"))


def in_review_message(rca: Rca) -> Message:
    """Tell everybody that an analysis waits for a review."""
    sentence = f"The root cause analysis of {rca.incident.label} is written and waits for a team lead or manager to review it."
    return _told(sentence, open_button(rca.incident, "Read it"))


def sent_back_message(rca: Rca, by: str, words: str) -> Message:
    """Tell its owner that an analysis has to be changed, and what for."""
    sentence = f"<@{by}> sent the root cause analysis of {_named(rca.incident)} back to you:"
    blocks = [
        kit.section(sentence),
        kit.rich_text(words, style="quote"),
        kit.actions([write_button(rca.incident), open_button(rca.incident)]),
    ]
    return Message(f"{sentence} {kit.escape(words)}", blocks)


def reviewed_message(rca: Rca, by: str) -> Message:
    """Tell its owner that an analysis is reviewed."""
    sentence = f"<@{by}> reviewed the root cause analysis of {_named(rca.incident)}. Thank you."
    return _told(sentence, open_button(rca.incident))


def back_to_draft_message(rca: Rca) -> Message:
    """Tell its owner that an incident came back, and its analysis is a draft again."""
    sentence = f"{_named(rca.incident)} was reopened. Its root cause analysis is a draft again; nothing of it is lost."
    return _told(sentence, open_button(rca.incident))


def required_message(rca: Rca, today: date) -> Message:
    """Tell its owner that an analysis has another day by which it is due."""
    sentence = f"The root cause analysis of {_named(rca.incident)} is needed by {_day(rca, today)}."
    return _told(sentence, write_button(rca.incident))


def reminder_message(rca: Rca, today: date) -> Message:
    """Remind its owner of an analysis."""
    name, when = f"The root cause analysis of {_named(rca.incident)}", _when(rca, today)
    if rca.state is RcaState.IN_REVIEW:
        sentence = f"{name} {when} and waits for a team lead or manager to review it. Ask one of them to look."
        return _told(sentence, open_button(rca.incident))
    missing = rca.missing()
    rest = f" It still lacks {'; '.join(missing)}." if missing else " It can be submitted."
    return _told(f"{name} {when}.{rest}", write_button(rca.incident), open_button(rca.incident))


def late_message(rca: Rca, today: date) -> Message:
    """Tell a manager that an analysis is late."""
    state = "waits for a review" if rca.state is RcaState.IN_REVIEW else f"<@{rca.owner}> writes it"
    sentence = f"The root cause analysis of {_named(rca.incident)} {_when(rca, today)}; {state}."
    return _told(sentence, open_button(rca.incident), appoint_button(rca.incident))


def nobody_message(incident: Incident, severity: str) -> Message:
    """Ask somebody to appoint an owner."""
    sentence = (
        f"{_named(incident)} is resolved. As {kit.escape(severity)} it needs a root cause analysis, "
        "and nobody writes it yet."
    )
    return _told(sentence, appoint_button(incident, "primary"), open_button(incident))


# --- Parts ---


def open_button(incident: Incident, words: str = "Open it") -> Block:
    """Return the button that opens an incident's analysis."""
    return kit.button(words, f"{OPEN}:{incident.id}", value=str(incident.id))


def write_button(incident: Incident) -> Block:
    """Return the button that opens the form."""
    number = str(incident.id)
    return kit.button("Write it", f"{WRITE}:{number}", value=number, style="primary")


def appoint_button(incident: Incident, style: kit.Style | None = None) -> Block:
    """Return the button that asks who writes it."""
    number = str(incident.id)
    return kit.button("Appoint somebody", f"{APPOINT}:{number}", value=number, style=style)


def _told(sentence: str, *buttons: Block) -> Message:
    return Message(sentence, [kit.section(sentence), kit.actions(buttons)])


def _named(incident: Incident) -> str:
    return f"{incident.label} “{kit.literal(incident.title)}”"


def _due(rca: Rca, today: date) -> str:
    return f", due {_day(rca, today)}" if rca.due_on else ""


def _day(rca: Rca, today: date) -> str:
    return show_day(rca.due_on, today) if rca.due_on else "no fixed day"


def _when(rca: Rca, today: date) -> str:
    if rca.due_on is None:
        return "has no due date"
    days = (rca.due_on - today).days
    if days < 0:
        return f"is {-days} day{'' if days == -1 else 's'} overdue"
    return {0: "is due today", 1: "is due tomorrow"}.get(
        days, f"is due {show_day(rca.due_on, today)}"
    )
