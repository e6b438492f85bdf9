"""Team meeting with cloud engineers (playbook 4.2)."""

from bot.domain.agenda import Agenda, Section
from bot.vocabulary import Kra

AGENDA = Agenda(
    name="Team meeting with cloud engineers",
    about="Infrastructure, incidents, collaboration and feedback.",
    kras=(Kra.CLOUD_INFRASTRUCTURE, Kra.INCIDENT_MANAGEMENT),
    sections=(
        Section(
            "Infrastructure updates",
            ("Any recent changes or issues with cloud infrastructure?",),
            topics=("infrastructure", "compliance"),
        ),
        Section(
            "Incident review",
            ("Review major incidents and discuss root cause analysis.",),
            topics=("incidents",),
        ),
        Section("Collaboration", ("How can we improve collaboration with support teams?",)),
        Section("Feedback", ("What feedback do you have for me or the team?",)),
    ),
)
