"""Reads a KPI's figures from what pulse surveys have published, as it was published.

A period's figure is that of the last survey that closed in it; surveys of different people are never added up. Of a team
it is the last that asked this team; without one, the last that asked all teams there were when it opened: one that asked
some of them does not speak for all. Nothing but the stored result is read: neither single answers nor the exact sums
behind what was told.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.figure import Figure
from bot.domain.grouping import EVERYBODY
from bot.domain.incident_figures import bounds
from bot.domain.kpi import Kpi, Measure, Rules
from bot.domain.period import Period
from bot.domain.pulse import as_wave
from bot.domain.pulse_close import Closed, closed_between, find_closed
from bot.domain.pulse_roster import Frame, frame_of
from bot.domain.release import OVERALL, Participation
from bot.domain.release import Figure as Told
from bot.domain.score import response_rate, widest_margin
from bot.domain.span import PeriodKind, whole
from bot.domain.stats import Interval, wilson_among
from bot.domain.survey import PartSurvey, Survey
from bot.domain.target import Counting
from bot.storage import pulse as rows
from bot.vocabulary import Scale, WaveState, Withheld

_NOTHING = Figure(None, 0, 0)


class PulseReader:
    """Reads one KPI, for everybody of a survey of all teams or for the group of a team or role.

    `is_beside` reads a group from the surveys of all teams alone, so that it can stand beside the others of its survey.
    """

    def __init__(
        self,
        session: Session,
        counting: Counting,
        kpi: Kpi,
        team: str | None = None,
        *,
        is_beside: bool = False,
    ) -> None:
        self._session, self._counting, self._kpi, self._team = session, counting, kpi, team
        self._is_of_all = team is None or is_beside
        self._rules = Rules(counting.critical)
        self._last: dict[Period, Closed | None] = {}
        self._parts: dict[Period, tuple[PartSurvey, ...]] = {}

    def figures(
        self, measures: Sequence[Measure], periods: Sequence[Period]
    ) -> dict[Measure, dict[Period, Figure]]:
        """Return each measure's figure over each period."""
        self._read(periods)
        return {
            measure: {each: self._figure(measure, self._last[each]) for each in periods}
            for measure in measures
        }

    def pending(self) -> set[Measure]:
        """Return nothing: what was published is never counted anew."""
        return set()

    def since(self) -> date | None:
        """Return the day on which the first survey closed."""
        first = rows.first_closed(self._session)
        return self._day(first) if first else None

    def proof(self, period: Period) -> None:
        """Return nothing: no answer can be listed."""

    def before(self, period: Period) -> Period | None:
        """Return the day on which the survey closed that a period's is compared with; None where there is none."""
        last = self._closed(period)
        if last is None or last.result.before is None:
            return None
        return whole(PeriodKind.DAY, self._day(find_closed(self._session, last.result.before).at))

    def survey(self, period: Period, compared: Period | None = None) -> Survey | None:
        """Return the survey behind a period's figure; None where none closed.

        It tells a change only where the figure of the period `compared` is from the very survey before.
        """
        last = self._closed(period)
        if last is None:
            return None
        survey = self._survey(last)
        if survey.unchanged is Withheld.ASKED_OTHERS:
            return survey
        than = self._closed(compared) if compared else None
        if than is None or than.wave.id != last.result.before:
            return replace(survey, change=None, unchanged=None, before=None)
        return survey

    def groups(self, period: Period) -> dict[str, str]:
        """Return the groups that a period's survey was to tell of: their names, by slug."""
        last = self._closed(period)
        return {} if last is None else _groups(last.frame)

    def parts(self, period: Period) -> tuple[PartSurvey, ...]:
        """Return the surveys of a period that are left out because they asked some teams and not all, the first first."""
        self._read([period])
        return self._parts[period]

    def _survey(self, closed: Closed) -> Survey:
        question, group = self._kpi.main.question, self._group(closed)
        found = closed.result.release.find(group, question)
        part = _participation(closed, group)
        trend = next(
            (t for t in closed.result.trends if (t.group, t.question) == (group, question)), None
        )
        before = closed.result.before
        return Survey(
            number=closed.wave.number,
            name=closed.wave.terms.name,
            closed_on=self._day(closed.at),
            least=closed.wave.terms.least,
            teams=_team_names(closed),
            tells_of=closed.result.names,
            group="" if self._team is None else _groups(closed.frame).get(self._team, ""),
            figure=published(closed, group, question),
            hidden=_hidden(closed, group, question),
            answers=found.answers if isinstance(found, Told) else 0,
            statements=len(closed.result.questions),
            answered=None if part is None or _is_masked(part, closed) else part.answered,
            invited=part.invited if part else None,
            margin=_margin(found, part),
            before=f"#{before}" if before else None,
            change=trend.change if trend else None,
            unchanged=trend.why if trend else None,
        )

    def _figure(self, measure: Measure, closed: Closed | None) -> Figure:
        if closed is None:
            return _NOTHING
        group = self._group(closed)
        if measure.question:
            return published(closed, group, measure.question)
        part = _participation(closed, group)
        if part is None or _is_masked(part, closed):
            return _NOTHING
        return Figure(response_rate(part.answered, part.invited), part.answered, part.invited)

    def _closed(self, period: Period) -> Closed | None:
        self._read([period])
        return self._last[period]

    def _read(self, periods: Sequence[Period]) -> None:
        """Find the last survey of each period, all of them in one query."""
        ends = {each: bounds(each, self._counting.zone) for each in periods if each not in self._last}  # fmt: skip
        if not ends:
            return
        first, last = min(start for start, _ in ends.values()), max(end for _, end in ends.values())
        found = [one for one in closed_between(self._session, first, last) if self._measures(one)]
        for period, (start, end) in ends.items():
            within = [one for one in found if start <= one.at < end]
            self._last[period] = next(filter(self._asked, reversed(within)), None)
            parts = within if self._is_of_all else ()
            self._parts[period] = tuple(_as_part(one) for one in parts if not self._asked_all(one))

    def _measures(self, closed: Closed) -> bool:
        """Return whether a survey asked what the KPI tells."""
        return self._kpi.main.count(closed, self._rules) is not None

    def _asked(self, closed: Closed) -> bool:
        """Return whether a survey asked whom the KPI is told of."""
        is_asked = self._team is None or self._team in (
            *closed.wave.terms.teams,
            *_groups(closed.frame),
        )
        return is_asked and (not self._is_of_all or self._asked_all(closed))

    def _asked_all(self, closed: Closed) -> bool:
        """Return whether a survey asked all teams: those of its time, or of now where that was not kept."""
        if closed.frame.asks_all is not None:
            return closed.frame.asks_all
        return {*self._counting.teams} <= {*closed.wave.terms.teams}

    def _group(self, closed: Closed) -> str:
        """Return the group of the team; where it alone was asked, that is everybody."""
        is_whole = self._team is None or closed.wave.terms.teams == (self._team,)
        return EVERYBODY if is_whole or self._team is None else self._team

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._counting.zone).date()


