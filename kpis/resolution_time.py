"""Resolution time: how long critical tickets take from creation to the last solve (playbook 2.1)."""

from datetime import timedelta

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules, seconds_between
from bot.domain.ticket import Ticket
from bot.vocabulary import Better, Kra, Unit


def solved(ticket: Ticket, _: Rules) -> Counted | None:
    """Count the time to the last solve on the day of that solve, for tickets of any priority."""
    if ticket.solved_at is None:
        return None
    return Counted(ticket.solved_at, seconds=seconds_between(ticket.created_at, ticket.solved_at))


def critical_solved(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count the time to the last solve for critical tickets."""
    return solved(ticket, rules) if ticket.priority in rules.critical else None


def within_target(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count a critical ticket solved in time on that day, any other as a miss on the day its target ran out."""
    if rules.threshold is None or ticket.priority not in rules.critical:
        return None
    runs_out = ticket.created_at + timedelta(seconds=rules.threshold)
    if ticket.solved_at is not None and ticket.solved_at <= runs_out:
        return Counted(ticket.solved_at)
    return Counted(runs_out, hit=False)


def still_open(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count a critical ticket that is not solved, on the day its target ran out."""
    counted = within_target(ticket, rules)
    return counted if counted is not None and ticket.solved_at is None else None


def reopened(ticket: Ticket, rules: Rules) -> Counted | None:
    """Count, of the critical tickets solved, those that had been reopened."""
    counted = critical_solved(ticket, rules)
    return counted._replace(hit=bool(ticket.reopens)) if counted is not None else None


KPI = Kpi(
    name="Resolution time",
    short="Resolution time",
    aliases=("rt", "time to resolve", "resolve time"),
    kra=Kra.CUSTOMER_SUPPORT,
    unit=Unit.SECONDS,
    better=Better.DOWN,
    target=4 * 3600,
    target_from="playbook 2.1",
    main=Measure(Kind.DURATION, critical_solved, noun="critical tickets solved"),
    lines=(
        Measure(Kind.DURATION, solved, noun="tickets solved", label="all priorities", name="all"),
        Measure(
            Kind.SHARE,
            within_target,
            noun="critical tickets",
            label="critical tickets solved within target",
            name="within",
            by_clock=True,
            uses_target=True,
        ),
        Measure(
            Kind.COUNT,
            still_open,
            noun="critical tickets",
            label="critical tickets past their target and still open",
            name="open",
            by_clock=True,
            uses_target=True,
        ),
        Measure(
            Kind.SHARE,
            reopened,
            noun="critical tickets solved",
            label="reopened before the last solve",
            name="reopened",
        ),
    ),
    definition="The median time from creation to the last solve, for critical tickets; a reopening makes it longer. A ticket counts as solved when the helpdesk gives it a time of solving, and as critical by its priority at that moment. All priorities follow as a second line.",
    formula="median of (last solved − created), critical tickets only",
    dated_by="the day of the last solve; for the share, an open ticket is a miss on the day its target runs out",
    excluded=("tickets that are not solved (they count in the share)", "deleted tickets"),
    clock="calendar hours",
)
