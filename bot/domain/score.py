"""The scores of a survey: how favourable people's answers are, eNPS, and how many of those asked have answered.

Parts are kept, never ratios, and pooled by adding them (kpis.md A0.2). Every interval takes into account that those
asked are few. Nothing here decides what may be told: a score and its parts are for the release to judge.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.question_bank import ENPS_SCALE, LIKERT, MOST_STATEMENTS
from bot.domain.stats import FEW, Interval, nps_margin, wilson_among

FAVOURABLE = frozenset({4, 5})  # the top two of five, as for CSAT (kpis.md A5, formula a)
_PROMOTERS, _DETRACTORS = range(9, 11), range(7)  # kpis.md A2; the others are passive
_WHOLE = math.lcm(*range(1, MOST_STATEMENTS + 1))  # 60 parts: one to five answers share them evenly
_WHOLE_PERCENT_BELOW = 50  # people (surveys-and-privacy.md B3)


@dataclass(frozen=True, slots=True)
class Favour:
    """A favourable share of `n` people out of those `invited`.

    `sixtieths` is the sum of the people's own shares, in sixtieths of a person, so that it stays a whole number and adds up.
    """

    sixtieths: int
    n: int
    invited: int

    def __add__(self, other: "Favour") -> "Favour":
        """Return the share of both, of which nobody may be in both."""
        return Favour(
            self.sixtieths + other.sixtieths, self.n + other.n, self.invited + other.invited
        )

    @property
    def value(self) -> float | None:
        """The mean of the people's favourable shares, in percent; None where nobody answered."""
        return 100 * self.sixtieths / (_WHOLE * self.n) if self.n else None

    @property
    def shown(self) -> float | None:
        """The value as it is told, halves rounded up: whole percent below 50 people, else to a tenth."""
        if not self.n:
            return None
        steps = 1 if self.n < _WHOLE_PERCENT_BELOW else 10
        return _rounded(100 * steps * self.sixtieths, _WHOLE * self.n) / steps

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval with the finite population correction, in percent; None where nobody answered.

        It is that of the value as it is told, so that nobody reads a finer one from it.
        """
        return wilson_among((self.shown or 0) / 100 * self.n, self.n, self.invited)

    @property
    def response_rate(self) -> float | None:
        """How many of those invited answered, in percent."""
        return response_rate(self.n, self.invited)

    @property
    def is_few(self) -> bool:
        """Whether there is something, but too little to lean on."""
        return is_few(self.n)


@dataclass(frozen=True, slots=True)
class Enps:
    """An employee net promoter score: how many promote, are passive and detract, out of those `invited`."""

    promoters: int
    passives: int
    detractors: int
    invited: int

    def __add__(self, other: "Enps") -> "Enps":
        """Return the score of both, of which nobody may be in both: counts are pooled, never scores (kpis.md A2)."""
        return Enps(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
            self.invited + other.invited,
        )

    @property
    def n(self) -> int:
        """How many answered; passives are among them."""
        return self.promoters + self.passives + self.detractors

    @property
    def value(self) -> int | None:
        """100·(promoters − detractors) ÷ all answers, from −100 to 100, halves away from nought; None without answers."""
        return _rounded(100 * (self.promoters - self.detractors), self.n) if self.n else None

    @property
    def margin(self) -> float | None:
        """The 95 % margin in points, finite population corrected (kpis.md A0.3).

        None without answers, and where all answered alike while somebody did not answer: the formula would say 0 and
        has seen nothing. Of up to fifteen answers, as long as somebody has not answered, the value, n and this margin
        always give away how many promoters and detractors there are; `widest_margin` does not.
        """
        is_alike = self.n in (self.promoters, self.passives, self.detractors)
        if not self.n or (is_alike and self.n < self.invited):
            return None
        return nps_margin(self.promoters, self.detractors, self.n, self.invited)

    @property
    def widest_margin(self) -> float | None:
        """The widest margin that any answers with this value and n have, which tells nothing beyond them; None without answers."""
        return None if self.value is None else widest_margin(self.value, self.n, self.invited)

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval in points by `margin`, within what a score can be; None where there is none."""
        if self.margin is None:
            return None
        exact = 100 * (self.promoters - self.detractors) / self.n
        return Interval(max(-100.0, exact - self.margin), min(100.0, exact + self.margin))

    @property
    def response_rate(self) -> float | None:
        """How many of those invited answered, in percent."""
        return response_rate(self.n, self.invited)

    @property
    def is_few(self) -> bool:
        """Whether there is something, but too little to lean on."""
        return is_few(self.n)


