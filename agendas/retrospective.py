"""Retrospective (playbook 6.5: regular retrospectives to identify areas for improvement)."""

from bot.domain.agenda import Agenda, Section
from bot.vocabulary import Kra

AGENDA = Agenda(
    name="Retrospective",
    about="What went well, what did not, and what we change.",
    kras=(Kra.CUSTOMER_SUPPORT, Kra.PROCESS_OPTIMISATION),
    sections=(
        Section("What went well", ("What should we keep doing?",)),
        Section(
            "What did not go well",
            ("What cost us time, or a customer's patience?",),
            topics=("incidents", "tickets"),
        ),
        Section("What puzzles us", ("What do we not understand yet?",)),
        Section("What we change", ("Which one or two things do we try next, who, and by when?",)),
    ),
)
