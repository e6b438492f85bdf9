"""Employee satisfaction: how favourably people answer the statements of pulse surveys (playbook 2.2)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.domain.pulse_close import Closed
from bot.domain.release import OVERALL
from bot.vocabulary import Better, Kra, Role, Unit


def asked(closed: Closed, _: Rules) -> Counted | None:
    """Count a survey that asked statements, on the day on which it closed."""
    return Counted(closed.at) if closed.wave.statements else None


KPI = Kpi(
    name="Employee satisfaction",
    short="Employee satisfaction",
    aliases=("esat", "employee satisfaction score", "happiness"),
    kra=Kra.TEAM_PERFORMANCE,
    unit=Unit.PERCENT,
    better=Better.UP,
    target=85,
    target_from="playbook 5.1",
    source=Source.PULSE,
    team_role=Role.LEAD,
    main=Measure(Kind.PUBLISHED, asked, noun="answers", question=OVERALL),
    lines=(
        Measure(
            Kind.SHARE,
            asked,
            noun="people asked",
            label="of those who were asked answered",
            name="response",
        ),
    ),
    definition="The share of answers 4 and 5, on a scale from 1 to 5, to all statements of a pulse survey, as it was published when the survey closed. It is that of the last survey that closed in the period and asked all teams there were; surveys are never added up. One that asked some teams alone does not speak for all: it is told of these teams. Where the exact share would tell how a few people answered, a span was published, and its middle counts.",
    formula="answers 4 and 5 ÷ all answers to the statements, in whole percent as published",
    dated_by="the day on which the survey closed",
    excluded=(
        "earlier surveys of the same period",
        "surveys that are still open",
        "statements that somebody skipped",
        "figures that would tell how a few people answered",
    ),
)
