"""What a closed pulse survey has published of one group on one question, as a KPI tells it.

All of it is as it was published: shares in whole percent, eNPS in whole points, counts of people. Anything finer, such as
how many answers exactly were favourable, would go round the audit that decided what may be told.
"""

from dataclasses import dataclass
from datetime import date

from bot.domain.figure import Figure
from bot.domain.release import Change
from bot.vocabulary import Withheld


@dataclass(frozen=True, slots=True)
class PartSurvey:
    """A survey that asked some teams and not all of them, by their names, and so does not speak for all."""

    number: str
    name: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey, and what it tells of a group: its name, "" for everybody who was asked.

    `teams` names those who were asked, `tells_of` the groups that were declared, by slug. `figure` has no value where it
    is not told: then `hidden` says why, and is None of a group that was never declared. `answers` are those to the
    question, or to all `statements`; `answered` and `invited` count people of the group, None of a group of which nothing
    could be told from the start. `margin` is the widest that an eNPS can have. `change` is against the survey `before`,
    as it was published with this one; where it was not, `unchanged` says why.
    """

    number: str
    name: str
    closed_on: date
    least: int
    teams: tuple[str, ...]
    tells_of: dict[str, str]
    group: str
    figure: Figure
    hidden: Withheld | None = None
    answers: int = 0
    statements: int = 0
    answered: int | None = None
    invited: int | None = None
    margin: float | None = None
    before: str | None = None
    change: Change | None = None
    unchanged: Withheld | None = None

    @property
    def moved(self) -> float | None:
        """The change in points, the middle of it where it was told as a span."""
        return None if self.change is None else (self.change.low + self.change.high) / 2
