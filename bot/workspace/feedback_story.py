"""The feedback of the demo company: between two people and in notes, in the open pool, and in a digest of the past."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.feedback_questions import Relation
from bot.vocabulary import FeedbackKind, FeedbackLevel

ANA, TOMASZ, BO = "U0ANA", "U0TOMASZ", "U0BO"
_PRAISE, _SUGGESTION, _CONCERN = FeedbackKind


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of feedback: what was said to which question, how many days before the demo began, and what was answered."""

    giver: str
    receiver: str
    level: FeedbackLevel
    kind: FeedbackKind
    relation: Relation
    said: dict[str, str]
    days_ago: int
    answer: str = ""


PIECES = (
    Told(
        BO,
        TOMASZ,
        FeedbackLevel.TWO,
        _SUGGESTION,
        Relation.SUPPORT_ENGINEER,
        {
            "feedback": "In the weekly we hear how we did and never why. Two tickets told from beginning to end would teach me more than ten figures.",
            "processes": "Handovers to Americas: whoever hands over writes three lines, always the same three.",
        },
        9,
        "You are right about both. Bring the first ticket on Monday; I write the three lines down with Camila.",
    ),
    Told(
        ANA,
        TOMASZ,
        FeedbackLevel.TWO,
        _PRAISE,
        Relation.REPORTING_MANAGER,
        {"feedback": "You told the customers of the bad release honestly that they would wait. Not one of them left. Thank you."},
        6,
    ),
    Told(
        ANA,
        TOMASZ,
        FeedbackLevel.NOTE,
        _CONCERN,
        Relation.REPORTING_MANAGER,
        {"words": "He takes every escalation himself. Ask who could take every second one before it wears him out."},
        5,
    ),
    Told(
        TOMASZ,
        ANA,
        FeedbackLevel.TWO,
        _CONCERN,
        Relation.REPORTING_MANAGER,
        {
            "feedback": "The target for the first reply was changed while I was away, and I heard of it from Bo. Please ask the three of us first.",
            "support": "One more person on Friday nights until the new people know the console.",
        },
        1,
    ),
)  # fmt: skip

POSTED = (
    ("U0NIAMH", _CONCERN, "The night rota is made a week ahead. Nobody can plan a life like that; a month would do."),
    ("U0DIEGO", _PRAISE, "It was right to stop the release. Somebody had to say it, and somebody did."),
    ("U0KENTA", _SUGGESTION, "Tell us what became of the last survey, even if the answer is no."),
    ("U0SOFIA", _SUGGESTION, "One day a month without meetings, for all teams the same day."),
    ("U0LUC", _CONCERN, "New people get the hardest queue because it is the one nobody wants."),
)  # fmt: skip
"""What was posted in the digest of the past, by whom: only the demo knows."""

SEALED = (
    ("U0AMIRA", _SUGGESTION, "Training on the storage platform before the next region opens, not after."),
    ("U0KOFI", _CONCERN, "The alerts on networks wake two of us for one fault."),
    ("U0ANJALI", _PRAISE, "The all-hands at 07:00 UTC was the first at which I asked something."),
)  # fmt: skip
"""What lies in the pool that is open: three have written, and five are needed."""


def digest_at(anchor: date) -> datetime:
    """Return when the digest was posted: on the last Monday before the demo began, at ten."""
    monday = anchor - timedelta(days=anchor.weekday() or 7)
    return datetime.combine(monday, time(10), UTC)


def told_at(anchor: date, days_ago: int) -> datetime:
    """Return when something was said."""
    return datetime.combine(anchor - timedelta(days=days_ago), time(14, 20), UTC)
