"""Snapshots: which days and minutes count, what is compared with what, and when a figure may be judged."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from bot.domain.count import record_tickets, recount
from bot.domain.kpi import Kpi
from bot.domain.period import parse_period
from bot.domain.snapshot import Snapshot, TeamLine, find_team, split_by_team, take_snapshot
from bot.domain.stats import Interval, judge, wilson
from bot.domain.target import Counting
from bot.domain.ticket import Ticket
from bot.errors import Refused
from bot.storage.database import Database
from bot.vocabulary import Better, Status

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UP, DOWN, NEITHER = Better.UP, Better.DOWN, Better.NEITHER


class Desk:
    """A helpdesk in one zone, and whoever asks for its figures."""

    def __init__(
        self, database: Database, kpis: dict[str, Kpi], zone: str, **defaults: float
    ) -> None:
        self._database = database
        self._counting = Counting(kpis, ZoneInfo(zone), frozenset({"urgent"}), defaults)
        self._numbers = count(1)
        recount(database, self._counting)

    def tickets(self, tickets: Iterable[Ticket]) -> None:
        """Let tickets come in."""
        self._database.write(record_tickets, self._counting, list(tickets), "test.csv")

    def opened(self, *moments: datetime, team: str | None = None) -> None:
        """Let a ticket be opened at each of these moments."""
        self.tickets(Ticket(self._id(), at, team=team) for at in moments)

    def rated(self, good: int, of: int, on: datetime, team: str | None = None) -> None:
        """Let customers rate that many tickets."""
        self.tickets(
            Ticket(
                self._id(),
                on - HOUR,
                team=team,
                rating="good" if number < good else "bad",
                rated_at=on,
            )
            for number in range(of)
        )

    def replied(self, *minutes: float, on: datetime = NOON) -> None:
        """Let the desk answer tickets after these waits."""
        self.tickets(
            Ticket(self._id(), on - timedelta(minutes=wait), first_response_at=on)
            for wait in minutes
        )

    def due(self, *moments: datetime, team: str | None = None) -> None:
        """Let SLA targets of open tickets fall due at these moments."""
        self.tickets(Ticket(self._id(), at - DAY, sla_due_at=at, team=team) for at in moments)

    def ask(
        self, slug: str, period: str, at: datetime = NOON, *, team: str | None = None, vs: str = ""
    ) -> Snapshot:
        """Ask for a KPI as of a moment."""
        counting, today = self._counting, at.astimezone(self._counting.zone).date()
        versus = parse_period(vs, today) if vs else None
        asked = parse_period(period, today)
        return self._database.read(
            take_snapshot, counting, counting.kpis[slug], asked, as_of=at, team=team, versus=versus
        )

    def split(self, slug: str, period: str, at: datetime = NOON) -> dict[str, TeamLine]:
        """Ask for a KPI by team."""
        counting = self._counting
        asked = parse_period(period, at.astimezone(counting.zone).date())
        lines = self._database.read(split_by_team, counting, counting.kpis[slug], asked, as_of=at)
        return {line.team: line for line in lines}

    def find(self, text: str, *known: str) -> str:
        """Look for a team."""
        return self._database.read(find_team, text, known)

    def _id(self) -> str:
        return f"T-{next(self._numbers)}"


@pytest.fixture
def desk(database: Database, kpis: dict[str, Kpi]) -> Callable[..., Desk]:
    """Open a helpdesk: `desk("Europe/Berlin", csat=92)`."""
    return lambda zone="UTC", **defaults: Desk(database, kpis, zone, **defaults)


def utc(text: str) -> datetime:
    """Return "2026-10-25 01:30" as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class TestAsOf:
    """What happens by time alone is cut to the minute."""

    @pytest.mark.parametrize(
        ("asked_at", "breaches"),
        [
            ("2026-11-23 10:31:59", 0),
            ("2026-11-23 10:32:59", 0),  # as of 10:32, which is when the target fell due
            ("2026-11-23 10:33:00", 1),
            ("2026-11-23 23:59:59", 1),
            ("2026-11-24 00:00:00", 1),
        ],
    )
    def test_a_target_counts_once_its_minute_is_over(self, desk, asked_at, breaches):
        """Due at 10:32:17, it is a breach in whatever is as of 10:33 or later."""
        here = desk()
        here.due(utc("2026-11-23 10:32:17"))
        snapshot = here.ask("resolution_rate", "2026-11-23", utc(asked_at))
        assert (snapshot.figure.numerator, snapshot.figure.n) == (0, breaches)
        assert snapshot.lines[0].figure.n == breaches  # past its target and still open

    def test_yesterday_counts_whole_and_tomorrow_not_at_all(self, desk):
        """In the first minute of a day nothing of it has happened yet."""
        here = desk()
        here.due(
            *(utc(f"2026-11-{day} {time}") for day in (22, 23, 24) for time in ("00:00", "23:59"))
        )
        midnight = utc("2026-11-23 00:00")
        assert here.ask("resolution_rate", "2026-11-22", midnight).figure.n == 2
        assert here.ask("resolution_rate", "today", midnight).figure.n == 0
        assert here.ask("resolution_rate", "mtd", midnight).figure.n == 2
        assert here.ask("resolution_rate", "today", midnight + timedelta(minutes=1)).figure.n == 1
        assert here.ask("resolution_rate", "mtd", midnight + DAY).figure.n == 4

    @pytest.mark.parametrize(
        ("asked_at", "counted"),
        [
            ("00:45", 0),  # 02:45, summer time
            ("00:46", 1),
            ("01:15", 1),  # 02:15 once more, winter time
            ("01:16", 2),
            ("22:59", 2),
            ("23:00", 3),  # midnight, 25 hours after the last
        ],
    )
    def test_an_hour_that_comes_twice_counts_twice(self, desk, asked_at, counted):
        """On 25 October 2026 Berlin has 25 hours; minutes are counted from midnight, not read off the clock."""
        here = desk("Europe/Berlin")
        here.due(*(utc(f"2026-10-25 {time}") for time in ("00:45", "01:15", "22:59")))
        at = utc(f"2026-10-25 {asked_at}")
        assert here.ask("resolution_rate", "2026-10-25", at).figure.n == counted

    @pytest.mark.parametrize(("asked_at", "counted"), [("00:59", 0), ("01:00", 1), ("01:01", 2)])
    def test_an_hour_that_is_skipped_is_no_gap(self, desk, asked_at, counted):
        """On 29 March 2026 the minute after 01:59 is 03:00 in Berlin."""
        here = desk("Europe/Berlin")
        here.due(utc("2026-03-29 00:59"), utc("2026-03-29 01:00"))
        at = utc(f"2026-03-29 {asked_at}")
        assert here.ask("resolution_rate", "2026-03-29", at).figure.n == counted

    @pytest.mark.parametrize(
        ("day", "before", "hours"),
        [("2026-10-25", "2026-10-24 22:00", 25), ("2026-03-29", "2026-03-28 23:00", 23)],
    )
    def test_a_day_is_as_long_as_it_is(self, desk, day, before, hours):
        """A ticket an hour for two days: the day of the clock change has 25 or 23 of them."""
        here = desk("Europe/Berlin")
        here.opened(*(utc(before) + number * HOUR for number in range(-5, 48)))
        assert here.ask("ticket_volume", day).figure.n == hours

    def test_an_unanswered_ticket_becomes_a_miss_by_itself(self, desk):
        """The share within target knows of it before anybody replies; the median does not."""
        here = desk()
        here.opened(utc("2026-11-23 09:15"))
        early, late = (
            here.ask("first_response", "today", utc(f"2026-11-23 {time}"))
            for time in ("10:15", "10:16")
        )
        assert (early.lines[0].figure.n, late.lines[0].figure.n) == (0, 1)
        assert late.lines[0].figure.value == 0
        assert late.status is Status.NO_DATA

    def test_a_period_that_has_not_begun_is_refused(self, desk):
        """Not even the first day of it."""
        with pytest.raises(Refused, match="has not begun yet"):
            desk().ask("csat", "2026-11-24")


