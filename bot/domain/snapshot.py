"""A KPI as of an instant: its figure, what it is compared with, and the parts behind it.

Where its figures are read from is the business of one reader for each source: tallies of tickets (`tally_reader`), the
incidents themselves (`incident_reader`), or what pulse surveys have published (`pulse_reader`).
"""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.domain.figure import Figure, Parts, figure_of
from bot.domain.incident_figures import earliest
from bot.domain.incident_reader import ImpactReader, IncidentReader
from bot.domain.kpi import Kpi, Measure, Source
from bot.domain.period import Period, buckets, comparable, describe, elapsed, fairly, trend_step
from bot.domain.proof import Proof
from bot.domain.pulse_reader import PulseReader
from bot.domain.stats import judge
from bot.domain.survey import PartSurvey, Survey
from bot.domain.tally_reader import TallyReader
from bot.domain.target import Counting, Target, target_history, targets_in_force, threshold_of
from bot.domain.words import quoted, suggest
from bot.errors import Refused
from bot.storage import tally as tallies
from bot.storage import ticket as tickets
from bot.storage.audit import AuditEntry
from bot.storage.pulse import first_closed
from bot.vocabulary import Status

__all__ = ["Figure", "Parts", "figure_of"]

TREND_POINTS = 12
_OF_INCIDENTS = (Source.INCIDENTS, Source.IMPACT)


class Reader(Protocol):
    """Reads one KPI's figures, as of an instant, from the records that it is counted from."""

    def figures(
        self, measures: Sequence[Measure], periods: Sequence[Period]
    ) -> Mapping[Measure, Mapping[Period, Figure]]:
        """Return each measure's figure over each period."""

    def pending(self) -> Collection[Measure]:
        """Return the measures that are being counted anew."""

    def since(self) -> date | None:
        """Return the first day that there are records of."""

    def proof(self, period: Period) -> Proof | None:
        """Return the records behind the main figure over a period, where they are few enough to be told."""


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
    trend_from: int = (
        0  # of fewer records than this nobody can tell luck from change (incidents.md D3)
    )
    proof: Proof | None = (
        None  # the records behind the figure, where they are few enough to be told
    )
    survey: Survey | None = None  # the survey that the figure was published by
    parts: tuple[PartSurvey, ...] = ()  # surveys of the period that asked some teams and not all
    is_widened: bool = False  # asked for a team, but the whole is told

    @property
    def when(self) -> str:
        """The period as one says it at this instant: "November 2026 so far"."""
        return describe(self.period, self.as_of.astimezone(self.zone).date())

    @property
    def carries_trend(self) -> bool:
        """Whether there is enough, now and before, for a change to mean anything."""
        return min(self.figure.n, self.previous.n) >= self.trend_from

    @property
    def change(self) -> float | None:
        """The difference to the period compared with, in the KPI's unit; None where either has no data, or too little.

        Of a survey it is what was published with it, and None where that was not.
        """
        if self.survey is not None:
            return self.survey.moved
        if self.figure.value is None or self.previous.value is None or not self.carries_trend:
            return None
        return self.figure.value - self.previous.value


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One team's figure beside the others."""

    team: str
    figure: Figure
    status: Status
    previous: Figure
    survey: Survey | None = None

    @property
    def change(self) -> float | None:
        """The difference to the period compared with, as a snapshot's."""
        if self.survey is not None:
            return self.survey.moved
        if self.figure.value is None or self.previous.value is None:
            return None
        return self.figure.value - self.previous.value


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
    if team is not None:
        must_know_teams(kpi)
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    window = elapsed(period, today)
    steps = _steps(kpi, period, trend_step(period), TREND_POINTS, today)
    asked_for = targets_in_force(session, counting)[kpi.slug]
    reader = _reader(session, counting, kpi, as_of, threshold_of(kpi, asked_for), team)
    compared = _compared(reader, period, versus, today)
    figures = reader.figures([kpi.main], [window, compared, *steps])[kpi.main]
    target = _target_for(kpi, asked_for, window, team)
    pending = reader.pending()
    figure = figures[window]
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
        previous=figures[compared],
        lines=_lines(reader, kpi, window, pending),
        pending=kpi.main in pending,
        since=reader.since(),
        trend=tuple(Point(step.label, figures[step]) for step in steps),
        trend_from=counting.trend_from if kpi.source in _OF_INCIDENTS else 0,
        proof=reader.proof(period),
        survey=reader.survey(window, compared) if isinstance(reader, PulseReader) else None,
        parts=reader.parts(window) if isinstance(reader, PulseReader) else (),
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
    """Return a KPI's figures for the last `count` finished weeks or months up to the end of a period.

    Of surveys also for the one that goes on.
    """
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    steps = _steps(kpi, ending, step, count, today)
    reader = _reader(session, counting, kpi, as_of, None, team)
    figures = reader.figures([kpi.main], steps)[kpi.main]
    return tuple(Point(each.label, figures[each]) for each in steps)


