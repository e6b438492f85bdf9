"""The tickets of the demo company, each from its first word to its closing.

Two calls with one anchor agree: whatever had happened by the earlier `until` happened in both, and a closed ticket never
changes. For that, every day is written in full and only then cut at `until`. Nothing is dated after it but SLA targets.
"""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from bot.domain.ticket import DELETED, Ticket
from bot.workspace.ticket_story import (
    A_DAY,
    DESKS,
    PRIORITIES,
    URGENT,
    Desk,
    Level,
    Priority,
    Story,
    story_of,
)

CLOSING = timedelta(days=5)  # after the last solve; ratings and reopenings come sooner

_FIRST_NUMBER = 10_001
_FIRST_ARTICLE = 1012
_BELL = NormalDist()
_OPENS, _SHUTS = 7, 22  # a desk's hours; between them only urgent tickets are solved
_HOURS = (3, 2, 2, 2, 2, 3, 6, 14, 34, 60, 70, 68, 52, 60, 70, 66, 60, 46, 30, 20, 15, 11, 8, 6)
_WORDS = (
    *("Quillmoor", "Tarnbeck", "Velloway", "Ostrenna", "Brindlecote", "Kestrow", "Marlune"),
    *("Pinebarrow", "Solvanta", "Drummeck", "Ellerby", "Fenwistle", "Garrowmere", "Hexley"),
    *("Ivarstead", "Jundale", "Kilbrenna", "Lorvane", "Mossgarth", "Nettlerow", "Orrinday"),
    *("Plumridge", "Quenby", "Rosskeld", "Sandermoor", "Thistlune", "Umberlow", "Vintrelle"),
    *("Wrenstow", "Yarrowick"),
)
CUSTOMERS = tuple(
    f"{word} {trade}" for trade in ("Foods", "Logistics", "Clinics", "Games") for word in _WORDS
)


def tickets(anchor: date, until: datetime) -> Iterator[Ticket]:
    """Yield the tickets of the fourteen months before `anchor` and on to `until`, as the helpdesk tells them then.

    They come in the order of their creation.
    """
    story = story_of(anchor)
    lives = [life for desk in DESKS for life in _lives(story, desk, until)]
    lives.sort(key=lambda life: life.created)
    for number, life in enumerate(lives, _FIRST_NUMBER):
        if life.created > until:
            return
        yield _told(f"FM-{number}", life, until)


class _Life(NamedTuple):
    """All that will ever happen to a ticket."""

    team: str
    customer: str
    priority: str
    created: datetime
    due: datetime
    replied: datetime
    waits: bool  # for the customer, between reply and solve
    first_solved: datetime
    reopened: datetime | None
    solved: datetime
    rating: str | None
    rated: datetime
    article: str | None
    deleted: datetime | None


class _Deck:
    """Deals random numbers between 0 and 1 evenly: every hand of twenty holds one from each twentieth.

    A small desk has some twenty urgent tickets a month; plain chance would drown the story there.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._hand: list[float] = []

    def deal(self) -> float:
        """Return the next number."""
        if not self._hand:
            self._hand = [(place + self._chance.random()) / 20 for place in range(20)]
            self._chance.shuffle(self._hand)
        return self._hand.pop()

    def deal_factor(self, spread: float) -> float:
        """Return a factor around 1, log-normal as waiting times are."""
        even = min(max(self.deal(), 1e-6), 1 - 1e-6)
        return math.exp(spread * _BELL.inv_cdf(even))


def _lives(story: Story, desk: Desk, until: datetime) -> Iterator[_Life]:
    """Yield the lives of a desk's tickets, to the end of the local day of `until`."""
    author = _Author(story, desk)
    day, last = story.start, until.astimezone(desk.zone).date()
    while day <= last:
        yield from author.write_day(day)
        day += A_DAY


