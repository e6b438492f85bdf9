"""Customer satisfaction: how many of the customers who answered were pleased (playbook 2.1)."""

from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules
from bot.domain.ticket import POSITIVE, Ticket
from bot.vocabulary import Better, Kra, Unit


def rated(ticket: Ticket, _: Rules) -> Counted | None:
    """Count an answered rating on the day it was given."""
    if ticket.rating is None or ticket.rated_at is None:
        return None
    return Counted(ticket.rated_at, hit=ticket.rating in POSITIVE)


KPI = Kpi(
    name="Customer satisfaction",
    short="CSAT",
    aliases=("satisfaction", "customer sat"),
    kra=Kra.CUSTOMER_SUPPORT,
    unit=Unit.PERCENT,
    better=Better.UP,
    target=90,
    target_from="playbook 2.1",
    main=Measure(Kind.SHARE, rated, noun="ratings"),
    definition="The share of answered ratings that are positive: good, or 4 or 5 of 5. A ticket that was rated again counts once, with its last rating.",
    formula="positive ratings ÷ answered ratings",
    dated_by="the day of the rating",
    excluded=("surveys that nobody answered", "deleted tickets"),
)
