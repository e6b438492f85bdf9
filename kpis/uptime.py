"""Uptime: how much of the time customers of the worst service did not suffer (playbook 2.4)."""

from bot.domain.impact import hurts_customers
from bot.domain.incident import Incident
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, Source
from bot.vocabulary import Better, Kra, Unit


def hurt(incident: Incident, _: Rules) -> Counted | None:
    """Count the time of an incident in which something was down or degraded for at least one customer."""
    return Counted(incident.times.began) if hurts_customers(incident) else None


KPI = Kpi(
    name="Uptime",
    short="Uptime",
    aliases=("availability", "up time"),
    kra=Kra.CLOUD_INFRASTRUCTURE,
    unit=Unit.PERCENT,
    better=Better.UP,
    target=99.9,
    target_from="playbook 2.4",
    source=Source.IMPACT,
    main=Measure(Kind.UPTIME, hurt, noun="incidents"),
    definition="The share of the time in which customers of a service did not suffer, for the worst service; every service follows. They suffer while an incident makes it down or degraded, in full and from its start (or else its detection) until it is mitigated (or else resolved), or until now; effects with a workaround or of looks alone, and those that touch no customer, do not count. Where nobody has said, it counts. Incidents at the same time count once, and the figure is cut, never rounded up.",
    formula="1 − union of customer impact ÷ time that has passed, announced maintenance taken out of both",
    dated_by="the time itself, cut at the ends of the period",
    excluded=(
        "announced maintenance",
        "incidents of which no service or no start is known",
        "drills and false alarms",
        "duplicates, but for services that their original does not name",
        "restricted incidents (not even counted here)",
    ),
    clock="every second of the day, as the clock of the time zone has them",
)