class _Author:
    """Writes the lives of one desk's tickets, day after day; what was dealt before decides what is dealt next."""

    def __init__(self, story: Story, desk: Desk) -> None:
        self._story = story
        self._desk = desk
        self._chance = Random(f"demo {desk.team}")  # noqa: S311 (a story, not a secret)
        self._priority, self._reply, self._mood, self._link = (self._deck() for _ in range(4))
        self._solve = {priority: self._deck() for priority in PRIORITIES}

    def write_day(self, day: date) -> Iterator[_Life]:
        """Yield the lives of the tickets of one local day."""
        level, strain = self._story.level(self._desk, day), self._story.strain(day)
        mean = self._story.volume(day) * self._desk.share
        count = round(self._chance.gauss(mean, 0.7 * math.sqrt(mean)))
        for hour in self._chance.choices(range(24), _HOURS, k=max(0, count)):
            yield self._write(level, strain, self._at(day, hour) + self._some(hours=1))

    def _write(self, level: Level, strain: float, created: datetime) -> _Life:
        priority = self._pick_priority(strain)
        replied = created + self._reply_time(level, priority, created)
        first_solved = self._first_solve(level, priority, created, replied)
        reopened, solved = self._last_solve(strain, created, first_solved)
        rated = solved + timedelta(minutes=1) + self._some(days=3) * self._chance.random()
        return _Life(
            team=self._desk.team,
            customer=CUSTOMERS[int(len(CUSTOMERS) * self._chance.random() ** 1.6)],
            priority=priority.name,
            created=created,
            due=created + priority.due,
            replied=replied,
            waits=self._happens(0.3),
            first_solved=first_solved,
            reopened=reopened,
            solved=solved,
            rating=self._rating(rated) if self._happens(0.35) else None,
            rated=_whole(rated),
            article=self._article(solved),
            deleted=created + self._some(hours=2) if self._happens(0.005) else None,  # spam
        )

    def _pick_priority(self, strain: float) -> Priority:
        """Return a priority; a bad release makes more tickets urgent."""
        place = self._priority.deal() - 0.04 * strain
        for priority in PRIORITIES:
            if place < priority.share:
                return priority
            place -= priority.share
        return PRIORITIES[-1]

    def _reply_time(self, level: Level, priority: Priority, created: datetime) -> timedelta:
        local = created.astimezone(self._desk.zone)
        quiet = (1 if _OPENS <= local.hour < _SHUTS else 1.4) * (1.3 if local.weekday() > 4 else 1)
        minutes = level.reply * priority.reply * quiet * self._reply.deal_factor(0.85)
        return timedelta(seconds=int(20 + 60 * minutes))

    def _first_solve(
        self, level: Level, priority: Priority, created: datetime, replied: datetime
    ) -> datetime:
        pace = level.urgent if priority is URGENT else level.pace
        hours = priority.hours * pace * self._solve[priority].deal_factor(priority.spread)
        if self._happens(0.010):  # a few are forgotten for weeks, as on any desk
            hours *= 10 + 20 * self._chance.random()
        at_least = replied + timedelta(minutes=2) + self._some(minutes=15)
        solved = max(created + timedelta(seconds=int(3600 * hours)), at_least)
        return solved if priority is URGENT else self._by_day(solved)

    def _last_solve(
        self, strain: float, created: datetime, first_solved: datetime
    ) -> tuple[datetime | None, datetime]:
        """Return when a ticket is reopened, if ever, and when it is solved for good."""
        if not self._happens(0.04 + 0.07 * strain):
            return None, first_solved
        reopened = first_solved + timedelta(hours=1) + self._some(hours=40)
        again = (first_solved - created) * (0.2 + 0.6 * self._chance.random())
        return reopened, self._by_day(_whole(reopened + again))

    def _by_day(self, at: datetime) -> datetime:
        """Return an instant, or one in the next morning if it is night at the desk."""
        local = at.astimezone(self._desk.zone)
        if _OPENS <= local.hour < _SHUTS:
            return at
        morning = local.date() + (A_DAY if local.hour >= _SHUTS else 0 * A_DAY)
        return self._at(morning, _OPENS) + self._some(hours=2)

    def _rating(self, rated: datetime) -> str:
        """Return what a customer answers, in the mood of the day of the answer."""
        good = self._story.level(self._desk, rated.date()).good
        if self._mood.deal() < good:
            return "5" if self._happens(0.7) else "4"
        return self._chance.choices("123", (40, 25, 35))[0]

    def _article(self, solved: datetime) -> str | None:
        """Return the article that is linked, if any; the first ones are used most."""
        day = solved.date()
        if self._link.deal() >= self._story.linked(day):
            return None
        place = int(self._story.articles(day) * self._chance.random() ** 2)
        return f"KB-{_FIRST_ARTICLE + place}"

    def _deck(self) -> _Deck:
        return _Deck(Random(self._chance.random()))  # noqa: S311 (a story, not a secret)

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _some(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
        """Return whole seconds, at random up to this long."""
        most = timedelta(days=days, hours=hours, minutes=minutes).total_seconds()
        return timedelta(seconds=int(most * self._chance.random()))

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self._desk.zone).astimezone(UTC)


def _told(number: str, life: _Life, until: datetime) -> Ticket:
    """Return a life as the helpdesk tells it at `until`."""
    ticket = Ticket(
        id=number,
        created_at=life.created,
        priority=life.priority,
        team=life.team,
        customer=life.customer,
        sla_due_at=life.due,
        reopens=0,
        status="new",
    )
    if life.deleted is not None:
        return ticket._replace(status=DELETED) if life.deleted <= until else ticket
    if life.replied > until:
        return ticket
    status = "pending" if life.waits else "open"
    ticket = ticket._replace(first_response_at=life.replied, status=status)
    if life.reopened is not None and life.reopened <= until:
        return _told_reopened(ticket, life, until)
    return _told_solved(ticket, life, life.first_solved, until)


def _told_reopened(ticket: Ticket, life: _Life, until: datetime) -> Ticket:
    # The helpdesk's own SLA clock stopped at the first solve; the times alone would say otherwise.
    in_time = life.first_solved <= life.due
    ticket = ticket._replace(reopens=1, sla_met=in_time, article=life.article, status="open")
    return _told_solved(ticket, life, life.solved, until)


def _told_solved(ticket: Ticket, life: _Life, solved: datetime, until: datetime) -> Ticket:
    """Return a ticket with its solve, its rating and its closing, as far as they have come."""
    if solved > until:
        return ticket
    is_closed = solved == life.solved and solved + CLOSING <= until
    status = "closed" if is_closed else "solved"
    ticket = ticket._replace(solved_at=solved, article=life.article, status=status)
    if life.rating is not None and life.rated <= until:
        return ticket._replace(rating=life.rating, rated_at=life.rated)
    return ticket


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
