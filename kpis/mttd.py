"""Time to detect: how long incidents hurt before anybody knew (playbook 2.3)."""

from bot.domain.incident_figures import Case
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.vocabulary import Better, Kra, Noticed, Unit


def detected(case: Case, _: Rules) -> Counted | None:
    """Count the time from the start to the detection, where both are known."""
    times = case.incident.times
    if times.resolved is None or times.to_detect is None:
        return None
    return Counted(times.resolved, seconds=int(times.to_detect.total_seconds()))


def noticed_by_customers(case: Case, _: Rules) -> Counted | None:
    """Count, of the incidents of which it is known who noticed, those that a customer noticed first."""
    if case.incident.times.resolved is None or case.incident.noticed is None:
        return None
    hit = case.incident.noticed is Noticed.CUSTOMER
    return Counted(case.incident.times.resolved, hit=hit)


KPI = Kpi(
    name="Mean time to detect",
    short="MTTD",
    aliases=("time to detect", "detection time"),
    kra=Kra.INCIDENT_MANAGEMENT,
    unit=Unit.SECONDS,
    better=Better.DOWN,
    source=Source.INCIDENTS,
    main=Measure(
        Kind.DURATION, detected, noun="incidents resolved", missing="start or detection unknown"
    ),
    lines=(
        Measure(
            Kind.SHARE,
            noticed_by_customers,
            noun="incidents",
            label="noticed by a customer first",
            name="customers",
        ),
    ),
    definition="The median time from the start of an incident to its detection: the first alert, or the first person who noticed. The mean and p90 stand beside it. An unknown start or detection is unknown and never nought.",
    formula="median of (detected − started), of incidents resolved in the period",
    dated_by="the day of the last resolution",
    excluded=(
        "open incidents",
        "those whose start or detection is unknown",
        "drills, duplicates and false alarms",
        "restricted incidents (not even counted here)",
    ),
    clock="calendar hours, from the start to the detection",
)
