"""Reads a KPI's figures from its tallies: what it costs grows with the days in the periods, not with the tickets.

What happens by time alone is cut at "as of", to the minute.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.count import Calendar, basis_of
from bot.domain.figure import Figure, Parts, figure_of
from bot.domain.kpi import Kpi, Measure
from bot.domain.period import Period
from bot.domain.span import merged
from bot.domain.target import Counting
from bot.storage import tally as tallies
from bot.storage.lanes import count_below, from_bytes


class TallyReader:
    """Reads one KPI, for one team or for all."""

    def __init__(
        self,
        session: Session,
        counting: Counting,
        kpi: Kpi,
        as_of: datetime,
        threshold: int | None,
        team: str | None = None,
    ) -> None:
        self._session, self._counting = session, counting
        self._kpi, self._threshold, self._team = kpi, threshold, team
        self._today, self._minute = Calendar(counting.zone).place(as_of)

    def figures(
        self, measures: Sequence[Measure], periods: Sequence[Period]
    ) -> dict[Measure, dict[Period, Figure]]:
        """Return each measure's figure over each period, teams pooled."""
        days: dict[Measure, dict[date, Parts]] = {measure: {} for measure in measures}
        for measure, _, day, parts in self._rows(measures, periods):
            pooled = days[measure]
            pooled[day] = pooled[day] + parts if day in pooled else parts
        return {
            measure: {each: figure_of(measure, _pool(days[measure], each)) for each in periods}
            for measure in measures
        }

    def by_team(
        self, measure: Measure, periods: Sequence[Period]
    ) -> dict[str, dict[Period, Figure]]:
        """Return a measure's figure over each period, for each team."""
        teams: dict[str, dict[date, Parts]] = {}
        for _, team, day, parts in self._rows([measure], periods):
            teams.setdefault(team, {})[day] = parts
        return {
            team: {each: figure_of(measure, _pool(days, each)) for each in periods}
            for team, days in teams.items()
        }

    def pending(self) -> set[Measure]:
        """Return the measures whose tallies do not follow today's definition, settings and target yet."""
        bases = tallies.read_bases(self._session)
        return {
            measure
            for measure in self._kpi.measures
            if bases.get(self._kpi.key(measure))
            != basis_of(self._counting, self._kpi, measure, self._threshold)
        }

    def since(self) -> date | None:
        """Return the first day that anything was counted on."""
        return tallies.first_day(self._session, self._kpi.key(self._kpi.main))

    def proof(self, period: Period) -> None:
        """Return nothing: tallies do not know the tickets behind them."""

    def _rows(
        self, measures: Sequence[Measure], periods: Iterable[Period]
    ) -> Iterable[tuple[Measure, str, date, Parts]]:
        by_key = {self._kpi.key(measure): measure for measure in measures}
        for start, end in merged(periods):
            for row in tallies.read_days(self._session, list(by_key), start, end, self._team):
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
                    self._session, key, self._today, self._team
                ):
                    parts = Parts(count_below(hits, self._minute), count_below(due, self._minute))
                    yield measure, team, self._today, parts


def _pool(days: Mapping[date, Parts], period: Period) -> Parts:
    return sum((days[day] for day in days if period.start <= day < period.end), Parts())