class TestComparison:
    """Like is compared with like."""

    def test_a_month_so_far_meets_as_many_days_of_the_month_before(self, desk):
        """On 23 November the last week of October is left out."""
        here = desk()
        here.rated(9, of=10, on=utc("2026-10-23 23:59"))
        here.rated(0, of=50, on=utc("2026-10-24 00:00"))
        here.rated(8, of=10, on=utc("2026-11-01 00:00"))
        snapshot = here.ask("csat", "mtd")
        assert snapshot.compared_with.label == "1–23 October 2026"
        assert snapshot.previous.value == 90
        assert snapshot.change == pytest.approx(-10)

    def test_a_long_month_meets_all_of_a_short_one(self, desk):
        """On 31 March there are 28 days of February."""
        here = desk()
        here.opened(*(date_at(2026, 2, day) for day in range(1, 29)), date_at(2026, 1, 31))
        here.opened(*(date_at(2026, 3, day) for day in range(1, 32)))
        snapshot = here.ask("ticket_volume", "mtd", utc("2026-03-31 20:00"))
        assert (snapshot.figure.value, snapshot.previous.value) == (31, 28)

    def test_a_finished_month_meets_the_whole_one_before(self, desk):
        """Nothing is cut once a month is over."""
        here = desk()
        here.opened(date_at(2026, 10, 31), date_at(2026, 9, 30), date_at(2026, 9, 1))
        snapshot = here.ask("ticket_volume", "october")
        assert (snapshot.figure.value, snapshot.previous.value) == (1, 2)

    def test_any_two_periods_can_be_compared(self, desk):
        """`vs` names the other one; a running one is cut at today."""
        here = desk()
        here.rated(1, of=2, on=date_at(2025, 10, 14))
        here.rated(4, of=4, on=date_at(2026, 10, 14))
        snapshot = here.ask("csat", "october", vs="2025-10")
        assert (snapshot.previous.value, snapshot.change) == (50, 50)
        assert here.ask("csat", "october", vs="this month").compared_with.label == (
            "1–23 November 2026"
        )

    def test_without_data_there_is_no_change(self, desk):
        """Neither from nothing nor to nothing."""
        here = desk()
        here.rated(1, of=1, on=date_at(2026, 10, 14))
        assert here.ask("csat", "october").change is None
        assert here.ask("csat", "november").change is None

    def test_a_trend_shows_twelve_finished_weeks(self, desk):
        """The running week is left out: a day of it beside whole weeks would mislead."""
        here = desk()
        here.rated(1, of=2, on=utc("2026-11-22 23:59"))  # Sunday of week 47
        here.rated(0, of=9, on=NOON)
        trend = here.ask("csat", "mtd").trend
        assert [point.label for point in trend] == [f"W{week}" for week in range(36, 48)]
        assert [point.figure.value for point in trend] == [None] * 11 + [50]


