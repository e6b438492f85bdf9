"""Reads a KPI's figures from the incidents themselves, exactly: `IncidentReader` for what is counted once each is over,
`ImpactReader` for the time in which services were up.

Both read for everybody, so that no restricted incident is in a figure or in its proof.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from sqlalchemy.orm import Session

from bot.domain import incident_figures as figures
from bot.domain import maintenance
from bot.domain.figure import Figure, Parts, figure_of
from bot.domain.impact import Window, has_known_start, hurts_customers, impacts
from bot.domain.incident import Incident
from bot.domain.incident_figures import Case, Cause, Durations, Took, bounds
from bot.domain.kpi import Counted, Kind, Kpi, Measure, Rules
from bot.domain.period import Period
from bot.domain.proof import Exhibit, Proof, Reason
from bot.domain.span import between, merged
from bot.domain.stats import Interval
from bot.domain.target import Counting
from bot.domain.uptime import Harm, ServiceUptime, harms, uptimes

_MILLIONTHS = 10**6
_CAUSES = (Cause.REPEAT, Cause.SUSPECTED, Cause.LONG_AGO, Cause.UNCLASSIFIED, Cause.NEW)


class IncidentReader:
    """Reads one KPI that is counted from incidents that are over."""

    def __init__(
        self, session: Session, counting: Counting, kpi: Kpi, as_of: datetime, threshold: int | None
    ) -> None:
        self._session, self._counting, self._kpi, self._as_of = session, counting, kpi, as_of
        self._rules = Rules(counting.critical, threshold)

    def figures(
        self, measures: Sequence[Measure], periods: Sequence[Period]
    ) -> dict[Measure, dict[Period, Figure]]:
        """Return each measure's figure over each period."""
        cases = self._cases(periods)
        return {
            measure: self._over_periods(measure, self._counted(measure, cases), periods)
            for measure in measures
        }

    def pending(self) -> set[Measure]:
        """Return nothing: what is counted whenever it is asked for is never stale."""
        return set()

    def since(self) -> date | None:
        """Return the day on which the first incident began."""
        return _since(self._session, self._counting)

    def proof(self, period: Period) -> Proof:
        """Return what each incident gave to the main figure, and what was left out."""
        start, end = bounds(period, self._counting.zone)
        counted, unknown = [], []
        for case in self._cases([period]):
            given = self._kpi.main.count(case, self._rules)
            if given is None:
                unknown.append(Exhibit(case.incident, reason=Reason.UNKNOWN))
            else:
                counted.append(self._exhibit(case, given))
        counted.sort(key=_weight)
        still_open = figures.open_since(self._session, end)
        return Proof(
            tuple(counted),
            (
                *(Exhibit(each, reason=Reason.OPEN) for each in still_open),
                *unknown,
                *_uncounted(self._session, start, end),
            ),
        )

    def _exhibit(self, case: Case, given: Counted) -> Exhibit:
        if self._kpi.main.kind is Kind.DURATION:
            return Exhibit(case.incident, given.seconds)
        return Exhibit(case.incident, cause=case.cause, earlier=case.earlier)

    def _cases(self, periods: Iterable[Period]) -> list[Case]:
        found: list[Incident] = []
        for first, end in merged(periods):
            span = between(first, end - timedelta(days=1))
            found += figures.resolved_in(self._session, *bounds(span, self._counting.zone))
        return figures.cases(self._session, found, self._counting.repeat_within)

    def _counted(self, measure: Measure, cases: Iterable[Case]) -> list[tuple[Incident, Counted]]:
        given = ((case.incident, measure.count(case, self._rules)) for case in cases)
        return [(incident, counted) for incident, counted in given if counted is not None]

    def _over_periods(
        self,
        measure: Measure,
        counted: Sequence[tuple[Incident, Counted]],
        periods: Iterable[Period],
    ) -> dict[Period, Figure]:
        over = {}
        for period in periods:
            start, end = bounds(period, self._counting.zone)
            over[period] = _figure(measure, [each for each in counted if start <= each[1].at < end])
        return over


