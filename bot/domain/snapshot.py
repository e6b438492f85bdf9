"""A KPI as of an instant: its figure, what it is compared with, and the parts behind it.

Snapshots read tallies only: their cost grows with the days and teams in the period, not with the number of tickets.
Shares are pooled, medians come from merged buckets, and what happens by time alone is cut at "as of", to the minute.
"""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.count import Calendar, basis_of
from bot.domain.kpi import Kind, Kpi, Measure
from bot.domain.period import Period, buckets, comparable, describe, elapsed, fairly, trend_step
from bot.domain.stats import FEW, Interval, judge, wilson
from bot.domain.target import Counting, Target, target_history, targets_in_force, threshold_of
from bot.domain.words import quoted, suggest
from bot.errors import Refused
from bot.storage import tally as tallies
from bot.storage import ticket as tickets
from bot.storage.audit import AuditEntry
from bot.storage.lanes import Durations, count_below, from_bytes
from bot.vocabulary import Status

TREND_POINTS = 12


@dataclass(frozen=True, slots=True)
class Parts:
    """What a figure is made of; sums of these are pooled figures."""

    numerator: int = 0
    denominator: int = 0
    durations: int = 0  # packed buckets

    def __add__(self, other: "Parts") -> "Parts":
        return Parts(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.durations + other.durations,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its parts, in the unit of its kind: percent, seconds or count; `value` is None without data."""

    value: float | None
    numerator: int
    denominator: int
    interval: Interval | None = None
    p90: float | None = None
    mean: float | None = None

    @property
    def n(self) -> int:
        """How many were counted."""
        return self.denominator

    @property
    def is_few(self) -> bool:
        """Whether there is something, but too little to lean on."""
        return 0 < self.n < FEW


@dataclass(frozen=True, slots=True)
class Line:
    """A further figure on a card; `pending` while it is being counted anew for a changed target."""

    measure: Measure
    figure: Figure
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One finished period of a trend."""

    label: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A KPI over a period as of an instant, with all that its card shows.

    `window` is the part of `period` that has passed. `previous` belongs to `compared_with`. `target` is in the KPI's
    unit; a plan is already cut to the window's days.
    """

    kpi: Kpi
    period: Period
    window: Period
    team: str | None
    as_of: datetime
    zone: ZoneInfo
    figure: Figure
    target: Target | None
    status: Status
    compared_with: Period
    previous: Figure
    lines: tuple[Line, ...] = ()
    trend: tuple[Point, ...] = ()
    versus: Period | None = None
    pending: bool = False  # the figure is being counted anew for a changed definition
    since: date | None = None  # the first day that anything was counted on

    @property
    def when(self) -> str:
        """The period as one says it at this instant: "November 2026 so far"."""
        return describe(self.period, self.as_of.astimezone(self.zone).date())

    @property
    def change(self) -> float | None:
        """The difference to the period compared with, in the KPI's unit; None where either has no data."""
        if self.figure.value is None or self.previous.value is None:
            return None
        return self.figure.value - self.previous.value


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One team's figure beside the others."""

    team: str
    figure: Figure
    status: Status
    previous: Figure


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that explains a snapshot: where its records come from and who has set its target."""

    snapshot: Snapshot
    source: tuple[str, datetime] | None
    targets: Sequence[AuditEntry]


def take_snapshot(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    period: Period,
    *,
    as_of: datetime,
    team: str | None = None,
    versus: Period | None = None,
) -> Snapshot:
    """Return a KPI over a period, for one team or all, compared with `versus` or the period before."""
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    window = elapsed(period, today)
    compared = fairly(versus, period, today) if versus else comparable(period, today)
    steps = _finished(period, trend_step(period), TREND_POINTS, today)
    reader = _Reader(session, counting, as_of, team)
    main = reader.days(kpi, [kpi.main], [window, compared, *steps])[kpi.main]
    asked_for = targets_in_force(session, counting)[kpi.slug]
    target = _target_for(kpi, asked_for, window, team)
    pending = _pending(session, counting, kpi, asked_for)
    figure = figure_of(kpi.main, _pool(main, window))
    return Snapshot(
        kpi=kpi,
        period=period,
        window=window,
        team=team,
        as_of=as_of,
        zone=counting.zone,
        figure=figure,
        target=target,
        status=_status(kpi, figure, target),
        compared_with=compared,
        versus=versus,
        previous=figure_of(kpi.main, _pool(main, compared)),
        lines=_lines(reader, kpi, window, pending),
        pending=kpi.main in pending,
        since=tallies.first_day(session, kpi.key(kpi.main)),
        trend=tuple(Point(step.label, figure_of(kpi.main, _pool(main, step))) for step in steps),
    )


def take_trend(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    *,
    as_of: datetime,
    step: str,
    count: int,
    ending: Period,
    team: str | None = None,
) -> tuple[Point, ...]:
    """Return a KPI's figures for the last `count` finished weeks or months up to the end of a period."""
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    steps = _finished(ending, step, count, today)
    days = _Reader(session, counting, as_of, team).days(kpi, [kpi.main], steps)[kpi.main]
    return tuple(Point(each.label, figure_of(kpi.main, _pool(days, each))) for each in steps)


def split_by_team(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    period: Period,
    *,
    as_of: datetime,
    versus: Period | None = None,
) -> tuple[TeamLine, ...]:
    """Return every team's figure for a period, by the name of the team; "" where tickets name none."""
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    window = elapsed(period, today)
    compared = fairly(versus, period, today) if versus else comparable(period, today)
    target = None if kpi.planned else targets_in_force(session, counting)[kpi.slug]
    reader = _Reader(session, counting, as_of, None)
    teams = reader.days_by_team(kpi, kpi.main, [window, compared])
    return tuple(
        _team_line(kpi, team, days, window, compared, target)
        for team, days in sorted(teams.items(), key=lambda item: (item[0] == "", item[0]))
        if _pool(days, window).denominator or _pool(days, compared).denominator
    )


def explain(session: Session, snapshot: Snapshot) -> Why:
    """Return what stands behind a snapshot."""
    return Why(snapshot, tickets.ledger_source(session), target_history(session, snapshot.kpi))


def has_records(session: Session) -> bool:
    """Return whether any ticket has ever come in."""
    return tickets.ledger_version(session) > 0


def find_team(session: Session, text: str, known: Collection[str]) -> str:
    """Return the team that `text` names: one of `known` or one that tickets name; `Refused` with the nearest match."""
    wanted = text.casefold().strip()
    if wanted in known:
        return wanted
    teams = {*known, *tallies.tallied_teams(session)}
    if wanted in teams:
        return wanted
    near = suggest(wanted, teams)
    hint = f" Did you mean `team:{near}`?" if near else ""
    there = f" There are: {', '.join(sorted(teams))}." if teams else " No ticket names a team yet."
    raise Refused(f"No team is called {quoted(text)}.{hint}{there}")


def figure_of(measure: Measure, parts: Parts) -> Figure:
    """Return the figure that parts make."""
    n = parts.denominator
    if measure.kind is Kind.COUNT:
        return Figure(float(n), n, n)
    if n == 0:
        return Figure(None, 0, 0)
    if measure.kind is Kind.SHARE:
        return Figure(100 * parts.numerator / n, parts.numerator, n, wilson(parts.numerator, n))
    durations = Durations(parts.durations)
    between = durations.median_interval()
    return Figure(
        durations.quantile(0.5),
        parts.numerator,
        n,
        Interval(*between) if between else None,
        p90=durations.quantile(0.9),
        mean=parts.numerator / n,
    )


class _Reader:
    """Reads the days of measures, cut at "as of"."""

    def __init__(
        self, session: Session, counting: Counting, as_of: datetime, team: str | None
    ) -> None:
        self.session = session
        self.counting = counting
        self._team = team
        calendar = Calendar(counting.zone)
        self._today, self._minute = calendar.place(as_of)

    def days(
        self, kpi: Kpi, measures: Sequence[Measure], periods: Iterable[Period]
    ) -> dict[Measure, dict[date, Parts]]:
        """Return the parts of each day that the periods touch, teams pooled."""
        pooled: dict[Measure, dict[date, Parts]] = {measure: {} for measure in measures}
        for measure, _, day, parts in self._rows(kpi, measures, periods):
            days = pooled[measure]
            days[day] = days[day] + parts if day in days else parts
        return pooled

    def days_by_team(
        self, kpi: Kpi, measure: Measure, periods: Iterable[Period]
    ) -> dict[str, dict[date, Parts]]:
        """Return the parts of each day that the periods touch, for each team."""
        teams: dict[str, dict[date, Parts]] = {}
        for _, team, day, parts in self._rows(kpi, [measure], periods):
            teams.setdefault(team, {})[day] = parts
        return teams

    def _rows(
        self, kpi: Kpi, measures: Sequence[Measure], periods: Iterable[Period]
    ) -> Iterable[tuple[Measure, str, date, Parts]]:
        by_key = {kpi.key(measure): measure for measure in measures}
        for start, end in _merge(periods):
            for row in tallies.read_days(self.session, list(by_key), start, end, self._team):
                measure = by_key[row.measure]
                if measure.by_clock and row.day == self._today:
                    continue  # read below, cut at the minute
                parts = Parts(row.numerator, row.denominator, from_bytes(row.durations))
                yield measure, row.team, row.day, parts
            if start <= self._today < end:
                yield from self._today_so_far(by_key)

    def _today_so_far(
        self, by_key: Mapping[str, Measure]
    ) -> Iterable[tuple[Measure, str, date, Parts]]:
        for key, measure in by_key.items():
            if measure.by_clock:
                for team, due, hits in tallies.read_minutes(
                    self.session, key, self._today, self._team
                ):
                    parts = Parts(count_below(hits, self._minute), count_below(due, self._minute))
                    yield measure, team, self._today, parts


@lru_cache(maxsize=512)
def _finished(ending: Period, step: str, count: int, today: date) -> tuple[Period, ...]:
    """Return the last steps of a trend that are over: a week of one day beside whole weeks would mislead."""
    steps = buckets(ending, step, count + 1, today)
    return tuple(each for each in steps if not each.so_far(today))[-count:]


def _merge(periods: Iterable[Period]) -> list[tuple[date, date]]:
    """Return the spans that periods cover, touching ones joined."""
    spans: list[tuple[date, date]] = []
    for start, end in sorted((period.start, period.end) for period in periods):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _pool(days: Mapping[date, Parts], period: Period) -> Parts:
    return sum((days[day] for day in _days_of(days, period)), Parts())


def _days_of(days: Mapping[date, Parts], period: Period) -> Iterable[date]:
    return (day for day in days if period.start <= day < period.end)


def _lines(
    reader: _Reader, kpi: Kpi, window: Period, pending: Collection[Measure]
) -> tuple[Line, ...]:
    if not kpi.lines:
        return ()
    days = reader.days(kpi, kpi.lines, [window])
    return tuple(
        Line(measure, figure_of(measure, _pool(days[measure], window)), measure in pending)
        for measure in kpi.lines
    )


def _pending(session: Session, counting: Counting, kpi: Kpi, target: Target | None) -> set[Measure]:
    """Return the measures whose tallies do not follow today's definition, settings and target yet."""
    bases = tallies.read_bases(session)
    limit = threshold_of(kpi, target)
    return {
        measure
        for measure in kpi.measures
        if bases.get(kpi.key(measure)) != basis_of(counting, kpi, measure, limit)
    }


def _target_for(kpi: Kpi, target: Target | None, window: Period, team: str | None) -> Target | None:
    if target is None or not kpi.planned:
        return target
    return None if team is not None else _plan_for(target, window)


def _plan_for(plan: Target, window: Period) -> Target:
    """Cut a plan for a calendar month to the days of a window."""
    share = sum(1 / monthrange(day.year, day.month)[1] for day in window.days())
    return Target(round(plan.value * share), plan.origin, plan.set_by, plan.set_at)


def _status(kpi: Kpi, figure: Figure, target: Target | None) -> Status:
    return judge(figure.value, figure.interval, target.value if target else None, kpi.better)


def _team_line(
    kpi: Kpi,
    team: str,
    days: Mapping[date, Parts],
    window: Period,
    compared: Period,
    target: Target | None,
) -> TeamLine:
    figure = figure_of(kpi.main, _pool(days, window))
    return TeamLine(
        team, figure, _status(kpi, figure, target), figure_of(kpi.main, _pool(days, compared))
    )