class TestPlan:
    """A plan is for a month, and is cut to the days that are shown."""

    @pytest.mark.parametrize(
        ("period", "plan"),
        [
            ("october", 500),
            ("mtd", 383),  # 500 × 23 ÷ 30
            ("2026-11-05", 17),
            ("q3", 1_500),
            ("2026-10-16..2026-11-15", 508),  # 500 × (16 ÷ 31 + 15 ÷ 30)
            ("2026-02", 500),
        ],
    )
    def test_it_has_the_length_of_the_window(self, desk, period, plan):
        """A part of a month has its part of the plan."""
        snapshot = desk(ticket_volume=500).ask("ticket_volume", period)
        assert snapshot.target is not None
        assert snapshot.target.value == plan
        assert snapshot.status is Status.INFORMATIONAL

    def test_one_team_has_none(self, desk):
        """The plan is for all together."""
        here = desk(ticket_volume=500)
        here.opened(NOON - HOUR, team="emea")
        assert here.ask("ticket_volume", "mtd", team="emea").target is None


class TestStatus:
    """A figure is judged only as far as its interval allows."""

    @pytest.mark.parametrize(
        ("hits", "n", "low", "high"),
        [
            (9, 10, 59.6, 98.2),
            (18, 20, 69.9, 97.2),
            (45, 50, 78.6, 95.7),
            (92, 100, 85.0, 95.9),
            (460, 500, 89.3, 94.1),
            (0, 10, 0.0, 27.8),
            (10, 10, 72.2, 100.0),
            (1, 1, 20.7, 100.0),
            (0, 1, 0.0, 79.3),
            (500_000, 1_000_000, 49.9, 50.1),
        ],
    )
    def test_wilson(self, hits, n, low, high):
        """Known values of Wilson's interval; it never leaves 0 to 100, and is never a point at the ends."""
        interval = wilson(hits, n)
        assert interval is not None
        assert (round(interval.low, 1), round(interval.high, 1)) == (low, high)

    def test_nothing_has_no_interval(self):
        """Of no answers nothing can be said."""
        assert wilson(0, 0) is None

    @pytest.mark.parametrize(
        ("value", "interval", "target", "better", "status"),
        [
            (92, (90.5, 93.5), 90, UP, Status.ON_TARGET),
            (92, (90.0, 94.0), 90, UP, Status.ON_TARGET),
            (92, (89.9, 94.0), 90, UP, Status.TOO_CLOSE),
            (88, (86.0, 90.0), 90, UP, Status.TOO_CLOSE),
            (88, (86.0, 89.9), 90, UP, Status.OFF_TARGET),
            (90, None, 90, UP, Status.TOO_CLOSE),
            (89.9, None, 90, UP, Status.TOO_CLOSE),
            (50, (40, 60), 60, DOWN, Status.ON_TARGET),
            (50, (40, 60), 59, DOWN, Status.TOO_CLOSE),
            (50, (40, 60), 40, DOWN, Status.TOO_CLOSE),
            (50, (40, 60), 39, DOWN, Status.OFF_TARGET),
            (60, None, 60, DOWN, Status.TOO_CLOSE),
            (61, None, 60, DOWN, Status.TOO_CLOSE),
            (90, (80, 95), None, UP, Status.NO_TARGET),
            (None, None, 90, UP, Status.NO_DATA),
            (None, None, None, NEITHER, Status.NO_DATA),
            (480, None, 500, NEITHER, Status.INFORMATIONAL),
            (480, None, None, NEITHER, Status.INFORMATIONAL),
        ],
    )
    def test_a_value_is_judged_by_its_interval(self, value, interval, target, better, status):
        """On or off target only where both ends agree."""
        between = Interval(*interval) if interval else None
        assert judge(value, between, target, better) is status

    @pytest.mark.parametrize(
        ("good", "of", "status"),
        [
            (796, 865, Status.ON_TARGET),  # 92.0 %: about what it takes to beat 90 %
            (460, 500, Status.TOO_CLOSE),
            (9, 10, Status.TOO_CLOSE),
            (860, 1_000, Status.OFF_TARGET),
            (0, 0, Status.NO_DATA),
        ],
    )
    def test_a_share(self, desk, good, of, status):
        """Ninety percent is asked for."""
        here = desk()
        here.rated(good, of=of, on=NOON - HOUR)
        assert here.ask("csat", "today").status is status

    @pytest.mark.parametrize(
        ("minutes", "status"),
        [
            ([30] * 25, Status.ON_TARGET),
            ([90] * 25, Status.OFF_TARGET),
            ([30] * 13 + [90] * 12, Status.TOO_CLOSE),
        ],
    )
    def test_a_duration(self, desk, minutes, status):
        """An hour is asked for, and the median has an interval too."""
        here = desk()
        here.replied(*minutes)
        assert here.ask("first_response", "today").status is status

    def test_without_a_target_nothing_is_judged(self, desk):
        """Knowledge base usage has none until somebody sets one."""
        here = desk()
        here.tickets([Ticket("T", NOON - DAY, solved_at=NOON, article="KB-1")])
        assert here.ask("knowledge_usage", "today").status is Status.NO_TARGET

    @pytest.mark.parametrize(("of", "is_few"), [(0, False), (1, True), (19, True), (20, False)])
    def test_few_data_are_said(self, desk, of, is_few):
        """Fewer than twenty, but not nothing."""
        here = desk()
        here.rated(of, of=of, on=NOON - HOUR)
        assert here.ask("csat", "today").figure.is_few is is_few


