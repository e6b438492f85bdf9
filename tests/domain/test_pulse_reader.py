"""Figures of surveys: the last of a period, dated by its close, and nothing that was not published."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.kpi import snapshot_json
from bot.domain import consult
from bot.domain.consult import Desk
from bot.domain.figure import Figure
from bot.domain.grouping import EVERYBODY
from bot.domain.kpi import Kpi
from bot.domain.period import parse_period
from bot.domain.pulse import Terms, Wave
from bot.domain.pulse_answer import ENPS
from bot.domain.pulse_close import Closed, Result
from bot.domain.pulse_reader import PulseReader, published
from bot.domain.pulse_roster import Frame
from bot.domain.question import Question, Verb
from bot.domain.release import OVERALL, Participation, Release
from bot.domain.release import Figure as Told
from bot.domain.snapshot import Snapshot
from bot.domain.survey import PartSurvey
from bot.domain.target import Counting
from bot.storage.database import Database
from bot.vocabulary import Scale, WaveState
from tests.pulse_book import PulseBook

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
HALF = ["55|9", "44|9", "42|7", "25|5", "22|3", "11|0"]
THIRD = ["55|9", "45|9", "22|7", "22|5", "22|3", "11|0"]


class Asked:
    """KPIs of surveys, asked for on a Monday at noon in a zone."""

    def __init__(
        self,
        database: Database,
        kpis: dict[str, Kpi],
        zone: str = "UTC",
        teams: tuple[str, ...] = ("desk", "cloud"),
    ) -> None:
        self._database, self._kpis = database, kpis
        self.counting = Counting(kpis, ZoneInfo(zone), frozenset(), {}, teams=teams)

    def __call__(self, slug: str, period: str, team: str | None = None) -> Snapshot:
        """Return a KPI over a period."""
        desk = Desk(self.counting, ("desk", "cloud"), NOON)
        question = Question(Verb.SHOW, self._kpis[slug], parse_period(period, TODAY), team=team)
        return self._database.read(consult.card, desk, question).snapshot

    def since(self) -> date | None:
        """Return the first day that there are records of."""
        return self._database.read(
            lambda session: PulseReader(session, self.counting, self._kpis["enps"]).since()
        )


@pytest.fixture
def asked(database: Database, kpis: dict[str, Kpi]) -> Asked:
    """Whoever is asked."""
    return Asked(database, kpis)


@pytest.mark.both_databases
class TestWhichSurvey:
    """A period's figure is that of the last survey that closed in it."""

    def test_the_last_one_alone(self, database, asked):
        """Surveys are never added up: 25 % and 50 % stay what they are."""
        book = PulseBook(database)
        book.close(NOON - 9 * DAY, {"desk": THIRD, "cloud": HALF})
        book.close(NOON - 2 * DAY, {"desk": HALF, "cloud": [*HALF, ""]})
        now = asked("employee_satisfaction", "november")
        assert (now.figure.value, now.figure.n, now.figure.among) == (50, 12, 13)
        (response,) = now.lines
        assert (response.figure.numerator, response.figure.n) == (12, 13)
        assert now.survey.number == "#2"
        assert asked("employee_satisfaction", "2026-W46").survey.number == "#1"

    def test_the_day_of_the_close_by_the_organisations_clocks(self, database, kpis):
        """At half past eleven in the evening of 31 October in UTC it is November in Berlin."""
        at = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
        PulseBook(database).close(at, {"desk": HALF, "cloud": HALF})
        berlin, utc = Asked(database, kpis, "Europe/Berlin"), Asked(database, kpis)
        assert berlin("enps", "october").figure.value is None
        assert berlin("enps", "november").survey.closed_on == date(2026, 11, 1)
        assert (berlin.since(), utc.since()) == (date(2026, 11, 1), date(2026, 10, 31))
        assert utc("enps", "october").survey.closed_on == date(2026, 10, 31)

    def test_none(self, asked):
        """And so no survey, no figure, no line and no beginning."""
        now = asked("enps", "november")
        assert (now.survey, now.figure, now.since) == (None, Figure(None, 0, 0), None)
        assert now.lines[0].figure.value is None

    def test_a_team_is_told_of_the_last_that_asked_it(self, database, asked):
        """What another team said later is not its figure."""
        book = PulseBook(database)
        book.close(NOON - 9 * DAY, {"desk": HALF, "cloud": THIRD})
        book.close(NOON - 2 * DAY, {"cloud": HALF})
        assert asked("enps", "november", "desk").survey.number == "#1"
        assert asked("enps", "november", "cloud").survey.number == "#2"
        assert asked("enps", "november").survey.number == "#1"

    def test_nothing_finer_than_what_was_published(self, database, asked):
        """Neither promoters nor favourable answers can be read from what a program is given."""
        PulseBook(database).close(NOON - DAY, {"desk": HALF, "cloud": THIRD})
        told = snapshot_json(asked("employee_satisfaction", "november", "cloud"))
        assert (told["numerator"], told["denominator"], told["n"]) == (None, None, 6)
        survey = told["survey"]
        assert survey["low"] <= told["value"] <= survey["high"]
        assert all(type(survey[part]) is int for part in ("low", "high", "answered", "invited"))


