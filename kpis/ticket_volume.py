"""Ticket volume: how many tickets customers opened, beside a plan (playbook 3.1 and 5.3)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules
from bot.domain.ticket import Ticket
from bot.vocabulary import Better, Kra, Unit


def opened(ticket: Ticket, _: Rules) -> Counted:
    """Count a ticket on the day it was created."""
    return Counted(ticket.created_at)


KPI = Kpi(
    name="Ticket volume",
    short="Ticket volume",
    aliases=("volume", "tickets", "ticket count"),
    kra=Kra.CUSTOMER_SUPPORT,
    unit=Unit.COUNT,
    better=Better.NEITHER,
    planned=True,
    main=Measure(Kind.COUNT, opened, noun="tickets"),
    definition="The number of tickets created. It is shown beside a monthly plan and never coloured: neither more nor fewer is better in itself.",
    formula="number of tickets created; the plan is cut to the days of the period",
    dated_by="the day of creation",
    excluded=("deleted tickets",),
)