class TestPooling:
    """Figures are made of parts, never of figures."""

    def test_four_weeks_of_csat_are_pooled(self, desk):
        """The mean of the weekly percentages would be 81.2; of all ratings 71.5 % are positive."""
        here = desk()
        weeks = [(9, 10), (180, 240), (4, 4), (60, 100)]
        for number, (good, of) in enumerate(weeks):
            here.rated(good, of=of, on=date_at(2026, 10, 5 + 7 * number))
        snapshot = here.ask("csat", "2026-10-05..2026-11-01")
        assert (snapshot.figure.numerator, snapshot.figure.n) == (253, 354)
        assert round(snapshot.figure.value or 0, 1) == 71.5
        weekly = [point.figure.value or 0 for point in snapshot.trend[-4:]]
        assert weekly == [90, 75, 100, 60]
        assert sum(weekly) / 4 == 81.25

    def test_medians_are_of_all_waits(self, desk):
        """The mean of two days' medians would be 55.5 minutes; half of all waits were one minute."""
        here = desk()
        here.replied(1, 1, 1, 1, 60, on=NOON - DAY)
        here.replied(100, 120)
        figure = here.ask("first_response", "2026-11-22..2026-11-23").figure
        assert figure.value == pytest.approx(60, rel=0.01)
        assert figure.mean == pytest.approx(60 * 284 / 7, abs=1)

    def test_a_whole_can_fall_while_every_team_rises(self, desk):
        """Simpson's paradox: the mix has moved to the team that always had less."""
        here = desk()
        before, now = date_at(2026, 9, 14), date_at(2026, 10, 14)
        for team, on, good, of in [
            ("a", before, 190, 200),
            ("b", before, 60, 80),
            ("a", now, 29, 30),
            ("b", now, 160, 200),
        ]:
            here.rated(good, of=of, on=on, team=team)
        whole, teams = here.ask("csat", "october"), here.split("csat", "october")
        assert [round(f.value or 0, 1) for f in (whole.previous, whole.figure)] == [89.3, 82.2]
        assert [
            (team, round(line.previous.value or 0, 1), round(line.figure.value or 0, 1))
            for team, line in teams.items()
        ] == [("a", 95.0, 96.7), ("b", 75.0, 80.0)]


