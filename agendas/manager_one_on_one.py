"""One-on-one with a reporting manager (playbook 4.1)."""

from bot.domain.agenda import Agenda, Section
from bot.vocabulary import Kra

AGENDA = Agenda(
    name="One-on-one with a reporting manager",
    about="Progress, the team, feedback and goals.",
    is_one_on_one=True,
    kras=(Kra.TEAM_PERFORMANCE, Kra.CUSTOMER_SUPPORT),
    sections=(
        Section(
            "Progress updates",
            ("What are your team's current priorities?", "Any blockers or challenges?"),
        ),
        Section(
            "Team development",
            ("How is your team performing?", "What support do they need?"),
            topics=("training",),
        ),
        Section("Feedback", ("What feedback do you have for me or the leadership team?",)),
        Section("Goals", ("What are your short-term and long-term goals?",)),
    ),
)