ALL = {"desk": HALF, "cloud": THIRD, "architects": HALF}


@pytest.mark.both_databases
class TestForAllTeams:
    """Without a team a survey counts that asked all teams there were; others are left out and named."""

    @pytest.mark.parametrize("slug", ["employee_satisfaction", "enps"])
    @pytest.mark.parametrize("later", [["desk"], ["desk", "architects"]])
    def test_one_that_asked_some(self, database, kpis, slug, later):
        """What one team, or two of three, said later is theirs and not the company's."""
        asked = Asked(database, kpis, teams=tuple(ALL))
        book = PulseBook(database)
        book.close(NOON - 9 * DAY, ALL)
        alone = asked(slug, "november")
        book.close(NOON - 2 * DAY, {team: ["11|0"] * 6 for team in later}, name="New phones")
        now = asked(slug, "november")
        assert (now.figure, now.survey, now.lines) == (alone.figure, alone.survey, alone.lines)
        names = tuple(team.title() for team in later)
        assert (alone.parts, now.parts) == ((), (PartSurvey("#2", "New phones", names),))
        of_desk = asked(slug, "november", "desk")
        assert (of_desk.survey.number, of_desk.parts) == ("#2", ())
        assert asked(slug, "november", "cloud").survey.number == "#1"

    def test_none_that_asked_all(self, database, asked):
        """Then there is no figure, and it is known why."""
        PulseBook(database).close(NOON - DAY, {"desk": HALF})
        now = asked("enps", "november")
        assert (now.survey, now.figure, now.lines[0].figure.value) == (None, Figure(None, 0, 0), None)  # fmt: skip
        (left_out,) = snapshot_json(now)["surveys_left_out"]
        assert left_out == {"number": "#1", "name": "Pulse", "teams": ["Desk"]}

    def test_the_teams_of_its_time(self, database, asked):
        """A team that came later takes nothing from what was asked before; nor does one that has gone add to it."""
        book = PulseBook(database)
        book.close(NOON - 9 * DAY, {"desk": HALF}, all_teams=("desk",))
        book.close(NOON - 2 * DAY, {"desk": HALF, "cloud": HALF}, all_teams=("desk", "cloud", "db"))
        now = asked("enps", "november")
        assert (now.survey.number, [one.number for one in now.parts]) == ("#1", ["#2"])

    def test_without_teams(self, database, kpis):
        """Where the settings name none, nothing is left out."""
        PulseBook(database).close(NOON - DAY, {"desk": HALF})
        now = Asked(database, kpis, teams=())("enps", "november")
        assert (now.survey.number, now.parts) == ("#1", ())


LEAST = {Scale.STATEMENT: 0, Scale.ENPS: -1}


@st.composite
def surveys(draw: st.DrawFn) -> tuple[Told, int]:
    """Draw what was told of a group, and how many were asked."""
    scale = draw(st.sampled_from(Scale))
    answers = draw(st.integers(3, 2_000))
    low = draw(st.integers(LEAST[scale] * answers, answers))
    high = draw(st.sampled_from([low, min(low + 2, answers)]))
    question = OVERALL if scale is Scale.STATEMENT else ENPS
    return Told(EVERYBODY, question, scale, low, high, answers), answers + draw(st.integers(0, 99))


@given(surveys())
def test_what_prints_the_same_counts_the_same(drawn: tuple[Told, int]) -> None:
    """Of two surveys that published the same figure nobody can tell which exact sums they had; and it is within its interval.

    Where a word was told there is no figure.
    """
    told, invited = drawn
    figure = published(closed(told, invited), EVERYBODY, told.question)
    if told.is_word:
        assert figure.value is figure.interval is figure.span is None
        return
    low, high = told.percent
    assert figure.value == (low + high) / 2
    assert (figure.span is None) == (low == high)
    assert figure.interval is not None
    assert figure.interval.low <= figure.value <= figure.interval.high
    for other in (told.low - 1, told.low + 1):
        alike = Told(EVERYBODY, told.question, told.scale, other, told.high, told.answers)
        prints_alike = (alike.percent, alike.is_word) == (told.percent, told.is_word)
        if other <= told.high and prints_alike:
            assert published(closed(alike, invited), EVERYBODY, told.question) == figure


def closed(told: Told, invited: int) -> Closed:
    """Return a survey of one statement, and one eNPS, of which this was told."""
    terms = Terms("Pulse", ("desk",), 1, (), True, False, 7, (), 3, "none")
    wave = Wave(1, terms, (), WaveState.CLOSED, "U0ANA", NOON, NOON, invited, told.answers, False)
    part = Participation(EVERYBODY, invited, told.answers)
    release = Release(3, (part,), (told,), (), (), ())
    result = Result(release, {}, {"statement": "I like it here."}, {}, (), {}, None)
    return Closed(wave, NOON, Frame((invited,), (), ()), result)
