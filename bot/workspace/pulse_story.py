"""The pulse surveys of the demo company: three that have closed and one that is open, and what people said.

Support was tired after the bad release and has recovered since; who said what is made up anew from a fixed seed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.workday import workday_before

_ZONE = ZoneInfo("Europe/Lisbon")
_DAYS = 7
_DAY = timedelta(days=1)
_COMMENTS = (
    "The new on-call rota is fairer than the old one.",
    "I would like an hour a week in which I can finish documentation.",
    "Handovers between the regions lose half of what was found out.",
    "Thanks for the second screen!",
    "Too many meetings on Mondays.",
    "The training on the storage platform was good, more of that please.",
    "It is hard to get hold of an architect when a customer waits.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One survey: when it opens, how content people are (0 to 1), and how many of a hundred answer."""

    name: str
    opens_at: datetime
    mood: float
    of_hundred: int

    @property
    def closes_at(self) -> datetime:
        """When it closes."""
        return self.opens_at + timedelta(days=_DAYS)


def surveys(anchor: date) -> tuple[Told, ...]:
    """Return the surveys up to the day on which the demo began; the last one opened on a working day shortly before."""
    closed = ((71, 0.62, 88), (41, 0.55, 79), (10, 0.71, 92))
    past = [_told(anchor - timedelta(days=ago), mood, share) for ago, mood, share in closed]
    return (*past, _told(workday_before(anchor - _DAY), 0.74, 55))


def answers(
    told: Told, people: Sequence[str], statements: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield who answered a survey and what, as the form says it."""
    dice = random.Random(told.name)  # noqa: S311 (a story, no secret)
    comments = iter(dice.sample(_COMMENTS, len(_COMMENTS)))  # no two people use the same words
    for person in sorted(people, key=lambda _: dice.random()):
        if dice.random() * 100 < told.of_hundred:
            yield person, _answer(dice, told.mood, statements, comments)


def _answer(
    dice: random.Random, mood: float, statements: int, comments: Iterator[str]
) -> dict[str, str]:
    given = {
        f"statement{place}": str(_likert(dice, mood))
        for place in range(statements)
        if dice.random() < 0.95
    }
    given["enps"] = str(min(10, max(0, round(dice.gauss(4.5 + 5 * mood, 1.8)))))
    if dice.random() < 0.3 and (comment := next(comments, None)):
        given["comment"] = comment
    return given


def _likert(dice: random.Random, mood: float) -> int:
    return min(5, max(1, round(dice.gauss(2.2 + 2.4 * mood, 0.9))))


def _told(day: date, mood: float, of_hundred: int) -> Told:
    opens_at = datetime.combine(day, time(10), _ZONE)
    return Told(f"Pulse of {day.day} {day:%B}", opens_at, mood, of_hundred)
