"""First response time: how long customers wait for the first public reply by a human (playbook 2.1)."""

from datetime import timedelta

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, seconds_between
from bot.domain.ticket import Ticket
from bot.vocabulary import Better, Kra, Unit


def replied(ticket: Ticket, _: Rules) -> Counted | None:
    """Count the wait on the day of the reply."""
    if ticket.first_response_at is None:
        return None
    return Counted(
        ticket.first_response_at,
        seconds=seconds_between(ticket.created_at, ticket.first_response_at),
    )


def within_target(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count a reply in time on its day, and anything else as a miss on the day its target ran out unanswered."""
    if rules.threshold is None:
        return None
    runs_out = ticket.created_at + timedelta(seconds=rules.threshold)
    replied_at = ticket.first_response_at
    if replied_at is not None and replied_at <= runs_out:
        return Counted(replied_at)
    return Counted(runs_out, hit=False)


KPI = Kpi(
    name="First response time",
    short="First response",
    aliases=("frt", "first reply", "response time"),
    kra=Kra.CUSTOMER_SUPPORT,
    unit=Unit.SECONDS,
    better=Better.DOWN,
    target=3600,
    target_from="playbook 2.1",
    main=Measure(Kind.DURATION, replied, noun="first replies"),
    lines=(
        Measure(
            Kind.SHARE,
            within_target,
            noun="tickets",
            label="answered within target",
            name="within",
            by_clock=True,
            uses_target=True,
        ),
    ),
    definition="The median time from a ticket's creation to the first public reply by a human. Beside it the time that nine in ten stay under, and the share answered within the target.",
    formula="median of (first public human reply − created)",
    dated_by="the day of the reply; for the share, an unanswered ticket is a miss on the day its target runs out",
    excluded=(
        "automatic replies",
        "tickets without a reply (they count in the share)",
        "deleted tickets",
    ),
    clock="calendar hours",
)
