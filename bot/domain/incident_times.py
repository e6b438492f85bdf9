"""When things happened in an incident: which order they can only come in, and what follows from them.

Every figure is computed from these instants whenever it is asked for; none is kept, so none can be stale. What is not
known is None, and makes a figure unknown, never nought.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.vocabulary import IncidentState, Moment

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that anybody writes down happened before this; whoever says so has mistaken the year."""
TOO_EARLY = "This is before the year 2000. Is the year right?"
_CLOCKS_DIFFER = timedelta(minutes=2)
_ORDER = (
    Moment.STARTED,
    Moment.DETECTED,
    Moment.ACKNOWLEDGED,
    Moment.MITIGATED,
    Moment.RESOLVED,
    Moment.CLOSED,
)  # declaring may come at any time: an alert may be mended before, and a late log comes long after
_SAID = {
    Moment.STARTED: "it started",
    Moment.DETECTED: "it was detected",
    Moment.DECLARED: "it was declared",
    Moment.ACKNOWLEDGED: "somebody took it",
    Moment.MITIGATED: "it was mitigated",
    Moment.RESOLVED: "it was resolved",
    Moment.CLOSED: "it was closed",
}


@dataclass(frozen=True, slots=True)
class Times:
    """The seven instants of an incident, in UTC, None where unknown, and when it came back last.

    `first_over` is when its first stretch of impact was over, where it came back after that. `fired` is when the earliest
    of its alerts began to fire: it had started by then, and nobody need have said when.
    """

    declared: datetime
    started: datetime | None = None
    detected: datetime | None = None
    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None
    reopened: datetime | None = None
    first_over: datetime | None = None
    fired: datetime | None = None

    def at(self, moment: Moment) -> datetime | None:
        """Return one of the seven."""
        found: datetime | None = getattr(self, moment.value)
        return found

    def but(self, changes: Mapping[Moment, datetime | None]) -> "Times":
        """Return these with some of the seven changed."""
        changed: dict[str, Any] = {moment.value: at for moment, at in changes.items()}
        return replace(self, **changed)

    @property
    def began(self) -> datetime:
        """The earliest that is known of it; an incident counts in the period in which it lies."""
        return self.impact_began or self.declared

    @property
    def impact_began(self) -> datetime | None:
        """Since when impact is counted: the start that somebody has said, or else the first sign; None without either.

        An alert's moment is a sign and no start: a time to detect from it would be nought whatever happened.
        """
        signs = [at for at in (self.fired, self.detected) if at is not None]
        return self.started or min(signs, default=None)

    @property
    def to_detect(self) -> timedelta | None:
        """From the start to the detection, for MTTD; None where either is unknown."""
        return _between(self.started, self.detected)

    @property
    def to_acknowledge(self) -> timedelta | None:
        """From the detection until somebody took it."""
        return _between(self.detected, self.acknowledged)

    @property
    def to_mitigate(self) -> timedelta | None:
        """From the start until customers suffered no more."""
        return _between(self.started, self.mitigated)

    @property
    def to_resolve(self) -> timedelta | None:
        """From the detection to the last resolution, for MTTR (playbook 2.3); None while it is open."""
        return _between(self.detected, self.resolved)

    @property
    def impact_ended(self) -> datetime | None:
        """When customers suffered no more: mitigated, or else resolved; None while they do."""
        return self.mitigated or self.resolved

    def state(self) -> IncidentState:
        """Return how far the incident has come, as its instants say."""
        if self.closed:
            return IncidentState.CLOSED
        if self.resolved:
            return IncidentState.RESOLVED
        if self.mitigated:
            return IncidentState.MITIGATED
        if self.reopened:
            return IncidentState.REOPENED
        return IncidentState.ACKNOWLEDGED if self.acknowledged else IncidentState.DETECTED

    def wrong(self, now: datetime, said: Collection[Moment] = tuple(Moment)) -> dict[Moment, str]:
        """Return what cannot be, a sentence for each instant that is out of order, out of reach or has not come yet.

        Of two that contradict each other it stands beside the one that is `said` now.
        """
        return dict(self._wrong(now, said))

    def _wrong(self, now: datetime, said: Collection[Moment]) -> Iterator[tuple[Moment, str]]:
        before: Moment | None = None
        over = self.first_over or self.reopened
        for moment in _ORDER:
            at = self.at(moment)
            if at is None:
                continue
            if at > now + _CLOCKS_DIFFER:
                yield moment, "This lies in the future."
                continue
            if at < EARLIEST and moment in said:
                yield moment, TOO_EARLY
                continue
            if before is not None and at < _known(self.at(before)):
                yield _contradiction(before, moment, said)
            elif self.reopened and moment in _AFTER_REOPENING and at < self.reopened:
                yield moment, "This is before it came back. An incident counts to its last end."
            elif over and moment in _BEFORE_FIRST_END and at > over:
                yield (
                    moment,
                    "It was over before that, and came back. It began before its first end.",
                )
            before = moment
        if self.closed and not self.resolved:
            yield Moment.CLOSED, "It cannot be closed without having been resolved."


_BEFORE_FIRST_END = (Moment.STARTED, Moment.DETECTED)  # taking it may well come after it came back
_AFTER_REOPENING = (Moment.MITIGATED, Moment.RESOLVED, Moment.CLOSED)


def _contradiction(before: Moment, moment: Moment, said: Collection[Moment]) -> tuple[Moment, str]:
    """Return what is said of two instants in the wrong order, and beside which: the one that is not said may be no field."""
    if before in said and moment not in said:
        return before, f"This is after {_SAID[moment]}. Correct the one that is wrong."
    return moment, f"This is before {_SAID[before]}. Correct the one that is wrong."


def _between(start: datetime | None, end: datetime | None) -> timedelta | None:
    if start is None or end is None or end < start:
        return None
    return end - start


def _known(at: datetime | None) -> datetime:
    if at is None:
        raise AssertionError("only what is known is compared")
    return at
