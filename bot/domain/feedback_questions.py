"""What `/feedback` asks, by who gives it to whom: the playbook's questions for that relation (4.1 to 4.4); notes are asked nothing for anybody.

In the playbook the manager asks them in a meeting. Here either of the two may give, or somebody writes to the leadership,
so that "me" became whoever receives, and what whoever leads asks of those they lead is turned round where they give.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain import access
from bot.vocabulary import Role

LEADERSHIP = "the leadership team"
NOT_CHOSEN = "them"
"""Who receives as a question says it before anybody is chosen."""
_THEM = "{them}"


class Relation(StrEnum):
    """Whose meeting of the playbook asks the questions; the values are the roles that teams have in `app.yaml`."""

    REPORTING_MANAGER = "reporting_manager"  # 4.1
    CLOUD_ENGINEER = "cloud_engineer"  # 4.2
    SUPPORT_ENGINEER = "support_engineer"  # 4.3
    ARCHITECT = "architect"  # 4.4
    ANYBODY = "anybody"  # what all four ask


@dataclass(frozen=True, slots=True)
class Party:
    """One of two people as far as the questions need to know them: what they may do here, and what their team is."""

    role: Role
    work: str | None = None  # their team's role in `app.yaml`; None in no team

    @property
    def relation(self) -> Relation:
        """Whose meeting this one would be asked in; everybody who leads is a reporting manager."""
        if access.allows(self.role, Role.LEAD):
            return Relation.REPORTING_MANAGER
        return Relation(self.work) if self.work else Relation.ANYBODY

    @property
    def rank(self) -> int:
        """How far up: others, those who lead (reporting managers by their team too), managers."""
        if self.role is Role.MANAGER:
            return 2
        return 1 if self.relation is Relation.REPORTING_MANAGER else 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question; the slug stays the same whatever its words are, and is the same for all relations that ask it."""

    slug: str
    heading: str  # of the playbook's section
    text: str


_FEEDBACK = Prompt("feedback", "Feedback", f"What feedback do you have for {_THEM}?")
_PROMPTS = {
    Relation.REPORTING_MANAGER: (
        _FEEDBACK,
        Prompt("blockers", "Progress updates", "Are there any blockers or challenges?"),
        Prompt("performance", "Team development", "How is the team performing?"),
        Prompt("support", "Team development", "What support does the team need?"),
        Prompt("goals", "Goals", "What would help to reach short-term or long-term goals?"),
    ),
    Relation.CLOUD_ENGINEER: (
        _FEEDBACK,
        Prompt("collaboration", "Collaboration", "How can we improve collaboration with support teams?"),
        Prompt("incidents", "Incident review", "What should we learn from recent incidents?"),
        Prompt("infrastructure", "Infrastructure updates", "Are there any recent changes or issues with cloud infrastructure?"),
    ),
    Relation.SUPPORT_ENGINEER: (
        _FEEDBACK,
        Prompt("processes", "Process improvements", "Which processes could be improved or automated?"),
        Prompt("training", "Training needs", "What training does the team need?"),
        Prompt("tickets", "Ticket review", "What strikes you about ticket volume or resolution times?"),
    ),
    Relation.ARCHITECT: (
        _FEEDBACK,
        Prompt("collaboration", "Collaboration", "How can we improve collaboration with support and engineering teams?"),
        Prompt("incidents", "Incident review", "Which architectural improvements do recent incidents call for?"),
        Prompt("architecture", "Architecture updates", "Are there any recent changes or updates to the cloud architecture?"),
    ),
    Relation.ANYBODY: (
        _FEEDBACK,
        Prompt("collaboration", "Collaboration", "How can we improve collaboration?"),
    ),
}  # fmt: skip


_DOWNWARDS = {
    "blockers": f"Which blockers or challenges do you see for {_THEM}?",
    "performance": "How do you see their team performing?",
    "support": "What support can you offer their team?",
    "goals": f"What would help {_THEM} to reach short-term or long-term goals?",
    "infrastructure": f"Which recent changes or issues with cloud infrastructure should {_THEM} know?",
    "architecture": f"Which recent changes to the cloud architecture should {_THEM} know?",
    "training": f"What training would help {_THEM}?",
}  # fmt: skip
"""The questions that whoever leads cannot answer for whom they lead, turned round, by slug."""


def relation_of(giver: Party, receiver: Party | None) -> Relation:
    """Return whose questions are asked; without a receiver the feedback is for the leadership.

    Where one of the two is further up, it is the meeting of the other, as in the playbook. Among equals the architects'
    questions go first, for they ask about both sides, and then those of whoever gives.
    """
    if receiver is None:
        return giver.relation
    if giver.rank != receiver.rank:
        return min(giver, receiver, key=lambda party: party.rank).relation
    if Relation.ARCHITECT in (giver.relation, receiver.relation):
        return Relation.ARCHITECT
    return receiver.relation if giver.relation is Relation.ANYBODY else giver.relation


def goes_down(giver: Party, receiver: Party | None) -> bool:
    """Return whether somebody gives to one whom they are above; the playbook's questions go the other way."""
    return receiver is not None and giver.rank > receiver.rank


def note_prompts(relation: Relation, about: str, *, down: bool = False) -> tuple[Prompt, ...]:
    """Return what somebody is asked for a note to themselves about another; `about` is "" where it is about nobody else."""
    whom = f" about {about}" if about else ""
    opening = replace(_FEEDBACK, text=f"What do you want to remember{whom}?")
    return (opening, *prompts_for(relation, about, down=down)[1:]) if about else (opening,)


def prompts_for(
    relation: Relation, them: str = LEADERSHIP, *, down: bool = False
) -> tuple[Prompt, ...]:
    """Return a relation's questions about `them`: the name of whoever receives, as a sentence says it.

    `down` is for those who give to one whom they are above.
    """
    return tuple(_about(relation, them, down=down))


def _about(relation: Relation, them: str, *, down: bool) -> Iterator[Prompt]:
    for prompt in _PROMPTS[relation]:
        text = _DOWNWARDS.get(prompt.slug, prompt.text) if down else prompt.text
        yield replace(prompt, text=text.replace(_THEM, them))
