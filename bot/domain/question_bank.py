"""What a pulse asks: statements to agree with, which of them come next, the eNPS question and the comment.

A statement's slug is kept with every wave that asked it and never changes its meaning: who changes the words so that they
ask something else gives it a new slug. Each has one subject and is worded so that agreeing with it is good news, because
4 and 5 count as favourable (kpis.md A5).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_STATEMENTS = 5
"""How many statements one wave may have."""

LIKERT = {
    1: "Strongly disagree",
    2: "Disagree",
    3: "Neither",
    4: "Agree",
    5: "Strongly agree",
}
"""The answers to a statement, each with its words."""

ENPS_QUESTION = "How likely are you to recommend this company as a place to work?"
ENPS_SCALE = range(11)
"""The answers to `ENPS_QUESTION`: eleven, for a scale of five cannot give a net promoter score."""
ENPS_ENDS = ("not at all likely", "extremely likely")
"""What its 0 and its 10 mean."""

COMMENT_QUESTION = "Is there anything else you would like to say?"
COMMENT_WARNING = "Do not name people; your style may be recognised."


class Theme(StrEnum):
    """What a statement is about, in the order in which a bank that was never used takes its turns."""

    SATISFACTION = "Working here"
    DIRECTION = "Priorities and goals"
    LEADERSHIP = "Support from my lead"
    WORKLOAD = "Tickets and workload"
    COLLABORATION = "Collaboration"
    GROWTH = "Career and development"
    IMPROVEMENT = "Processes and tools"
    VOICE = "Feedback"
    TRAINING = "Training"
    INCIDENTS = "Incidents"
    CHANGES = "Infrastructure and architecture"
    OWN = "Own statement"  # a manager's; it takes no turns


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that people agree or disagree with."""

    slug: str
    text: str
    theme: Theme


_BANK = {
    # playbook 2.2: employee satisfaction
    Theme.SATISFACTION: {
        "satisfied": "All in all, I am satisfied with my work here.",
        "valued": "I feel valued at work.",
        "enjoyment": "I enjoy my work on most days.",
        "pride": "I am proud of the service that our customers get.",
    },
    # playbook 4.1: priorities, goals
    Theme.DIRECTION: {
        "expectations": "I know what is expected of me at work.",
        "priorities": "I know what my team's priorities are.",
        "goals": "My goals for the coming months are clear to me.",
    },
    # playbook 1.2: lead and mentor; 4.1: blockers, what support the team needs
    Theme.LEADERSHIP: {
        "lead_time": "My lead takes time for me when I need it.",
        "lead_blockers": "My lead helps me when something blocks my work.",
        "lead_fairness": "My lead treats everyone in the team fairly.",
        "lead_recognition": "My lead notices when I do good work.",
    },
    # playbook 2.2: resolution within SLA; 4.3: ticket volume and resolution times
    Theme.WORKLOAD: {
        "workload": "I can manage my workload.",
        "time_per_task": "I have enough time to do each task well.",
        "realistic_targets": "The targets that I am measured by are realistic.",
        "fair_shares": "Work is shared fairly in my team.",
    },
    # playbook 1.2: a culture of collaboration; 4.2 and 4.4: collaboration between teams
    Theme.COLLABORATION: {
        "help_in_team": "People in my team help one another.",
        "answers_from_teams": "Other teams answer my questions in good time.",
        "work_with_teams": "My team works well with the teams that it depends on.",
        "handovers": "A handover gives me what I need to carry on.",
    },
    # playbook 1.2: performance reviews, career development; 4.1: long-term goals
    Theme.GROWTH: {
        "reviews": "My performance reviews help me get better at my work.",
        "career": "I can see a career for myself here.",
        "development": "Someone at work cares about my development.",
        "strengths": "My work lets me use my strengths.",
    },
    # playbook 1.2: continuous improvement; 4.3: process improvements, automation
    Theme.IMPROVEMENT: {
        "tools": "I have the tools that I need for my work.",
        "processes": "Our processes make my work easier.",
        "automation": "My team automates tasks that keep coming back.",
        "documentation": "I find what I need in our documentation.",
    },
    # playbook 4.1 to 4.4: what feedback do you have
    Theme.VOICE: {
        "speak_up": "I can say what I think at work.",
        "opinion_counts": "My opinion counts when my team decides something.",
        "useful_feedback": "The feedback that I get helps me improve.",
        "acted_upon": "Leadership acts on the feedback that people give.",
    },
    # playbook 2.2: training hours; 4.3: training needs
    Theme.TRAINING: {
        "training_time": "I get enough time for training.",
        "training_use": "The training that I get helps me in my daily work.",
        "technology": "I feel ready for the technology that I work with.",
    },
    # playbook 4.2 and 4.4: incident review
    Theme.INCIDENTS: {
        "incident_role": "I know what to do in an incident.",
        "blameless": "Our incident reviews look for causes rather than culprits.",
        "incident_lessons": "We put into practice what an incident teaches us.",
    },
    # playbook 4.2: infrastructure updates; 4.4: architecture updates
    Theme.CHANGES: {
        "change_news": "I hear about infrastructure changes before they affect my work.",
        "change_reasons": "I understand why our architecture changes.",
        "architects": "I get advice on architecture when I need it.",
    },
}  # fmt: skip

BANK = tuple(
    Statement(slug, text, theme) for theme, texts in _BANK.items() for slug, text in texts.items()
)
"""All statements that come with the playbook, theme by theme."""


def rotate(
    waves: Sequence[Collection[str]], count: int, chosen: Collection[str] = ()
) -> tuple[Statement, ...]:
    """Return `count` statements of different themes for the next wave: what was asked longest ago.

    `waves` are the slugs that each wave before asked, the oldest first, and `chosen` those that somebody has put into
    the next one already. First come the themes that were asked longest ago, and of each the statement that was; what
    was never asked is before all others, and where two are alike the bank's order decides. So every theme has its turn
    before one comes again, and so has every statement within its theme. Slugs that the bank does not know are passed over.
    """
    asked = {slug: place for place, slugs in enumerate((*waves, chosen)) for slug in slugs}

    def last(statement: Statement) -> int:
        return asked.get(statement.slug, -1)

    turns = sorted(_BANK, key=lambda theme: max(last(each) for each in _of(theme)))
    return tuple(min(_of(theme), key=last) for theme in turns[:count])


def _of(theme: Theme) -> list[Statement]:
    return [each for each in BANK if each.theme is theme]