class ImpactReader:
    """Reads how long services were up."""

    def __init__(self, session: Session, counting: Counting, kpi: Kpi, as_of: datetime) -> None:
        self._session, self._counting, self._kpi, self._as_of = session, counting, kpi, as_of
        self._rules = Rules(counting.critical)
        self._known: _Known | None = None

    def figures(
        self, measures: Sequence[Measure], periods: Sequence[Period]
    ) -> dict[Measure, dict[Period, Figure]]:
        """Return the worst service's uptime over each period."""
        if not periods:
            return {measure: {} for measure in measures}
        since = self.since()
        known = self._read(periods)
        over = {each: self._figure(self._uptimes(each, known), each, since) for each in periods}
        return dict.fromkeys(measures, over)

    def pending(self) -> set[Measure]:
        """Return nothing."""
        return set()

    def since(self) -> date | None:
        """Return the day on which the first incident began: what was before it, nobody has written down."""
        return _since(self._session, self._counting)

    def proof(self, period: Period) -> Proof:
        """Return every service's uptime, which incidents hurt it, and which did not."""
        known = self._read([period])
        services = self._uptimes(period, known)
        hurt: dict[int, list[tuple[str, int]]] = {}
        for service in services:
            for took in service.hurt:
                hurt.setdefault(took.incident.id, []).append((service.service, took.seconds))
        counted = [
            Exhibit(
                each, max(seconds for _, seconds in hurt[each.id]), services=tuple(hurt[each.id])
            )
            for each in known.incidents
            if each.id in hurt
        ]
        counted.sort(key=_weight)
        start, end = bounds(period, self._counting.zone)
        around = [
            each for each in known.incidents if each.id not in hurt and _touches(each, start, end)
        ]
        return Proof(
            tuple(counted),
            (
                *(Exhibit(each, reason=_harmless(each)) for each in around),
                *_uncounted(self._session, start, end),
            ),
            tuple(services),
        )

    def _read(self, periods: Sequence[Period]) -> "_Known":
        """Return what is known of some periods; what stands behind a figure has been read for the figure."""
        zone = self._counting.zone
        start = min(bounds(each, zone)[0] for each in periods)
        end = max(bounds(each, zone)[1] for each in periods)
        if self._known is None or start < self._known.start or end > self._known.end:
            incidents = impacts(self._session, start, end)
            counted = [each for each in incidents if self._kpi.main.count(each, self._rules)]
            announced = maintenance.windows(self._session, start, end)
            self._known = _Known(start, end, incidents, harms(counted, self._as_of), announced)
        return self._known

    def _uptimes(self, period: Period, known: "_Known") -> list[ServiceUptime]:
        start, end = bounds(period, self._counting.zone)
        services = self._counting.services
        return uptimes(services, known.harms, known.announced, start, end, self._as_of)

    def _figure(
        self, services: Iterable[ServiceUptime], period: Period, since: date | None
    ) -> Figure:
        """Return the worst service's share of time, cut and not rounded after the sixth decimal."""
        known = [each for each in services if each.share is not None]
        if since is None or period.end <= since or not known:
            return Figure(None, 0, 0, records=0)
        worst = known[0]
        value = 100 * _MILLIONTHS * worst.up // worst.seconds / _MILLIONTHS
        incidents = {took.incident.id for took in chain(*(each.hurt for each in known))}
        return Figure(
            value, worst.up, worst.seconds, Interval(value, value), records=len(incidents)
        )


class _Known(NamedTuple):
    """What may have hurt between two instants, when it did, and what maintenance was announced."""

    start: datetime
    end: datetime
    incidents: list[Incident]
    harms: list[Harm]
    announced: dict[str, list[Window]]


def _figure(measure: Measure, counted: Sequence[tuple[Incident, Counted]]) -> Figure:
    if measure.kind is not Kind.DURATION:
        return figure_of(measure, Parts(sum(each.hit for _, each in counted), len(counted)))
    took = sorted(counted, key=lambda each: -each[1].seconds)
    times = Durations(tuple(Took(incident, each.seconds) for incident, each in took))
    return Figure(times.median, times.total, times.n, times.interval, times.p90, times.mean)


def _uncounted(session: Session, start: datetime, end: datetime) -> list[Exhibit]:
    left = figures.left_out(session, start, end)
    return [
        *(Exhibit(each, reason=Reason.DRILL) for each in left.drills),
        *(Exhibit(each, reason=Reason.DUPLICATE) for each in left.duplicates),
        *(Exhibit(each, reason=Reason.FALSE_ALARM) for each in left.false_alarms),
    ]


def _harmless(incident: Incident) -> Reason:
    """Return why an incident that counts took no service's time away."""
    if not hurts_customers(incident):
        return Reason.BEARABLE
    if not incident.affected:
        return Reason.NO_SERVICE
    return Reason.MAINTENANCE if has_known_start(incident) else Reason.NO_START


def _touches(incident: Incident, start: datetime, end: datetime) -> bool:
    over = incident.times.impact_ended
    return incident.times.began < end and (over is None or over > start)


def _weight(exhibit: Exhibit) -> tuple[int, int, int]:
    cause = _CAUSES.index(exhibit.cause) if exhibit.cause else 0
    return -(exhibit.seconds or 0), cause, exhibit.incident.id


def _since(session: Session, counting: Counting) -> date | None:
    began = figures.earliest(session)
    return began.astimezone(counting.zone).date() if began else None
