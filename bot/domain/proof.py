"""The incidents behind a figure: what each gave to it, and which gave nothing and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.incident import Incident
from bot.domain.incident_figures import Cause
from bot.domain.uptime import ServiceUptime


class Reason(StrEnum):
    """Why an incident gives nothing to a figure, in the order in which it is told."""

    OPEN = "open"
    UNKNOWN = "unknown"  # a time that it takes is not known
    NO_START = "no start"  # nobody knows when it began to hurt
    NO_SERVICE = "no service"  # nobody has said what it affected
    BEARABLE = "bearable"  # customers did not suffer
    MAINTENANCE = "maintenance"  # it lay within what was announced
    DRILL = "drill"
    DUPLICATE = "duplicate"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One incident: what it gave (seconds, its cause, or seconds a service), or the reason why it gave nothing."""

    incident: Incident
    seconds: int | None = None
    cause: Cause | None = None
    earlier: Incident | None = None
    services: tuple[tuple[str, int], ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """All incidents behind a figure, what gave most first, and all that were left out; for uptime each service's."""

    counted: tuple[Exhibit, ...] = ()
    left_out: tuple[Exhibit, ...] = ()
    services: tuple[ServiceUptime, ...] = ()

    @property
    def known(self) -> int:
        """How many gave something."""
        return len(self.counted)

    @property
    def of(self) -> int:
        """How many could have: those of which a time is unknown are among them."""
        return self.known + self.reasons[Reason.UNKNOWN]

    @property
    def reasons(self) -> Counter[Reason]:
        """How many were left out for each reason."""
        return Counter(each.reason for each in self.left_out if each.reason is not None)

    @property
    def exhibits(self) -> tuple[Exhibit, ...]:
        """All of them, those that were counted first."""
        return self.counted + self.left_out

    def oldest_open(self, now: datetime) -> timedelta | None:
        """Return for how long the oldest one has been open; None where none is."""
        opened = [each.incident.times.began for each in self.left_out if each.reason is Reason.OPEN]
        return now - min(opened) if opened else None
