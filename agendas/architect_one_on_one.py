"""One-on-one with an architect (playbook 4.4)."""

from bot.domain.agenda import Agenda, Section
from bot.vocabulary import Kra

AGENDA = Agenda(
    name="One-on-one with an architect",
    about="Architecture, incidents, collaboration and feedback.",
    is_one_on_one=True,
    kras=(Kra.CLOUD_INFRASTRUCTURE, Kra.INCIDENT_MANAGEMENT),
    sections=(
        Section(
            "Architecture updates",
            ("Any recent changes or updates to the cloud architecture?",),
            topics=("infrastructure",),
        ),
        Section(
            "Incident review",
            ("Review major incidents and discuss architectural improvements.",),
            topics=("incidents",),
        ),
        Section(
            "Collaboration",
            ("How can we improve collaboration with support and engineering teams?",),
        ),
        Section("Feedback", ("What feedback do you have for me or the team?",)),
    ),
)
