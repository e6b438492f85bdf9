"""Uptime of each service: elapsed time without impact on customers, announced maintenance taken out of both.

Overlapping incidents count once. A day has the seconds that its clock gives it, 23 hours or 25. Seconds of impact are
rounded up and those of the period down, so that no rounding makes a service better than it was.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from bot.domain.impact import (
    Window,
    hurts_customers,
    impact_windows,
    length,
    union,
    within,
    without,
)
from bot.domain.incident import Incident
from bot.domain.incident_figures import Took

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ServiceUptime:
    """How long a service hurt its customers in a period, in seconds.

    `seconds` have passed, `whole` are in the whole period; announced maintenance is in neither. `down` is the union of
    what its incidents did, of which `hurt` tells each by itself, the longest first, but none that maintenance hides.
    """

    service: str
    seconds: int
    whole: int
    down: int
    maintenance: int = 0
    hurt: tuple[Took, ...] = ()

    @property
    def up(self) -> int:
        """How long it did not hurt."""
        return self.seconds - self.down

    @property
    def share(self) -> Fraction | None:
        """Which part of the time it was up; None where all of it was maintenance."""
        return Fraction(self.up, self.seconds) if self.seconds > 0 else None

    def left(self, target: float) -> float:
        """Return how many seconds of the budget of what has passed are left against a target in percent."""
        return _budget(self.seconds, target) - self.down

    def left_of_whole(self, target: float) -> float:
        """Return how many seconds of the whole period's budget are left."""
        return _budget(self.whole, target) - self.down


Maintenance = Mapping[str, Sequence[Window]]


@dataclass(frozen=True, slots=True)
class Harm:
    """When an incident hurt one service, as of now: each stretch once, in order, and never none."""

    service: str
    incident: Incident
    windows: tuple[Window, ...]

    def within(self, start: datetime, end: datetime) -> list[Window]:
        """Return the parts between two instants."""
        if self.windows[0].start >= end or self.windows[-1].end <= start:
            return []
        return within(self.windows, start, end)


def harms(incidents: Iterable[Incident], now: datetime) -> list[Harm]:
    """Return when incidents hurt which services, for any period that one asks about."""
    found = (
        Harm(service, incident, tuple(union(windows)))
        for incident in filter(hurts_customers, incidents)
        for service, windows in impact_windows(incident, now).items()
    )
    return [each for each in found if each.windows]


def uptimes(
    services: Collection[str],
    done: Iterable[Harm],
    maintenance: Maintenance,
    start: datetime,
    end: datetime,
    now: datetime,
) -> list[ServiceUptime]:
    """Return the uptime of every service between two instants, as of now: the worst first.

    Beside those named, of every service that an incident hurt then.
    """
    hurt: dict[str, list[tuple[Incident, list[Window]]]] = {}
    for harm in done:
        if inside := harm.within(start, min(end, now)):
            hurt.setdefault(harm.service, []).append((harm.incident, inside))
    names = [*dict.fromkeys([*services, *sorted(hurt)])]
    found = [
        _uptime(name, hurt.get(name, []), maintenance.get(name, ()), start, end, now)
        for name in names
    ]
    return sorted(found, key=lambda each: (1 if each.share is None else each.share, -each.down))


def _uptime(
    service: str,
    hurt: Sequence[tuple[Incident, list[Window]]],
    maintenance: Sequence[Window],
    start: datetime,
    end: datetime,
    now: datetime,
) -> ServiceUptime:
    whole = Window(start, end)
    passed = Window(start, max(start, min(end, now)))
    announced = union(maintenance)
    down = without((each for _, windows in hurt for each in windows), announced)
    took = [Took(incident, _up(length(without(windows, announced)))) for incident, windows in hurt]
    took.sort(key=lambda each: (-each.seconds, each.incident.id))
    seconds = length(without([passed], announced)) // _SECOND
    return ServiceUptime(
        service,
        seconds,
        length(without([whole], announced)) // _SECOND,
        min(_up(length(down)), seconds),
        length(within(announced, *passed)) // _SECOND,
        tuple(each for each in took if each.seconds),
    )


def _budget(seconds: int, target: float) -> float:
    """Return how many of these seconds may be down, for a target in percent as it is written."""
    return float(seconds * (100 - Fraction(str(target))) / 100)


def _up(duration: timedelta) -> int:
    """Return a duration in whole seconds, rounded up."""
    return -(-duration // _SECOND)
