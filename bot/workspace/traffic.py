"""The log of every exchange between workspace and app, for the inspector. Secrets never get in."""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from bot.workspace.feed import Feed, News, Payload

Direction = Literal["to_app", "from_app"]
REDACTED = "(redacted)"
SECRET_KEYS = frozenset({"token", "authorization", "signing_secret", "ticket", "upload_url"})
SECRET_TEXT = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?<=/hooks/)\w+/\w+|(?<=ticket=)[\w-]+")


@dataclass(frozen=True, slots=True)
class TrafficEntry:
    """One exchange: what went where, what came back, how long it took."""

    number: int
    at: datetime
    direction: Direction
    kind: str
    name: str
    summary: str
    payload: Payload
    status: str
    ms: float | None

    def as_payload(self) -> Payload:
        """Return it as the page gets it."""
        return asdict(self) | {"at": self.at.isoformat()}


class Traffic:
    """The last exchanges, numbered from one."""

    def __init__(self, now: Callable[[], datetime], feed: Feed, keep: int = 2000) -> None:
        self._now = now
        self._feed = feed
        self._last = 0
        self.entries: deque[TrafficEntry] = deque(maxlen=keep)

    def note(
        self,
        direction: Direction,
        kind: str,
        name: str,
        payload: Payload,
        summary: str = "",
        status: str = "",
        ms: float | None = None,
    ) -> TrafficEntry:
        """Write one exchange down."""
        self._last += 1
        clean = redact(payload)
        entry = TrafficEntry(
            self._last, self._now(), direction, kind, name, summary, clean, status, ms
        )
        self.entries.append(entry)
        self._feed.tell(News("traffic", {"entry": entry.as_payload()}))
        return entry

    def after(self, number: int) -> list[TrafficEntry]:
        """Return what came after an entry."""
        return [entry for entry in self.entries if entry.number > number]


def redact(payload: Payload) -> Payload:
    """Return a copy without tokens and secrets."""
    return {key: _clean(key, value) for key, value in payload.items()}


def _clean(key: str, value: object) -> object:
    if isinstance(value, dict):
        return redact(value)
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]
    if isinstance(value, str) and value:
        return REDACTED if key in SECRET_KEYS else SECRET_TEXT.sub(REDACTED, value)
    return value
