"""Knowledge base usage: how many solved tickets link an article (playbook 2.5)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules
from bot.domain.ticket import Ticket
from bot.vocabulary import Better, Kra, Unit


def solved_with_article(ticket: Ticket, _: Rules) -> Counted | None:
    """Count a solved ticket on the day of its last solve, and whether it links an article."""
    if ticket.solved_at is None:
        return None
    return Counted(ticket.solved_at, hit=bool(ticket.article))


KPI = Kpi(
    name="Knowledge base usage",
    short="Knowledge usage",
    aliases=("kb", "knowledge base", "articles"),
    kra=Kra.PROCESS_OPTIMISATION,
    unit=Unit.PERCENT,
    better=Better.UP,
    main=Measure(Kind.SHARE, solved_with_article, noun="tickets solved"),
    definition="The share of solved tickets that link a knowledge base article. It has no target until you set one: a hard target invites links to anything.",
    formula="solved tickets with a linked article ÷ solved tickets",
    dated_by="the day of the last solve",
    excluded=("tickets that are not solved", "deleted tickets"),
)
