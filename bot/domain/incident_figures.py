"""What incidents add up to over a period: which of them count, how long things took, what repeats, what is left out.

An incident counts in the period in which it was resolved for the last time (product.md 2), in the period in which it
began where only their number is told. Read for everybody: no restricted incident is in any of it, nor among what is
left out. Incidents are few, so figures are exact: all values are kept, nothing is put into buckets.
"""

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.incident import EVERYBODY, Incident, find_incidents, open_incidents
from bot.domain.period import Period
from bot.domain.stats import Interval
from bot.domain.walltime import to_utc
from bot.storage import incident as rows
from bot.storage.database import in_parts
from bot.storage.incident import IncidentRow
from bot.storage.lanes import outermost_rank
from bot.vocabulary import IncidentKind, Noticed, Void

_SECOND = timedelta(seconds=1)
_NAMED = 3


def bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which a period's first day begins and its last one ends, in UTC."""
    start, end = (to_utc(datetime.combine(day, time()), zone) for day in (period.start, period.end))
    return start, end


# --- How long things took ---


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took in one incident, in whole seconds."""

    incident: Incident
    seconds: int


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took in some incidents: `values`, the longest first, and those in which nobody knows."""

    values: tuple[Took, ...] = ()
    unknown: tuple[Incident, ...] = ()

    @property
    def n(self) -> int:
        """In how many it is known."""
        return len(self.values)

    @property
    def of(self) -> int:
        """How many there are."""
        return len(self.values) + len(self.unknown)

    @property
    def median(self) -> float | None:
        """The middle one, in seconds; None without any."""
        return self.quantile(0.5)

    @property
    def p90(self) -> float | None:
        """What nine in ten stay under."""
        return self.quantile(0.9)

    @property
    def mean(self) -> float | None:
        """The average."""
        return self.total / self.n if self.values else None

    @property
    def total(self) -> int:
        """All of them together, in seconds."""
        return sum(took.seconds for took in self.values)

    @property
    def longest(self) -> tuple[Took, ...]:
        """The longest three."""
        return self.values[:_NAMED]

    @property
    def interval(self) -> Interval | None:
        """The median's 95 % interval by order statistics; None for fewer than six."""
        low = outermost_rank(self.n)
        if low is None:
            return None
        return Interval(self._at(low), self._at(self.n - 1 - low))

    def quantile(self, share: float) -> float | None:
        """Return a quantile by linear interpolation between ranks (Hyndman and Fan's type 7), as for tickets."""
        if not self.values:
            return None
        place = share * (self.n - 1)
        low = math.floor(place)
        below, above = self._at(low), self._at(math.ceil(place))
        return below + (above - below) * (place - low)

    def within(self, seconds: float) -> int:
        """Return in how many it took no longer than this."""
        return sum(took.seconds <= seconds for took in self.values)

    def _at(self, rank: int) -> float:
        return float(self.values[self.n - 1 - rank].seconds)


def detection(incidents: Iterable[Incident]) -> Durations:
    """Return how long it took from the start to the detection (MTTD)."""
    return durations(incidents, lambda each: each.times.to_detect)


def resolution(incidents: Iterable[Incident]) -> Durations:
    """Return how long it took from the detection to the last resolution (MTTR)."""
    return durations(incidents, lambda each: each.times.to_resolve)


def mitigation(incidents: Iterable[Incident]) -> Durations:
    """Return how long customers suffered: from the start to the mitigation."""
    return durations(incidents, lambda each: each.times.to_mitigate)