class TestRecords:
    """Figures follow the records."""

    def test_a_late_rating_again_moves_the_day(self, desk):
        """The last rating counts, once, on its own day."""
        here = desk()
        first = Ticket("T", date_at(2026, 10, 9), rating="good", rated_at=date_at(2026, 10, 10))
        here.tickets([first])
        assert here.ask("csat", "october").figure.n == 1
        here.tickets([first._replace(rating="2", rated_at=date_at(2026, 11, 2))])
        assert here.ask("csat", "october").figure.n == 0
        assert (here.ask("csat", "mtd").figure.value, here.ask("csat", "mtd").figure.n) == (0, 1)

    @pytest.mark.parametrize(
        ("rating", "value"), [("good", 100), ("4", 100), ("5", 100), ("bad", 0), ("3", 0), ("1", 0)]
    )
    def test_which_ratings_are_positive(self, desk, rating, value):
        """Good, and the two best of five."""
        here = desk()
        here.tickets([Ticket("T", NOON - DAY, rating=rating, rated_at=NOON)])
        assert here.ask("csat", "today").figure.value == value

    def test_waiting_with_a_solve_does_not_help(self, desk):
        """An open ticket past its target is a breach, and a late solve leaves it one; met as the helpdesk says wins."""
        here = desk()
        ticket = Ticket("T", NOON - 3 * HOUR, sla_due_at=NOON - 2 * HOUR)
        for changed, rate, still_open in [
            (ticket, 0, 1),
            (ticket._replace(solved_at=NOON - HOUR), 0, 0),
            (ticket._replace(solved_at=NOON - 2 * HOUR), 100, 0),
            (ticket._replace(solved_at=NOON - HOUR, sla_met=True), 100, 0),
            (ticket._replace(solved_at=NOON - 2 * HOUR, sla_met=False), 0, 0),
        ]:
            here.tickets([changed])
            snapshot = here.ask("resolution_rate", "today")
            assert snapshot.figure.value == rate
            assert snapshot.lines[0].figure.n == still_open

    def test_only_critical_tickets_make_the_resolution_time(self, desk):
        """All priorities follow as a second line."""
        here = desk()
        for name, priority, hours in [("a", "urgent", 2), ("b", "low", 40), ("c", None, 40)]:
            here.tickets([Ticket(name, NOON - hours * HOUR, solved_at=NOON, priority=priority)])
        snapshot = here.ask("resolution_time", "today")
        assert snapshot.figure.value == pytest.approx(7_200, rel=0.01)
        assert {line.measure.label: line.figure.n for line in snapshot.lines}["all priorities"] == 3