def favour(people: Iterable[Sequence[int | None]], invited: int) -> Favour:
    """Return the ESAT: the favourable share of each person's own answers first, then the mean over people.

    So whoever skipped a statement weighs as much as everybody else (kpis.md A5, surveys-and-privacy.md B1). `people` are
    ratings from 1 to 5, None where somebody skipped; who skipped all has not answered. `ValueError` for other ratings,
    more of them than a wave asks, or more people than were invited.
    """
    shares = [_share(given) for given in map(_given, people) if given]
    _must_fit(len(shares), invited)
    return Favour(sum(shares), len(shares), invited)


def favour_by_statement(people: Iterable[Sequence[int | None]], invited: int) -> tuple[Favour, ...]:
    """Return each statement's favourable share, count(4, 5) ÷ answers to it; people as for `favour`, all of one length."""
    columns = zip(*people, strict=True)
    return tuple(favour(((rating,) for rating in column), invited) for column in columns)


def enps(ratings: Iterable[int | None], invited: int) -> Enps:
    """Return the score of ratings from 0 to 10, None where somebody skipped.

    Promoters rate 9 or 10, detractors 0 to 6 (kpis.md A2). `ValueError` for other ratings, or more of them than were invited.
    """
    given = [rating for rating in ratings if rating is not None]
    _must_be_on(ENPS_SCALE, given)
    _must_fit(len(given), invited)
    promoters = sum(rating in _PROMOTERS for rating in given)
    detractors = sum(rating in _DETRACTORS for rating in given)
    return Enps(promoters, len(given) - promoters - detractors, detractors, invited)


def response_rate(answered: int, invited: int) -> float | None:
    """Return how many of those invited in the frozen roster answered, in percent (surveys-and-privacy.md B1); None of nobody."""
    return 100 * answered / invited if invited else None


def widest_margin(value: float, n: int, invited: int) -> float:
    """Return the widest 95 % margin in points that any `n` answers have whose score is told as `value`.

    For a given p − d the variance is greatest where nobody is passive: 1 − (p−d)². `n` must be at least one.
    """
    nearest = max(0.0, abs(value) - 0.5) / 100  # to nought, of all that are told as this value
    return nps_margin(n * (1 + nearest) / 2, n * (1 - nearest) / 2, n, invited)


def is_few(answered: int) -> bool:
    """Return whether somebody answered, but too few to lean on (kpis.md A0.3)."""
    return 0 < answered < FEW


def _given(ratings: Sequence[int | None]) -> list[int]:
    if len(ratings) > MOST_STATEMENTS:
        raise ValueError(f"a wave has at most {MOST_STATEMENTS} statements")
    given = [rating for rating in ratings if rating is not None]
    _must_be_on(LIKERT, given)
    return given


def _share(given: Sequence[int]) -> int:
    """Return which part of one person's answers is favourable, in sixtieths."""
    return _WHOLE // len(given) * sum(rating in FAVOURABLE for rating in given)


def _rounded(numerator: int, denominator: int) -> int:
    """Return a quotient as the nearest whole number, halves away from nought, without a float on the way."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def _must_be_on(scale: Iterable[int], given: Iterable[int]) -> None:
    if wrong := set(given) - set(scale):
        raise ValueError(f"not on the scale: {sorted(wrong)}")


def _must_fit(answered: int, invited: int) -> None:
    if answered > invited:
        raise ValueError(f"{answered} answers of {invited} people")
