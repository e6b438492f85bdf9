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
    if n <= 0:
        return None
    share, z2 = hits / n, _Z95**2
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
