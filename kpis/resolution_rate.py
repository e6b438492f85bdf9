"""Ticket resolution rate: how many SLA targets that fell due were met (playbook 2.2)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules
from bot.domain.ticket import Ticket
from bot.vocabulary import Better, Kra, Unit


def fell_due(ticket: Ticket, _: Rules) -> Counted | None:
    """Count an SLA target on the day it falls due: met as the helpdesk says, or solved by then."""
    if ticket.sla_due_at is None:
        return None
    if ticket.sla_met is not None:
        return Counted(ticket.sla_due_at, hit=ticket.sla_met)
    in_time = ticket.solved_at is not None and ticket.solved_at <= ticket.sla_due_at
    return Counted(ticket.sla_due_at, hit=in_time)


def still_open(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count a ticket that has missed its SLA target and is not solved."""
    counted = fell_due(ticket, rules)
    return counted if counted and not counted.hit and ticket.solved_at is None else None


KPI = Kpi(
    name="Ticket resolution rate",
    short="Resolved within SLA",
    aliases=("sla", "resolved", "ticket resolution"),
    kra=Kra.TEAM_PERFORMANCE,
    unit=Unit.PERCENT,
    better=Better.UP,
    target=95,
    target_from="playbook 5.3",
    main=Measure(Kind.SHARE, fell_due, noun="SLA targets due", by_clock=True),
    lines=(
        Measure(
            Kind.COUNT,
            still_open,
            noun="tickets",
            label="tickets past their SLA target and still open",
            name="open",
            by_clock=True,
        ),
    ),
    definition="The share of SLA targets that fell due and were met. An open ticket whose target has passed is a breach, so waiting with a solve does not make the figure better.",
    formula="SLA targets met ÷ SLA targets that fell due",
    dated_by="the day the SLA target fell due",
    excluded=("targets that are not due yet", "tickets without an SLA target", "deleted tickets"),
    clock="calendar hours, or the helpdesk's own clock where it says met or missed",
)
