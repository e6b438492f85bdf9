"""Bad days on purpose: errors, slow answers, lost answers, blocks and methods that this Slack does not have."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What can go wrong with a call."""

    RATE_LIMITED = "ratelimited"  # 429 with Retry-After; nothing was done
    SERVER_ERROR = "server_error"  # 500
    SLOW = "slow"  # done at once, answered late
    DROPPED = "dropped"  # the connection closes without an answer


@dataclass(frozen=True, slots=True)
class Mishap:
    """One planned fault; `processed` says whether the call was carried out all the same."""

    fault: Fault
    processed: bool = False
    retry_after: int = 1
    seconds: float = 0.0


@dataclass(slots=True)
class Chaos:
    """Every fault that is planned. What is empty does no harm."""

    calls: dict[str, deque[Mishap]] = field(default_factory=dict)
    refused_blocks: set[str] = field(default_factory=set)
    unknown_methods: set[str] = field(default_factory=set)
    duplicates: int = 0  # so many of the next payloads are delivered twice

    def rate_limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls with 429."""
        self._plan(method, times, Mishap(Fault.RATE_LIMITED, retry_after=retry_after))

    def fail(self, method: str, times: int = 1, *, processed: bool = False) -> None:
        """Answer the next calls with 500."""
        self._plan(method, times, Mishap(Fault.SERVER_ERROR, processed))

    def delay(self, method: str, seconds: float, times: int = 1) -> None:
        """Carry the next calls out, and answer late."""
        self._plan(method, times, Mishap(Fault.SLOW, processed=True, seconds=seconds))

    def drop(self, method: str, times: int = 1, *, processed: bool = True) -> None:
        """Close the connection instead of answering the next calls."""
        self._plan(method, times, Mishap(Fault.DROPPED, processed))

    def refuse_blocks(self, *types: str) -> None:
        """Refuse blocks of these types, in messages and behind response URLs, with `invalid_blocks`."""
        self.refused_blocks.update(types)

    def forget_methods(self, *methods: str) -> None:
        """Answer `unknown_method`, as a Slack-compatible server without them would."""
        self.unknown_methods.update(methods)

    def duplicate(self, times: int = 1) -> None:
        """Deliver the next payloads to the app twice."""
        self.duplicates += times

    def clear(self) -> None:
        """Go back to good days."""
        self.calls.clear()
        self.refused_blocks.clear()
        self.unknown_methods.clear()
        self.duplicates = 0

    def next_for(self, method: str) -> Mishap | None:
        """Take the next planned fault of a method."""
        planned = self.calls.get(method)
        return planned.popleft() if planned else None

    def takes_duplicate(self) -> bool:
        """Say whether this delivery is one to make twice."""
        if self.duplicates <= 0:
            return False
        self.duplicates -= 1
        return True

    def _plan(self, method: str, times: int, mishap: Mishap) -> None:
        self.calls.setdefault(method, deque()).extend([mishap] * times)
