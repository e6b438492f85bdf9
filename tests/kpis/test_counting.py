"""What each KPI counts of a ticket, on which day, and as what: by hand, so that a wrong definition is seen."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.kpi import Counted, Rules
from bot.domain.ticket import Ticket

CREATED = datetime(2026, 10, 1, 9, tzinfo=UTC)
RULES = Rules(frozenset({"urgent", "critical"}), threshold=3600)


def after(hours: float) -> datetime:
    """Return an instant some hours after a ticket's creation."""
    return CREATED + timedelta(hours=hours)


def ticket(**told: object) -> Ticket:
    """Return a ticket of which the helpdesk told this."""
    return Ticket("T-1", CREATED, **told)  # type: ignore[arg-type]


RATED = [
    (rating, rating in ("good", "4", "5")) for rating in ("good", "bad", "1", "2", "3", "4", "5")
]


@pytest.mark.parametrize(
    ("key", "told", "counted"),
    [
        *[("csat", {"rating": r, "rated_at": after(50)}, Counted(after(50), hit=hit)) for r, hit in RATED],
        ("csat", {"solved_at": after(1)}, None),
        ("first_response", {"first_response_at": after(0.5)}, Counted(after(0.5), seconds=1800)),
        ("first_response", {"solved_at": after(1)}, None),
        ("first_response.within", {"first_response_at": after(0.5)}, Counted(after(0.5))),
        ("first_response.within", {"first_response_at": after(1)}, Counted(after(1))),
        ("first_response.within", {"first_response_at": after(30)}, Counted(after(1), hit=False)),
        ("first_response.within", {}, Counted(after(1), hit=False)),
        ("resolution_time", {"solved_at": after(3), "priority": "urgent"}, Counted(after(3), seconds=10_800)),
        ("resolution_time", {"solved_at": after(3), "priority": "critical"}, Counted(after(3), seconds=10_800)),
        ("resolution_time", {"solved_at": after(3), "priority": "high"}, None),
        ("resolution_time", {"solved_at": after(3)}, None),
        ("resolution_time", {"priority": "urgent"}, None),
        ("resolution_time.all", {"solved_at": after(3), "priority": "low"}, Counted(after(3), seconds=10_800)),
        ("resolution_time.within", {"solved_at": after(1), "priority": "urgent"}, Counted(after(1))),
        ("resolution_time.within", {"solved_at": after(30), "priority": "urgent"}, Counted(after(1), hit=False)),
        ("resolution_time.within", {"priority": "urgent"}, Counted(after(1), hit=False)),
        ("resolution_time.within", {"priority": "low"}, None),
        ("resolution_time.open", {"priority": "urgent"}, Counted(after(1), hit=False)),
        ("resolution_time.open", {"solved_at": after(30), "priority": "urgent"}, None),
        ("resolution_time.reopened", {"solved_at": after(3), "priority": "urgent", "reopens": 2}, Counted(after(3), hit=True, seconds=10_800)),
        ("resolution_time.reopened", {"solved_at": after(3), "priority": "urgent", "reopens": 0}, Counted(after(3), hit=False, seconds=10_800)),
        ("resolution_rate", {"sla_due_at": after(8), "solved_at": after(3)}, Counted(after(8))),
        ("resolution_rate", {"sla_due_at": after(8), "solved_at": after(8)}, Counted(after(8))),
        ("resolution_rate", {"sla_due_at": after(8), "solved_at": after(9)}, Counted(after(8), hit=False)),
        ("resolution_rate", {"sla_due_at": after(8)}, Counted(after(8), hit=False)),
        ("resolution_rate", {"sla_due_at": after(8), "sla_met": True}, Counted(after(8))),
        ("resolution_rate", {"sla_due_at": after(8), "solved_at": after(3), "sla_met": False}, Counted(after(8), hit=False)),
        ("resolution_rate", {"solved_at": after(3)}, None),
        ("resolution_rate.open", {"sla_due_at": after(8)}, Counted(after(8), hit=False)),
        ("resolution_rate.open", {"sla_due_at": after(8), "solved_at": after(9)}, None),
        ("ticket_volume", {}, Counted(CREATED)),
        ("knowledge_usage", {"solved_at": after(3), "article": "KB-1"}, Counted(after(3))),
        ("knowledge_usage", {"solved_at": after(3)}, Counted(after(3), hit=False)),
        ("knowledge_usage", {"article": "KB-1"}, None),
    ],
)  # fmt: skip
def test_what_is_counted(kpis, key, told, counted):
    """The instant decides the day; a hit is what the numerator counts."""
    slug, _, name = key.partition(".")
    (measure,) = [each for each in kpis[slug].measures if each.name == name]
    assert measure.count(ticket(**told), RULES) == counted
