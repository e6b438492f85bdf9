"""What the tickets of the demo company tell: a bad release month, and a team that recovers.

These are the figures behind the tickets, day by day; `ticket_lives` makes tickets of them. Everything is relative to the
anchor, the day the company was first looked at, so that the story is the same on any day; after it things stay as they are.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

MONTHS = 14
A_DAY = timedelta(days=1)

_RELEASE = 5  # months before the anchor's own
_FADING = 10 * A_DAY  # until the bad release is forgotten
_RECOVERY = 122 * A_DAY  # the four months before the anchor
_DAYS_A_MONTH = 365.25 / 12
_WEEK = (1.31, 1.27, 1.21, 1.20, 1.10, 0.48, 0.43)  # Monday first; a week adds up to seven days


@dataclass(frozen=True, slots=True)
class Level:
    """How well a desk works: the share of good ratings, the median first reply in minutes, and its pace.

    A pace of 2 takes twice as long to solve as `Priority.hours` says; `urgent` is the pace for urgent tickets.
    """

    good: float
    reply: float
    pace: float
    urgent: float

    def towards(self, other: "Level", part: float) -> "Level":
        """Return the level that is `part` of the way from this one to another."""
        return Level(
            between(self.good, other.good, part),
            between(self.reply, other.reply, part),
            between(self.pace, other.pace, part),
            between(self.urgent, other.urgent, part),
        )

    def under(self, strain: float) -> "Level":
        """Return the level while a bad release is felt."""
        return Level(
            self.good - 0.11 * strain,
            self.reply * (1 + 1.5 * strain),
            self.pace * (1 + 0.55 * strain),
            self.urgent * (1 + 0.8 * strain),
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """A support team: where it works, its share of all tickets, and its level before and at the anchor."""

    team: str
    zone: ZoneInfo
    share: float
    before: Level
    now: Level


@dataclass(frozen=True, slots=True)
class Priority:
    """How common a priority is, its median hours to a solve and their spread, and how soon its SLA target is due.

    `reply` is its wait for a first reply beside the desk's median.
    """

    name: str
    share: float
    hours: float
    spread: float
    due: timedelta
    reply: float


EMEA = Desk(
    team="emea",
    zone=ZoneInfo("Europe/Berlin"),
    share=0.40,
    before=Level(good=0.955, reply=36, pace=1.00, urgent=1.05),
    now=Level(good=0.958, reply=34, pace=0.90, urgent=0.95),
)
AMERICAS = Desk(  # its urgent tickets have become slow
    team="americas",
    zone=ZoneInfo("America/New_York"),
    share=0.35,
    before=Level(good=0.875, reply=42, pace=1.05, urgent=1.30),
    now=Level(good=0.875, reply=40, pace=0.94, urgent=1.95),
)
APAC = Desk(  # the team that recovers
    team="apac",
    zone=ZoneInfo("Asia/Singapore"),
    share=0.25,
    before=Level(good=0.805, reply=85, pace=1.50, urgent=1.80),
    now=Level(good=0.920, reply=34, pace=0.90, urgent=1.00),
)
DESKS = (EMEA, AMERICAS, APAC)

URGENT = Priority("urgent", 0.08, hours=3, spread=0.45, due=timedelta(hours=8), reply=0.4)
PRIORITIES = (
    URGENT,
    Priority("high", 0.22, hours=7.5, spread=0.65, due=timedelta(days=1), reply=0.8),
    Priority("normal", 0.50, hours=20, spread=0.70, due=timedelta(days=3), reply=1.1),
    Priority("low", 0.20, hours=36, spread=0.70, due=timedelta(days=5), reply=1.4),
)


@dataclass(frozen=True, slots=True)
class Story:
    """What happened when: the first day, the days of the bad release, and the day it is all looked at from."""

    start: date
    release: date
    calm: date  # the first day after the month of the bad release
    anchor: date

    def progress(self, day: date) -> float:
        """Return how much of the story is over: 0 on its first day, 1 from the anchor on."""
        return _part(day, self.start, self.anchor)

    def strain(self, day: date) -> float:
        """Return how much of the bad release is felt: 1 through its month, then fading, else 0."""
        if day < self.release:
            return 0.0
        return 1 - _part(day, self.calm - A_DAY, self.calm + _FADING)

    def level(self, desk: Desk, day: date) -> Level:
        """Return how well a desk works on a day."""
        better = _part(day, self.anchor - _RECOVERY, self.anchor)
        return desk.before.towards(desk.now, better).under(self.strain(day))

    def volume(self, day: date) -> float:
        """Return how many tickets a day should bring to all desks."""
        usual = between(770, 870, self.progress(day)) / _DAYS_A_MONTH
        return usual * _WEEK[day.weekday()] * (1 + 0.6 * self.strain(day))

    def linked(self, day: date) -> float:
        """Return the share of tickets solved on a day that link an article: the habit grows."""
        return between(0.20, 0.46, self.progress(day))

    def articles(self, day: date) -> int:
        """Return how many articles the knowledge base holds."""
        return int(between(30, 70, self.progress(day)))


def story_of(anchor: date) -> Story:
    """Return the story of a company that was first looked at on the day of the anchor."""
    month = anchor.replace(day=1)
    return Story(
        start=_months_before(anchor, MONTHS),
        release=_months_before(month, _RELEASE),
        calm=_months_before(month, _RELEASE - 1),
        anchor=anchor,
    )


def between(low: float, high: float, part: float) -> float:
    """Return what is `part` of the way from `low` to `high`."""
    return low + (high - low) * part


def _part(day: date, start: date, end: date) -> float:
    return min(1.0, max(0.0, (day - start) / (end - start)))


def _months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
