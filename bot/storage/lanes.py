"""Many small counters packed in one integer, so that adding two tallies adds every counter at once.

A lane is 32 bits wide. A delta may hold negative counters in any mixture: as one integer it adds exactly, as long
as no counter of the sum is negative. Durations use lanes as logarithmic buckets (DDSketch, Masson et al. 2019), so
that any quantile of any sum of days is within 1 % of the true one; things that fall due use the minute of the day.
"""

import math
import sys
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate

_BITS = 32
_BYTES = _BITS // 8
_ACCURACY = 0.0099  # a hair under 1 %, so that rounding of floats never crosses it
_GAMMA = (1 + _ACCURACY) / (1 - _ACCURACY)
_LOG_GAMMA = math.log(_GAMMA)
_Z95, _TAIL = 1.959964, 0.025
_LEAST, _EXACT = (
    6,
    200,
)  # durations: fewer have no 95 % interval; more are near enough to the normal curve


def pack(counters: Mapping[int, int]) -> int:
    """Return counters by lane as one integer; negative ones are allowed in a delta."""
    added = {lane: count for lane, count in counters.items() if count > 0}
    taken = {lane: -count for lane, count in counters.items() if count < 0}
    return _pack_positive(added) - _pack_positive(taken)


def _pack_positive(counters: Mapping[int, int]) -> int:
    if not counters:
        return 0
    row = array("I", bytes((max(counters) + 1) * _BYTES))
    for lane, count in counters.items():
        row[lane] = count
    return int.from_bytes(row.tobytes(), sys.byteorder)


def unpack(packed: int) -> list[int]:
    """Return the counters of a packed sum, lane 0 first."""
    size = -(-packed.bit_length() // _BITS) * _BYTES
    return list(array("I", packed.to_bytes(size, sys.byteorder)))


def to_bytes(packed: int) -> bytes | None:
    """Return a packed sum as it is kept: the number of empty low lanes, then the rest; None where all are zero."""
    if not packed:
        return None
    empty = ((packed & -packed).bit_length() - 1) // _BITS
    rest = packed >> (empty * _BITS)
    return empty.to_bytes(2, "little") + rest.to_bytes(-(-rest.bit_length() // 8), "little")


def from_bytes(kept: bytes | None) -> int:
    """Return the packed sum that `to_bytes` kept."""
    if not kept:
        return 0
    return int.from_bytes(kept[2:], "little") << (int.from_bytes(kept[:2], "little") * _BITS)


def count_below(packed: int, lane: int) -> int:
    """Return the sum of the counters of all lanes under `lane`."""
    return sum(unpack(packed & ((1 << (lane * _BITS)) - 1)))


@lru_cache(maxsize=1 << 16)
def duration_lane(seconds: int) -> int:
    """Return the bucket of a duration in whole seconds; nought and less share bucket 0."""
    return 1 + math.ceil(math.log(seconds) / _LOG_GAMMA) if seconds > 0 else 0


def _middle(lane: int) -> float:
    """Return the duration in seconds that stands for a bucket: within 1 % of all that fell into it."""
    return 2 * _GAMMA ** (lane - 1) / (_GAMMA + 1) if lane else 0.0


class Durations:
    """A sum of duration buckets that answers order statistics, in seconds."""

    def __init__(self, packed: int) -> None:
        self._running = list(accumulate(unpack(packed)))

    @property
    def n(self) -> int:
        """How many durations there are."""
        return self._running[-1] if self._running else 0

    def at_rank(self, rank: int) -> float:
        """Return the duration at a rank counted from 0, within 1 %."""
        return _middle(bisect_right(self._running, min(max(rank, 0), self.n - 1)))

    def quantile(self, share: float) -> float | None:
        """Return the quantile by linear interpolation between ranks (Hyndman and Fan's type 7); None without data."""
        if not self.n:
            return None
        place = share * (self.n - 1)
        low = math.floor(place)
        below, above = self.at_rank(low), self.at_rank(math.ceil(place))
        return below + (above - below) * (place - low)

    def median_interval(self) -> tuple[float, float] | None:
        """Return the 95 % interval of the median by order statistics (binomial), widened by the buckets' 1 %.

        Below six durations there is none: even from the least to the greatest it would hold less often than that.
        """
        low = outermost_rank(self.n)
        if low is None:
            return None
        return self.at_rank(low) * (1 - _ACCURACY), self.at_rank(self.n - 1 - low) * (1 + _ACCURACY)


@lru_cache(maxsize=1 << 12)
def outermost_rank(n: int) -> int | None:
    """Return the greatest rank r, from 0, such that ranks r and n-1-r hold the median 95 times of 100."""
    if n < _LEAST:
        return None
    if n > _EXACT:
        return math.floor(n / 2 - _Z95 * math.sqrt(n) / 2)
    tail, rank = 0.5**n, 0
    while tail + math.comb(n, rank + 1) * 0.5**n <= _TAIL:
        rank += 1
        tail += math.comb(n, rank) * 0.5**n
    return rank
