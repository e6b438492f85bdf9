"""How fast the bot may do something in Slack: so many a second, slower after Slack has said that it was too much.

Seconds are those of `steady`, a clock that goes on while the process is frozen and that nobody sets.
"""

import time
from collections.abc import Iterator

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_RECOVERY_SECONDS = 120.0  # from nought to the full rate
_LEAST_SHARE = 0.05  # of the full rate, however often Slack complains


def steady() -> float:
    """Return seconds on a clock that nobody sets and that goes on while the machine or the process sleeps."""
    return time.clock_gettime(_CLOCK)


class Pace:
    """A rate that is kept: never more than `burst + rate × seconds` in any stretch of seconds.

    When Slack asks for a pause it is kept, the rate is halved, and grows back slowly.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.full_rate = rate
        self._burst = max(burst, 1.0)
        self._level, self._filled_at = self._burst, now
        self._rate_then, self._cut_at = rate, now
        self._paused_until = now

    def rate(self, now: float) -> float:
        """Return how many a second are allowed at present."""
        grown = self.full_rate * (now - self._cut_at) / _RECOVERY_SECONDS
        return min(self.full_rate, self._rate_then + grown)

    def room(self, now: float) -> int:
        """Return how many may go at once."""
        if now < self._paused_until:
            return 0
        self._fill(now)
        return int(self._level + 1e-9)

    def spend(self, now: float, many: int = 1) -> None:
        """Count what goes."""
        self._fill(now)
        self._level -= many

    def start_empty(self, now: float) -> None:
        """Begin as if everything had just been spent, because somebody else may have."""
        self._level, self._filled_at = 0.0, now

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing go for some seconds."""
        self._paused_until = max(self._paused_until, now + seconds)

    def slow_down(self, now: float, seconds: float, asked_at: float) -> bool:
        """Obey Slack, which was asked at an instant and wants a pause; return whether the rate was halved.

        Of several complaints about what was sent before the last halving only the first counts.
        """
        self.pause(now, seconds)
        self._fill(now)
        self._level = min(self._level, 1.0)
        if asked_at < self._cut_at:
            return False
        least = self.full_rate * _LEAST_SHARE
        self._rate_then, self._cut_at = max(self.rate(now) / 2, least), now
        return True

    def _fill(self, now: float) -> None:
        gained = max(now - self._filled_at, 0.0) * self.rate(now)
        self._level, self._filled_at = min(self._level + gained, self._burst), now


class Spacing:
    """So many seconds between two posts to one target."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._free_at: dict[str, float] = {}

    def note(self, target: str, now: float) -> None:
        """Remember that something went there."""
        if self._seconds > 0:
            self._free_at.pop(target, None)
            self._free_at[target] = now + self._seconds  # the last to be free stands last

    def resting(self, now: float) -> frozenset[str]:
        """Return the targets that had something too short a time ago."""
        for target in list(self._rested(now)):
            del self._free_at[target]
        return frozenset(self._free_at)

    def _rested(self, now: float) -> Iterator[str]:
        for target, free_at in self._free_at.items():
            if free_at > now:
                return
            yield target