def durations(
    incidents: Iterable[Incident], took: Callable[[Incident], timedelta | None]
) -> Durations:
    """Return how long something took in each incident, in whole seconds."""
    known, unknown = [], []
    for incident in incidents:
        duration = took(incident)
        if duration is None:
            unknown.append(incident)
        else:
            known.append(Took(incident, duration // _SECOND))
    known.sort(key=lambda each: (-each.seconds, each.incident.id))
    return Durations(tuple(known), tuple(unknown))


# --- Which incidents count ---


def resolved_in(session: Session, start: datetime, end: datetime) -> list[Incident]:
    """Return the incidents that count and were resolved for the last time from `start` up to `end`, in that order."""
    return [each for each in _ended(session, start, end) if each.counts]


def began_in(session: Session, start: datetime, end: datetime) -> list[Incident]:
    """Return the incidents that count and began from `start` up to `end`, in that order."""
    began = (IncidentRow.began_at >= start, IncidentRow.began_at < end)
    found = find_incidents(session, EVERYBODY, *began, order=_BY_START)
    return [each for each in found if each.counts]


def open_since(session: Session, before: datetime) -> list[Incident]:
    """Return the incidents that count, began before an instant and are not over yet, the oldest first."""
    found = [each for each in open_incidents(session, EVERYBODY) if each.counts]
    return sorted((each for each in found if each.times.began < before), key=_began)


def earliest(session: Session) -> datetime | None:
    """Return when the first incident that counts began; None where there has been none."""
    # Not "is a real one": that would be looked up by the kind, and then all of them sorted
    counts = (IncidentRow.kind != IncidentKind.DRILL, IncidentRow.void.is_(None))
    found = find_incidents(session, EVERYBODY, *counts, order=_BY_START, most=1)
    return found[0].times.began if found else None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Which incidents of a period are in no figure, and why."""

    drills: tuple[Incident, ...] = ()
    duplicates: tuple[Incident, ...] = ()
    false_alarms: tuple[Incident, ...] = ()


def left_out(session: Session, start: datetime, end: datetime) -> LeftOut:
    """Return what was resolved from `start` up to `end`, or else began then, and is in no figure."""
    began = (IncidentRow.began_at >= start, IncidentRow.began_at < end)
    unresolved = (IncidentRow.resolved_at.is_(None), *began)
    found = [
        *_ended(session, start, end),
        *find_incidents(session, EVERYBODY, *unresolved, order=_BY_START),
    ]
    drills = [each for each in found if each.kind is IncidentKind.DRILL]
    real = [each for each in found if each.kind is IncidentKind.REAL]
    return LeftOut(
        tuple(drills),
        tuple(each for each in real if each.void is Void.DUPLICATE),
        tuple(each for each in real if each.void is Void.FALSE_ALARM),
    )


_BY_START = (IncidentRow.began_at, IncidentRow.id)
_BY_END = (IncidentRow.resolved_at, IncidentRow.id)


def _ended(session: Session, start: datetime, end: datetime) -> list[Incident]:
    ended = (IncidentRow.resolved_at >= start, IncidentRow.resolved_at < end)
    return find_incidents(session, EVERYBODY, *ended, order=_BY_END)


def _began(incident: Incident) -> tuple[datetime, int]:
    return incident.times.began, incident.id


# --- What repeats ---


class Cause(StrEnum):
    """What is known of whether an incident's cause had struck before."""

    REPEAT = "repeat"  # somebody has confirmed it
    SUSPECTED = "suspected"  # a link that nobody has confirmed
    LONG_AGO = "long ago"  # the same cause, but it had been quiet for longer than makes a repeat
    NEW = "new"
    UNCLASSIFIED = "unclassified"  # no analysis says anything of it


@dataclass(frozen=True, slots=True)
class Case:
    """An incident, what is known of its cause, and the earlier one with the same."""

    incident: Incident
    cause: Cause
    earlier: Incident | None = None


def cases(session: Session, incidents: Collection[Incident], within: timedelta) -> list[Case]:
    """Return what is known of the causes of some incidents; `within` which time the same cause makes a repeat.

    What somebody may not know of cannot be pointed at: a link to a restricted incident counts as no link.
    """
    earlier = _earlier(session, incidents)
    analysed = rows.analysed(session, [each.id for each in incidents])
    return [
        _case(each, earlier.get(each.repeat_of or 0), each.id in analysed, within)
        for each in incidents
    ]


def _case(incident: Incident, earlier: Incident | None, analysed: bool, within: timedelta) -> Case:
    if earlier is None:
        return Case(incident, Cause.NEW if analysed else Cause.UNCLASSIFIED)
    if not incident.repeat_is_confirmed:
        return Case(incident, Cause.SUSPECTED, earlier)
    ended = earlier.times.resolved
    is_long_ago = ended is not None and incident.times.began - ended > within
    return Case(incident, Cause.LONG_AGO if is_long_ago else Cause.REPEAT, earlier)


def _earlier(session: Session, incidents: Iterable[Incident]) -> dict[int, Incident]:
    """Return the real incidents that these are said to repeat, by their ids."""
    ids = sorted({each.repeat_of for each in incidents if each.repeat_of is not None})
    found: list[Incident] = []
    for some in in_parts(ids):
        found += find_incidents(session, EVERYBODY, IncidentRow.id.in_(some))
    return {
        each.id: each
        for each in found
        if each.kind is IncidentKind.REAL and each.void is not Void.FALSE_ALARM
    }


# --- All of it ---


@dataclass(frozen=True, slots=True)
class IncidentFigures:
    """All that is told of the incidents of a period; `cases` are the resolved ones with what is known of their cause."""

    resolved: tuple[Incident, ...]
    began: tuple[Incident, ...]
    open: tuple[Incident, ...]
    left_out: LeftOut
    cases: tuple[Case, ...]

    @property
    def detection(self) -> Durations:
        """From the start to the detection, of those resolved."""
        return detection(self.resolved)

    @property
    def resolution(self) -> Durations:
        """From the detection to the last resolution, of those resolved."""
        return resolution(self.resolved)

    @property
    def mitigation(self) -> Durations:
        """From the start to the mitigation, of those resolved."""
        return mitigation(self.resolved)

    def caused(self, cause: Cause) -> tuple[Case, ...]:
        """Return those resolved of whose cause this is known."""
        return tuple(case for case in self.cases if case.cause is cause)

    @property
    def noticed_by_customers(self) -> tuple[int, int]:
        """How many of those that began a customer noticed first, and of how many it is known who did."""
        told = [each.noticed for each in self.began if each.noticed is not None]
        return sum(one is Noticed.CUSTOMER for one in told), len(told)


def figures_for(
    session: Session, start: datetime, end: datetime, repeat_within: timedelta
) -> IncidentFigures:
    """Return what incidents add up to from `start` up to `end`; see `bounds` for a period's instants."""
    resolved = resolved_in(session, start, end)
    return IncidentFigures(
        tuple(resolved),
        tuple(began_in(session, start, end)),
        tuple(open_since(session, end)),
        left_out(session, start, end),
        tuple(cases(session, resolved, repeat_within)),
    )
