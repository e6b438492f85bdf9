"""Incident recurrence: how many incidents repeat an earlier cause (playbook 2.3)."""

from bot.domain.incident_figures import Case, Cause
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.vocabulary import Better, Kra, Unit


def repeated(case: Case, _: Rules) -> Counted | None:
    """Count every incident resolved, and whether somebody has confirmed that it repeats an earlier one."""
    at = case.incident.times.resolved
    return Counted(at, hit=case.cause is Cause.REPEAT) if at else None


def suspected(case: Case, _: Rules) -> Counted | None:
    """Count the incidents that may be repeats, which nobody has confirmed."""
    at = case.incident.times.resolved
    return Counted(at) if at and case.cause is Cause.SUSPECTED else None


def unclassified(case: Case, _: Rules) -> Counted | None:
    """Count the incidents of whose cause no analysis says whether it is an old one."""
    at = case.incident.times.resolved
    return Counted(at) if at and case.cause is Cause.UNCLASSIFIED else None


KPI = Kpi(
    name="Incident recurrence",
    short="Recurrence",
    aliases=("recurrence rate", "incident recurrence rate", "repeats", "repeat incidents"),
    kra=Kra.INCIDENT_MANAGEMENT,
    unit=Unit.PERCENT,
    better=Better.DOWN,
    source=Source.INCIDENTS,
    main=Measure(Kind.SHARE, repeated, noun="incidents resolved"),
    lines=(
        Measure(
            Kind.COUNT,
            suspected,
            noun="incidents",
            label="may repeat an earlier one; nobody has confirmed it",
            name="suspected",
        ),
        Measure(
            Kind.COUNT,
            unclassified,
            noun="incidents",
            label="not classified: no analysis says whether the cause is an old one",
            name="unclassified",
        ),
    ),
    definition="The share of resolved incidents of which somebody has confirmed that they have the cause of an earlier one. The earlier one must have been resolved no longer before than the settings say (90 days unless changed). Suspicions and incidents that nobody has classified are shown apart, and are not called new.",
    formula="confirmed repeats ÷ incidents resolved",
    dated_by="the day of the last resolution",
    excluded=(
        "open incidents",
        "drills, duplicates and false alarms",
        "restricted incidents (not even counted here)",
    ),
)
