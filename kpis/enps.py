"""Employee net promoter score: how likely people recommend the company, from pulse surveys (playbook 2.2)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.domain.pulse_answer import ENPS
from bot.domain.pulse_close import Closed
from bot.vocabulary import Better, Kra, Role, Unit


def asked(closed: Closed, _: Rules) -> Counted | None:
    """Count a survey that asked how likely people recommend the company, on the day on which it closed."""
    return Counted(closed.at) if closed.wave.terms.asks_enps else None


KPI = Kpi(
    name="Employee net promoter score",
    short="eNPS",
    aliases=("employee nps",),
    kra=Kra.TEAM_PERFORMANCE,
    unit=Unit.POINTS,
    better=Better.UP,
    source=Source.PULSE,
    team_role=Role.LEAD,
    main=Measure(Kind.PUBLISHED, asked, noun="answers", question=ENPS),
    lines=(
        Measure(
            Kind.SHARE,
            asked,
            noun="people asked",
            label="of those who were asked answered",
            name="response",
        ),
    ),
    definition="Who answers 9 or 10 of 10 promotes, who answers 0 to 6 detracts, and the score is the difference of their shares, as it was published when the survey closed. It is that of the last survey that closed in the period, asked it, and asked all teams there were; scores are never added up. One that asked some teams alone does not speak for all: it is told of these teams. The margin is the widest that any answers with this score have, because the usual one would tell how many were passive; it takes into account how many of those asked have answered.",
    formula="100 × (promoters − detractors) ÷ answers, in whole points as published",
    dated_by="the day on which the survey closed",
    excluded=(
        "earlier surveys of the same period",
        "surveys that are still open",
        "scores that would tell how a few people answered",
    ),
)
