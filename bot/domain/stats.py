"""Intervals and comparisons that a number can be defended with."""

import math
from dataclasses import dataclass

from bot.vocabulary import Better, Status

_Z95 = 1.959964
FEW = 20  # below this many, a card says so beside the figure (kpis.md A0.3)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval in the unit of the value it belongs to."""

    low: float
    high: float


def wilson(hits: int, n: int) -> Interval | None:
    """Return Wilson's 95 % score interval of a share, in percent; None without data (Wilson 1927)."""
    return _wilson(hits / n, n) if n > 0 else None


def wilson_among(hits: float, n: int, population: int) -> Interval | None:
    """Return Wilson's 95 % interval of a share where `n` of only `population` people answered, in percent.

    The finite population correction (N−n)/(N−1) of the variance is that of n·(N−1)/(N−n) answers out of countless many;
    where everybody answered there is nothing left to guess, and both ends are the share itself (Cochran 1977, 2.6).
    `hits` may be broken: the sum of what each person gives, from 0 to 1. No such sum varies more than one of zeros and
    ones, so that the interval is rather too wide than too narrow. None without data.
    """
    if n <= 0:
        return None
    share, left = hits / n, _left(n, population)
    if not left:
        return Interval(100 * share, 100 * share)
    return _wilson(share, n * (population - 1) / left)


def nps_margin(promoters: float, detractors: float, n: int, population: int | None = None) -> float:
    """Return the 95 % margin of a net promoter score, in points: z·100·√((p + d − (p−d)²)/n) (kpis.md A0.3).

    p and d are the shares of promoters and detractors: the score is the mean of +1, 0 and −1, and that is its variance.
    With `population`, the people asked, it is multiplied by √((N−n)/(N−1)), the finite population correction
    (surveys-and-privacy.md B1): 0 where everybody answered. `n` must be at least one.
    """
    p, d = promoters / n, detractors / n
    margin = 100 * _Z95 * math.sqrt((p + d - (p - d) ** 2) / n)
    if population is None:
        return margin
    left = _left(n, population)
    return margin * math.sqrt(left / (population - 1)) if left else 0.0


def _left(n: int, population: int) -> int:
    """Return how many have not answered."""
    if n > population:
        raise ValueError(f"{n} answers of {population} people")
    return population - n


def _wilson(share: float, n: float) -> Interval:
    z2 = _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(100 * max(0.0, middle - reach), 100 * min(1.0, middle + reach))


def judge(
    value: float | None, interval: Interval | None, target: float | None, better: Better
) -> Status:
    """Return how a value stands against its target.

    *Too close to call* where the interval straddles it, or where there is too little for an interval.
    """
    if value is None:
        return Status.NO_DATA
    if better is Better.NEITHER:
        return Status.INFORMATIONAL
    if target is None:
        return Status.NO_TARGET
    if interval is None or _straddles(interval, target, better):
        return Status.TOO_CLOSE
    met = value >= target if better is Better.UP else value <= target
    return Status.ON_TARGET if met else Status.OFF_TARGET


def _straddles(interval: Interval, target: float, better: Better) -> bool:
    """Return whether one end of the interval meets the target and the other misses it."""
    if better is Better.UP:
        return interval.low < target <= interval.high
    return interval.low <= target < interval.high
