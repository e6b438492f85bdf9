"""Time to resolve incidents: how long they take from their detection to their last resolution (playbook 2.3)."""

from bot.domain.incident_figures import Case
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.vocabulary import Better, Kra, Unit


def resolved(case: Case, _: Rules) -> Counted | None:
    """Count the time from the detection to the last resolution, where the detection is known."""
    times = case.incident.times
    if times.resolved is None or times.to_resolve is None:
        return None
    return Counted(times.resolved, seconds=int(times.to_resolve.total_seconds()))


def within_target(case: Case, rules: Rules) -> Counted | None:
    """Count, of the incidents resolved, those that took no longer than the target."""
    counted = resolved(case, rules)
    if counted is None or rules.threshold is None:
        return None
    return counted._replace(hit=counted.seconds <= rules.threshold)


def mitigated(case: Case, _: Rules) -> Counted | None:
    """Count the time from the start until customers suffered no more."""
    times = case.incident.times
    if times.resolved is None or times.to_mitigate is None:
        return None
    return Counted(times.resolved, seconds=int(times.to_mitigate.total_seconds()))


def reopened(case: Case, _: Rules) -> Counted | None:
    """Count the incidents that came back before their last resolution."""
    times = case.incident.times
    return Counted(times.resolved) if times.resolved and case.incident.reopens else None


KPI = Kpi(
    name="Mean time to resolve",
    short="MTTR",
    aliases=("incident resolution", "time to recover", "time to repair"),
    kra=Kra.INCIDENT_MANAGEMENT,
    unit=Unit.SECONDS,
    better=Better.DOWN,
    target=2 * 3600,
    target_from="playbook 2.3",
    source=Source.INCIDENTS,
    main=Measure(Kind.DURATION, resolved, noun="incidents resolved", missing="detection unknown"),
    lines=(
        Measure(
            Kind.SHARE,
            within_target,
            noun="incidents",
            label="resolved within target",
            name="within",
            uses_target=True,
        ),
        Measure(
            Kind.DURATION,
            mitigated,
            noun="incidents",
            label="from the impact to its mitigation",
            name="mitigated",
        ),
        Measure(
            Kind.COUNT,
            reopened,
            noun="incidents",
            label="reopened before the last resolution",
            name="reopened",
        ),
    ),
    definition="The median time from the detection of an incident to its resolution: the service is steady again. The mean and p90 stand beside it. A reopened incident counts once, to its last resolution.",
    formula="median of (last resolved − detected), of incidents resolved in the period",
    dated_by="the day of the last resolution",
    excluded=(
        "open incidents",
        "those whose detection is unknown",
        "drills, duplicates and false alarms",
        "restricted incidents (not even counted here)",
    ),
    clock="calendar hours, from the detection to the last resolution",
)
