"""A support ticket as the helpdesk told it last."""

from datetime import datetime
from typing import NamedTuple

DELETED = "deleted"  # a ticket with this status counts nowhere
POSITIVE = frozenset({"good", "4", "5"})  # top-two-box of five, or the good one of two
RATINGS = frozenset({"good", "bad", "1", "2", "3", "4", "5"})


class Ticket(NamedTuple):
    """One ticket; instants are aware UTC, `None` where something has not happened or is not known.

    The order of the fields is the order of the table's columns. A named tuple and not a dataclass, because an import
    makes and compares a million of them and a frozen dataclass costs five times as much to make.
    """

    id: str
    created_at: datetime
    first_response_at: datetime | None = None
    solved_at: datetime | None = None
    priority: str | None = None
    team: str | None = None
    customer: str | None = None
    rating: str | None = None
    rated_at: datetime | None = None
    sla_due_at: datetime | None = None
    sla_met: bool | None = None
    reopens: int | None = None
    article: str | None = None
    status: str | None = None