def asked_teams(session: Session) -> set[str]:
    """Return every team and role that a closed survey has asked, by slug."""
    return {
        slug
        for row in rows.waves(session, WaveState.CLOSED)
        for slug in (*as_wave(row).terms.teams, *_groups(frame_of(row)))
    }


def _groups(frame: Frame) -> dict[str, str]:
    """Return the groups that were declared, those that could not be told of among them: names by slug."""
    told = {group.slug: group.name for group in frame.groups}
    return told | {hidden.slug: hidden.name for hidden in frame.hidden}


def _as_part(closed: Closed) -> PartSurvey:
    return PartSurvey(closed.wave.number, closed.wave.terms.name, _team_names(closed))


def _team_names(closed: Closed) -> tuple[str, ...]:
    """Return what the teams that a survey asked are called, where it tells of teams; else their slugs."""
    names = _groups(closed.frame)
    return tuple(names.get(one, one) for one in closed.wave.terms.teams)


def _participation(closed: Closed, group: str) -> Participation | None:
    parts = closed.result.release.participation
    return next((part for part in parts if part.group == group), None)


def _is_masked(part: Participation, closed: Closed) -> bool:
    """Return whether fewer of a group answered than are told of; of everybody it is told always."""
    return part.group != EVERYBODY and part.answered < closed.wave.terms.least


def _hidden(closed: Closed, group: str, question: str) -> Withheld | None:
    """Return why a figure is not told; None where it is, and of a group that was never declared."""
    found = closed.result.release.find(group, question)
    if found is None:
        return next((one.why for one in closed.frame.hidden if one.slug == group), None)
    if isinstance(found, Told):
        return Withheld.WORD if found.is_word else None
    return found.why


def published(closed: Closed, group: str, question: str) -> Figure:
    """Return a figure as it was published: a span counts as its middle, and its interval is that of both its ends.

    Where a word is told there is no figure.
    """
    told, part = closed.result.release.find(group, question), _participation(closed, group)
    if not isinstance(told, Told) or told.is_word or part is None:
        return _NOTHING
    low, high = told.percent
    return Figure(
        value=(low + high) / 2,
        numerator=0,
        denominator=part.answered if question == OVERALL else told.answers,
        interval=_interval(told, part, max(len(closed.result.questions), 1)),
        among=part.invited,
        span=None if low == high else Interval(low, high),
    )


def _interval(told: Told, part: Participation, statements: int) -> Interval | None:
    """Return the 95 % interval that follows from what was published, as wide as it can be.

    To a tenth: what is told in whole percent or points bears no more. Of all statements together it counts as many people as answered a statement on average: those who answered at least
    one are as many or more.
    """
    low, high = told.percent
    if told.scale is Scale.ENPS:
        below, above = (widest_margin(each, told.answers, part.invited) for each in (low, high))
        return _rounded(max(-100.0, low - below), min(100.0, high + above))
    people = told.answers // statements if told.question == OVERALL else told.answers
    ends = [wilson_among(each / 100 * people, people, part.invited) for each in (low, high)]
    return _rounded(ends[0].low, ends[1].high) if ends[0] and ends[1] else None


def _rounded(low: float, high: float) -> Interval:
    return Interval(round(low, 1), round(high, 1))


def _margin(told: object, part: Participation | None) -> float | None:
    if not isinstance(told, Told) or told.scale is not Scale.ENPS or part is None:
        return None
    return widest_margin(min(told.percent, key=abs), told.answers, part.invited)
