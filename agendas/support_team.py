"""Team meeting with support engineers (playbook 4.3)."""

from bot.domain.agenda import Agenda, Section
from bot.vocabulary import Kra

AGENDA = Agenda(
    name="Team meeting with support engineers",
    about="Tickets, processes, training and feedback.",
    kras=(Kra.CUSTOMER_SUPPORT, Kra.TEAM_PERFORMANCE, Kra.PROCESS_OPTIMISATION),
    sections=(
        Section(
            "Ticket review", ("Review ticket volume and resolution times.",), topics=("tickets",)
        ),
        Section(
            "Process improvements",
            ("Discuss any process improvements or automation opportunities.",),
            topics=("improvements",),
        ),
        Section(
            "Training needs", ("Identify any training needs for the team.",), topics=("training",)
        ),
        Section("Feedback", ("What feedback do you have for me or the team?",)),
    ),
)
