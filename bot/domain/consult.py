"""Answers to what people ask of `/kpi`: each verb's figures, for one question."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.kpi import Kpi, Source
from bot.domain.period import Period, parse_period
from bot.domain.pulse_reader import asked_teams
from bot.domain.question import Question
from bot.domain.snapshot import (
    Point,
    Snapshot,
    TeamLine,
    Why,
    explain,
    find_team,
    has_records,
    must_know_teams,
    split_by_team,
    take_snapshot,
    take_trend,
)
from bot.domain.target import Counting
from bot.errors import Refused
from bot.vocabulary import Kra

_EARLY_DAYS = 7  # so long a month is too young to stand alone
_WEEKS, _MONTHS = 12, 13
_AREAS = {kra: place for place, kra in enumerate(Kra)}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a question is answered: what the organisation counts by, its teams' slugs, and the instant."""

    counting: Counting
    teams: Collection[str]
    as_of: datetime

    @property
    def this_month(self) -> Period:
        """The month that runs now, in the organisation's zone."""
        return parse_period("this month", self._today)

    @property
    def telling_month(self) -> Period:
        """The month that tells most now: this one or, in its first days, the one before."""
        is_early = self._today.day <= _EARLY_DAYS
        return parse_period("last month", self._today) if is_early else self.this_month

    @property
    def _today(self) -> date:
        return self.as_of.astimezone(self.counting.zone).date()


@dataclass(frozen=True, slots=True)
class Card:
    """One KPI; early in a month, where no period was asked for, the last full month stands beside it."""

    snapshot: Snapshot
    beside: Snapshot | None = None
    is_empty: bool = False  # no record has ever come in


@dataclass(frozen=True, slots=True)
class Trend:
    """One KPI over the last weeks and months."""

    snapshot: Snapshot
    weeks: tuple[Point, ...]
    months: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Teams:
    """One KPI for every team, and for all together."""

    whole: Snapshot
    lines: tuple[TeamLine, ...]


def card(session: Session, desk: Desk, question: Question) -> Card:
    """Return the figure that is asked for."""
    snapshot = _snapshot(session, desk, question)
    if not snapshot.figure.n and not has_records(session, snapshot.kpi):
        return Card(snapshot, is_empty=True)
    today = desk.as_of.astimezone(desk.counting.zone).date()
    if question.period is not None or today.day > _EARLY_DAYS:
        return Card(snapshot)
    last_month = Question(
        question.verb, question.kpi, parse_period("last month", today), team=question.team
    )
    return Card(snapshot, _snapshot(session, desk, last_month))


def overview(
    session: Session, desk: Desk, question: Question, kpis: Collection[Kpi]
) -> list[Snapshot]:
    """Return some KPIs for the period and team that are asked for, in the order of the areas.

    Those whose records belong to no team are told for the whole organisation, and marked so. So are those of surveys:
    lists and agendas are read by many, and what a team says in a survey is not for all of them.
    """
    team = find_team(session, question.team, desk.teams) if question.team else None
    period = question.period or desk.this_month
    return [
        _for_team(session, desk, kpi, period, question.versus, team)
        for kpi in sorted(kpis, key=lambda kpi: _AREAS[kpi.kra])
    ]


def _for_team(
    session: Session,
    desk: Desk,
    kpi: Kpi,
    period: Period,
    versus: Period | None,
    team: str | None,
) -> Snapshot:
    is_widened = team is not None and kpi.source is not Source.TICKETS
    snapshot = take_snapshot(
        session,
        desk.counting,
        kpi,
        period,
        as_of=desk.as_of,
        team=None if is_widened else team,
        versus=versus,
    )
    return replace(snapshot, is_widened=True) if is_widened else snapshot


def proof(session: Session, desk: Desk, question: Question) -> Snapshot:
    """Return a figure with the incidents behind it; `Refused` where its records are too many to be listed."""
    snapshot = _snapshot(session, desk, question)
    if snapshot.proof is None:
        raise Refused(f"The records behind {snapshot.kpi.short} are not listed one by one.")
    return snapshot


def why(session: Session, desk: Desk, question: Question) -> Why:
    """Return what a figure rests on."""
    return explain(session, _snapshot(session, desk, question))


def trend(session: Session, desk: Desk, question: Question) -> Trend:
    """Return how a figure has moved, up to the end of the period that is asked for."""
    snapshot = _snapshot(session, desk, question)
    weeks, months = (
        take_trend(
            session,
            desk.counting,
            snapshot.kpi,
            as_of=desk.as_of,
            step=step,
            count=count,
            ending=snapshot.period,
            team=snapshot.team,
        )
        for step, count in (("week", _WEEKS), ("month", _MONTHS))
    )
    return Trend(snapshot, weeks, months)


def teams(session: Session, desk: Desk, question: Question) -> Teams:
    """Return a figure for every team, and the whole."""
    whole = Question(question.verb, question.kpi, question.period, question.versus)
    snapshot = _snapshot(session, desk, whole)
    lines = split_by_team(
        session,
        desk.counting,
        snapshot.kpi,
        snapshot.period,
        as_of=desk.as_of,
        versus=question.versus,
    )
    return Teams(snapshot, lines)


def _snapshot(session: Session, desk: Desk, question: Question) -> Snapshot:
    if question.kpi is None:
        raise Refused("Which KPI? For example `/kpi csat`.")
    team = _team(session, desk, question.kpi, question.team) if question.team else None
    return take_snapshot(
        session,
        desk.counting,
        question.kpi,
        question.period or desk.this_month,
        as_of=desk.as_of,
        team=team,
        versus=question.versus,
    )


def _team(session: Session, desk: Desk, kpi: Kpi, text: str) -> str:
    """Return the team that is named; of a KPI of surveys also a role that one has told of."""
    must_know_teams(kpi)
    asked = asked_teams(session) if kpi.source is Source.PULSE else set()
    return find_team(session, text, {*desk.teams, *asked})