class TestTeams:
    """Figures of one team, and of each."""

    def test_one_team_counts_its_own(self, desk):
        """What happens by time alone is cut for a team as for all."""
        here = desk()
        here.due(NOON - HOUR, NOON + HOUR, team="emea")
        here.due(NOON - HOUR, NOON - HOUR, team="apac")
        here.due(NOON - HOUR)
        counted = {
            team: here.ask("resolution_rate", "today", team=team).figure.n
            for team in (None, "emea", "apac")
        }
        assert counted == {None: 4, "emea": 1, "apac": 2}

    def test_teams_stand_in_order_and_the_nameless_last(self, desk):
        """Whoever had something in either period is there, and nobody else."""
        here = desk()
        for team, on in [
            (None, date_at(2026, 10, 2)),
            ("zeta", date_at(2026, 10, 2)),
            ("alpha", date_at(2026, 9, 2)),
            ("old", date_at(2026, 1, 2)),
        ]:
            here.rated(1, of=1, on=on, team=team)
        lines = here.split("csat", "october")
        assert [*lines] == ["alpha", "zeta", ""]
        assert lines["alpha"].figure.value is None
        assert lines["alpha"].status is Status.NO_DATA

    def test_teams_are_cut_at_the_minute_too(self, desk):
        """A split adds up to its whole."""
        here = desk()
        here.due(NOON - HOUR, NOON + HOUR, team="emea")
        here.due(NOON - DAY, team="apac")
        lines = here.split("resolution_rate", "mtd")
        assert {team: line.figure.n for team, line in lines.items()} == {"apac": 1, "emea": 1}

    @pytest.mark.parametrize(
        ("typed", "found"), [("emea", "emea"), ("EMEA", "emea"), ("Cloud Ops", "cloud ops")]
    )
    def test_a_team_is_found_by_its_name(self, desk, typed, found):
        """Teams of the settings and teams that tickets name, in any letters."""
        here = desk()
        here.opened(NOON, team="cloud ops")
        assert here.find(typed, "emea") == found

    def test_an_unknown_team_is_refused_with_the_nearest(self, desk):
        """The sentence names all there are."""
        with pytest.raises(Refused, match=r"“emae”.* Did you mean `team:emea`\? There are: emea\."):
            desk().find("emae", "emea")
        with pytest.raises(Refused, match="No ticket names a team yet"):
            desk().find("emea")


def date_at(year: int, month: int, day: int) -> datetime:
    """Return noon of a day."""
    return datetime.combine(date(year, month, day), NOON.timetz())