def split_by_team(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    period: Period,
    *,
    as_of: datetime,
    versus: Period | None = None,
) -> tuple[TeamLine, ...]:
    """Return every team's figure for a period, by the name of the team; "" where tickets name none.

    Of a survey they are the groups that it was to tell of, those that it does not tell of among them.
    """
    must_know_teams(kpi)
    as_of = as_of.replace(second=0, microsecond=0)
    today = as_of.astimezone(counting.zone).date()
    window = elapsed(period, today)
    compared = fairly(versus, period, today) if versus else comparable(period, today)
    target = None if kpi.planned else targets_in_force(session, counting)[kpi.slug]
    if kpi.source is Source.PULSE:
        return _split_survey(session, counting, kpi, period, versus, today, target)
    reader = TallyReader(session, counting, kpi, as_of, None)
    teams = reader.by_team(kpi.main, [window, compared])
    return tuple(
        TeamLine(team, figures[window], _status(kpi, figures[window], target), figures[compared])
        for team, figures in sorted(teams.items(), key=lambda item: (item[0] == "", item[0]))
        if figures[window].n or figures[compared].n
    )


def _split_survey(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    period: Period,
    versus: Period | None,
    today: date,
    target: Target | None,
) -> tuple[TeamLine, ...]:
    window, lines = elapsed(period, today), []
    for team in PulseReader(session, counting, kpi).groups(window):
        reader = PulseReader(session, counting, kpi, team, is_beside=True)
        compared = _compared(reader, period, versus, today)
        figures = reader.figures([kpi.main], [window, compared])[kpi.main]
        survey = reader.survey(window, compared)
        status = _status(kpi, figures[window], target)
        lines.append(TeamLine(team, figures[window], status, figures[compared], survey))
    return tuple(lines)


def _compared(reader: Reader, period: Period, versus: Period | None, today: date) -> Period:
    """Return the period compared with; of a survey, unless one is asked for, the day of the survey before.

    A survey is no smaller for a month that is not over, so that no period is cut for it to be compared fairly.
    """
    if isinstance(reader, PulseReader):
        if versus is not None:
            return elapsed(versus, today)
        return reader.before(elapsed(period, today)) or comparable(period, today)
    return fairly(versus, period, today) if versus else comparable(period, today)


def explain(session: Session, snapshot: Snapshot) -> Why:
    """Return what stands behind a snapshot."""
    is_of_tickets = snapshot.kpi.source is Source.TICKETS
    source = tickets.ledger_source(session) if is_of_tickets else None
    return Why(snapshot, source, target_history(session, snapshot.kpi))


def has_records(session: Session, kpi: Kpi) -> bool:
    """Return whether there has ever been a record that a KPI could be counted from."""
    match kpi.source:
        case Source.TICKETS:
            return tickets.ledger_version(session) > 0
        case Source.INCIDENTS | Source.IMPACT:
            return earliest(session) is not None
        case Source.PULSE:
            return first_closed(session) is not None
    assert_never(kpi.source)


def must_know_teams(kpi: Kpi) -> None:
    """Raise `Refused` where a KPI's records belong to no team."""
    if kpi.source in _OF_INCIDENTS:
        raise Refused(
            f"Incidents belong to services, not to teams: {kpi.short} is told for the whole organisation. "
            f"Ask `/kpi {kpi.slug}` without a team."
        )


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


def _steps(kpi: Kpi, ending: Period, step: str, count: int, today: date) -> tuple[Period, ...]:
    """Return the steps of a trend; what a survey has published is final, so that the one that goes on is among them."""
    if kpi.source is Source.PULSE:
        return tuple(buckets(ending, step, count, today))
    return _finished(ending, step, count, today)


@lru_cache(maxsize=512)
def _finished(ending: Period, step: str, count: int, today: date) -> tuple[Period, ...]:
    """Return the last steps of a trend that are over: a week of one day beside whole weeks would mislead."""
    steps = buckets(ending, step, count + 1, today)
    return tuple(each for each in steps if not each.so_far(today))[-count:]


def _lines(
    reader: Reader, kpi: Kpi, window: Period, pending: Collection[Measure]
) -> tuple[Line, ...]:
    if not kpi.lines:
        return ()
    figures = reader.figures(kpi.lines, [window])
    return tuple(
        Line(measure, figures[measure][window], measure in pending) for measure in kpi.lines
    )


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


def _reader(
    session: Session,
    counting: Counting,
    kpi: Kpi,
    as_of: datetime,
    threshold: int | None,
    team: str | None,
) -> Reader:
    """Return what reads a KPI from the records that it is counted from."""
    match kpi.source:
        case Source.TICKETS:
            return TallyReader(session, counting, kpi, as_of, threshold, team)
        case Source.INCIDENTS:
            return IncidentReader(session, counting, kpi, as_of, threshold)
        case Source.IMPACT:
            return ImpactReader(session, counting, kpi, as_of)
        case Source.PULSE:
            return PulseReader(session, counting, kpi, team)
    assert_never(kpi.source)
